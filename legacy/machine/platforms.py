"""Operating systems and processors, under one name each: 'linux-x86_64', 'linux-aarch64', 'macos-arm64',
'windows-x86_64'."""
import platform

SYSTEMS = {'Darwin': 'macos'}
MACHINES = {'AMD64': 'x86_64', 'ARM64': 'arm64'}  # as Windows calls them


def here() -> str:
    """The name of this one, as the running Python sees it: under Rosetta that is 'macos-x86_64'."""
    system, machine = platform.system(), platform.machine()
    return f'{SYSTEMS.get(system, system.lower())}-{MACHINES.get(machine, machine)}'


def windows() -> bool:
    """Whether this is Windows, where environments and interpreters have other file names."""
    return platform.system() == 'Windows'

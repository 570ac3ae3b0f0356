"""Lock files: every package that a TensorFlow release needs on a platform, with its version and hashes."""
import datetime
import re
from collections.abc import Callable, Iterable, Sequence

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from legacy.formats.places import PathLike
from legacy.machine import processes
from legacy.machine.interpreters import EnvironmentFault, run_uv, uv_fault
from legacy.upgrade import releasetable
from legacy.upgrade.releasetable import PLATFORMS, Release, no_wheel

# What uv calls the platforms. Elsewhere than on Linux x86-64 nobody has tried to build a package that has no wheel.
WHEELS_ALONE = ['--only-binary', ':all:']
UV_PLATFORMS = {'linux-x86_64': ['x86_64-manylinux_2_28'],
                'linux-aarch64': ['aarch64-manylinux_2_28', *WHEELS_ALONE],
                'macos-arm64': ['aarch64-apple-darwin', *WHEELS_ALONE]}
LONGEST_RESOLUTION = 300  # seconds
# uv says so, of TensorFlow or of the package that has it for this platform (its marker in braces).
NO_WHEEL = re.compile(r'(tensorflow|tf)[-\w]*(\{[^}]*\})?==\S+ has no wheels with a matching')


class NoWheel(EnvironmentFault):
    """TensorFlow itself has no wheel for this platform and Python."""


def write(names: Iterable[str], python: str | None, pins: Sequence[str], tell: Callable[[str], None]) -> None:
    """Resolve the packages of these releases anew, and put each into the table with its locks. python, pins: as
    `releasetable.find` takes them. tell: called with each file that is written. Raises TableError, EnvironmentFault."""
    known = releasetable.releases()
    for name in names:
        row = locked_everywhere(releasetable.find(known, name, python, pins))
        releasetable.write(row)
        for platform, text in row.locks.items():
            tell(f'{name}: {text.count("==")} packages locked in {releasetable.lock_file(name, platform)}')


def locked(row: Release, log: PathLike | None = None) -> Release:
    """The row, which is for one platform, with its lock, and its version if that was not known. Raises
    EnvironmentFault if it cannot be resolved: NoWheel if that is why."""
    platform, = row.platforms
    if platform not in UV_PLATFORMS:
        raise EnvironmentFault(f'{row.name}: no lock can be made for {platform}')
    wanted = '\n'.join([row.requirement, *row.pins])
    try:
        text = run_uv(['pip', 'compile', '-', '--quiet', '--generate-hashes', '--no-annotate', '--no-header',
                       '--python-version', row.python, '--python-platform', *UV_PLATFORMS[platform]],
                      LONGEST_RESOLUTION, log, given=wanted)
    except processes.ProcessFault as error:
        if NO_WHEEL.search(' '.join(error.text.split())):
            raise NoWheel(no_wheel(row, platform)) from None
        raise EnvironmentFault(f'{row.name}: {uv_fault(error)}') from None
    package = re.escape(canonicalize_name(Requirement(row.requirement).name))
    version = re.search(rf'^{package}==(\S+)', text, re.MULTILINE)
    head = f'# {row.requirement} on CPython {row.python}, {platform}; {datetime.date.today().isoformat()}\n'
    return row._replace(locks={platform: head + text},
                        version=row.version or (version.group(1) if version else ''))


def locked_everywhere(row: Release) -> Release:
    """The row with a lock for each platform that TensorFlow has a wheel for. Raises EnvironmentFault if one cannot be
    resolved, or there is none."""
    found = []
    for platform in PLATFORMS:
        try:
            found.append(locked(row.on(platform)))
        except NoWheel as error:
            fault = error
    if not found:
        raise fault
    return row._replace(platforms=tuple(platform for item in found for platform in item.platforms),
                        locks={platform: text for item in found for platform, text in item.locks.items()},
                        version=found[0].version)

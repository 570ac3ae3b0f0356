"""Lock files: every package that a TensorFlow release needs, with its version and hashes."""
import datetime
import re

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from legacy.machine import processes
from legacy.machine.environments import EnvironmentFault, uv, uv_fault

PLATFORMS = {'linux-x86_64': 'x86_64-manylinux_2_28'}  # as Python calls it, as uv calls it
LONGEST_RESOLUTION = 300  # seconds


def locked(row, log=None):
    """The row with its lock, and its version if that was not known. Raises EnvironmentFault if it cannot be resolved.
    """
    platform = next((PLATFORMS[name] for name in row.platforms if name in PLATFORMS), None)
    if platform is None:
        raise EnvironmentFault(f'{row.name}: no lock can be made for {" ".join(row.platforms) or "no platform"}')
    wanted = '\n'.join([row.requirement, *row.pins])
    try:
        text = processes.run([*uv(), 'pip', 'compile', '-', '--quiet', '--generate-hashes', '--no-annotate',
                              '--no-header', '--python-version', row.python, '--python-platform', platform],
                             LONGEST_RESOLUTION, log, given=wanted)
    except processes.ProcessFault as error:
        raise EnvironmentFault(f'{row.name}: {uv_fault(error)}') from None
    package = re.escape(canonicalize_name(Requirement(row.requirement).name))
    version = re.search(rf'^{package}==(\S+)', text, re.MULTILINE)
    head = (f'# {row.requirement} on CPython {row.python}, {" ".join(row.platforms)}; '
            f'{datetime.date.today().isoformat()}\n')
    return row._replace(lock=head + text, version=row.version or (version.group(1) if version else ''))

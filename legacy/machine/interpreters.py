"""Python interpreters on this host, and uv, which knows of some of them."""
import contextlib
import os
import pathlib
import sys
import threading
from collections.abc import Iterable, Iterator

from legacy.formats.errors import LegacyError
from legacy.formats.places import PathLike
from legacy.machine import platforms, processes, variables

LONGEST_QUESTION = 60  # seconds
KEEPER = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'keeper.py')
OLDER_THAN_UV = ('3.5', '3.6', '3.7')  # uv installs CPython from 3.8 on

_looking_for_uv = threading.Lock()


class EnvironmentFault(LegacyError):
    """The environment asked for cannot do the run. The message is one line; `mend` is a command that may help."""

    def __init__(self, message: str, mend: str = '') -> None:
        super().__init__(f'{message}; {mend}' if mend else message)
        self.mend = mend


def uv() -> list[str]:
    """The command that runs uv. Raises EnvironmentFault if it is not installed."""
    try:
        with _looking_for_uv:  # sysconfig, which it asks, fails in two threads at once
            from uv import find_uv_bin
            return [find_uv_bin()]
    except (ImportError, FileNotFoundError):
        raise EnvironmentFault('uv is not installed: pip install -r requirements.txt') from None


def run_uv(arguments: Iterable[PathLike], limit: float, log: PathLike | None = None, given: str | None = None) -> str:
    """What uv says, asked with these arguments (see `processes.run`). It ends with this process, however that ends.
    Raises EnvironmentFault if it is not installed, processes.ProcessFault if it fails."""
    kept = [sys.executable, '-I', '-S', KEEPER] if given is None and not platforms.windows() else []
    return processes.run([*kept, *uv(), *arguments], limit, log, variables.for_uv(), given=given, name='uv')


def uv_fault(error: processes.ProcessFault) -> str:
    """What uv said was wrong, in one line, of a processes.ProcessFault."""
    said = [line.strip() for line in error.text.splitlines()]
    lines = [line for line in said if line.startswith(('error: ', 'cause: '))][:2]
    return '; '.join(line.split(': ', 1)[1] for line in lines) or str(error)


def of_environment(folder: PathLike) -> pathlib.Path:
    """The path of a virtual environment's interpreter."""
    return pathlib.Path(folder, *(('Scripts', 'python.exe') if platforms.windows() else ('bin', 'python')))


def find_python(version: str, folders: Iterable[PathLike] = ()) -> str:
    """The path of a CPython `version`, as '3.7'. Looks into `folders` (an interpreter, or environments or versions
    below), then at uv's own, on PATH, and in pyenv's versions. Raises EnvironmentFault, with what would mend it."""
    for candidate in _candidates(version, [pathlib.Path(folder).expanduser() for folder in folders]):
        with contextlib.suppress(processes.ProcessFault):
            said = processes.run([candidate, '-c', 'import sys; print("%s %d.%d" % (sys.implementation.name, '
                                  '*sys.version_info[:2]))'], LONGEST_QUESTION, environment=variables.inherited())
            if said.strip() == f'cpython {version}':
                return str(candidate)
    raise EnvironmentFault(f'no CPython {version} in {", ".join([*map(str, folders), "uv, PATH or pyenv"])}',
                           f'{"pyenv" if version in OLDER_THAN_UV else "uv python"} install {version}')


def _candidates(version: str, folders: Iterable[pathlib.Path]) -> Iterator[str | pathlib.Path]:
    """Paths that may be this CPython. On Windows no file name has the version in it."""
    name = 'python.exe' if platforms.windows() else f'python{version}'
    below = 'Scripts' if platforms.windows() else 'bin'
    for folder in folders:
        yield from ([folder] if folder.is_file() else
                    [path for place in (name, f'{below}/{name}', f'*/{name}', f'*/{below}/{name}')
                     for path in sorted(folder.glob(place))])
    with contextlib.suppress(processes.ProcessFault, EnvironmentFault):
        yield run_uv(['python', 'find', '--managed-python', '--no-python-downloads', '--no-project', version],
                     LONGEST_QUESTION).strip()
    for on_path in os.environ.get('PATH', '').split(os.pathsep):
        if on_path and (pathlib.Path(on_path) / name).is_file():
            yield pathlib.Path(on_path) / name
    home = pathlib.Path.home() / ('.pyenv/pyenv-win' if platforms.windows() else '.pyenv')
    yield from sorted(pathlib.Path(os.environ.get('PYENV_ROOT', home)).glob(
        f'versions/{version}.*/{name if platforms.windows() else "bin/python"}'))

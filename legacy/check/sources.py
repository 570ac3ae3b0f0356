"""The Python files that a script may import from beside it."""
import os
import pathlib
import typing
from collections.abc import Iterable

from legacy.formats.files import digest_of_file
from legacy.formats.places import PathLike
from legacy.machine.copies import left_out

if typing.TYPE_CHECKING:  # it imports this module
    from legacy.check.jobs import Job


def digests(job: 'Job', without: Iterable[PathLike] = ()) -> dict[str, str]:
    """{path: SHA-256} of all Python files in the script's folder and in the current one, and below; and of the data of
    a job.

    job: a jobs.Job. without: paths that are left out. Environments, and folders with a dot before their name, are
    no part of a script. What is read from elsewhere, and data, is not in it.
    """
    current = pathlib.Path(job.folder or os.getcwd()).resolve()
    data = [current / name for name in job.asked.get('data', ())]
    return {_named(path, current): digest_of_file(path) for path in [*files(job, without), *data]}


def files(job: 'Job', without: Iterable[PathLike] = ()) -> list[pathlib.Path]:
    """The paths of these files; the script's own is the first."""
    current = pathlib.Path(job.folder or os.getcwd()).resolve()
    folders = {current}
    found: dict[pathlib.Path, None] = {}
    if not job.asked.get('as_module'):
        script = pathlib.Path(current, job.asked['script']).resolve()
        folders.add(script.parent)
        found[script] = None
    without = {pathlib.Path(path).resolve() for path in without}
    for top in sorted(folders):
        for here, below, names in os.walk(top):
            below[:] = sorted(name for name in below if not left_out(name)
                              and pathlib.Path(here, name).resolve() not in without
                              and not pathlib.Path(here, name, 'pyvenv.cfg').exists())
            paths = [pathlib.Path(here, name) for name in names if name.endswith('.py') and not left_out(name)]
            found.update((path, None) for path in paths if path.is_file())
    return list(found)


def _named(path: pathlib.Path, folder: pathlib.Path) -> str:
    return os.path.relpath(path, folder).replace(os.sep, '/')

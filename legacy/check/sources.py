"""The Python files that a script may import from beside it."""
import hashlib
import os
import pathlib

from legacy.machine.copies import left_out


def digests(job, without=()):
    """{path: SHA-256} of all Python files in the script's folder and in the current one, and below.

    job: a scripting.Job. without: paths that are left out. Environments, and folders with a dot before their name, are
    no part of a script. What is read from elsewhere, and data, is not in it.
    """
    current = pathlib.Path(job.folder or os.getcwd()).resolve()
    folders = {current}
    found = {}
    if not job.asked.get('as_module'):
        script = pathlib.Path(current, job.asked['script']).resolve()
        folders.add(script.parent)
        found[_named(script, current)] = _digest(script)
    without = {pathlib.Path(path).resolve() for path in without}
    for top in sorted(folders):
        for here, below, files in os.walk(top):
            below[:] = sorted(name for name in below if not left_out(name)
                              and pathlib.Path(here, name).resolve() not in without
                              and not pathlib.Path(here, name, 'pyvenv.cfg').exists())
            paths = [pathlib.Path(here, name) for name in files if name.endswith('.py') and not left_out(name)]
            found.update((_named(path, current), _digest(path)) for path in paths if path.is_file())
    return found


def _named(path, folder):
    return os.path.relpath(path, folder).replace(os.sep, '/')


def _digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()

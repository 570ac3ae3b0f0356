"""Processes that a script starts with multiprocessing: they see the script as it sees itself. Runs on Python 3.6.

A forked process has all that its parent has. One that is spawned starts from nothing and runs the script's file again,
under the name __mp_main__; here it runs this module instead, which prepares TensorFlow 1 first.

What sessions compute in another process is not recorded; how many runs they make is counted, where that can be known.
"""
import importlib
import multiprocessing.spawn
import os
import re
import runpy
import subprocess
from typing import Any, Callable, Dict, List

SCRIPT = 'LEGACY_SCRIPT_OF_PARENT'  # for spawned processes: the script's file, or the module's name
COUNT = 'LEGACY_RUNS_OF_CHILDREN'  # a file that gets one byte for each run of a session in such a process
ARITHMETIC = 'LEGACY_ARITHMETIC_OF_PARENT'  # in which all runs of sessions are made, see `rewrittenruns`
PYTHON = re.compile(r'(^|[\\/\s"\'])python[\d.]*(w?\.exe)?($|[\s"\'])')

_opened: Dict[int, int] = {}  # {process: descriptor of the file COUNT}
_programs: List[str] = []  # Pythons that the script has started by `subprocess`


def prepare() -> None:
    """See to it that processes spawned from now on find TensorFlow 1."""
    native = multiprocessing.spawn.get_preparation_data

    def get_preparation_data(name: str) -> Dict[str, Any]:
        data = native(name)
        main = data.pop('init_main_from_name', None) or data.get('init_main_from_path')
        if main is not None:
            os.environ[SCRIPT] = main
            data['init_main_from_path'] = os.path.abspath(__file__)
        return data
    multiprocessing.spawn.get_preparation_data = get_preparation_data


def count(path: str) -> None:
    """From now on count, in the file `path`, the runs of sessions in child processes; `tell` says how many."""
    os.environ[COUNT] = path
    start = subprocess.Popen.__init__

    def __init__(self: Any, args: Any, *more: Any, **options: Any) -> None:
        command = args if isinstance(args, (str, bytes)) else ' '.join(map(str, args))
        _programs.extend(['python'] if PYTHON.search(os.fsdecode(command)) else [])
        start(self, args, *more, **options)
    popen: Any = subprocess.Popen
    popen.__init__ = __init__


def count_run() -> None:
    """In a child process: a run of a session."""
    path = os.environ.get(COUNT)
    if path:
        try:
            if os.getpid() not in _opened:
                _opened[os.getpid()] = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            os.write(_opened[os.getpid()], b'.')
        except OSError:  # a full disk, or the folder is gone with the parent
            pass


def tell(unseen: Callable[..., None]) -> None:
    """Add what was counted to the facts. unseen: see `observer.Observer`."""
    path = os.environ.pop(COUNT, None)
    if path and os.path.exists(path):
        unseen('child-runs', '', count=os.path.getsize(path))
        os.unlink(path)
    if _programs:
        unseen('child-process', '', count=len(_programs))


def _count_all() -> None:
    """Count all runs of sessions of this process, which is a spawned child's."""
    from tensorflow.python.client import session
    owners = [(session.BaseSession, '_do_run')]
    if hasattr(session.BaseSession, '_Callable'):
        owners.append((session.BaseSession._Callable, '__call__'))
    for owner, name in owners:
        setattr(owner, name, _counted(getattr(owner, name)))


def _counted(native: Callable[..., Any]) -> Callable[..., Any]:
    def counted(*args: Any, **kwargs: Any) -> Any:
        count_run()
        return native(*args, **kwargs)
    return counted


def _run_again(main: str) -> Dict[str, Any]:
    """The script's names, as its own import would give them."""
    from legacy.worker.scripts import namespace, numpy1, python3
    from legacy.worker.scripts.lines import Lines
    namespace.install()
    numpy1.give_back()
    python3.give_back()
    prepare()
    if COUNT in os.environ:
        _count_all()
    if ARITHMETIC in os.environ:
        from legacy.worker.scripts import rewrittenruns
        rewrittenruns.RewrittenRuns(os.environ[ARITHMETIC], Lines(main)).begin()
    run = runpy.run_path if os.path.exists(main) else runpy.run_module
    return run(main, run_name='__mp_main__')


if __name__ == '__mp_main__':
    import sys
    ours = os.path.abspath(os.path.join(os.path.dirname(__file__), '..', '..', '..'))
    sys.path.insert(0, ours)
    from legacy.worker.scripts import packagealias
    of_ours = (packagealias.install() if packagealias.APART in os.environ else 'legacy') + '.worker.scripts.'
    importlib.import_module(of_ours + 'runner')  # what is needed, before the script's own folder is asked
    sys.path.remove(ours)
    globals().update(importlib.import_module(of_ours + 'children')._run_again(os.environ[SCRIPT]))

"""A case to send, run: what its script gives and says in an environment."""
import json
import pathlib
import sys
import typing
from collections.abc import Sequence

import numpy as np

from legacy.formats.casedraft import NoCase
from legacy.formats.values import Array, Json
from legacy.machine import processes, variables
from legacy.reports.casescript import SCRIPT

LONGEST = 300  # seconds that the script may take
# The settings under which a check compares; the script itself asks for one thread.
SETTINGS = {'CUDA_VISIBLE_DEVICES': '-1', 'TF_CPP_MIN_LOG_LEVEL': '3'}
GIVEN, SAID, ENDED = 'given.npy', 'said', 'ended.json'
# What runs there: a function of the script, or all of it, whose words go to a file by themselves.
RESULT = '''
import json, platform, runpy, sys
import numpy
case = runpy.run_path(sys.argv[1])
numpy.save(sys.argv[2], case['result'](case[sys.argv[3]], json.loads(sys.argv[4])), allow_pickle=False)
with open(sys.argv[5], 'w') as file:
    json.dump([case['tf'].__version__, numpy.__version__, platform.python_version()], file)
'''
WHOLE = '''
import contextlib, json, runpy, sys
said, ended = sys.argv[2:]
code, sys.argv = 0, sys.argv[1:2]
with open(said, 'w') as file, contextlib.redirect_stdout(file):
    try:
        runpy.run_path(sys.argv[0], run_name='__main__')
    except SystemExit as end:
        code = end.code
with open(ended, 'w') as file:
    json.dump(code, file)
'''


class Given(typing.NamedTuple):
    """What a function of the script gives. versions: of TensorFlow, numpy and Python."""
    values: Array
    versions: list[str]


def given(python: str, folder: pathlib.Path, function: str, names: Sequence[str]) -> Given:
    """The Given of one of the script's functions, of the arrays with these names. python: of the environment. folder:
    pathlib.Path of the case's files. Raises NoCase."""
    _run(python, folder, RESULT, [SCRIPT, GIVEN, function, json.dumps(names), ENDED])
    return Given(np.load(folder / GIVEN, allow_pickle=False), _taken(folder))


def said(python: str, folder: pathlib.Path) -> tuple[str, int]:
    """(what the script prints, its exit code). Raises NoCase."""
    _run(python, folder, WHOLE, [SCRIPT, SAID, ENDED])
    return (folder / SAID).read_text(encoding='utf-8'), _taken(folder)


def _run(python: str, folder: pathlib.Path, program: str, arguments: Sequence[str]) -> None:
    own = python == sys.executable
    environment = {**variables.inherited(own_settings=False, same_python=own), **SETTINGS}
    try:
        processes.run([python, '-c', program, *arguments], LONGEST, environment=environment, cwd=folder)
    except processes.ProcessFault as error:
        raise NoCase(f'its script does not run under {python}: {error}') from None


def _taken(folder: pathlib.Path) -> Json:
    path = folder / ENDED
    found = json.loads(path.read_text())
    path.unlink()
    return found

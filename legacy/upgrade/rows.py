"""One row: an environment for a TensorFlow release, and everything that the worker can tell of it.

`run` is what hosts are asked to do. It takes and returns plain values, so that it can be sent to another machine.
"""
import contextlib
import json
import os
import pathlib
import socket
import time
import traceback

from packaging.version import Version

from legacy.machine import environments
from legacy.machine.environments import EnvironmentFault
from legacy.machine.scratch import scratch
from legacy.upgrade.releasetable import LOCKS

ENVIRONMENTS = environments.ROOT / 'runs' / 'environments'
BUILD, RUN = 'building', 'running'  # the stages that a row tells


def request(row, onednn=False, interpreters=(), folder=None, log=None):
    """What `run` takes, of a Release. interpreters: where to look for one first. folder: where environments are kept,
    ENVIRONMENTS unless given. log: a file on the host; without one what is said comes back with the answer only."""
    return {'name': row.name.replace(os.sep, '_'), 'version': row.version, 'python': row.python, 'lock': row.lock,
            'constraints': (LOCKS / 'build.txt').read_text(encoding='utf-8'), 'onednn': onednn,
            'interpreters': [str(path) for path in interpreters], 'folder': str(folder or ENVIRONMENTS),
            'log': str(log) if log else None}


def run(asked, tell=None):
    """Build the environment that a request asks for and gather its evidence.

    Returns {'files': {name: bytes}, 'host', 'seconds': {stage: number}, 'log': text}, or in place of the files 'fault'
    and 'mend': why the row was not run, and a command that may help. tell: called with each stage as it begins.
    """
    answer = {'host': socket.gethostname(), 'seconds': {}}
    try:
        pathlib.Path(asked['folder']).mkdir(parents=True, exist_ok=True)
        with scratch(asked['folder']) as folder:
            _run(asked, tell, answer, folder, asked['log'] or str(folder / 'log'))
    except EnvironmentFault as error:
        answer.update(fault=str(error), mend=error.mend)
    except OSError as error:  # a full disk, a folder that cannot be written
        answer.update(fault=f'{error.strerror}: {error.filename}', mend='')
    except Exception as error:  # a fault of this program: the matrix goes on, and the log says where
        answer.update(fault=f'{type(error).__name__}: {error}', mend='')
    return answer


def _run(asked, tell, answer, folder, log):
    """Put the stages' seconds, the files and the log's text into the answer."""
    try:
        with _stage(BUILD, answer, log, tell):
            base = environments.find_python(asked['python'], asked['interpreters'])
            python = environments.build(asked['folder'], asked['name'], base, asked['lock'], asked['constraints'], log)
        with _stage(RUN, answer, log, tell):
            answer['files'] = _evidence(python, asked, folder / 'evidence', log)
    except EnvironmentFault:
        raise
    except Exception:
        with open(log, 'a', encoding='utf-8') as file:
            traceback.print_exc(file=file)
        raise
    finally:
        answer['log'] = pathlib.Path(log).read_text(encoding='utf-8', errors='replace')


@contextlib.contextmanager
def _stage(name, answer, log, tell):
    if tell:
        tell(name)
    with open(log, 'a', encoding='utf-8') as file:
        file.write(f'== {name}, {time.strftime("%Y-%m-%d %H:%M:%S")}\n')
    started = time.perf_counter()
    try:
        yield
    finally:
        answer['seconds'][name] = round(time.perf_counter() - started, 2)


def _evidence(python, asked, folder, log):
    folder.mkdir()
    environments.run_worker(python, {'evidence': str(folder), 'native': True}, asked['onednn'], own_settings=False,
                            log=log)
    files = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
    try:
        version = json.loads(files['environment.json'])['tensorflow']
    except (KeyError, ValueError):
        raise EnvironmentFault("the worker's answer is not whole") from None
    if asked['version'] and Version(version).release != Version(asked['version']).release:
        raise EnvironmentFault(f'the environment has TensorFlow {version}, not {asked["version"]}; remove it',
                               f'rm -r {pathlib.Path(python).parent.parent}')
    return files

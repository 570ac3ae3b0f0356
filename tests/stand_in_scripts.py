"""Stand-ins for environments in which a script runs: its recording is made by hand, with changes.

As in `stand_ins`, an environment is a program that answers requests; here `-m legacy.worker.scripts REQUEST`, by
copying a file, or by failing as a script would.
"""
import hashlib
import json
import sys

import numpy as np

from legacy.check.scripting import Job
from legacy.formats import graphtable, scriptrecording
from legacy.formats.references import References
from legacy.machine import platforms
from legacy.upgrade.matrix import Options
from legacy.upgrade.releasetable import Release
from legacy.upgrade.subjects import Script

TIMES = 8
PROGRAM = """#!{python}
import json, os, shutil, sys, time
request = json.loads(sys.argv[3])
with open({calls!r}, 'a') as file:
    file.write({version!r} + '\\n')
if 'environment' in request:
    open(request['out'], 'w').write({environment!r})
    sys.exit()
{before}
shutil.copy({recording!r}, request['out'])
"""


def recording(version, ulps=0, wrong=0.0, op_type='RealDiv', unobserved=()):
    """The ScriptRecording of three lines that train one variable. ulps: that rounding makes of it. wrong: added to the
    variable after a run. op_type: of the op that line 2 makes."""
    arrays = {}
    contents = scriptrecording.Contents(arrays)
    losses = np.linspace(1, 0.3, TIMES, dtype='f4')
    for _ in range(ulps):
        losses = np.nextafter(losses, np.float32(9))
    before, after = np.ones(4, 'f4'), np.full(4, 0.5 + wrong, 'f4')

    def outcome(dtype, off=0):
        loss = losses[0] if off else np.float32(1)
        return {'fetched': {'loss:0': contents.note(loss.astype(dtype))}, 'after': {'w': contents.note(after.astype(dtype))}}
    outcomes = {**{name: outcome('f4', ulps) for name in ('run', 'float32', 'again')}, 'portable': outcome('f4'),
                'float64': outcome('f8')}
    floor = {'fetched': {'loss:0': 1e-6}, 'after': {'w': 1e-6}, 'along': {'w': 1e-6}}
    arrays.update({'runs': np.zeros(TIMES, 'i4'), 'kinds/0/feeds': np.zeros((TIMES, 0), 'i8'), 'small/0/0': losses,
                   'kinds/0/fetched': np.array([[scriptrecording.digest(loss)] for loss in losses], 'i8'),
                   'graph/0': np.frombuffer(_graph(op_type), 'u1')})
    for k in range(3):
        arrays[f'noisy/{k}/small/0/0'] = losses * np.float32(1 + (k - 1) * 1e-6)
    main = References().main.header['environment']
    return scriptrecording.ScriptRecording({
        'schema': scriptrecording.SCHEMA, 'kind': 'script', 'command': '', 'created': '2026-11-24T00:00:00Z',
        'environment': {**main, 'tensorflow': version},
        'script': {'name': 'train.py', 'arguments': [], 'as_module': False, 'sources': []},
        'seeds': {'given': 1, 'calls': [], 'unused': 0, 'unexpected': []}, 'graphs': 1,
        'kinds': [{'graph': 0, 'targets': ['train'], 'fetches': ['loss:0'], 'feeds': [], 'sources': [],
                   'variables': ['w'], 'written': ['w'], 'trains': True, 'obstacle': '', 'place': 'train.py:3',
                   'draws': [], 'matched': 0}],
        'initial': [{'graph': 0, 'name': 'w', 'noted': contents.note(before)}],
        'steps': [{'step': 0, 'kind': 0, 'run': 0, 'before': {'w': contents.note(before)}, 'fed': {},
                   'outcomes': outcomes, 'floor': floor}],
        'tensors': {}, 'kernels': {'0': [['loss:0', contents.note(np.float32(1))]]}, 'unknown': {}, 'faults': {}, 'unobserved': list(unobserved), 'unrepeatable': [],
        'varying': [], 'seconds': {'script': 2.0, 'after': 1.0}, 'arrays': []}, arrays)


def _graph(op_type):
    node = graphtable.Node('VariableV2', 'w', [], ['float32 (4,)'], '', '', '', 'variable', 'train.py:1', 'w = ...', '')
    loss = node._replace(op_type=op_type, name='loss', inputs=['w'], role='forward', line='train.py:2', call='loss = w / 2')
    return graphtable.to_bytes(graphtable.Table('1.15.5', 'float32', {}, [node, loss]), compressed=True)


class ScriptStandIns:
    """Environments below a folder, and a script in it."""

    def __init__(self, folder):
        self.folder, self.calls, self.work = folder, folder / 'calls', folder / 'work'
        self.work.mkdir()
        (self.work / 'train.py').write_text('w = 1\nloss = w / 2\ntrain()\n')
        self.recorded = folder / 'recorded.npz'
        scriptrecording.save(recording('1.15.5'), self.recorded)

    def release(self, version, before='', **changes):
        """A Release whose environment stands ready. changes: what `recording` takes. before: Python that it runs."""
        path = self.folder / f'{version}.npz'
        made = recording(version, **changes)
        scriptrecording.save(made, path)
        lock = f'# stands in for {version}\n'
        name = f'{version}-{hashlib.sha256(lock.encode()).hexdigest()[:12]}'
        interpreter = self.folder / 'environments' / name / 'bin' / 'python'
        interpreter.parent.mkdir(parents=True)
        interpreter.write_text(PROGRAM.format(
            python=sys.executable, calls=str(self.calls), version=version, before=before, recording=str(path),
            environment=json.dumps(made.header['environment'])))
        interpreter.chmod(0o755)
        return Release(version, f'tensorflow=={version}', version, '%d.%d' % sys.version_info[:2], (platforms.here(),),
                       (), {platforms.here(): lock})

    def subject(self, *arguments, **job):
        asked = {'script': 'train.py', 'arguments': list(arguments), 'as_module': False}
        return Script(Job('', asked, **{'folder': str(self.work), **job}), self.recorded)

    def options(self, **others):
        (self.folder / 'out').mkdir(exist_ok=True)
        return Options(self.folder / 'out', self.folder / 'environments', interpreters=(sys.executable,), **others)

    def called(self):
        """Versions whose environment was asked for something, in order."""
        return self.calls.read_text().split() if self.calls.exists() else []

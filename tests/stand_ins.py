"""Stand-ins for environments of other TensorFlow releases: their evidence is the baseline, with changes.

What `upgrade` sees of an environment is an interpreter that answers `-m legacy.worker REQUEST`. Here that is a script
that copies a folder, so that rows take no time and no network, on this machine or on a cluster's workers.
"""
import hashlib
import json
import shutil
import sys
from unittest import mock

import numpy as np

from legacy.formats import answers, graphtable, recording
from legacy.formats.references import References
from legacy.machine import crew, platforms
from legacy.upgrade import matrix, subjects
from legacy.upgrade.matrix import Options
from legacy.upgrade.releasetable import Release

SCRIPT = """#!{python}
import json, os, shutil, sys, time
request = json.loads(sys.argv[3])
with open({calls!r}, 'a') as file:
    file.write({version!r} + '\\n')
{before}
for name in sorted(os.listdir({evidence!r})):
    shutil.copy(os.path.join({evidence!r}, name), request['evidence'])
"""


def write_evidence(folder, version, references):
    """What `gather` would write under a TensorFlow that computes the references' numbers bit for bit."""
    folder.mkdir()
    main = references.main
    environment = {**main.header['environment'], 'tensorflow': version}
    for arithmetic, recorded in references.recordings.items():
        recorded = recording.Recording({**recorded.header, 'environment': environment, 'floor': None},
                                       recorded.computed)
        recording.save(recorded, folder / f'{arithmetic}.npz')
        recording.save(recorded, folder / f'native-{arithmetic}.npz')
    answers.save_replay(replayed(main), folder / 'replay.npz')
    answers.save_replay(replayed(main), folder / 'repeated.npz')
    outputs = [references.kernels.arrays[op['output']] for op in references.kernels.header['ops']]
    answers.save_kernels(answers.Kernels(outputs, [], []), folder / 'kernels.npz')
    (folder / 'graph.tsv.gz').write_bytes(graphtable.to_bytes(references.graph, compressed=True))
    (folder / 'environment.json').write_text(json.dumps(environment))
    (folder / 'failed.json').write_text('{}')


def replayed(recorded):
    """The answers.Replay of a TensorFlow that takes each step as the recording did."""
    steps = recorded.arrays['checkpoints/steps'].tolist()
    after = {variable['name']: recorded.arrays['checkpoints/' + variable['name']][1:]
             for variable in recorded.variables}
    at_record = {step + 1: k for k, step in enumerate(recorded.arrays['series/steps'].tolist())}
    costs = {name: np.array([recorded.arrays['series/' + name][at_record[start]] if start in at_record else np.nan
                             for start in steps[:-1]], 'f4') for name in recording.SERIES}
    return answers.Replay(steps[:-1], steps[1:], costs, after)


def other_op_seeds(folder):
    """The release's own op seeds are not 1.15's."""
    recorded = recording.load(folder / 'native-float32.npz')
    header = json.loads(json.dumps(recorded.header))
    for k, call in enumerate(header['seeded_calls']):
        call['op_seed'] = k
    recording.save(recording.Recording(header, recorded.arrays), folder / 'native-float32.npz')


def other_rsqrt(folder):
    """One element of one Rsqrt is one unit in the last place off."""
    found = answers.load_kernels(folder / 'kernels.npz')
    k = next(k for k, op in enumerate(References().kernels.header['ops']) if op['type'] == 'Rsqrt')
    found.outputs[k] = changed = np.array(found.outputs[k])
    changed.flat[0] = np.nextafter(changed.flat[0], np.float32(9))
    answers.save_kernels(found, folder / 'kernels.npz')


def other_history(folder):
    """The last float32 cost is one unit in the last place off."""
    recorded = recording.load(folder / 'float32.npz')
    history = np.array(recorded.arrays['series/cost_norm'])
    history[-1] = np.nextafter(history[-1], np.float32(0))
    arrays = {**recorded.arrays, 'series/cost_norm': history}
    recording.save(recording.Recording(recorded.header, arrays), folder / 'float32.npz')


def other_averages(folder):
    """A moving average after the first step is wrong: a regression."""
    recorded = recording.load(folder / 'float32.npz')
    name = 'checkpoints/moments/Squeeze/ExponentialMovingAverage'
    changed = np.array(recorded.arrays[name])
    changed[1] += 1
    recording.save(recording.Recording(recorded.header, {**recorded.arrays, name: changed}), folder / 'float32.npz')


def failed_kernels(folder):
    """The ops alone could not be run, as where a release has dropped one."""
    (folder / 'kernels.npz').unlink()
    (folder / 'failed.json').write_text('{"kernels": "NotFoundError: no such op (kernels.py, line 1)"}')


class StandIns:
    """Environments below a folder. references: what rows are compared with. ready: evidence written before, by
    `write_evidence` for any version."""

    def __init__(self, folder, references, ready):
        self.folder, self.references, self.ready = folder, references, ready
        self.calls = folder / 'calls'

    def release(self, version, *changes, before=''):
        """A Release whose environment stands ready. changes: functions above. before: Python that it runs first."""
        evidence = self.folder / f'evidence-{version}'
        shutil.copytree(self.ready, evidence)
        environment = json.loads((evidence / 'environment.json').read_text())
        (evidence / 'environment.json').write_text(json.dumps({**environment, 'tensorflow': version}))
        for change in changes:
            change(evidence)
        answers.save_replay(replayed(recording.load(evidence / 'float32.npz')), evidence / 'repeated.npz')
        lock = f'# stands in for {version}\n'
        name = f'{version}-{hashlib.sha256(lock.encode()).hexdigest()[:12]}'
        interpreter = self.folder / 'environments' / name / 'bin' / 'python'
        interpreter.parent.mkdir(parents=True)
        interpreter.write_text(SCRIPT.format(python=sys.executable, calls=str(self.calls), version=version,
                                             before=before, evidence=str(evidence)))
        interpreter.chmod(0o755)
        return Release(version, f'tensorflow=={version}', version, '%d.%d' % sys.version_info[:2],
                       (platforms.here(),), (), {platforms.here(): lock})

    def options(self, **others):
        """Options that find these environments."""
        (self.folder / 'out').mkdir(exist_ok=True)
        return Options(self.folder / 'out', self.folder / 'environments',
                       interpreters=(sys.executable,), **others)

    def matrix(self, workers, tell=None, **options):
        """A Matrix that finds them."""
        with mock.patch.object(subjects, 'References', lambda: self.references):
            return matrix.Matrix(workers, self.options(**options), tell)

    def called(self):
        """Versions whose worker was started, in order."""
        return self.calls.read_text().split() if self.calls.exists() else []


def run(stand_in, *releases, tell=None, jobs=2, **options):
    """[Outcome, ...] of these releases in a new Matrix."""
    with crew.crew(jobs=jobs) as workers:
        return stand_in.matrix(workers, tell, **options).run(list(releases))

"""Stand-ins for environments of other TensorFlow releases: a script's recording is made by hand, with changes.

What `upgrade` sees of an environment is an interpreter that answers requests. Here that is a program that copies a
file, or fails as a script would, so that rows take no time and no network, on this machine or on a cluster's workers.
"""
import copy
import hashlib
import json
import sys

import numpy as np

from legacy.check.jobs import Job
from legacy.formats import causes, contents, graphtable, recordings
from legacy.machine import crew, platforms
from legacy.upgrade import report
from legacy.upgrade.matrix import Matrix, Options
from legacy.upgrade.releasetable import Release
from legacy.upgrade.subject import Subject
from tests.conftest import ROOT

RECORDED = ROOT / 'tests' / 'scripts' / 'recordings' / 'vae.npz'
PROGRAM = """#!{python}
import json, os, shutil, sys, time
sys.path.insert(0, {root!r})
request = json.loads(sys.argv[-1])
with open({calls!r}, 'a') as file:
    file.write({version!r} + '\\n')
if 'environment' in request:
    open(request['out'], 'w').write({environment!r})
    sys.exit()
from legacy.formats import ending
ends = ending.Ending(request['out'])
ends.note(ending.RUNNING)
{before}
shutil.copy({recording!r}, request['out'])
"""


def recording(version, ulps=0, wrong=0.0, op_type=None, unseen=(), cause=None):
    """What a TensorFlow makes of the script of RECORDED that computes what was recorded, but for these. ulps: that
    rounding makes of a loss and of a weight. wrong: relative, of that weight. op_type: in place of every RealDiv.
    cause: a causes.Cause that was found."""
    there = recordings.load(str(RECORDED))
    header, arrays = copy.deepcopy(there.header), dict(there.arrays)
    header['environment']['tensorflow'], header['unseen'] = version, list(unseen)
    header['seconds'] = {'script': 2.0, 'after': 1.0}
    header['script']['name'] = header['script']['sources'][0]['file'] = 'train.py'
    for number, kind in enumerate(header['kinds']):
        kind['matched'] = number
    if ulps or wrong:
        outcomes = header['steps'][0]['outcomes']
        name = next(name for name, noted in outcomes['float32']['after'].items() if len(noted.shape) == 2)
        for arithmetic in ('run', 'own', 'float32', 'again', *(('portable', 'float64') if wrong else ())):
            noted, content = outcomes[arithmetic]['after'][name], f'changed/{len(arrays)}'
            arrays[content] = _up(arrays[noted.content] * (1 + wrong), ulps).astype(noted.dtype)
            outcomes[arithmetic]['after'][name] = noted._replace(content=content,
                                                                 digest=contents.digest(arrays[content]))
        (k, j), losses = sorted(there.series().items())[0]
        arrays[f'small/{k}/{j}'] = _up(losses, ulps)
        arrays[f'kinds/{k}/fetched'] = fetched = arrays[f'kinds/{k}/fetched'].copy()
        fetched[:, j] = [contents.digest(loss) for loss in arrays[f'small/{k}/{j}']]
    if cause:
        arrays[causes.NAME] = causes.to_array(causes.Found([cause], [], [], [], [], []))
    if op_type:
        table = graphtable.uncompressed(arrays['graph/0'].tobytes())
        nodes = [node._replace(op_type=op_type) if node.op_type == 'RealDiv' else node for node in table.nodes]
        changed = graphtable.Table(table.tensorflow, table.arithmetic, table.lines, nodes)
        arrays['graph/0'] = np.frombuffer(graphtable.to_bytes(changed, compressed=True), 'u1')
    return recordings.Recording(header, arrays)


def _up(values, ulps):
    for _ in range(ulps):
        values = np.nextafter(values, values.dtype.type(9))
    return values


class StandIns:
    """Environments below a folder, and a script in it."""

    def __init__(self, folder):
        self.folder, self.calls, self.work = folder, folder / 'calls', folder / 'work'
        self.work.mkdir()
        (self.work / 'train.py').write_text('w = 1\nloss = w / 2\ntrain()\n')
        self.recorded = folder / 'recorded.npz'
        recordings.save(recording('1.15.5'), self.recorded)

    def release(self, version, before='', **changes):
        """A Release whose environment stands ready. changes: what `recording` takes. before: Python that it runs."""
        path = self.folder / f'{version}.npz'
        made = recording(version, **changes)
        recordings.save(made, path)
        lock = f'# stands in for {version}\n'
        name = f'{version}-{hashlib.sha256(lock.encode()).hexdigest()[:12]}'
        interpreter = self.folder / 'environments' / name / 'bin' / 'python'
        interpreter.parent.mkdir(parents=True)
        interpreter.write_text(PROGRAM.format(
            python=sys.executable, root=str(ROOT), calls=str(self.calls), version=version, before=before,
            recording=str(path), environment=json.dumps(made.header['environment'])))
        interpreter.chmod(0o755)
        return Release(version, f'tensorflow=={version}', version, '%d.%d' % sys.version_info[:2], (platforms.here(),),
                       (), {platforms.here(): lock})

    def subject(self, *arguments, **job):
        asked = {'script': 'train.py', 'arguments': list(arguments), 'as_module': False}
        return Subject(Job('', asked, **{'folder': str(self.work), 'own_settings': False, **job}), self.recorded)

    def matrix(self, workers, tell=None, subject=None, **options):
        """A Matrix that finds these environments."""
        return Matrix(workers, self.options(**options), subject or self.subject(), tell)

    def options(self, **others):
        (self.folder / 'out').mkdir(exist_ok=True)
        return Options(self.folder / 'out', self.folder / 'environments', interpreters=(sys.executable,), **others)

    def called(self):
        """Versions whose environment was asked for something, in order."""
        return self.calls.read_text().split() if self.calls.exists() else []


def run(stand_in, *releases, subject=None, tell=None, jobs=2, **options):
    """The report.Result of these Releases of StandIns, in a new Matrix."""
    subject = subject or stand_in.subject()
    with crew.crew(jobs=jobs) as workers:
        made = stand_in.matrix(workers, tell, subject, **options)
        return report.Result(made.run(list(releases)), subject)

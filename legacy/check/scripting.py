"""A script in a process of its own, recorded: once, twice, and with noise in the last place.

Every run works in a copy of the current folder, so that none meets the files of another, and the user's stay.
"""
import json
import os
import pathlib
import re
import typing

from legacy.check import providing
from legacy.formats import places, scriptrecording
from legacy.formats.errors import LegacyError
from legacy.judge import scriptladder, scriptrecorded
from legacy.machine import copies, processes, variables
from legacy.machine.interpreters import EnvironmentFault

NOISY_RUNS = 6
LONGEST, LARGEST_FOLDER = 3600, 200  # seconds, MB: unless others are given
LINES_SHOWN, LONGEST_SAID = 12, 4000
# A traceback that reaches the script has no line of ours: see `worker.scripts.tracebacks`.
IN_OURS = re.compile('^  File "%s' % re.escape(os.path.join(places.PACKAGE, 'worker', 'scripts', '__main__.py')),
                     re.MULTILINE)


class ScriptFault(LegacyError):
    """The script ended with an error of its own. The message is one line; `said` are the last lines that it wrote."""

    def __init__(self, message, said):
        super().__init__(message)
        self.said = said


class Job(typing.NamedTuple):
    """A script under an interpreter. asked: {'script', 'arguments', 'as_module'}, and what `starting.prepare` takes.
    timeout: seconds that each run may take. files: MB that the current folder may hold. folder: the current
    one unless given. without: paths in it that are not copied. own_settings: the user's own for TensorFlow, or none.
    log: file that gets what the script says. hash_seed: of Python's hashes, on which the order of a set of strings
    depends."""
    python: str
    asked: dict
    onednn: bool = False
    timeout: int = LONGEST
    files: int = LARGEST_FOLDER
    folder: str | None = None
    without: tuple = ()
    own_settings: bool = True
    log: str | None = None
    hash_seed: int = 0

    def run(self, out, **recording):
        """Run it once and write the recording to `out`, a pathlib.Path; return the ScriptRecording. recording: as
        `starting.prepare` takes it. Raises ScriptFault, EnvironmentFault, RecordingError, copies.TooLarge."""
        request = {**{key: value for key, value in self.asked.items() if value is not None}, 'quiet': True,
                   'end_with_stdin': True, 'out': str(out.resolve()), **recording}
        current = self.folder or os.getcwd()
        if not self.asked.get('as_module'):
            request['script'] = os.path.abspath(os.path.join(current, self.asked['script']))
        environment = variables.inherited(self.own_settings, same_python=True)
        environment.update(PYTHONHASHSEED=str(self.hash_seed), MPLBACKEND='Agg', PYTHONPATH=os.pathsep.join(
            filter(None, [os.environ.get('PYTHONPATH'), current if self.asked.get('as_module') else '',
                          places.CHECKOUT])))
        environment.update(providing.environment(self))
        if self.onednn:
            environment['TF_ENABLE_ONEDNN_OPTS'] = '1'
        with copies.copy_of(current, self.files, self.without) as folder:
            try:
                processes.run([self.python, '-m', 'legacy.worker.scripts', json.dumps(request)], self.timeout,
                              self.log, environment, folder)
            except processes.ProcessFault as error:
                raise self._fault(error) from None
        if not out.exists():
            raise ScriptFault(f'{self.asked["script"]} left Python by os._exit or the like: nothing was recorded', [])
        return scriptrecording.load(str(out))

    def _fault(self, error):
        lines = [line for line in error.text.splitlines() if line.strip()]
        if lines and lines[-1].startswith('error: '):  # of ours: what the script needs is not to be had there
            return EnvironmentFault(lines[-1].removeprefix('error: '))
        if "No module named 'numpy'" in error.text and 'legacy' in error.text:
            return EnvironmentFault(f'TensorFlow is not installed there: {self.python} -m pip install tensorflow')
        if lines and lines[-1].startswith('ModuleNotFoundError: '):
            return EnvironmentFault(f'{self.asked["script"]} imports what is not installed there '
                                    f'({lines[-1].partition(": ")[2]}): {self.python} -m pip install ..., or --with')
        if error.code is None:  # it did not start, was ended, or took too long
            return EnvironmentFault(str(error))
        if not lines:
            return ScriptFault(f'{self.asked["script"]} ended with exit code {error.code} and said nothing', [])
        if IN_OURS.search(error.text):
            return RuntimeError(f'a fault of this program, not of {self.asked["script"]}: {error.text[-LONGEST_SAID:]}')
        return ScriptFault(f'{self.asked["script"]}: {lines[-1] if lines else error}', lines[-LINES_SHOWN:])


def record(job, out, folder, budget=None, noisy=NOISY_RUNS, tell=lambda text: None):
    """Record a script to the file `out`; return the ScriptRecording.

    folder: pathlib.Path, for files of the runs. budget: bytes for variables. noisy: how many whole runs with noise.
    tell: called with what goes on. Raises as `Job.run` does.

    Every run has another hash seed: the same one orders a set of strings otherwise under another Python, so what comes
    of that order is nothing that a script repeats.
    """
    recording = {} if budget is None else {'budget': budget}
    tell('recording, and measuring what rounding alone does')
    first = job.run(folder / 'first.npz', command=_command(job), **recording)
    tell('once more, to see what the script does not repeat')
    again = job._replace(hash_seed=1).run(folder / 'again.npz', brief=True, command='')
    header = {**first.header, 'unrepeatable': _differences(first, again)}
    noisy_series, runs = {}, []
    for number in range(noisy):
        tell(f'whole run {number + 1} of {noisy} with noise in the last place')
        runs.append(job._replace(hash_seed=number + 2).run(folder / f'noisy-{number}.npz', brief=True, nudge=number,
                                                           command='', floors=str(folder / 'first.npz')))
        noisy_series.update((f'noisy/{number}/small/{kind}/{fetch}', array)
                            for (kind, fetch), array in _matched_series(first, runs[-1]).items())
    header['varying'] = sorted({name for run in [again, *runs] for name in _varying(first, run)}.union(
        f'fetch {first.kinds[k]["fetches"][column]} of kind {k}' for k, column in _other_fetches(first, again)))
    scriptrecording.save(scriptrecording.ScriptRecording(header, first.arrays.joined(noisy_series)), str(out))
    return scriptrecording.load(str(out))


def _command(job):
    return 'compat_run.py record ' + ' '.join([os.path.basename(job.asked['script']), *job.asked['arguments']])


def _matches(first, other):
    """{kind of the first: the same kind of another run}"""
    numbers = {_identity(kind): k for k, kind in enumerate(other.kinds)}
    return {k: numbers[_identity(kind)] for k, kind in enumerate(first.kinds) if _identity(kind) in numbers}


def _identity(kind):
    return kind['graph'], tuple(kind['targets']), tuple(kind['fetches']), tuple(kind['feeds'])


def _matched_series(first, other):
    series = other.series()
    return {(k, j): series[number, j] for k, number in _matches(first, other).items()
            for j in range(len(first.kinds[k]['fetches'])) if (number, j) in series}


def _differences(first, again):
    """What the script does not repeat under the very same TensorFlow, in words."""
    found = [f'{name} (not the same when the script runs again)' for name in _varying(first, again)]
    return found + [f'{first.kinds[k]["fetches"][column]} ({first.kinds[k]["place"]}, not the same when the script '
                    'runs again)' for k, column in _other_fetches(first, again)]


def _other_fetches(first, again):
    """[(kind, fetch)] of what is another when the script runs again."""
    found = []
    for k, number in _matches(first, again).items():
        ours, theirs = first.arrays[f'kinds/{k}/fetched'], again.arrays[f'kinds/{number}/fetched']
        times = min(len(ours), len(theirs))
        found += [(k, column) for column in sorted(set((ours[:times] != theirs[:times]).nonzero()[1].tolist()))]
    return found


def _varying(first, other):
    """Names of what another run of the script has otherwise: its runs, feeds, first values of variables."""
    found, matches = [], _matches(first, other)
    if [matches.get(k) for k in first.runs.tolist() if first.kinds[k]['trains']] != [
            k for k in other.runs.tolist() if other.kinds[k]['trains']]:
        found.append('runs')
    for k, number in matches.items():
        ours, theirs = first.arrays[f'kinds/{k}/feeds'], other.arrays[f'kinds/{number}/feeds']
        times = min(len(ours), len(theirs))
        found += [f'feed {first.kinds[k]["feeds"][column]} of kind {k}'
                  for column in sorted(set((ours[:times] != theirs[:times]).nonzero()[1].tolist()))]
    there = {(item['graph'], item['name']): item['noted'][3] for item in other.header['initial']}
    found += [f'variable {item["name"]} of graph {item["graph"]}' for item in first.header['initial']
              if there.get((item['graph'], item['name']), item['noted'][3]) != item['noted'][3]]
    return found


def check(job, baseline, folder, tell=None):
    """(scriptrecorded.Recorded, the ScriptRecording made here, the asking.Report) of a script under a TensorFlow,
    against the recording in the file `baseline`. Raises as `Job.run` does; RecordingError."""
    recorded = scriptrecorded.Recorded(scriptrecording.load(str(baseline)), str(baseline))
    job = job._replace(without=(*job.without, str(baseline)))  # it may be large, and is nothing that the script needs
    candidate = job.run(pathlib.Path(folder) / 'here.npz', op_seeds=os.path.abspath(baseline), command='')
    return recorded, candidate, scriptladder.ladder(recorded, candidate, tell)

"""A script in a process of its own, recorded: once, twice, and with noise in the last place.

Every run works in a copy of the current folder, so that none meets the files of another, and the user's stay.
"""
import json
import os
import pathlib
import typing

from legacy.check import variation
from legacy.formats import ending, places, scriptrecording
from legacy.formats.errors import LegacyError
from legacy.judge import scriptladder, scriptrecorded
from legacy.machine import copies, processes, variables
from legacy.machine.interpreters import EnvironmentFault

NOISY_RUNS = 6
LONGEST, LARGEST_FOLDER = 3600, 200  # seconds, MB: unless others are given
LINES_SHOWN, LONGEST_SAID = 12, 4000
MOST_AGAIN = 3  # times that a script is run again since some of its runs are to be left alone


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
        `starting.prepare` takes it. Raises ScriptFault, EnvironmentFault, RecordingError, copies.TooLarge.

        Where a run of a session went another way because it was watched, the script is run again, and such are left
        alone."""
        leave = []
        for _ in range(MOST_AGAIN + 1):
            failed = self._run(out, {**recording, 'leave': leave})
            if not failed:
                break
            leave += failed
        if not out.exists():
            raise ScriptFault(f'{self.asked["script"]} left Python by os._exit or the like: nothing was recorded', [])
        return scriptrecording.load(str(out))

    def _run(self, out, recording):
        """What `ending` has as failed."""
        request = {**{key: value for key, value in self.asked.items() if value is not None}, 'quiet': True,
                   'end_with_stdin': True, 'out': str(out.resolve()), **recording}
        current = self.folder or os.getcwd()
        if not self.asked.get('as_module'):
            request['script'] = os.path.abspath(os.path.join(current, self.asked['script']))
        with copies.copy_of(current, self.files, self.without) as folder:
            try:
                processes.run([self.python, '-m', 'legacy.worker.scripts', json.dumps(request)], self.timeout,
                              self.log, self._environment(current), folder)
            except processes.ProcessFault as error:
                raise self._fault(error, ending.taken(out)) from None
        return ending.taken(out)['failed']

    def _environment(self, current):
        """The variables that the process gets. current: the folder that is the script's current one."""
        found = variables.inherited(self.own_settings, same_python=True)
        found.update(PYTHONHASHSEED=str(self.hash_seed), MPLBACKEND='Agg', PYTHONPATH=os.pathsep.join(
            filter(None, [os.environ.get('PYTHONPATH'), current if self.asked.get('as_module') else '',
                          places.CHECKOUT])))
        if self.onednn:
            found['TF_ENABLE_ONEDNN_OPTS'] = '1'
        return found

    def _fault(self, error, ended):
        """What to raise for a ProcessFault. ended: what the process noted of its end, see `formats.ending`."""
        script, lines = self.asked['script'], [line for line in error.text.splitlines() if line.strip()]
        if error.code is None:  # it did not start, was ended, or took too long
            return EnvironmentFault(str(error))
        if ended['how'] == ending.REFUSED:  # what the script needs is not to be had there
            return EnvironmentFault(ended['said'])
        if ended['how'] == ending.OURS:
            return RuntimeError(f'a fault of this program, not of {script}: {ended["said"][-LONGEST_SAID:]}')
        if ended['missing']:
            return EnvironmentFault(f'{script} imports what is not installed there '
                                    f'({ended["said"].partition(": ")[2]}): {self.python} -m pip install ..., or --with')
        if not ended['how']:
            return EnvironmentFault(f'{self.python} ended before the script began: {lines[-1] if lines else error}')
        if not lines:
            return ScriptFault(f'{script} ended with exit code {error.code} and said nothing', [])
        return ScriptFault(f'{script}: {lines[-1]}', lines[-LINES_SHOWN:])


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
    steps_of = str(folder / 'first.npz')
    again = job._replace(hash_seed=1).run(folder / 'again.npz', brief=True, command='', steps_of=steps_of)
    runs = []
    for number in range(noisy):
        tell(f'whole run {number + 1} of {noisy} with noise in the last place')
        runs.append(job._replace(hash_seed=number + 2).run(folder / f'noisy-{number}.npz', brief=True, nudge=number,
                                                           command='', steps_of=steps_of))
    scriptrecording.save(variation.whole(first, again, runs), str(out))
    return scriptrecording.load(str(out))


def _command(job):
    return 'compat_run.py record ' + ' '.join([os.path.basename(job.asked['script']), *job.asked['arguments']])


def check(job, baseline, folder, tell=None):
    """(scriptrecorded.Recorded, the ScriptRecording made here, the asking.Report) of a script under a TensorFlow,
    against the recording in the file `baseline`. Raises as `Job.run` does; RecordingError."""
    recorded = scriptrecorded.Recorded(scriptrecording.load(str(baseline)), str(baseline))
    job = job._replace(without=(*job.without, str(baseline)))  # it may be large, and is nothing that the script needs
    candidate = job.run(pathlib.Path(folder) / 'here.npz', op_seeds=os.path.abspath(baseline), command='')
    return recorded, candidate, scriptladder.ladder(recorded, candidate, tell)

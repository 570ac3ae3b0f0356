"""A script in a process of its own, recorded: once, twice, and with noise in the last place.

Every run works in a copy of the current folder, so that none meets the files of another, and the user's stay.
"""
import json
import os
import pathlib
import typing
from collections.abc import Callable

from legacy.check import noisyruns, replayprogress, scriptchanges, suppliedsources, variation, wholeportable, wholeruns
from legacy.check.scriptfault import ScriptFault
from legacy.formats import ending, places, recordings, unseen
from legacy.formats.places import PathLike
from legacy.formats.recordings import Recording
from legacy.formats.values import Json, JsonObject
from legacy.judge import ladder
from legacy.judge.baseline import Baseline
from legacy.judge.questions import Report, Rung
from legacy.machine import copies, crew, processes, variables
from legacy.machine.forked import Forked
from legacy.machine.interpreters import EnvironmentFault

AGAIN = 'once more, to see what the script does not repeat'  # what a run is for, as it is told
LONGEST, LARGEST_FOLDER = 3600, 200  # seconds, MB: unless others are given
LINES_SHOWN, LONGEST_SAID = 12, 4000
MOST_AGAIN = 3  # times that a script is run again since some of its runs are to be left alone


class NotInstalled(EnvironmentFault):
    """The script imports what is not there. lack: that, in words; package: the outermost of the module's names."""

    def __init__(self, script: str, module: str, python: str) -> None:
        self.lack = f'{script} imports what is not installed there (No module named {module!r})'
        self.package = module.partition('.')[0]
        super().__init__(f'{self.lack}: {python} -m pip install ..., or --with')


class Job(typing.NamedTuple):
    """A script under an interpreter. asked: {'script', 'arguments', 'as_module'}, and what `startup.prepare` takes.
    timeout: seconds that each run may take. files: MB that the current folder may hold. folder: the current
    one unless given. without, linked: paths in it that are not copied, see `copies.Survey`. own_settings: the user's
    own for TensorFlow, or none. log: file that gets what the script says. hash_seed: of Python's hashes, on which the
    order of a set of strings depends. within: a machine.forked.Forked of whose copies each run is one, or None.
    windows: whether the script may open some."""
    python: str
    asked: JsonObject
    onednn: bool = False
    timeout: int = LONGEST
    files: int = LARGEST_FOLDER
    folder: str | None = None
    without: tuple[str, ...] = ()
    linked: tuple[str, ...] = ()
    own_settings: bool = True
    log: str | None = None
    hash_seed: int = 0
    within: Forked | None = None
    windows: bool = False

    def run(self, out: pathlib.Path, **recording: Json) -> Recording:
        """Run it once and write the recording to `out`, a pathlib.Path; return the Recording. recording: as
        `startup.prepare` takes it. Raises ScriptFault, EnvironmentFault, RecordingError, copies.TooLarge.

        Where a run of a session went another way because it was watched, the script is run again, and such are left
        alone."""
        leave: list[Json] = []
        for _ in range(MOST_AGAIN + 1):
            failed = self._run(out, {**recording, 'leave': leave})
            if not failed:
                break
            leave += failed
        if not out.exists():
            raise ScriptFault(f'{self.asked["script"]} left Python by os._exit or the like: nothing was recorded', [])
        return recordings.just_made(str(out))

    def _run(self, out: pathlib.Path, recording: JsonObject) -> list[Json]:
        """What `ending` has as failed."""
        request = {**{key: value for key, value in self.asked.items() if value is not None}, 'quiet': True,
                   'out': str(out.resolve()), **recording}
        with self.workplace() as work:
            request.update({} if work.script is None else {'script': work.script},
                           copied={original: copy for copy, original in work.copies.items()})
            try:
                if self.within:
                    self.within.run(request, self.timeout, self.log, work.folder)
                else:
                    processes.run([*self.worker, json.dumps({**request, 'end_with_stdin': True})], self.timeout,
                                  self.log, self.environment(), work.folder)
            except processes.ProcessFault as error:
                raise self._fault(error, ending.taken(out), work) from None
        failed: list[Json] = ending.taken(out)['failed']
        return failed

    @property
    def worker(self) -> list[str]:
        """The command that starts the process, but for its request. It is started by its file: whatever the script's
        folder holds, a package `legacy` too, the program's own modules are these."""
        apart = ['--apart'] if self._has_our_name() else []
        return [self.python, os.path.join(places.PACKAGE, 'worker', 'scripts', '__main__.py'), *apart]

    def _has_our_name(self) -> bool:
        """Whether the script may import a `legacy` that is not this program's."""
        folder = self._current() if self.asked.get('as_module') else os.path.dirname(os.path.realpath(
            os.path.join(self._current(), self.asked['script'])))
        path = [place for place in os.environ.get('PYTHONPATH', '').split(os.pathsep) if place]
        found = [os.path.join(place, name) for place in [folder, *path] for name in ('legacy', 'legacy.py')]
        return any(os.path.exists(path) and not os.path.samefile(path, places.PACKAGE) for path in found)

    def workplace(self) -> typing.ContextManager[copies.Workplace]:
        """See `copies.workplace`."""
        script = None if self.asked.get('as_module') else os.path.join(self._current(), self.asked['script'])
        return copies.workplace(self._current(), script, self.files, self.without, self.linked)

    def _current(self) -> str:
        return self.folder or os.getcwd()

    def environment(self) -> dict[str, str]:
        """The variables that the process gets."""
        found = variables.inherited(self.own_settings, same_python=True)
        found.update(PYTHONHASHSEED=str(self.hash_seed), **({} if self.windows else {'MPLBACKEND': 'Agg'}))
        if self.onednn:
            found['TF_ENABLE_ONEDNN_OPTS'] = '1'
        return {**found, **suppliedsources.environment(self)}

    def _fault(self, error: processes.ProcessFault, ended: JsonObject, work: copies.Workplace) -> Exception:
        """What to raise for a ProcessFault. ended: what the process noted of its end, see `formats.ending`. work: the
        copies.Workplace."""
        ended = {key: work.original(value) if isinstance(value, str) else value for key, value in ended.items()}
        script, lines = self.asked['script'], [line for line in work.original(error.text).splitlines() if line.strip()]
        if error.code is None:  # it did not start, was ended, or took too long
            return EnvironmentFault(str(error))
        if ended['how'] == ending.REFUSED:  # what the script needs is not to be had there
            return EnvironmentFault(ended['said'])
        if ended['how'] == ending.OURS:
            return RuntimeError(f'a fault of this program, not of {script}: {ended["said"][-LONGEST_SAID:]}')
        if ended['missing']:
            return NotInstalled(script, ended['missing'], self.python)
        if not ended['how']:
            return EnvironmentFault(f'{self.python} ended before the script began: {lines[-1] if lines else error}')
        if not lines:
            return ScriptFault(f'{script} ended with exit code {error.code} and said nothing', [])
        return ScriptFault(f'{script}: {lines[-1]}', lines[-LINES_SHOWN:])


def record(job: Job, out: pathlib.Path, folder: pathlib.Path, budget: int | None = None, noisy: int | None = None,
           tell: Callable[[str], None] = lambda text: None,
           allowed: Callable[[Recording], None] = lambda first: None, whole: bool = False,
           replays: int = 0) -> Recording:
    """Record a script to the file `out`; return the Recording.

    folder: pathlib.Path, for files of the runs. budget: bytes for variables. noisy: how many whole runs with noise;
    None for as many as the script needs. tell: called with what goes on. allowed: called with the first Recording; may
    raise. whole: with the whole run in portable arithmetic. replays: of how many runs of each kind steps are made at
    least. Raises as `Job.run` does; wholeportable.NoWholeRun.

    The runs have several hash seeds: the same one orders a set of strings otherwise under another Python, so what
    comes of that order is nothing that a script repeats.
    """
    recording: JsonObject = {'compressed': False, **({} if budget is None else {'budget': budget})}
    count = noisyruns.MOST if noisy is None else noisy
    with wholeruns.WholeRuns(job, 2 + count + (2 if whole else 0), tell) as runs:
        brief = {'brief': True, 'command': ''}
        begun = runs.begin('recorded, and its steps made again', folder / 'first.npz', command=_command(job),
                           **recording, **({'replays': replays} if replays else {}))
        again = runs.begin(AGAIN, folder / 'again.npz', **brief, **recording)  # at once: there is a second core
        first = begun.result()
        allowed(first)
        with_noise = noisyruns.NoisyRuns(runs, folder, first, noisy)
        portable = wholeportable.begin(runs, folder) if whole else []
        second, facts = variation.numbered(first, again.result()), unseen.Unseen()
        if second is None:  # it has chosen other runs, or names them otherwise
            second = runs.further(AGAIN, folder / 'again-alike.npz', **brief, compressed=False,
                                  steps_of=str(folder / 'first.npz')).result()
        found = variation.whole(first, second, with_noise.made(facts))
        found = wholeportable.recorded(found, portable) if whole else found
    found.header['unseen'] = found.header['unseen'] + facts.facts()
    recordings.save(found, str(out))
    return recordings.just_made(str(out))


def _command(job: Job) -> str:
    return 'compat_run.py record ' + ' '.join([os.path.basename(job.asked['script']), *job.asked['arguments']])


def check(job: Job, baseline: PathLike, folder: PathLike, tell: Callable[[Rung], None] | None = None,
          remark: Callable[[str], None] = lambda line: None, progress: Callable[[str], None] | None = None,
          **further: Json) -> tuple[Baseline, Recording, Report]:
    """(baseline.Baseline, the Recording made here, the questions.Report) of a script under a TensorFlow,
    against the recording in the file `baseline`. remark: called first with each thing in which the script is not the
    one that was recorded. progress: see `replayprogress.told`. further: power or case, as `startup.prepare` takes
    them. Raises as `Job.run` does; RecordingError, WrongRecording."""
    recorded = Baseline(recordings.load(str(baseline)), str(baseline))
    for line in scriptchanges.differences(recorded.side, job, baseline):
        remark(line)
    job = job._replace(without=(*job.without, str(baseline)))  # it may be large, and is nothing that the script needs
    folder = pathlib.Path(folder)
    with replayprogress.told(folder / 'here.npz', progress):
        case = made_here(job, recorded, folder / 'here.npz', folder, crew.usable_cores() > 1, progress, **further)
    return recorded, case.here, ladder.asked(case, tell)


def made_here(job: Job, recorded: Baseline, out: pathlib.Path, folder: pathlib.Path, beside: bool = False,
              tell: Callable[[str], None] | None = None, **further: Json) -> ladder.Case:
    """The ladder.Case of a script that makes the steps of a recording again: its own run, in the file `out`; with the
    whole run in portable arithmetic, where the recording has one; and with runs with noise, where nothing fails but
    what is compared with these.

    folder: for other files. beside: see `wholeportable.made_here`. tell: called with what is done further, in words.
    Raises as `Job.run` does."""
    case = ladder.Case(recorded, wholeportable.made_here(job, recorded.path, folder / 'whole.npz', lambda: job.run(
        out, op_seeds=os.path.abspath(recorded.path), command='', **further), beside))
    if not noisyruns.bands_alone(case):
        return case
    tell = tell or (lambda line: None)
    tell(f'only what whole runs gave is outside its band; {noisyruns.MOST} runs with noise say what rounding does here')
    with wholeruns.WholeRuns(job, noisyruns.MOST, tell) as runs:
        return ladder.Case(recorded, noisyruns.with_noise_here(runs, folder, recorded.path, case.here))

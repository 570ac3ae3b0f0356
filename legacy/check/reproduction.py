"""The article's experiment run once, with all that is drawn and said of it. Beside the float32 run another process
trains the same networks in portable arithmetic, of which there is one history on every machine: that says whether the
run is the recorded one."""
import contextlib
import os
import pathlib
import sys
import time
import typing
from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait

from legacy.check import article, jobs, wholeportable
from legacy.formats import articlerun, places, progress, recordings, wholerun
from legacy.formats.articlerun import Settings
from legacy.formats.errors import NotComparable
from legacy.formats.files import write_whole
from legacy.formats.folders import whole_folder
from legacy.formats.recordings import Recording
from legacy.formats.values import JsonObject
from legacy.judge import reproduction
from legacy.judge.reproduction import Reproduction
from legacy.machine import scratch
from legacy.machine.crew import crew, usable_cores
from legacy.reports import pictures, runreport, windows

LOOK = 0.2  # seconds between two looks at how far the training is
RECORDED = 'recorded'  # what is said of op seeds that come out of a recording


class RunRequest(typing.NamedTuple):
    """What `run` is asked of the article's experiment. settings: op_seeds is one of `articlerun.OP_SEEDS`, or the file
    of a recording. show: windows, too. figures: pictures, too. command: what the user typed."""
    settings: Settings
    arithmetic: str
    command: str
    onednn: bool = False
    show: bool = False
    figures: bool = True


class Made(typing.NamedTuple):
    """What came of a run. seconds: spent on pictures alone, or None."""
    recording: Recording
    reproduction: Reproduction
    files: list[pathlib.Path]
    seconds: float | None


def run(out: pathlib.Path, request: RunRequest, force: bool = False, tell: Callable[[int], None] | None = None) -> Made:
    """Train, record, compare, draw, and write all of it to the folder `out`.

    tell: called with the number of steps that are done. Raises FolderError, PicturesError, ScriptFault,
    EnvironmentFault, RecordingError, NotComparable, OSError.
    """
    if request.figures:
        pictures.require_packages()
    if request.show:
        windows.require_display()
    with whole_folder(out, force) as folder, scratch.temporary('run') as work, _staged(request) as tasks, \
            crew(jobs=min(len(tasks), usable_cores())) as workers:
        running = [workers.submit(_made, job, work, request) for job in tasks]
        _wait(running[0], work / _file_of(tasks[0]), tell)
        recording = running[0].result()
        _require_all_seeds(recording, request)
        drawing = time.perf_counter()
        files = list(_drawn(folder, recording)) if request.figures else []
        compared = time.perf_counter()
        if len(running) > 1:
            recording = wholeportable.joined(recording, running[1].result)
        reference = recordings.load(articlerun.RECORDING)
        found = answer(reference, recording, request)
        joining = time.perf_counter()
        if request.figures and found.band:
            files += _reproduced(folder, reference, recording)
        seconds = round(compared - drawing + time.perf_counter() - joining, 3) if request.figures else None
        recordings.save(recording, folder / places.RECORDING)
        names = sorted([places.RECORDING, 'summary.txt', *[path.name for path in files]])
        paths = [out / name for name in names]
        write_whole(folder / 'summary.txt', runreport.as_text(recording, _shown(request), paths, found).encode())
    return Made(recording, found, paths, seconds)


@contextlib.contextmanager
def _staged(request: RunRequest) -> typing.Iterator[list[jobs.Job]]:
    """Context manager: the Job of the run and, beside a float32 run that can be compared, be it with the recording that
    its op seeds come from, the same in portable arithmetic."""
    settings = request.settings
    given = os.path.abspath(settings.op_seeds) if _label(request) == RECORDED else None
    arguments = article.arguments(settings.seed, settings.steps, None if given else settings.op_seeds)
    shown = [*arguments, '--show'] if request.show else arguments
    with article.staged(shown) as staged:
        job = jobs.Job(sys.executable, {**staged.asked, 'op_seeds': given, 'arithmetic': request.arithmetic},
                       request.onednn, folder=staged.folder, linked=staged.linked, windows=request.show)
        tasks = [job]
        if request.arithmetic == 'float32' and (given or not _missing(request)):
            tasks.append(job._replace(asked={**job.asked, 'arguments': arguments, 'arithmetic': wholerun.ARITHMETIC}))
        yield tasks


def _file_of(job: jobs.Job) -> str:
    return f'{job.asked["arithmetic"]}.npz'


def _made(job: jobs.Job, work: pathlib.Path, request: RunRequest) -> Recording:
    """The Recording of one of the jobs."""
    recorded: JsonObject = {'brief': True} if job.asked['arithmetic'] == 'float32' else {}
    made = job.run(work / _file_of(job), command=request.command, with_graphs=True, steps_of=articlerun.RECORDING,
                   **recorded)
    script = made.header['script']
    kept = [word for word in script['arguments'] if word != '--show']  # it changes nothing of what is recorded
    return Recording({**made.header, 'script': {**script, 'arguments': kept}}, made.arrays)


def _wait(running: 'Future[Recording]', out: pathlib.Path, tell: Callable[[int], None] | None) -> None:
    while not wait([running], LOOK).done:
        found = progress.read(out)
        if tell is not None and found is not None:
            tell(found.done)


def _require_all_seeds(recording: Recording, request: RunRequest) -> None:
    """Raises NotComparable where op seeds of a file were given back and some were left over."""
    unused = recording.header['seeds']['unused']
    if _label(request) == RECORDED and unused:
        raise NotComparable(f'{request.settings.op_seeds}: op seeds of another graph: {unused} of them were not asked '
                            'for here')


def answer(reference: Recording, recording: Recording, request: RunRequest) -> Reproduction:
    """The Reproduction of a run. reference: the article's Recording."""
    there, missing = articlerun.settings(reference.header), _missing(request)
    found = Reproduction(reference.header['environment'], recording.header['environment'], request.settings.steps,
                         there.steps, missing=missing)
    if missing:
        return found
    if request.arithmetic == 'float32':
        found = found._replace(band=reproduction.band(reference, recording))
    whole = wholerun.of(recording)
    if whole is None or whole.header['fault']:
        why = 'none was made' if whole is None else whole.header['fault']
        return found._replace(missing=f'no run in portable arithmetic ({why})')
    return found._replace(whole=reproduction.whole(reference, recording))


def _missing(request: RunRequest) -> str | None:
    return reproduction.not_recorded(request.settings._replace(op_seeds=_label(request)), request.arithmetic)


def _label(request: RunRequest) -> str:
    """'1.15', 'native' or, where they come out of a file, RECORDED."""
    asked = request.settings.op_seeds
    return asked if asked in articlerun.OP_SEEDS else RECORDED


def _shown(request: RunRequest) -> JsonObject:
    """What the summary says of the settings."""
    return {**request.settings._asdict(), 'op_seeds': _label(request), 'arithmetic': request.arithmetic,
            'onednn': request.onednn}


def as_json(made: Made, request: RunRequest) -> JsonObject:
    """The object that `run --json` prints."""
    return runreport.as_json(made.recording, _shown(request), made.files, made.seconds, made.reproduction)


def as_text(made: Made, request: RunRequest) -> str:
    """The summary."""
    return runreport.as_text(made.recording, _shown(request), made.files, made.reproduction)


def _drawn(folder: pathlib.Path, recording: Recording) -> Sequence[pathlib.Path]:
    from legacy.reports import figures
    return figures.draw_all(folder, recording)


def _reproduced(folder: pathlib.Path, reference: Recording, recording: Recording) -> list[pathlib.Path]:
    """The picture of the run over the recorded one."""
    from legacy.reports import bandfigure
    path = folder / 'reproduced.png'
    bandfigure.reproduced(path, reference, recording)
    return [path]

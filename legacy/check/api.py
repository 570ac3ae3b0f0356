"""Does a TensorFlow compute what TensorFlow 1.15.5 computed, and if not, where does it depart?

    from legacy.check import check
    report = check()          # this TensorFlow against the recorded 1.15.5
    assert report.verdict in ('identical', 'explained'), report.sentence
    report = check('train.npz', script='train.py', arguments=['--epochs', '3'])
    report = check('exported.npz', model='exported/1', feeds=['batch.npz'])

The questions are in `judge.ladder`.
"""
import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Sequence

from legacy.check import article, jobs, models
from legacy.formats import places
from legacy.formats.errors import LegacyError
from legacy.formats.places import PathLike
from legacy.judge.questions import Report, Rung
from legacy.machine import scratch


def check(baseline: PathLike | None = None, python: str | None = None, onednn: bool = False,
          tell: Callable[[Rung], None] | None = None, script: PathLike | None = None, arguments: Sequence[str] = (),
          model: PathLike | None = None, feeds: Sequence[PathLike] = (), signature: str | None = None,
          fetch: Sequence[str] = ()) -> Report:
    """Ask all rungs; return the Report.

    baseline: the subject's recording; of the article's experiment TensorFlow 1.15.5's unless given. python: the
    interpreter of another environment, whose TensorFlow is checked instead of this one's. onednn: with oneDNN's
    kernels. tell: called with each Rung as it is answered. script: the file of a script, with its arguments, in place
    of the article's experiment. model, feeds, signature, fetch: in place of a script, as `models.Asked` has them.
    The subject runs in a process of its own, a script in a copy of the current folder. Raises LegacyError without a
    baseline of a script or a model, jobs.ScriptFault if it fails, RecordingError for a damaged baseline,
    EnvironmentFault without a TensorFlow to ask.
    """
    if baseline is None and (script is not None or model is not None):
        raise LegacyError('a script is checked against its recording: name it, baseline=')
    recorded = article.RECORDING if baseline is None else places.recording_of(baseline)
    asked = models.Asked(os.fspath(model), tuple(os.fspath(path) for path in feeds), signature, tuple(fetch)) \
        if model is not None else None
    with scratch.temporary('check') as folder, _job(script, arguments, asked, recorded) as job:
        job = job._replace(python=python or sys.executable, onednn=onednn)
        return jobs.check(job, recorded, folder, tell)[2]


@contextlib.contextmanager
def _job(script: PathLike | None, arguments: Sequence[str], model: models.Asked | None,
         recorded: PathLike) -> Iterator[jobs.Job]:
    """Context manager: the jobs.Job of a subject, but for where it runs. recorded: path of its recording."""
    if script is not None:
        yield jobs.Job('', {'script': os.fspath(script), 'arguments': list(arguments), 'as_module': False})
        return
    with models.staged(model) if model else article.staged(article.recorded_arguments(recorded)) as staged:
        yield jobs.Job('', staged.asked, folder=staged.folder, linked=staged.linked)

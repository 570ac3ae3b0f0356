"""Does a TensorFlow compute what TensorFlow 1.15.5 computed, and if not, where does it depart?

    from legacy.check import check
    report = check()          # this TensorFlow against the recorded 1.15.5
    assert report.verdict in ('identical', 'explained'), report.sentence
    report = check('train.npz', script='train.py', arguments=['--epochs', '3'])
    report = check('exported.npz', model='exported/1', feeds=['batch.npz'])

The questions are in `judge.ladder`; those to a script in `judge.scriptladder`.
"""
import contextlib
import os
import sys
import typing
from collections.abc import Callable, Sequence

from legacy.check import models, scripting
from legacy.formats.evidence import StoredEvidence
from legacy.formats.places import PathLike
from legacy.formats.references import BASELINE, References
from legacy.judge.asking import Report, Rung
from legacy.judge.ladder import ladder
from legacy.machine import environments, here, scratch


def check(baseline: PathLike | None = None, python: str | None = None, onednn: bool = False,
          tell: Callable[[Rung], None] | None = None, experiment: typing.Any = None, script: PathLike | None = None,
          arguments: Sequence[str] = (), model: PathLike | None = None, feeds: Sequence[PathLike] = (),
          signature: str | None = None, fetch: Sequence[str] = ()) -> Report:
    """Ask all rungs; return the Report.

    baseline: a folder of references or one recording; TensorFlow 1.15.5's unless given. python: the interpreter of
    another environment, whose TensorFlow is checked instead of this one's. onednn: with oneDNN's kernels. tell: called
    with each Rung as it is answered. experiment: builds the graph in place of `experiment.Experiment`, for `power`.
    script: the file of a script, with its arguments, in place of the article's experiment; baseline is its recording.
    It runs in a process of its own, in a copy of the current folder, and raises scripting.ScriptFault if it fails.
    model, feeds, signature, fetch: in place of a script, as `models.Asked` has them.
    Raises RecordingError for damaged references, shim.ShimError or EnvironmentFault without a TensorFlow to ask.
    """
    recorded = typing.cast(PathLike, baseline)  # a script and a model have none unless given
    if script is not None:
        asked = {'script': os.fspath(script), 'arguments': list(arguments), 'as_module': False}
        job = scripting.Job(python or sys.executable, asked, onednn)
        with scratch.temporary('check') as folder:
            return scripting.check(job, recorded, folder, tell)[2]
    if model is not None:
        of_model = models.Asked(os.fspath(model), tuple(os.fspath(path) for path in feeds), signature, tuple(fetch))
        with scratch.temporary('check') as folder, models.staged(of_model) as staged:
            job = scripting.Job(python or sys.executable, staged.asked, onednn, folder=staged.folder,
                                linked=staged.linked)
            return scripting.check(job, recorded, folder, tell)[2]
    references = References(baseline or BASELINE)
    with contextlib.ExitStack() as stack:
        if python:
            made = str(stack.enter_context(scratch.temporary('evidence')))
            environments.run_worker(python, {'evidence': made, 'checked_against': references.path}, onednn)
            evidence: typing.Any = StoredEvidence(references, made)
        else:
            environments.choose_kernels(onednn)
            evidence = here.worker('gather').Evidence(references, experiment)
        report: Report = ladder(references, evidence, tell)
        return report

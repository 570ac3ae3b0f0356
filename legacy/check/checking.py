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

from legacy.check import models, scripting
from legacy.formats.evidence import StoredEvidence
from legacy.formats.references import BASELINE, References
from legacy.judge.ladder import ladder
from legacy.machine import environments, here, scratch


def check(baseline=None, python=None, onednn=False, tell=None, experiment=None, script=None, arguments=(),
          model=None, feeds=(), signature=None, fetch=()):
    """Ask all rungs; return the Report.

    baseline: a folder of references or one recording; TensorFlow 1.15.5's unless given. python: the interpreter of
    another environment, whose TensorFlow is checked instead of this one's. onednn: with oneDNN's kernels. tell: called
    with each Rung as it is answered. experiment: builds the graph in place of `experiment.Experiment`, for `power`.
    script: the file of a script, with its arguments, in place of the article's experiment; baseline is its recording.
    It runs in a process of its own, in a copy of the current folder, and raises scripting.ScriptFault if it fails.
    model, feeds, signature, fetch: in place of a script, as `models.Asked` has them.
    Raises RecordingError for damaged references, shim.ShimError or EnvironmentFault without a TensorFlow to ask.
    """
    if script is not None:
        asked = {'script': os.fspath(script), 'arguments': list(arguments), 'as_module': False}
        with scratch.temporary('check') as folder:
            return scripting.check(scripting.Job(python or sys.executable, asked, onednn), baseline, folder, tell)[2]
    if model is not None:
        of_model = models.Asked(os.fspath(model), tuple(map(os.fspath, feeds)), signature, tuple(fetch))
        with scratch.temporary('check') as folder, models.staged(of_model) as staged:
            job = scripting.Job(python or sys.executable, staged.asked, onednn, folder=staged.folder,
                                linked=staged.linked)
            return scripting.check(job, baseline, folder, tell)[2]
    references = References(baseline or BASELINE)
    with contextlib.ExitStack() as stack:
        if python:
            folder = str(stack.enter_context(scratch.temporary('evidence')))
            environments.run_worker(python, {'evidence': folder, 'checked_against': references.path}, onednn)
            evidence = StoredEvidence(references, folder)
        else:
            environments.choose_kernels(onednn)
            evidence = here.worker('gather').Evidence(references, experiment)
        return ladder(references, evidence, tell)

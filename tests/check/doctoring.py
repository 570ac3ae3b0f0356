"""Checks of TensorFlows with a fault, which comes from outside: `tensorflow.compat.v1` is patched before this program
is imported.

    python -m tests.check.doctoring FOLDER    {name: [patch, baseline, whether to stop at the first failure,
                                              [whether the listing's constants are known]]} as JSON on standard input

writes FOLDER/<name>.json for each patch: of each check what `check --baseline BASELINE --json` prints. TensorFlow is
imported once; each patch has a fork of that process.
"""
import json
import os
import pathlib
import subprocess
import sys

from tests.conftest import ROOT

# Where the check itself sets them, it would be too late.
SETTINGS = {'TF_ENABLE_ONEDNN_OPTS': '0', 'CUDA_VISIBLE_DEVICES': '-1', 'TF_NUM_INTRAOP_THREADS': '1',
            'TF_NUM_INTEROP_THREADS': '1', 'TF_USE_LEGACY_KERAS': '1', 'TF_CPP_MIN_LOG_LEVEL': '3'}
START = """
import tensorflow.compat.v1 as v1
from tensorflow.python.ops import nn_impl, nn_ops, math_ops
"""
PATCHED_CHECK = START + """
import runpy, sys
{patch}
sys.argv = ['compat_run.py', 'check', *sys.argv[1:]]
runpy.run_path('compat_run.py', run_name='__main__')
"""


def check(patch, *args):
    """The finished process of `check ARGS` on a TensorFlow with this patch."""
    return subprocess.run([sys.executable, '-c', PATCHED_CHECK.format(patch=patch), *map(str, args)], cwd=ROOT,
                          text=True, capture_output=True, timeout=120, env={**os.environ, **SETTINGS})


def reports(patches, folder):
    """{name: [report as JSON values]} for {name: (patch, baseline, whether to stop at the first failure, [whether the
    listing's constants are known, of each check])}. folder: an empty one."""
    done = subprocess.run([sys.executable, '-m', 'tests.check.doctoring', str(folder)], cwd=ROOT,
                          input=json.dumps(patches), text=True, capture_output=True, timeout=600,
                          env={**os.environ, **SETTINGS})
    assert done.returncode == 0, done.stderr
    return {name: json.loads((folder / f'{name}.json').read_text()) for name in patches}


def _reports(patch, baseline, until_failed, constants_known):
    exec(START + patch, {})
    from legacy.formats.references import References
    from legacy.judge import ladder as judging
    from legacy.judge.ladder import ladder
    from legacy.judge.verdict import reached
    from legacy.reports import checkreport
    from legacy.worker.gather import Evidence
    references, known, found = References(baseline), judging.listing_graph, []
    evidence = Evidence(references)  # computed once for all checks
    for is_known in constants_known:
        judging.listing_graph = known if is_known else lambda release: None
        report = ladder(references, evidence, until_failed=until_failed)
        found.append(checkreport.as_json(report, 'equivalent', 0 if reached(report.verdict, 'equivalent') else 1))
    return found


def _main(folder):
    exec(START, {})
    assert 'legacy.shim' not in sys.modules  # what it takes from TensorFlow is patched first
    for name, request in json.load(sys.stdin).items():
        child = os.fork()
        if not child:
            try:
                pathlib.Path(folder, f'{name}.json').write_text(json.dumps(_reports(*request)))
            except BaseException as error:
                sys.excepthook(type(error), error, error.__traceback__)
                os._exit(1)
            os._exit(0)
        if os.waitpid(child, 0)[1]:
            return f'{name}: no report'


if __name__ == '__main__':
    sys.exit(_main(*sys.argv[1:]))

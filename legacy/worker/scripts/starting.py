"""From a request to a script that is ready to run. Runs on Python 3.6."""
import datetime
import functools
import random

import numpy as np

from legacy.formats import scriptrecording
from legacy.worker.scripts import program


def prepare(script, arguments=(), as_module=False, op_seeds=None, seed=None, out=None, quiet=False):
    """A function that runs the script, and ends this process as the script ends.

    script: its file, or a module's name with as_module. arguments: the script's own. op_seeds: file of a recording
    whose op seeds are given back, or None. seed: for graphs that have none, and for numpy's and Python's generators.
    out: a file to record to. quiet: without the summary. Raises LegacyError.
    """
    script = program.Script(script, list(arguments), as_module)
    program.check(script)
    calls = None
    if op_seeds is not None:
        noted = scriptrecording.load(op_seeds).header['seeds']
        seed = noted['given'] if seed is None else seed
    from legacy.worker.scripts import running  # and TensorFlow with it: after all that may be refused
    from legacy.worker.scripts.seedcalls import Call, Seeds
    if op_seeds is not None:
        calls = [Call(**call) for call in noted['calls']]
    seeds = Seeds(calls, seed)
    if seed is not None:
        np.random.seed(seed)
        random.seed(seed)
    if out is not None:
        import atexit
        atexit.register(_record, script, seeds, seed, out)
    return functools.partial(running.run, script, seeds, None if quiet else functools.partial(summary, seeds, op_seeds))


def summary(seeds, op_seeds):
    """What a person should know of the seeds when the script has ended: [line, ...]"""
    from legacy import shim
    from legacy.worker.scripts import releases
    if op_seeds is not None:
        lines = ['op seeds of %s: %d of %d given back' % (op_seeds, len(seeds.calls), len(seeds.calls) + seeds.unused)]
        if seeds.skipped or seeds.moved:
            lines[0] += '; %d left out, %d under another scope' % (len(seeds.skipped), seeds.moved)
        return lines
    if not seeds.chosen_by_release or releases.is_the_trusted_release():
        return []
    return ['%d random ops have the op seeds of TensorFlow %s, so the script starts from other values than under '
            '1.15.5; --op-seeds FILE gives back those of a recording (recording a script is not there yet)'
            % (seeds.chosen_by_release, shim.VERSION)]


def _record(script, seeds, seed, out):
    from legacy.worker import record
    calls = [dict(call._asdict()) for call in seeds.calls]
    scriptrecording.save(scriptrecording.ScriptRecording({
        'schema': scriptrecording.SCHEMA, 'kind': scriptrecording.KIND,
        'created': datetime.datetime.utcnow().strftime('%Y-%m-%dT%H:%M:%SZ'),
        'environment': record.environment(),
        'script': {'name': script.name, 'arguments': script.arguments, 'as_module': script.as_module, 'sha256': ''},
        'seeds': {'given': seed, 'calls': calls}}, {}), out)

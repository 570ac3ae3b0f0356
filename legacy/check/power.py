"""What would `check` miss? Known faults, the smallest that it sees, and whether it is ever alarmed by none.

Needs the installed TensorFlow to pass `check` itself. Runs on two processes; each line comes as it is found.
"""
import concurrent.futures
import functools
import json
import multiprocessing
import os
import pathlib
import subprocess
import sys
import typing
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from legacy.formats import places
from legacy.formats.faulty import EVERYWHERE, ONE_ELEMENT
from legacy.formats.kernelset import KernelSet
from legacy.formats.references import BASELINE, References
from legacy.formats.values import Array, JsonObject
from legacy.judge import comparison, drift, histories
from legacy.judge.ladder import ladder
from legacy.machine import here

ROOT = pathlib.Path(places.CHECKOUT)
PROCESSES = 2
SMALLEST = 8  # relative errors of 1e-1 to 1e-8 are tried
ONE_ULP = 2.0 ** -23
FIRST_PIECES = 12
# What must not make a difference: options of Python, variables.
HARMLESS: dict[str, tuple[list[str], dict[str, str]]] = {
    'once more': ([], {}),
    'two threads': ([], {'TF_NUM_INTRAOP_THREADS': '2', 'TF_NUM_INTEROP_THREADS': '2'}),
    'PYTHONHASHSEED=1': ([], {'PYTHONHASHSEED': '1'}),
    'PYTHONHASHSEED=2': ([], {'PYTHONHASHSEED': '2'}),
    'python -O': (['-O'], {}),
}


class Wiring(typing.NamedTuple):
    """A fault in the port's source. rung: the first that failed, or ''."""
    fault: str
    rung: str
    verdict: str


class OpPower(typing.NamedTuple):
    """Errors in ops of one type. smallest: {mode: (smallest relative error seen or None, rung that saw it)}.
    one_ulp: whether the portable run differs where every output is one ulp off; None where it differs anyway."""
    op_type: str
    role: str
    ops: int
    smallest: dict[str, tuple[float | None, str]]
    one_ulp: bool | None


class Quiet(typing.NamedTuple):
    """No fault at all. rung: the first that failed all the same, or ''."""
    change: str
    rung: str
    verdict: str


Found = Quiet | Wiring | OpPower
Group = tuple[str, str]  # type of ops, role


def power(tell: Callable[[Found], None]) -> list[Found]:
    """Tell each Quiet, Wiring and OpPower as it is found; return them all, in this order."""
    context = multiprocessing.get_context('spawn')
    with concurrent.futures.ProcessPoolExecutor(PROCESSES, context) as pool:
        faults = here.worker('faults')  # imports TensorFlow, while the processes start
        groups = sorted(faults.op_groups().items(), key=lambda item: (ROLES.index(item[0][1]), item[0][0]))
        tasks = ([pool.submit(quiet, change) for change in HARMLESS]
                 + [pool.submit(wiring, fault) for fault in faults.FAULTS]
                 + [pool.submit(op_power, group, ops) for group, ops in groups])
        try:
            found = []
            for task in tasks:
                found.append(task.result())
                tell(found[-1])
            return found
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


ROLES = ('forward', 'backward', 'update')


@functools.lru_cache(1)
def _references() -> References:
    return References(BASELINE)


def quiet(change: str) -> Quiet:
    """A whole check without a fault, in a process of its own."""
    options, variables = HARMLESS[change]
    done = subprocess.run([sys.executable, *options, str(ROOT / 'compat_run.py'), 'check', '--json'], text=True,
                          stdout=subprocess.PIPE, env={**os.environ, **variables})
    if done.returncode not in (0, 1):
        return Quiet(change, 'it did not run', 'none')
    report = json.loads(done.stdout)
    return Quiet(change, _first((rung['name'], rung['status']) for rung in report['rungs']), report['verdict'])


def wiring(fault: str) -> Wiring:
    """A whole check of the port with this fault in its source."""
    faults = here.worker('faults')
    Evidence = here.worker('gather').Evidence
    with faults.doctored(faults.FAULTS[fault]):
        report = ladder(_references(), Evidence(_references(), ahead=False), until_failed=True)
    return Wiring(fault, _first((rung.name, rung.status) for rung in report.rungs), report.verdict)


def _first(rungs: Iterable[tuple[str, str]]) -> str:
    return next((name for name, status in rungs if status in ('failed', 'error')), '')


def op_power(group: Group, ops: int) -> OpPower:
    """How small an error in the ops of a group is seen in float32, and whether the portable run shows one ulp."""
    faults = here.worker('faults')
    spoiled = faults.OpFault(group)
    smallest = {mode: _smallest(spoiled, mode) for mode in faults.MODES}
    one_ulp = None
    if _same_portable_run(None):
        portable = faults.OpFault(group, arithmetic='portable')
        portable.size = ONE_ULP
        one_ulp = not _same_portable_run(portable)
    return OpPower(*group, ops, smallest, one_ulp)


@functools.lru_cache(2)
def _same_portable_run(experiment: typing.Any) -> bool:
    """Whether the portable run is the reference's, bit for bit, of the experiment given or of one without a fault."""
    record, reference = here.worker('record'), _references().recordings['portable']
    made = record.record(steps=reference.settings['steps'], arithmetic='portable', experiment=experiment)
    return bool(histories.history(reference, made).passed)


def _smallest(spoiled: typing.Any, mode: str) -> tuple[float | None, str]:
    """(smallest error seen, rung that saw it), by bisection over powers of ten."""
    seen, missed, rung = 0, SMALLEST + 1, ''
    while missed - seen > 1:
        k = (seen + missed) // 2
        spoiled.mode, spoiled.size = mode, 10.0 ** -k
        saw = first_rung(spoiled, mode)
        seen, missed, rung = (k, missed, saw) if saw else (seen, k, rung)
    return (10.0 ** -seen, rung) if seen else (None, '')


def first_rung(spoiled: typing.Any, mode: str) -> str:
    """The name of the first float32 rung, forward pass to kernels, that fails; or ''."""
    faults, record, replay = map(here.worker, ('faults', 'record', 'replay'))
    reference = _references().recordings['float32']
    pieces = replay.pieces_of(reference)
    parts = [pieces[:FIRST_PIECES], pieces[FIRST_PIECES:]]  # most faults are seen in the first
    if mode == 'one step':  # no other piece knows of it
        parts = [[(start, end) for start, end in pieces if start <= faults.FAULTY_STEP < end]]
    else:
        recorded = record.record(steps=1, experiment=spoiled)
        questions: Sequence[Callable[..., typing.Any]] = (
            comparison.forward, comparison.gradients, comparison.first_update, comparison.moving_averages)
        for question in questions:
            finding = question(reference, recorded)
            if not finding.passed:
                return str(finding.question)
    for part in parts:
        finding = comparison.teacher_forced(reference, replay.replay(spoiled, reference, part), part)
        if not finding.passed:
            return str(finding.question)
    return '' if mode == 'one step' else kernels_rung(spoiled.group, mode, spoiled.size)  # an op alone knows no step


def _kernels() -> KernelSet:
    return typing.cast(KernelSet, _references().kernels)  # the committed baseline is whole


@functools.lru_cache(1)
def _answers() -> Sequence[Array]:
    answers: Sequence[Array] = here.worker('kernels').run(_kernels())[0]
    return answers


def kernels_rung(group: Group, mode: str, size: float) -> str:
    """'kernels' if that rung fails where the answers of this TensorFlow's ops of a group are spoilt; else ''."""
    faults, kernels = here.worker('faults'), _kernels()
    outputs = [answer if faults.group_of_node(op['type'], op['node']) != group else
               spoilt(answer, kernels.arrays[op['inputs'][0]] if op['type'] in faults.GRADIENTS else 0, mode, size)
               for op, answer in zip(kernels.header['ops'], _answers())]
    finding = drift.finding(kernels, drift.drifts(kernels, outputs))
    return '' if finding.passed else str(finding.question)


def spoilt(answer: Array, start: Array | int, mode: str, size: float) -> Array:
    """An answer that is off by a relative error, of an update the change from `start`: in all elements, or in the
    largest."""
    change = np.asarray(answer, 'f8') - start
    factor = np.full(change.shape, 1 + size) if mode == EVERYWHERE else np.ones(change.shape)
    if mode == ONE_ELEMENT and change.size:
        factor.flat[np.argmax(np.abs(change))] += size
    with np.errstate(all='ignore'):
        return (start + change * factor).astype(answer.dtype)


# ---- in words

def row(found: Found) -> str:
    """One line on one Quiet, Wiring or OpPower."""
    if isinstance(found, OpPower):
        sizes = '  '.join(f'{mode} {size(*seen)}' for mode, seen in found.smallest.items())
        name = f'{found.op_type} ({found.role}, {found.ops})'
        return f'{name:<33} {sizes}  one ulp {_one_ulp(found)}'
    name = f'no fault: {found.change}' if isinstance(found, Quiet) else found.fault
    return f'{name:<33} {found.verdict:<11} {found.rung or "no rung failed"}'


def _one_ulp(found: OpPower) -> str:
    return {True: 'seen', None: 'undecided: the run differs anyway', False: 'not seen'}[found.one_ulp]


def size(smallest: float | None, rung: str) -> str:
    """The smallest error that is seen, in words."""
    return 'not seen' if smallest is None else f'{smallest:.0e} ({rung})'


def as_json(found: Sequence[Found]) -> JsonObject:
    """All of it as JSON values."""
    kinds = {'quiet': Quiet, 'wiring': Wiring, 'ops': OpPower}
    return {name: [item._asdict() for item in found if isinstance(item, kind)] for name, kind in kinds.items()}


def sound(found: Sequence[Found]) -> bool:
    """Whether no fault raised no alarm, every fault in the source was a regression, and one ulp in any op was seen.
    Where one of the three was not tried at all, nothing is known to be sound."""
    return ({Quiet, Wiring, OpPower} <= set(map(type, found))
            and all(not item.rung for item in found if isinstance(item, Quiet))
            and all(item.verdict == 'regression' for item in found if isinstance(item, Wiring))
            and all(item.one_ulp is not False for item in found if isinstance(item, OpPower)))

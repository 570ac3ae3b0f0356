"""Two recordings in, findings out. Needs numpy only, never TensorFlow.

Each function below answers one question, in the order in which a difference would enter a run.
"""
from collections.abc import Mapping, Sequence

import numpy as np

from legacy.formats.answers import Replay
from legacy.formats.errors import LegacyError
from legacy.formats.recording import SERIES, Recording
from legacy.formats.values import Array
from legacy.judge import units
from legacy.judge.findings import Compared, Deviation, Finding, alike, along, bits, deviation, largest
from legacy.judge.histories import free_run as free_run  # all questions to recordings are had from here
from legacy.judge.histories import history as history
from legacy.judge.histories import overflow as overflow

Arrays = dict[str, Array]
Shares = dict[str, tuple[float, float]]  # of weights: the deviation's share along the update, and its floor
Cost = tuple[str, Array, Array | None, float | None]  # series, expected, obtained, floor
# {what: [(share, its floor, expected, obtained)]}
Systematic = dict[str, list[tuple[float, float, Array, Array | None]]]


class ComparisonError(LegacyError):
    """The two cannot be compared. The message is one line."""


def data(reference: Recording, candidate: Recording) -> Finding:
    """The arrays that the networks are fitted to: bit for bit."""
    return bits('data', [(name, reference.arrays[name], candidate.arrays[name]) for name in ('data/x', 'data/y')])


def graph(reference: Recording, candidate: Recording) -> Finding:
    """Variables by name, network, dtype and shape; under the same TensorFlow release every node."""
    a, b = reference.header['graph'], candidate.header['graph']
    expected, obtained = reference.variables, candidate.variables
    if expected != obtained:
        first = next((pair for pair in zip(expected, obtained) if pair[0] != pair[1]), None)
        text = f'{first[1]}, expected {first[0]}' if first else f'{len(obtained)} variables, expected {len(expected)}'
        return Finding('graph', False, text)
    same_release = (reference.header['environment']['tensorflow'] == candidate.header['environment']['tensorflow'])
    if same_release and a['fingerprint'] != b['fingerprint']:
        return Finding('graph', False, f'{b["nodes"]} nodes, fingerprint {b["fingerprint"][:12]}; expected '
                                       f'{a["nodes"]}, {a["fingerprint"][:12]}')
    return Finding('graph', True, f'{len(expected)} variables; {b["nodes"]} nodes (reference: {a["nodes"]})',
                   compared=len(obtained), expected=len(expected))


def op_seeds(reference: Recording, candidate: Recording) -> Finding:
    """The seeds of every call that asked for one, in order."""
    expected, obtained = ([(call['op_type'], call['graph_seed'], call['op_seed'])
                           for call in recording.header['seeded_calls']] for recording in (reference, candidate))
    if expected != obtained:
        k = next((k for k, call in enumerate(expected) if k >= len(obtained) or obtained[k] != call), len(expected))
        a, b = (calls[k] if k < len(calls) else 'no call' for calls in (expected, obtained))
        return Finding('op seeds', False, f'call {k + 1} is {b}, expected {a}', compared=k, expected=len(expected))
    return Finding('op seeds', True, f'{len(expected)} calls, the same seeds', compared=len(obtained),
                   expected=len(expected))


def initial_weights(reference: Recording, candidate: Recording) -> Finding:
    """Every variable before the first step: bit for bit."""
    return bits('initial weights', _checkpoints(reference, candidate, 0))


def _checkpoints(reference: Recording, candidate: Recording, steps_done: int) -> list[Compared]:
    a, b = reference.checkpoint(steps_done), _checkpoint(candidate, steps_done)
    return [(v['name'], a[v['name']], b.get(v['name'])) for v in reference.variables]


def _checkpoint(candidate: Recording, steps_done: int) -> Arrays:
    """The candidate's {variable: value} after so many steps; empty if it has none."""
    return candidate.checkpoint(steps_done) if steps_done in candidate.arrays['checkpoints/steps'] else {}


def _judged(question: str, reference: Recording, names: list[str], found: Arrays) -> Finding:
    """Finding on arrays of these names, each in units of its own floor. found: {name: array}."""
    floor = units.of(reference)
    if floor is None:
        return units.unmeasured(question, [(name, reference.arrays[name], found.get(name)) for name in names])
    return largest(question, [deviation(name, reference.arrays[name], found.get(name), float(floor[name]), units.LIMIT)
                           for name in names], units.UNIT)


def forward(reference: Recording, candidate: Recording) -> Finding:
    """Layer inputs (sampled rows; means and mean squares over all rows) and costs before training."""
    names = [name for name in reference.arrays if name.startswith('before/')]
    return _judged('forward pass', reference, names, candidate.arrays)


def gradients(reference: Recording, candidate: Recording) -> Finding:
    """Gradients of the first step."""
    names = [name for name in reference.arrays if name.startswith('gradients/')]
    return _judged('gradients', reference, names, candidate.arrays)


def _after(reference: Recording, piece: int, expected: Arrays, obtained: Mapping[str, Array | None], where: str,
           trainable: bool, shares: Shares) -> list[Deviation]:
    """Deviations after one piece of every weight, as a whole and along its update, or, where `trainable` is false, of
    every moving average. obtained: {name: array}. shares: of `_shares`."""
    floor, found = units.of(reference) or {}, []
    for name in _names(reference, trainable):
        what, ours, theirs = f'{name} after {where}', expected[name], obtained.get(name)
        found.append(deviation(what, ours, theirs, float(floor['after/' + name][piece]), units.LIMIT))
        if name in shares:
            share, unit = shares[name]
            found.append(Deviation(what + ', along its update', abs(share) / unit, units.LIMIT, ours, theirs))
    return found


def _shares(reference: Recording, piece: int, before: Arrays, expected: Arrays,
            obtained: Mapping[str, Array | None]) -> Shares:
    """{name: (the deviation's share along the update, its floor)} of the weights where it can be told from rounding."""
    floor, found = units.of(reference) or {}, {}
    for name in _names(reference, True):
        unit = float(floor['along/' + name][piece])
        share = along(before[name], expected[name], obtained.get(name)) if unit and units.systematic(unit) else None
        if share is not None:
            found[name] = share, unit
    return found


def _names(reference: Recording, trainable: bool) -> list[str]:
    return [v['name'] for v in reference.variables if v['trainable'] == trainable]


def first_update(reference: Recording, candidate: Recording) -> Finding:
    """Weights of both networks after the first step."""
    return _first_step('first update', reference, candidate, True)


def moving_averages(reference: Recording, candidate: Recording) -> Finding:
    """Moving averages after the first step. No cost depends on them, so no history would show a wrong one."""
    return _first_step('moving averages', reference, candidate, False)


def _first_step(question: str, reference: Recording, candidate: Recording, trainable: bool) -> Finding:
    expected, obtained = reference.checkpoint(1), _checkpoint(candidate, 1)
    if units.of(reference) is None:
        names = _names(reference, trainable)
        return units.unmeasured(question, [(name, expected[name], obtained.get(name)) for name in names])
    shares = _shares(reference, 0, reference.checkpoint(0), expected, obtained) if trainable else {}
    found = _after(reference, 0, expected, obtained, 'step 0', trainable, shares)
    return largest(question, found, units.UNIT)


def teacher_forced(reference: Recording, replayed: Replay, pieces: Sequence[Sequence[int]] | None = None) -> Finding:
    """Every step, in pieces from one of the reference's checkpoints to the next (see `worker.replay`): costs at the
    start of each where they were recorded, weights and moving averages at its end; and over all pieces what is
    systematic, of each weight's updates and of the costs.

    pieces: the (start, end) that there should be, all of the reference's unless given. What is missing fails.
    """
    steps = reference.arrays['checkpoints/steps'].tolist()
    every = list(zip(steps, steps[1:]))
    wanted = every if pieces is None else [tuple(piece) for piece in pieces]
    at = {piece: k for k, piece in enumerate(zip(replayed.starts, replayed.ends))}
    there = [(every.index(piece), at[piece]) for piece in wanted if piece in at]
    if units.of(reference) is None:
        found = units.unmeasured('teacher-forced steps', [
            triple for number, k in there for triple in _compared(reference, replayed, number, k)])
    elif there:
        pairs: list[Deviation] = []
        systematic: Systematic = {}
        for number, k in there:
            pairs += _piece(reference, replayed, number, k, systematic)
        found = largest('teacher-forced steps', pairs + _systematic(systematic), units.UNIT)
    missing = [piece for piece in wanted if piece not in at]
    if not missing:
        return found
    first, last = missing[0]
    text = f'{len(there)} of {len(wanted)} pieces replayed; missing, first: steps {first} to {last - 1}'
    return Finding('teacher-forced steps', False, text + (f'; {found.text}' if there else ''), float('inf'),
                   units.LIMIT, compared=len(there), expected=len(wanted))


def _costs(reference: Recording, replayed: Replay, number: int, k: int) -> list[Cost]:
    """[(series, expected, obtained or None, floor or None)] at the start of a piece, where they were recorded."""
    records, start, floor = reference.arrays['series/steps'].tolist(), replayed.starts[k], units.of(reference)
    if start - 1 not in records:
        return []
    return [(name, reference.arrays['series/' + name][records.index(start - 1)], _row(replayed.costs, name, k),
             float(floor['costs/' + name][number]) if floor else None) for name in SERIES]


def _compared(reference: Recording, replayed: Replay, number: int, k: int) -> list[Compared]:
    """[(name, expected, obtained)] of the k-th piece of a replay, which is number `number` of the reference's."""
    expected = reference.checkpoint(replayed.ends[k])
    return [(name, ours, theirs) for name, ours, theirs, _ in _costs(reference, replayed, number, k)] + [
        (f'{name} after {replayed.ends[k]} steps', expected[name], _row(replayed.after, name, k)) for name in expected]


def _piece(reference: Recording, replayed: Replay, number: int, k: int, systematic: Systematic) -> list[Deviation]:
    """Deviations of the same. What is relative goes into `systematic` too: {name: [(share, its floor, expected,
    obtained)]}."""
    start, end = replayed.starts[k], replayed.ends[k]
    where, costs = f'step {start}' if end == start + 1 else f'steps {start} to {end - 1}', _costs(
        reference, replayed, number, k)
    found = [deviation(f'{name} after step {start - 1}', ours, theirs, unit, units.LIMIT)
             for name, ours, theirs, unit in costs]
    obtained, expected = {name: _row(replayed.after, name, k) for name in replayed.after}, reference.checkpoint(end)
    shares = _shares(reference, number, reference.checkpoint(start), expected, obtained)
    for trainable in (True, False):
        found += _after(reference, number, expected, obtained, where, trainable, shares)
    for name, ours, theirs, unit in costs:
        if unit and theirs is not None and alike(ours, theirs) and np.isfinite(ours) and np.isfinite(theirs):
            systematic.setdefault(name, []).append(
                (float(theirs) / float(ours) - 1, unit / abs(float(ours)), ours, theirs))
    for name, (share, unit) in shares.items():
        systematic.setdefault(name, []).append((share, unit, expected[name], obtained[name]))
    return found


def _systematic(found: Systematic) -> list[Deviation]:
    """Over all pieces, each weight's deviations along its updates and each cost's, as one."""
    return [Deviation(f'{name}, systematic over {len(pieces)} pieces',
                      units.pooled(*zip(*[piece[:2] for piece in pieces])), units.LIMIT, *pieces[-1][2:])
            for name, pieces in found.items()]


def _row(columns: Arrays, name: str, k: int) -> Array | None:
    """Row k of a column, or None where that is missing."""
    return columns[name][k] if name in columns and k < len(columns[name]) else None


QUESTIONS = (data, graph, op_seeds, initial_weights, forward, gradients, first_update, moving_averages,
          overflow, history)


def compare(reference: Recording, candidate: Recording) -> list[Finding]:
    """The findings of all QUESTIONS. Raises ComparisonError if the recordings are of different experiments."""
    for setting in ('arithmetic', 'seed'):
        a, b = reference.settings[setting], candidate.settings[setting]
        if a != b:
            raise ComparisonError(f'recordings of different experiments: {setting} {a} and {b}')
    first = graph(reference, candidate)
    if reference.variables != candidate.variables:
        return [data(reference, candidate), first]
    return [question(reference, candidate) for question in QUESTIONS]


def identical(reference: Recording, candidate: Recording) -> bool:
    """Whether all that was computed is the same, bit for bit."""
    a, b = reference.computed, candidate.computed
    return set(a) == set(b) and bits('', [(name, a[name], b[name]) for name in a]).passed is True

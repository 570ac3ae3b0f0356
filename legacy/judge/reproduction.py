"""Is this run the recorded one? What can be said of a whole run, on whatever processor it was made. Needs numpy only.

Of a float32 run little can: it is one of many that rounding makes. So the question is put to a run in portable
arithmetic or in float64, and of the float32 run it is asked whether it lies in the band that rounding makes.
"""
import typing

import numpy as np

from legacy.formats import floors
from legacy.formats.recording import SERIES, Recording
from legacy.formats.values import Array, JsonObject, same_bits
from legacy.judge.findings import Finding, alike
from legacy.judge.histories import free_run, history

FREE_RECORD = 0.01  # histories that are further apart than this part of the cost go ways of their own
BY_PIECE = tuple(floors.PREFIX + group for group in ('costs/', 'after/', 'along/'))


class Whole(typing.NamedTuple):
    """A whole run against the recorded one, where the arithmetic lets the two be compared. costs, arrays: (how many
    are the same, how many there should be). finding: the judgement, which names the first that differs."""
    arithmetic: str
    costs: tuple[int, int]
    arrays: tuple[int, int]
    finding: Finding


class Band(typing.NamedTuple):
    """A float32 run against the recorded one. finding: judged by the band of noise. last: both last costs, obtained and
    recorded. first: both first ones. apart: the first recorded step at which both are more than FREE_RECORD of the cost
    apart, or None."""
    finding: Finding
    first: tuple[float, float]
    last: tuple[float, float]
    apart: int | None


class Reproduction(typing.NamedTuple):
    """The answer to "did I reproduce it?". reference: the environment of the recorded TensorFlow; here: of this run.
    steps: of training that were compared, recorded: that there are. whole: Whole or None. band: Band or None, of a
    float32 run. missing: why there is no Whole, in words."""
    reference: JsonObject
    here: JsonObject
    steps: int
    recorded: int
    whole: Whole | None = None
    band: Band | None = None
    missing: str | None = None

    @property
    def answer(self) -> bool | None:
        """True, False, or None where it is not known: something was not compared."""
        found = [part.finding.passed for part in (self.whole, self.band) if part]
        return False if False in found else None if self.missing or None in found or not found else True


def not_recorded(settings: JsonObject) -> str | None:
    """Why a run with these settings cannot be compared with the baseline, in words, or None."""
    if settings['seed'] != 1:
        return f'nothing is recorded of seed {settings["seed"]}, only of seed 1'
    if settings['op_seeds'] != '1.15':
        return f"nothing is recorded of op seeds {settings['op_seeds']}, only of 1.15's"
    return None


def whole(reference: Recording, candidate: Recording) -> Whole:
    """The Whole of two runs in portable arithmetic or in float64; a shorter candidate against as much of the
    reference."""
    reference, candidate = _of_one_length(reference, candidate)
    ours, theirs = reference.computed, candidate.computed
    same = sum(_same(array, theirs.get(name)).all() for name, array in ours.items())
    costs = [_same(ours['series/' + name], theirs.get('series/' + name)) for name in SERIES]
    return Whole(reference.settings['arithmetic'], (sum(int(cost.sum()) for cost in costs), sum(map(len, costs))),
                 (int(same), len(ours)), history(reference, candidate))


def _same(expected: Array, obtained: Array | None) -> Array:
    """Element by element whether these are the same bits; of another shape or dtype none is."""
    if obtained is None or not alike(expected, obtained):
        return np.zeros(np.shape(expected), bool)
    return same_bits(expected, obtained) if expected.dtype.kind == 'f' else expected == obtained


def band(reference: Recording, candidate: Recording) -> Band:
    """The Band of two float32 runs; a shorter candidate against as much of the reference."""
    reference, candidate = _of_one_length(reference, candidate)
    steps, expected = reference.arrays['series/steps'], reference.arrays['series/cost_norm']
    obtained = candidate.arrays['series/cost_norm']
    apart = None
    if alike(expected, obtained):
        with np.errstate(all='ignore'):
            near = np.abs(obtained.astype('f8') - expected) <= FREE_RECORD * np.abs(expected)
        apart = None if near.all() else int(steps[np.argmin(near)])
    return Band(free_run(reference, candidate), (obtained[0], expected[0]), (obtained[-1], expected[-1]), apart)


def _of_one_length(reference: Recording, candidate: Recording) -> tuple[Recording, Recording]:
    """Both cut to the steps of the candidate. A last checkpoint that the recorded run has not, since that went on, is
    left out; what else is missing or too much stays."""
    steps = candidate.settings['steps']
    reference = cut(reference, steps)
    if steps not in reference.arrays['checkpoints/steps']:
        candidate = cut(candidate, steps, candidate.arrays['checkpoints/steps'] < steps)
    return reference, candidate


def cut(recording: Recording, steps: int, checkpoints: Array | None = None) -> Recording:
    """The Recording as if the run had ended after so many steps. checkpoints: which of them to keep, as booleans; all
    up to that step unless given."""
    arrays = recording.arrays
    rows = {'series': arrays['series/steps'] < steps, 'layer_inputs': arrays['layer_inputs/steps'] < steps,
            'checkpoints': arrays['checkpoints/steps'] <= steps if checkpoints is None else checkpoints}
    pieces = max(int(rows['checkpoints'].sum()) - 1, 0)

    def part(name: str, array: Array) -> Array:
        if name == floors.FREE:
            return array[:, rows['series']]
        if name.startswith(BY_PIECE):
            return array[:pieces]
        group = name.partition('/')[0]
        return array[rows[group]] if group in rows else array
    header = dict(recording.header, settings=dict(recording.settings, steps=min(steps, recording.settings['steps'])))
    return Recording(header, {name: part(name, array) for name, array in arrays.items()})

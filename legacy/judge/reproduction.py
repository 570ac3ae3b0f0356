"""Is this run of the article's experiment the recorded one? What can be said on whatever processor it was made.

Of a float32 run little can: it is one of many that rounding makes. So the question is put to the whole run in portable
arithmetic, and of the float32 run it is asked whether it lies in the band that rounding makes. Needs numpy only.
"""
import typing

import numpy as np

from legacy.formats import articlerun, wholerun
from legacy.formats.articlerun import Costs, Settings
from legacy.formats.recordings import NOTES, Recording
from legacy.formats.values import Array, JsonObject
from legacy.judge import seriesbands, wholehistory
from legacy.judge.baseline import Baseline
from legacy.judge.findings import Finding, alike
from legacy.judge.pairing import Pairing

FREE_RECORD = 0.01  # histories that are further apart than this part of the cost go ways of their own
BY_RUN = ('runs', 'raised', 'threads')  # arrays with a row for each run
BY_TIME = ('kinds', 'small', 'measures')  # groups of arrays with a row for each run of a kind


class Whole(typing.NamedTuple):
    """A whole run in portable arithmetic against the recorded one. costs, arrays: (how many are the same, how many
    there should be). first: in words what differs first, or None. finding: the judgement."""
    costs: tuple[int, int]
    arrays: tuple[int, int]
    first: str | None
    finding: Finding


class Band(typing.NamedTuple):
    """A float32 run against the recorded one. finding: judged by the band of noise. last: both last costs with batch
    normalisation, obtained and recorded. first: both first ones. apart: the first recorded step at which both are more
    than FREE_RECORD of the cost apart, or None."""
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


def not_recorded(settings: Settings, arithmetic: str) -> str | None:
    """Why a run with these settings cannot be compared with the baseline, in words, or None."""
    if settings.seed != 1:
        return f'nothing is recorded of seed {settings.seed}, only of seed 1'
    if settings.op_seeds != '1.15':
        return f"nothing is recorded of op seeds {settings.op_seeds}, only of 1.15's"
    if arithmetic not in ('float32', wholerun.ARITHMETIC):
        return f'nothing is recorded of a whole run in {arithmetic}, only in portable arithmetic and in float32'
    return None


def whole(reference: Recording, candidate: Recording) -> Whole:
    """The Whole of a recording that has a whole run; a shorter one is compared with as much of the reference. Raises
    ValueError where one of the two has none."""
    here = wholerun.of(candidate)
    if here is None or here.header['fault']:
        raise ValueError('there is no whole run')
    shorter = cut(reference, len(here['runs']))
    pairing, there = Pairing(Baseline(shorter), candidate), wholerun.of(shorter)
    if there is None:
        raise ValueError('nothing is recorded of a whole run')
    pairs = list(wholehistory.pairs_of(pairing, there, here))
    costs = [pair for pair in pairs if pair.is_number]
    first = wholehistory.first_other(pairs)
    return Whole(_same(costs), _same(pairs), first.words if first else None,
                 wholehistory.whole_run(pairing, lambda: True))


def _same(pairs: typing.Sequence[wholehistory.Digests]) -> tuple[int, int]:
    """(how many arrays are the same, how many there should be)"""
    return sum(pair.same for pair in pairs), sum(len(pair.there) for pair in pairs)


def band(reference: Recording, candidate: Recording) -> Band:
    """The Band of two float32 runs; a shorter candidate against as much of the reference. Raises ValueError where one
    has no costs."""
    reference = cut(reference, len(candidate.runs))
    expected, obtained = (_costs(recording) for recording in (reference, candidate))
    apart = None
    if alike(expected.cost_norm, obtained.cost_norm):
        with np.errstate(all='ignore'):
            off = np.abs(obtained.cost_norm.astype('f8') - expected.cost_norm)
            near = off <= FREE_RECORD * np.abs(expected.cost_norm)
        apart = None if near.all() else int(expected.steps[np.argmin(near)])
    ends = [(float(obtained.cost_norm[k]), float(expected.cost_norm[k])) for k in (0, -1)]
    return Band(seriesbands.free_run(Pairing(Baseline(reference), candidate)), ends[0], ends[1], apart)


def _costs(recording: Recording) -> Costs:
    found = articlerun.costs(recording)
    if found is None:
        raise ValueError('no costs of the article')
    return found


def cut(recording: Recording, count: int) -> Recording:
    """The Recording as if the script had ended after so many runs of its session; its whole run, too. The last
    values of variables are gone then. Arrays that no comparison of whole runs asks for are as they were."""
    arrays = dict(_cut_arrays(recording, count, ''))
    header, of_whole = dict(recording.header), wholerun.of(recording)
    header['steps'] = [step for step in header['steps'] if step['run'] < count]
    if of_whole is not None and not of_whole.header['fault']:
        arrays.update(_cut_arrays(recording, count, wholerun.PREFIX))
        if count < len(of_whole['runs']):
            header['whole'] = {**of_whole.header, 'last': []}
    records = NOTES + articlerun.RECORDS
    if articlerun.is_article(recording):
        costs = [values for name, values in arrays.items() if name.startswith('small/')]
        arrays[records] = recording.arrays[records][:max(map(len, costs), default=0)]
    kept = {name: recording.arrays[name] for name in recording.arrays if name.startswith('graph/')}
    return Recording(header, {**kept, **arrays})


def _cut_arrays(recording: Recording, count: int, prefix: str) -> typing.Iterator[tuple[str, Array]]:
    """(name, array) of the arrays below a prefix that have rows of runs or of times."""
    runs = recording.arrays[prefix + 'runs'][:count]
    for name in recording.arrays:
        group, _, rest = name[len(prefix):].partition('/')
        if not name.startswith(prefix):
            continue
        if group in BY_RUN:
            yield name, recording.arrays[name][:count]
        elif group in BY_TIME:
            yield name, recording.arrays[name][:int((runs == int(rest.partition('/')[0])).sum())]
        elif group == 'noisy':
            kind = int(rest.split('/')[2])
            yield name, recording.arrays[name][:int((runs == kind).sum())]

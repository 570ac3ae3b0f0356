"""What the script feeds, run by run, here against there.

Other bits may be numpy's rounding: a product, an exponential or a mean differs in its last bits from one numpy to the
next. That is said, and no fault: the runs are made again from what was recorded. What is further off is one."""
import functools
import typing

import numpy as np

from legacy.formats import contents
from legacy.formats.arraynotes import ArrayNote
from legacy.formats.causes import Cause, cause
from legacy.formats.values import Array, difference
from legacy.judge import causewords, inputcauses
from legacy.judge.coverage import Lacks
from legacy.judge.findings import Finding, norm
from legacy.judge.pairing import Column, Pairing
from legacy.judge.runorder import without_noise
from legacy.judge.side import Side

if typing.TYPE_CHECKING:
    from legacy.judge.ladder import Case

# Units in the last place of an array's norm that two roundings of the same sum of products may be apart. Of halves
# there is no BLAS.
MOST, MOST_OF_HALVES = 128, 4
EPSILONS = {'float32': 2.0 ** -23, 'double': 2.0 ** -52, 'float64': 2.0 ** -52, 'half': 2.0 ** -10,
            'float16': 2.0 ** -10, 'bfloat16': 2.0 ** -7}


class Apart(typing.NamedTuple):
    """How far a fed array is from the recorded one. relative: of its norm; infinite where that says nothing, None where
    it is not known. units: the same in units in the last place."""
    relative: float | None
    units: float | None

    def rounds(self, epsilon: float) -> bool:
        most = MOST if epsilon < 2.0 ** -20 else MOST_OF_HALVES
        return self.units is not None and self.units <= most


class Wrong(typing.NamedTuple):
    """A feed that is further off than rounding. run: number of the run. time: of its kind. apart: None where it is
    missing."""
    run: int
    time: int
    apart: Apart | None


class Feeds:
    """The feeds there against those here, of what does not follow from results.

    expected, compared: times of feeds. rounding: {(graph, feed): [Apart]} of those that differ by rounding. wrong:
    {(kind, feed): Wrong}, the first time of each that is further off.
    unmeasured: [(run, feed)], of which the recording has no measure. followed: how many follow from results, at some
    times. lucky: times of feeds that come in another order, which the recorded release does not repeat either:
    see `_is_luck`.
    """

    def __init__(self, pairing: Pairing) -> None:
        self._pairing = pairing
        self.expected = self.compared = self.followed = self.lucky = 0
        self.rounding: dict[tuple[int, str], list[Apart]] = {}
        self.wrong: dict[tuple[int, str], Wrong] = {}
        self.unmeasured: list[tuple[int, str]] = []
        self._there, self._here, self._baseline = pairing.there, pairing.here, pairing.baseline
        self._steps = {(step.kind, pairing.there.time_of(step)): step for step in pairing.there.steps}
        for column in pairing.columns('feeds', 'feeds'):
            self._compare(column)

    def _compare(self, column: Column) -> None:
        kind = self._there.kinds[column.kind]
        since = self._baseline.varies_since('feed', column.kind, kind['graph'], column.name)
        times = self._baseline.times_to_compare(column.kind)
        times = times if since is None else min(since, times)
        self.followed += times < len(column.there)
        self.expected += times
        numbers = np.flatnonzero(self._there.runs == column.kind)
        for time in range(times):
            if column.here is None or time >= len(column.here):
                self.wrong.setdefault((column.kind, column.name), Wrong(int(numbers[time]), time, None))
                continue
            self.compared += 1
            if column.here[time] == column.there[time]:
                continue
            if self._is_luck(column, time):
                self.lucky, self.compared, self.expected = self.lucky + 1, self.compared - 1, self.expected - 1
                continue
            apart, epsilon = self._apart(column, time), self._epsilon(kind['graph'], column.name)
            if apart.relative is None:
                self.unmeasured.append((int(numbers[time]), column.name))
            elif epsilon and apart.rounds(epsilon):
                self.rounding.setdefault((kind['graph'], column.name), []).append(apart)
            else:
                self.wrong.setdefault((column.kind, column.name), Wrong(int(numbers[time]), time, apart))

    @functools.cached_property
    def causes(self) -> list[Cause]:
        """Of the feeds that are further off than rounding, in the order of the runs."""
        found = sorted(self.wrong.items(), key=lambda item: (item[1].run, item[1].time))
        return [self._cause(kind, name, wrong) for (kind, name), wrong in found]

    def _cause(self, number: int, name: str, wrong: Wrong) -> Cause:
        kind, known, apart = self._there.kinds[number], {}, wrong.apart
        k = self._pairing.kinds.get(number)
        other = kind if k is None else self._here.kinds[k]
        noted, item = self._kept(number, name, wrong.time)
        if apart is None:
            known['ways'] = [['missing', '']]
        elif noted and item and noted.digest != item.digest:
            known['values'], known['ways'] = inputcauses.apart(self._there.comparable(noted),
                                                               self._here.comparable(item))
        found = inputcauses.place(self._pairing, kind['graph'], name, other['names'].get(name, ''))
        step = self._steps.get((number, wrong.time))
        return cause('feed', other['place'], recorded_line=kind['place'], op=name, departs=name, run=wrong.run,
                     types=found.get('types', []), step=step.number if step else -1,
                     size=None if apart is None or apart.relative == float('inf') else apart.relative, **known)

    def _kept(self, kind: int, name: str, time: int) -> tuple[ArrayNote | None, ArrayNote | None]:
        """A feed on both sides, as far as its run is kept."""
        step = self._steps.get((kind, time))
        made = self._pairing.step(step) if step else None
        return step.fed.get(name) if step else None, made.fed.get(name) if made else None

    def _is_luck(self, column: Column, time: int) -> bool:
        """Whether the recorded release feeds this kind something else when the script runs again, and what it is fed
        here comes in another order: the recorded script fed it at another time, or its threads make the order."""
        since = self._baseline.fed_by_luck.get(column.kind)
        if since is None or since > time or column.here is None:
            return False
        return self._baseline.has_threads or bool((column.there == column.here[time]).any())

    def _epsilon(self, graph: int, name: str) -> float | None:
        """Of the feed's type; None where it is no float."""
        node = self._there.node(graph, name)
        return EPSILONS.get(node.outputs[0].split(' ')[0]) if node is not None and node.outputs else None

    def _apart(self, column: Column, time: int) -> Apart:
        kind = self._there.kinds[column.kind]
        epsilon = self._epsilon(kind['graph'], column.name)
        if epsilon is None:
            return Apart(float('inf'), None)
        off = self._of_kept(column, time)
        off = self._of_measures(column, time) if off is None else off
        return Apart(off, None if off is None else off / epsilon)

    def _of_kept(self, column: Column, time: int) -> float | None:
        """Relative, from the arrays of a run that is kept on both sides; None where it is not."""
        noted, item = self._kept(column.kind, column.name, time)
        if not noted or not item or not noted.is_float:
            return None
        if noted.form != item.form or noted.digest == item.digest:
            return float('inf')  # the latter: the run was fed what it has not kept
        ours, theirs = self._there.comparable(noted), self._here.comparable(item)
        if ours.shape != theirs.shape or (np.isfinite(ours) != np.isfinite(theirs)).any():
            return float('inf')
        size, off = norm(np.where(np.isfinite(ours), ours, 0)), norm(difference(ours, theirs))
        measured = self._of_measures(column, time) if noted.size > contents.SAMPLE else 0.0
        return None if measured is None else max(off / size if size else float('inf') if off else 0.0, measured)

    def _of_measures(self, column: Column, time: int) -> float | None:
        """The same from norms and projections."""
        both = self._measures(column.kind, column.name)
        if both is None:
            return None
        ours, theirs = both[0][time], both[1][time]
        if not (np.isfinite(ours).all() and np.isfinite(theirs).all()):
            return None
        off = float(np.abs(ours - theirs).max())
        return off / ours[0] if ours[0] else float('inf') if off else 0.0

    @functools.lru_cache(1)  # noqa: B019 - one feed after another, at thousands of times each
    def _measures(self, number: int, name: str) -> tuple[Array, Array] | None:
        """The measures of a feed at all times, on both sides: each is read from its file once, not at every time."""
        k, column = self._pairing.kinds.get(number), self._pairing.column_here(number, 'feeds', name)
        there, here = self._there.arrays.get(f'measures/{number}'), self._here.arrays.get(f'measures/{k}')
        if column is None or there is None or here is None:
            return None
        return there[:, self._there.kinds[number]['feeds'].index(name)], here[:, column]


def finding(case: 'Case') -> Finding:
    """Finding: what the script feeds is the recorded bits, or differs by numpy's rounding. case: see
    `ladder.Case`."""
    feeds, lacks = case.feeds, Lacks()
    for run, name in feeds.unmeasured:
        lacks.add('no measure', f'{name} of run {run}')
    said = f'{feeds.compared} arrays'
    said += f'; of {feeds.followed} feeds some or all times follow from results, and are not compared' * bool(
        feeds.followed)
    threads = ', which threads of the script make' * case.baseline.has_threads
    said += f'; {feeds.lucky} came in another order{threads}: the recorded release does not repeat it either' * bool(
        feeds.lucky)
    compared = feeds.compared - len(feeds.unmeasured)
    if feeds.wrong:
        text = f'{causewords.said(feeds.causes[0])}; {said}'
        return without_noise(case.baseline, Finding('', False, text, float('inf'), 0, None, None, compared,
                                                    feeds.expected, lacks.all()))
    if feeds.rounding:
        said += '; ' + '; '.join(case.fed_otherwise)
    elif feeds.expected:
        said += ', the same bits' if not feeds.lucky else ', all others the same bits'
    else:
        said = f'nothing to compare; {said}'
    return Finding('', True, said, 0.0, 0, None, None, compared, feeds.expected, lacks.all())


def in_words(there: Side, rounding: dict[tuple[int, str], list[Apart]]) -> list[str]:
    """[str]: which feeds differ by rounding, where, how often and by how much."""
    found = []
    for (graph, name), times in rounding.items():
        line = next((kind['place'] for kind in there.kinds if kind['graph'] == graph
                     and name in kind['feeds']), '')
        units = max(apart.units for apart in times if apart.units is not None)
        found.append(f'{name}{f" ({line})" * bool(line)} differs by rounding, at {len(times)} times, by '
                     f'{max(units, 0.01):.2g} ulp of its norm at most: numpy rounds otherwise')
    return found

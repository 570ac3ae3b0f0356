"""The steps of a recording: which of the kept runs they are, and what comes of them made again. Runs on Python 3.6."""
import collections
from typing import Any, Collection, Dict, Iterable, List, Mapping, Optional, Sequence, Set, Tuple

from legacy.formats.contents import Contents
from legacy.formats.recordingheader import WITH_FLOORS
from legacy.formats.recordings import Recording
from legacy.formats.values import JsonObject
from legacy.worker.scripts import keptruns, spreads
from legacy.worker.scripts.keptruns import FIRST, Chosen
from legacy.worker.scripts.kinds import Kind
from legacy.worker.scripts.matching import Like
from legacy.worker.scripts.observer import Observer
from legacy.worker.scripts.replayer import Replayer
from legacy.worker.scripts.stepgraph import OP
from legacy.worker.scripts.steps import Step

MADE_AGAIN = ('float32', 'again', 'portable', 'float64')
# How much the steps of a recording may compute, see `stepgraph.StepGraph.work`: so much, or this share of what all runs
# of the script have computed. Every machine, however slow, makes the same ones. A step is made EACH times, with noise
# in every op, and takes 50 to 100 times as long as its run.
LEAST_WORK, SHARE = 16 << 20, 1 / 300
EACH = len(MADE_AGAIN) + sum(spreads.REPETITIONS[name] for name in WITH_FLOORS)  # times that one is made
# How many of the first runs that were kept must be made again beside the last, of a kind that trains and of one that
# does not; where these would compute too much, fewer, and of each kind the last at least.
NEEDED = ((FIRST, 1), (1, 0), (0, 0))

Numbered = Tuple[int, Step]  # a step, and its number in the recording


class Made(object):
    """Steps that were made. steps: [(number, Step)]. header: what a header has of them. chosen: [keptruns.Chosen].
    work: how much all runs of the script have computed, see `stepgraph.StepGraph.work`, where that is known."""

    def __init__(self, steps: Iterable[Numbered] = (), header: Iterable[JsonObject] = (),
                 chosen: Iterable[Chosen] = (), work: Optional[int] = None) -> None:
        self.steps, self.header, self.chosen, self.work = list(steps), list(header), list(chosen), work

    def has(self, kind: int) -> bool:
        """Whether a step is of the kind with this number."""
        return any(step['kind'] == kind for step in self.header)

    def faults(self, replayer: Replayer) -> List[JsonObject]:
        """What a header has of the faults of a replayer.Replayer, each kind's first in each arithmetic. Of steps that
        were let go there are none."""
        numbers = {step: number for number, step in self.steps}
        found: List[JsonObject] = []
        seen: Set[Tuple[str, Kind, str]] = set()
        for what, step, why in replayer.faults:
            if step in numbers and (what, step.kind, why) not in seen:
                seen.add((what, step.kind, why))
                found.append({'arithmetic': what, 'step': numbers[step], 'why': why})
        return found


def own(observer: Observer, contents: Contents, replayer: Replayer, replays: int = 0) -> Made:
    """The Made of the runs that were kept here. replays: of how many runs of each kind steps are made at least, where
    so many are kept."""
    works = _works(observer, replayer)
    work = sum(each * len(observer.times[number]) for number, each in works.items())
    must, others = _affordable(observer, works, max(LEAST_WORK, SHARE * work), replays)
    chosen = must
    replayer.expect(EACH * len(chosen))
    steps = [_step(observer, item) for item in chosen]
    outcomes = _outcomes(steps, replayer, MADE_AGAIN)
    floors = spreads.floors(replayer, steps, {name: outcomes[name] for name in WITH_FLOORS})
    kept: List[Tuple[Chosen, Step, Dict[str, Any], Dict[str, Any]]] = []
    for k, (item, step) in enumerate(zip(chosen, steps)):
        made = {name: found[k] for name, found in outcomes.items()}
        made.update(run=(item.fetched, item.after), own=None if step.kind.draws else made['float32'])
        kept.append((item, step, made, {name: found[k] for name, found in floors.items()}))
    for number, count in sorted(collections.Counter(item.kind for item in others).items()):
        observer.unseen('late', observer.places[number], count=count)
    kept.sort(key=lambda found: found[0].run)
    return Made([(k, step) for k, (_, step, _, _) in enumerate(kept)],
                [dict(_noted(k, item, contents, True), floors=floors, outcomes=noted_outcomes(made, contents))
                 for k, (item, _, made, floors) in enumerate(kept)], [item for item, _, _, _ in kept], work)


def _step(observer: Observer, item: Chosen) -> Step:
    return Step(observer.kinds[item.kind], item.before, dict(item.feeds, **item.sources), item.places)


def _works(observer: Observer, replayer: Replayer) -> Dict[int, int]:
    """{number of a kind: how much one run of it computes}; of a kind of which none is kept by its ops alone."""
    found = {number: OP * len(kind.ops) for number, kind in enumerate(observer.kinds)}
    one_of = {item.kind: item for item in observer.kept.chosen}
    found.update((number, replayer.work(_step(observer, item))) for number, item in sorted(one_of.items()))
    return found


def _affordable(observer: Observer, works: Mapping[int, int], most: float,
                replays: int) -> Tuple[List[Chosen], List[Chosen]]:
    """Two lists of the runs that were kept: those to be made again, which compute `most` at most, but one of each kind
    and `replays` of it at least; and the others."""
    for needed in NEEDED:
        chosen, others = _by_need(observer, needed, replays)
        least = sum(works[item.kind] for item in chosen)
        if least <= most:
            break
    for k, item in enumerate(others):
        least += works[item.kind]
        if least > most:
            return chosen + others[:k], others[k:]
    return chosen + others, []


def _by_need(observer: Observer, needed: Tuple[int, int], replays: int) -> Tuple[List[Chosen], List[Chosen]]:
    """Two lists of the runs that were kept: those that a recording must have, the first of each kind, its last, and so
    many between that there are `replays`; and the others, in an order in which every beginning is spread over all of
    the script. needed: see NEEDED."""
    by_kind: Dict[int, List[Chosen]] = collections.OrderedDict()
    for item in observer.kept.chosen:
        by_kind.setdefault(item.kind, []).append(item)
    must: List[Chosen] = []
    others: List[Tuple[int, int, Chosen]] = []
    for number, found in by_kind.items():
        first = needed[0] if observer.kinds[number].trains else needed[1]
        must += found[:first] + found[first:][-1:]
        spread = sorted((_reversed_bits(k), item.run, item) for k, item in enumerate(found[first:-1]))
        between = max(replays - first - 1, 0)
        must += [item for _, _, item in spread[:between]]
        others += spread[between:]
    return sorted(must, key=lambda item: item.run), [item for _, _, item in sorted(others, key=lambda key: key[:2])]


def _reversed_bits(number: int) -> int:
    return int('{:016b}'.format(number)[::-1], 2)


def of_baseline(baseline: Recording, observer: Observer, contents: Contents, replayer: Replayer) -> Made:
    """The Made of the baseline's steps on this run's graphs, under its names, in its order; and what was chosen here
    beside them. Those that this run did not come to are left out."""
    like = observer.like or Like()
    steps_of = [(like.step(item.kind, item.time), item) for item in observer.kept.chosen]
    chosen = {number: item for number, item in steps_of if number is not None}
    numbers = sorted(chosen)
    names: List[Dict[str, str]] = []
    steps: List[Step] = []
    own_steps: List[Step] = []
    for number in numbers:
        item, recorded = chosen[number], baseline.header['steps'][number]
        names.append(like.names[item.kind])
        before, fed = ({name: baseline.stored(noted) for name, noted in recorded[group].items()}
                       for group in ('before', 'fed'))
        here = dict(item.before)  # of variables that the baseline's run does not have, this run's own values
        here.update((names[-1][name], array) for name, array in before.items() if name in names[-1])
        own_fed = dict(item.feeds, **item.sources)
        fed = dict(own_fed, **{names[-1][name]: array for name, array in fed.items() if name in names[-1]})
        kind = observer.kinds[item.kind]
        steps.append(Step(kind, here, fed, item.places))
        own_steps.append(Step(kind, item.before, own_fed, item.places))
    replayer.expect((len(MADE_AGAIN) + 1) * len(steps))
    outcomes = _outcomes(steps, replayer, MADE_AGAIN)
    again = iter(replayer.outcomes([step for step in own_steps if not step.kind.draws], 'own'))
    outcomes['own'] = [None if step.kind.draws else next(again) for step in own_steps]
    header = []
    for k, (number, given) in enumerate(zip(numbers, names)):
        item, back = chosen[number], {here: there for there, here in given.items()}
        made = {name: found[k] for name, found in outcomes.items()}
        made['run'] = (item.fetched, item.after)
        made = {name: outcome and tuple(called(part, back) for part in outcome) for name, outcome in made.items()}
        header.append(dict(_noted(number, item, contents, False, back), floors={},
                           outcomes=noted_outcomes(made, contents)))
    return Made(zip(numbers, steps), header, [chosen[number] for number in numbers])


def noted(observer: Observer, contents: Contents) -> Made:
    """The Made of a run from which nothing is made again: what it had before and after the steps of the recording that
    it is like, or those that it has chosen by itself."""
    found, like = [], observer.like
    for k, item in enumerate(sorted(observer.kept.chosen, key=lambda item: item.run)):
        number, names = (like.step(item.kind, item.time), like.names[item.kind]) if like else (k, {})
        if number is None:
            continue
        back = {here: there for there, here in names.items()}
        made = {'run': tuple(called(part, back) for part in (item.fetched, item.after))}
        found.append(dict(_noted(number, item, contents, False, back), floors={},
                          outcomes=noted_outcomes(made, contents)))
    return Made(header=found)


def looked_into(made: Made, baseline: Optional[Recording]) -> List[Numbered]:
    """[(number, Step)] of the first and the last of each kind that decides: in the first step of many optimizers what
    they keep is still zero. baseline: the Recording that has chosen them already, or None."""
    if baseline is not None:
        return [(number, step) for number, step in made.steps if number in baseline.looked_into]
    return [found[k] for found in _decisive(made) for k in sorted({0, len(found) - 1})]


def rounded(made: Made, baseline: Optional[Recording]) -> List[Numbered]:
    """The same of the first few and the last of each kind that decides."""
    if baseline is not None:
        return [(number, step) for number, step in made.steps if 'rounded/%d' % number in baseline.arrays]
    return [found[k] for found in _decisive(made) for k in sorted({*range(min(FIRST, len(found))), len(found) - 1})]


def _decisive(made: Made) -> Collection[List[Numbered]]:
    by_kind: Dict[Kind, List[Numbered]] = collections.OrderedDict()
    decisive = keptruns.decisive([step.kind for _, step in made.steps])
    for number, step in made.steps:
        if step.kind in decisive:
            by_kind.setdefault(step.kind, []).append((number, step))
    return by_kind.values()


def _outcomes(steps: Sequence[Step], replayer: Replayer, arithmetics: Iterable[str]) -> Dict[str, List[Any]]:
    return {arithmetic: replayer.outcomes(steps, arithmetic) for arithmetic in arithmetics}


def called(values: Mapping[str, Any], names: Mapping[str, str]) -> Dict[str, Any]:
    """The same values under other names, {name: other}; those that have none keep theirs."""
    return {names.get(name, name): array for name, array in values.items()}


def _noted(number: int, item: Chosen, contents: Contents, keep_all: bool,
           back: Optional[Mapping[str, str]] = None) -> JsonObject:
    """What a header has of a chosen run, but for what came of it. back: {name here: name in the baseline}."""
    def note(values: Mapping[str, Any]) -> JsonObject:
        return {name: contents.note(array, keep_all) for name, array in called(values, back or {}).items()}
    return {'step': number, 'kind': item.kind, 'run': item.run, 'before': note(item.before),
            'fed': note(dict(item.feeds, **item.sources)), 'places': note(item.places), 'state': {},
            'runs_with_noise': 0}


def noted_outcomes(made: Mapping[str, Any], contents: Contents) -> JsonObject:
    """What a header has of outcomes, {name: (fetched, after) or None}."""
    return {name: outcome and {group: {key: contents.note(array) for key, array in part.items()}
                               for group, part in zip(('fetched', 'after'), outcome)}
            for name, outcome in made.items()}

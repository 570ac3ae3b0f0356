"""Whether a recording of a script holds what a verdict needs, kind of run by kind of run."""
from collections.abc import Iterable

from legacy.formats import unseen
from legacy.formats.values import JsonObject
from legacy.judge.baseline import Baseline
from legacy.judge.coverage import Lacks
from legacy.judge.findings import Finding
from legacy.judge.pairing import Pairing


def finding(pairing: Pairing) -> Finding:
    """As `coverage_of_kinds`, of both sides."""
    return coverage_of_kinds(pairing.baseline, pairing.here.header['unseen'])


def coverage_of_kinds(baseline: Baseline, unseen_here: Iterable[JsonObject] = ()) -> Finding:
    """Finding: every kind of run that trains, or where none does that evaluates, was recorded so that it can be judged:
    made again in float32, twice, in portable arithmetic and in float64, with noise floors; and nobody trained where
    nobody watched."""
    lacks, expected, compared, there = Lacks(), 0, 0, baseline.side
    for k, kind in enumerate(there.kinds):
        if k in baseline.decisive:
            expected += 1
            why = _uncovered(baseline, k, kind)
            compared += not why
            if why:
                lacks.add('not replayed', f'{kind["place"] or "no line of the script"}: {why}')
    for fact in [*there.header['unseen'], *unseen_here]:
        if unseen.blocks(fact):
            expected += 1
            lacks.add('unseen', unseen.in_words(fact))
    steps = len(there.steps)
    trains = any(kind['trains'] for kind in there.kinds)
    of = 'kinds of runs that train' if trains else 'kinds of runs'
    text = f'{compared} of {expected} {of} can be judged' if expected else 'no run trains'
    text += '; none trains' * (expected > 0 and not trains)
    return Finding('', True, f'{text}; {steps} runs are made again', compared=compared, expected=expected,
                   lacks=lacks.all())


def _uncovered(baseline: Baseline, k: int, kind: JsonObject) -> str:
    """Why no run of a kind that decides can be judged, in words; '' if one can."""
    steps = [step for step in baseline.side.steps if step.kind == k]
    if not steps:
        return str(kind['obstacle'] or kind['stepless'])
    for step in steps:
        group = 'after' if kind['trains'] else 'fetched'
        given = [name for of, name in baseline.expected_names(step) if of == group]
        if given and all(step.outcomes.get(name) for name in ('float32', 'again', 'portable', 'float64')) and all(
                step.floors.get(name) for name in ('float32', 'float64')):
            return ''
    lacking = {name for step in steps for name in ('float32', 'again', 'portable', 'float64')
               if not step.outcomes.get(name)}
    return f'not made again in {", ".join(sorted(lacking))}' if lacking else 'nothing in it is repeatable'

"""Whether a recording of a script holds what a verdict needs, kind of run by kind of run."""
from legacy.formats import unseen
from legacy.formats.recordings import Recording
from legacy.formats.values import JsonObject
from legacy.judge.coverage import Lacks
from legacy.judge.findings import Finding
from legacy.judge.recordedside import Recorded


def coverage_of_kinds(recorded: Recorded, candidate: Recording) -> Finding:
    """Finding: every kind of run that trains, or where none does that evaluates, was recorded so that it can be judged:
    made again in float32, twice, in portable arithmetic and in float64, with noise floors; and nobody trained where
    nobody watched."""
    lacks, expected, compared = Lacks(), 0, 0
    for k, kind in enumerate(recorded.recording.kinds):
        if k in recorded.decisive:
            expected += 1
            why = _uncovered(recorded, k, kind)
            compared += not why
            if why:
                lacks.add('not replayed', f'{kind["place"] or "no line of the script"}: {why}')
    for fact in [*recorded.recording.header['unseen'], *candidate.header['unseen']]:
        if unseen.blocks(fact):
            expected += 1
            lacks.add('unseen', unseen.in_words(fact))
    steps = len(recorded.steps)
    trains = any(kind['trains'] for kind in recorded.recording.kinds)
    of = 'kinds of runs that train' if trains else 'kinds of runs'
    text = f'{compared} of {expected} {of} can be judged' if expected else 'no run trains'
    text += '; none trains' * (expected > 0 and not trains)
    return Finding('', True, f'{text}; {steps} runs are made again', compared=compared, expected=expected,
                   lacks=lacks.all())


def _uncovered(recorded: Recorded, k: int, kind: JsonObject) -> str:
    """Why no run of a kind that decides can be judged, in words; '' if one can."""
    steps = [step for step in recorded.steps if step['kind'] == k]
    if not steps:
        return str(kind['obstacle'] or kind['stepless'])
    for step in steps:
        group = 'after' if kind['trains'] else 'fetched'
        given = [key for key in recorded.expected_names(step) if key[0] == group]
        if given and all(step['outcomes'].get(name) for name in ('float32', 'again', 'portable', 'float64')) and all(
                step['floors'].get(name) for name in ('float32', 'float64')):
            return ''
    lacking = {name for step in steps for name in ('float32', 'again', 'portable', 'float64')
               if not step['outcomes'].get(name)}
    return f'not made again in {", ".join(sorted(lacking))}' if lacking else 'nothing in it is repeatable'

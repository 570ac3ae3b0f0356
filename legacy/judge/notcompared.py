"""What of a script is not compared, and why, in words."""
import collections
import typing

from legacy.formats import unseen
from legacy.formats.recordingheader import SEQUENCES
from legacy.formats.stepnotes import StepNote
from legacy.formats.values import JsonObject
from legacy.judge.baseline import Baseline
from legacy.judge.findings import listed
from legacy.judge.side import Side

FEW = 3  # variables that are named
BY = {'again': 'when the script runs again', 'noise': 'in a run with noise'}


def notes(baseline: Baseline, here: JsonObject | None = None) -> list[list[typing.Any]]:
    """[[what, [in words]], ...]. here: header of a run of the script, or None."""
    there, here = baseline.side.header, here or {'unseen': [], 'unknown': {}}
    found = [['not observed', unseen.all_in_words(there['unseen'], here['unseen'])],
             ['not repeated by its own release', unrepeatable(baseline)],
             ['follows from results, and was not compared', follows(baseline)],
             ['left as it is by portable arithmetic', sorted({*there['unknown'].get('portable', []),
                                                              *here['unknown'].get('portable', [])})]]
    return [note for note in found if note[1]]


def unrepeatable(baseline: Baseline) -> list[str]:
    """What its own release does not repeat, when the script runs again or a step is made again."""
    there = baseline.side
    found = _all_that_vary(there, [item for item in there.header['varying'] if item['by'] == 'again'])
    # {(kind, group, name): [step]}
    runs: dict[tuple[int, str, str], list[StepNote]] = collections.OrderedDict()
    for number, group, name in sorted(baseline.unsteady):
        step = there.by_number[number]
        if name not in there.kind_of(step)['racing']:  # of these there are facts
            runs.setdefault((step.kind, group, name), []).append(step)
    for (_, group, name), steps in runs.items():
        more = f' and of {len(steps) - 1} runs more' if len(steps) > 1 else ''
        found.append(f'{there.where(steps[0], group, name)}{more}, not the same when it is made again')
    return found


def follows(baseline: Baseline) -> list[str]:
    """What noise moves, beside floats that are fetched, which have a band."""
    return _all_that_vary(baseline.side, [
        item for item in baseline.side.header['varying'] if item['by'] == 'noise'
        and (item['what'] != 'fetch' or baseline.is_exact(item['kind'], item['name']))])


def _all_that_vary(there: Side, items: list[JsonObject]) -> list[str]:
    """[in words]; the first values of many variables in one: a graph that evaluates restores all of them."""
    names = [item['name'] for item in items if item['what'] == 'variable']
    if len(names) <= FEW:
        return [_varies(there, item) for item in items]
    together = f'the first values of {listed(names, FEW)}, not the same {BY[items[0]["by"]]}'
    return [*[_varies(there, item) for item in items if item['what'] != 'variable'], together]


def _varies(there: Side, item: JsonObject) -> str:
    """What another run of the script has otherwise: see `recordingheader.VARIATION`."""
    if item['what'] in SEQUENCES:
        what = f'the {item["what"]} of thread {item["name"]} from the {item["since"] + 1}. on'
    elif item['what'] == 'variable':
        what = f'the first value of {item["name"]}'
    else:
        place = there.kinds[item['kind']]['place']
        what = f'the {item["what"]} {item["name"]}' + (f' ({place})' if place else '')
        what += f' from time {item["since"]} on' if item['since'] else ''
    return f'{what}, not the same {BY[item["by"]]}'

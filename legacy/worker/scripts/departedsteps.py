"""Which steps that were made again depart from the recorded ones. Runs on Python 3.6."""
import collections
from typing import Dict, List, Mapping, NamedTuple, Set

from legacy.formats import contents
from legacy.formats.recordings import Recording
from legacy.formats.values import Array, JsonObject
from legacy.worker.scripts import twographs
from legacy.worker.scripts.recordedsteps import Made
from legacy.worker.scripts.steps import Step

# Relative to what a step changes: a departure in an arithmetic that more than rounding makes, from which on a cause is
# looked for.
LEAST = {'float64': 2.0 ** -20, 'portable': 1e-5, 'float32': 1e-5}
FLOORS = 4
OF_FORMULAS = ('float64', 'portable')

# The step of a kind that departs. arithmetics: in which it does.
Departure = NamedTuple('Departure', [('number', int), ('step', Step), ('arithmetics', Set[str])])


def other_bits(baseline: Recording, made: Made) -> Dict[int, List[int]]:
    """{kind: numbers of the steps that have other bits in portable arithmetic}"""
    found: Dict[int, List[int]] = collections.defaultdict(list)
    for (number, _), header in zip(made.steps, made.header):
        recorded = baseline.header['steps'][number]
        there, here = (step['outcomes'].get('portable') for step in (recorded, header))
        if there and here and any(here[group].get(name, noted).digest != noted.digest and noted.is_float
                                  for group in there for name, noted in there[group].items()):
            found[recorded['kind']].append(number)
    return found


def first(baseline: Recording, made: Made, arrays: Mapping[str, Array]) -> Dict[int, Departure]:
    """{kind of the baseline: Departure}, of each kind the first step that departs where formulas show; if there is
    none, the first that departs in float32."""
    chosen: Dict[int, Departure] = {}
    for (number, step), header in zip(made.steps, made.header):
        recorded = baseline.header['steps'][number]
        departing = {name for name in LEAST if _departs(baseline, recorded, header, arrays, name)}
        known = chosen.get(recorded['kind'])
        if departing and (known is None or departing & set(OF_FORMULAS) and not known.arithmetics & set(OF_FORMULAS)):
            chosen[recorded['kind']] = Departure(number, step, departing)
    return chosen


def _departs(baseline: Recording, recorded: JsonObject, here: JsonObject, arrays: Mapping[str, Array],
             arithmetic: str) -> bool:
    """Whether a step gives more than rounding makes otherwise, in an arithmetic."""
    there, ours = (step['outcomes'].get(arithmetic) for step in (recorded, here))
    for group in ('fetched', 'after') if there and ours else ():
        for name, noted in there[group].items():
            other = ours[group].get(name)
            if other is None or other.digest == noted.digest or not noted.is_float or other.form != noted.form:
                continue
            values, found_here = baseline.content(noted), contents.values(arrays[other.content], other.dtype)
            before = None
            if group == 'after' and name in recorded['before']:
                before = baseline.sample(recorded['before'][name], recorded['places'].get(name))
            floor = (recorded['floors'].get(arithmetic) or {group: {}})[group].get(name, 0.0)
            if twographs.share_off(values, found_here, before, FLOORS * floor) > LEAST[arithmetic]:
                return True
    return False

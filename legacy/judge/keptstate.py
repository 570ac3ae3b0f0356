"""What each kept run had and gave, as the script itself made it, here against there: the variables before and after it,
what it was fed, what its sources and fetches gave."""
import numpy as np

from legacy.formats import contents
from legacy.formats.contents import Noted
from legacy.formats.recordingheader import GROUPS, STATES, groups_of
from legacy.formats.recordings import Recording
from legacy.formats.values import JsonObject
from legacy.judge import sourcevalues
from legacy.judge.astray import Astray
from legacy.judge.findings import Finding
from legacy.judge.floors import Units, floor_of
from legacy.judge.graphconstants import Constants
from legacy.judge.noted import digest_of, dtype_of, form_of
from legacy.judge.recordedside import FEWEST, Recorded, found_here
from legacy.judge.tensormeasures import Asked, rounding, within

Found = tuple[JsonObject, str, str, Noted, Noted | None, JsonObject]  # step, group, name, noted, noted here, its STATE


def state(recorded: Recorded, candidate: Recording, astray: Astray | None = None,
          constants: Constants | None = None) -> Finding:
    """Finding: whole numbers and texts that neither noise nor a second run moves are the recorded bits, and so are
    floats that are still what they were at first; the rest is inside the band that whole runs with noise make.

    The band never becomes narrower: what has parted does not come together again. It is no narrower than what rounding
    does in a run, since noise, which is in variables, need not reach all that a run computes. What has left it, and
    depends on an op that the recorded side had off, is left out, and counted. astray: the astray.Astray, or None.
    constants: the graphconstants.Constants, or None: what depends on those that differ by rounding may be off as much
    more as these are.
    """
    asked, here, followed = Asked(), found_here(candidate), set()
    widest: dict[tuple[int, str], Units] = {}
    for step in sorted(recorded.steps, key=lambda step: step['run']):
        made, graph = here.get(step['step']), recorded.recording.kinds[step['kind']]['graph']
        theirs = groups_of(made) if made else None
        for group, name, noted in _noted(step):
            if group == 'fed' and _asked_elsewhere(recorded, step, name):
                continue
            what, moved = recorded.where(step, group, name), step['state'].get(group, {}).get(name)
            if group != 'fed' and recorded.by_luck(step['kind'], name):
                asked.left_out.add('races', what)
                continue
            item = theirs[group].get(name) if theirs else None
            if moved is not None and not contents.is_float(dtype_of(noted)) and (
                    not moved['steady'] or item and recorded.is_summary(graph, name)):
                followed.add(name)  # a whole number that follows from results, or text that a summary makes of them
                continue
            asked.expected += 1
            if moved is None:
                asked.lacks.add('not recorded', what)
            elif made is None and not recorded.expects(step):
                asked.lacks.add('other runs', what)
            else:
                of = graph, name if group in ('before', 'after') else f'{group} {name}'
                _compare(recorded, candidate, asked, what, (step, group, name, noted, item, moved), widest, of, astray,
                         constants)
    more = f'; {len(followed)} of whole numbers follow from results: not compared' if followed else ''
    return asked.finding(" of the noisy runs' spread", more, 'that noise does not move')


def _asked_elsewhere(recorded: Recorded, step: JsonObject, name: str) -> bool:
    """Whether what a run was fed, or its source gave, does not follow from results: `fedarrays` and `sourcevalues`
    ask for these."""
    kind = recorded.recording.kinds[step['kind']]
    if name in kind['sources']:
        return sourcevalues.judged(recorded, step, name)
    return recorded.varies_since('feed', step['kind'], kind['graph'], name) is None


def _noted(step: JsonObject) -> list[tuple[str, str, Noted]]:
    """[(group, name, noted array)]"""
    groups = groups_of(step)
    return [(group, name, noted) for group in STATES for name, noted in groups[group].items()]


def _compare(recorded: Recorded, candidate: Recording, asked: Asked, what: str, found: Found,
             widest: dict[tuple[int, str], Units], of: tuple[int, str], astray: Astray | None,
             constants: Constants | None) -> None:
    """found: (step, group, name, noted, noted here or None, its STATE). widest: {of: the widest (spread, whole)}."""
    step, group, name, noted, item, moved = found
    known = widest.get(of, Units(0.0, 0.0))
    widest[of] = known = Units(max(known.norm, moved['spread']), max(known.projection, moved['whole']))
    first = recorded.is_first_value(of, noted) and not (constants and of in constants.started)
    rounds = contents.is_float(dtype_of(noted)) and not first
    follows = astray is not None and item is not None and astray.touches(of[0], name) and not first
    if item is not None and digest_of(item) == digest_of(noted):
        asked.same(exact=moved['steady'])
    elif item is not None and form_of(item) == form_of(noted) and step['runs_with_noise'] < FEWEST:
        asked.lacks.add('no noise', what)
    elif follows and not rounds and item is not None and form_of(item) == form_of(noted):
        asked.expected -= 1
        asked.left_out.add('recorded off', what)
    elif item is None or form_of(item) != form_of(noted) or moved['steady'] and not rounds:
        asked.differs(what, recorded.recording.comparable(noted), None if item is None else candidate.comparable(item),
                      recorded.place(step, name))
    else:
        least = np.maximum(rounding(recorded.recording, noted), _floor(recorded, step, group, name, of))
        least = np.maximum(known, least) * (constants.widens(of[0], name) if constants else 1.0)
        deviations = within(recorded.recording, candidate, what, noted, item, Units(*least))
        if deviations is None:
            asked.lacks.add('sample', what)
        elif (follows or recorded.follows_luck(of[0], step['run'])) and any(
                not off.relative <= off.tolerance for off in deviations):
            asked.expected -= 1
            asked.left_out.add('recorded off' if follows else 'unsteady', what)
        else:
            asked.deviates(*deviations, place=recorded.place(step, name))


def _floor(recorded: Recorded, step: JsonObject, group: str, name: str, of: tuple[int, str]) -> Units:
    """(norm, projection): what rounding in a run does to what it gives, or to a variable before it."""
    if group == 'before':
        return recorded.floors_of_variables.get(of, Units(0.0, 0.0))
    found = floor_of(step, 'float32', group, name) if group in GROUPS else None
    return Units(found.norm, found.projection or 0.0) if found else Units(0.0, 0.0)

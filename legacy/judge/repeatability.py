"""The steps of a script's recording that this TensorFlow made more than once, against each other: twice in sessions of
their own, and as the script's own session made them. Names are the recording's."""
from dataclasses import replace

import numpy as np

from legacy.formats.arraynotes import ArrayNote
from legacy.formats.recordingheader import GROUPS
from legacy.formats.recordings import Recording
from legacy.formats.values import JsonObject
from legacy.judge import floors, units
from legacy.judge.findings import Deviation, Finding
from legacy.judge.floors import Units
from legacy.judge.recordedside import Recorded, found_here, obtained
from legacy.judge.tensormeasures import Asked, pairs, rounding, why_not, within


def repeatable(recorded: Recorded, candidate: Recording) -> Finding:
    """Finding: every step twice on this TensorFlow, in sessions of their own, gives the same bits."""
    asked, here = Asked(), found_here(candidate)
    for step, group, name, _, item in pairs(recorded, candidate, recorded.steps, 'float32', asked):
        again = obtained(here.get(step['step']), 'again', group, name)
        what = f'{recorded.where(step, group, name)}, made again'
        if item is not None and again is not None and again.digest == item.digest:
            asked.same()
        elif item is not None and again is not None and recorded.gives_summary(step, name):
            asked.left_out.add('summary', what)
            asked.expected -= 1
        elif item is not None:
            asked.differs(what, candidate.content(item), candidate.content(again) if again else None,
                          recorded.place(step, name))
        else:  # that it is missing is said by the questions on what it is
            asked.lacks.add('missing', what)
    return replace(asked.finding(''), tolerance=0)


def own_runs(recorded: Recorded, candidate: Recording) -> Finding:
    """Finding: what the script's own session gave here, against the same run made again from what it had itself: the
    floors are the largest of its kind. What the recorded session gave otherwise than its own repetition is left out."""
    asked, here = Asked(), found_here(candidate)
    largest = floors.largest(recorded.steps, GROUPS, lambda step, group, name: (int(step['kind']), group, name))
    for step, group, name, _, run in pairs(recorded, candidate, recorded.steps, 'run', asked):
        made = here.get(step['step'])
        own = obtained(made, 'own', group, name)
        what, draws = f'{recorded.where(step, group, name)}, as the script ran', recorded.recording.kinds[
            step['kind']]['draws']
        if draws or recorded.races(step['kind'], name):
            asked.expected -= 1
            asked.left_out.add('draws' if draws else 'races', what)
        elif _is_other(recorded, step, group, name, largest):
            asked.lacks.add('unsteady', what)
        elif run is None or own is None:
            if made and run is not None and why_not(candidate, made, 'own'):
                asked.lacks.add('not here', why_not(candidate, made, 'own'))
            else:
                asked.differs(what, np.zeros(0), None, recorded.place(step, name))
        elif run.digest == own.digest:
            asked.same(exact=not own.is_float)
        elif recorded.gives_summary(step, name):
            asked.expected -= 1
            asked.left_out.add('summary', what)
        elif not own.is_float:
            asked.differs(what, candidate.content(own), candidate.content(run), recorded.place(step, name))
        else:
            found = _own_deviation(candidate, what, own, run, largest.get((step['kind'], group, name)))
            if found is None:
                asked.lacks.add('no floor', what)
            else:
                asked.deviates(*found, place=recorded.place(step, name))
    return asked.finding(units.UNIT)


def _own_deviation(recording: Recording, what: str, own: ArrayNote, run: ArrayNote,
                   floor: Units | None) -> list[Deviation] | None:
    if floor is None:
        return None
    least = rounding(recording, own)
    return within(recording, recording, what, own, run, Units(*[max(a, b) for a, b in zip(floor, least)])) or []


def _is_other(recorded: Recorded, step: JsonObject, group: str, name: str,
              largest: dict[tuple[int, str, str], Units]) -> bool:
    """Whether the recorded session itself gave something else than the same run made again."""
    run, own = (obtained(step, name_, group, name) for name_ in ('run', 'own'))
    if run is None or own is None or run.digest == own.digest:
        return False
    if not own.is_float:
        return True
    found = _own_deviation(recorded.recording, '', own, run, largest.get((step['kind'], group, name)))
    return found is not None and any(not item.relative <= item.tolerance for item in found)

"""The steps of a script's recording that this TensorFlow made more than once, against each other: twice in sessions of
their own, and as the script's own session made them. Names are the recording's."""
from dataclasses import replace

import numpy as np

from legacy.formats.arraynotes import ArrayNote
from legacy.formats.recordingheader import GROUPS
from legacy.judge import floors, units
from legacy.judge.findings import Deviation, Finding
from legacy.judge.floors import Units
from legacy.judge.pairing import Pair, Pairing
from legacy.judge.side import Side
from legacy.judge.tensormeasures import Asked, pairs, rounding, within


def repeatable(pairing: Pairing) -> Finding:
    """Finding: every step twice on this TensorFlow, in sessions of their own, gives the same bits."""
    asked, here = Asked(), pairing.here
    for pair in pairs(pairing, pairing.there.steps, 'float32', asked):
        made = pairing.step(pair.step)
        again = made.noted('again', pair.group, pair.name) if made else None
        what = f'{pairing.where(pair)}, made again'
        if pair.here is None:  # that it is missing is said by the questions on what it is
            asked.lacks.add('missing', what)
        elif again is not None and again.digest == pair.here.digest:
            asked.same()
        elif again is not None and pairing.there.gives_summary(pair.step, pair.name):
            asked.left_out.add('summary', what)
            asked.expected -= 1
        else:
            asked.differs(what, here.content(pair.here), here.content(again) if again else None, pairing.place(pair))
    return replace(asked.finding(''), tolerance=0)


def own_runs(pairing: Pairing) -> Finding:
    """Finding: what the script's own session gave here, against the same run made again from what it had itself: the
    floors are the largest of its kind. What the recorded session gave otherwise than its own repetition is left out."""
    asked, there, here = Asked(), pairing.there, pairing.here
    largest = floors.largest(there.steps, GROUPS, lambda step, group, name: (step.kind, group, name))
    for pair in pairs(pairing, there.steps, 'run', asked):
        step, made, run = pair.step, pairing.step(pair.step), pair.here
        own = made.noted('own', pair.group, pair.name) if made else None
        what, place = f'{pairing.where(pair)}, as the script ran', pairing.place(pair)
        draws = there.kind_of(step)['draws']
        floor = largest.get((step.kind, pair.group, pair.name))
        if draws or pairing.baseline.races(step.kind, pair.name):
            asked.expected -= 1
            asked.left_out.add('draws' if draws else 'races', what)
        elif _is_other(there, pair, floor):
            asked.lacks.add('unsteady', what)
        elif run is None or own is None:
            why_not = here.why_not(made, 'own') if made and run is not None else ''
            if why_not:
                asked.lacks.add('not here', why_not)
            else:
                asked.differs(what, np.zeros(0), None, place)
        elif run.digest == own.digest:
            asked.same(exact=not own.is_float)
        elif there.gives_summary(step, pair.name):
            asked.expected -= 1
            asked.left_out.add('summary', what)
        elif not own.is_float:
            asked.differs(what, here.content(own), here.content(run), place)
        else:
            found = _own_deviation(here, what, own, run, floor)
            if found is None:
                asked.lacks.add('no floor', what)
            else:
                asked.deviates(*found, place=place)
    return asked.finding(units.UNIT)


def _own_deviation(side: Side, what: str, own: ArrayNote, run: ArrayNote,
                   floor: Units | None) -> list[Deviation] | None:
    if floor is None:
        return None
    least = rounding(side, own)
    return within(side, side, what, own, run, Units(*[max(a, b) for a, b in zip(floor, least)])) or []


def _is_other(there: Side, pair: Pair, floor: Units | None) -> bool:
    """Whether the recorded session itself gave something else than the same run made again."""
    run, own = (pair.step.noted(name, pair.group, pair.name) for name in ('run', 'own'))
    if run is None or own is None or run.digest == own.digest:
        return False
    if not own.is_float:
        return True
    found = _own_deviation(there, '', own, run, floor)
    return found is not None and any(not item.relative <= item.tolerance for item in found)

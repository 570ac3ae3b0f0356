"""The one cause of a regression: of what the check's worker found by experiment, and of what was put in."""
import typing

from legacy.formats import causes
from legacy.formats.recordings import Recording
from legacy.judge import inputcauses
from legacy.judge.questions import Rung

if typing.TYPE_CHECKING:
    from legacy.judge.ladder import Case

# Of the rungs on what is put in: {rung: function of the Case that returns the Cause, or None where it knows none}.
PUT_IN: dict[str, typing.Callable[['Case'], causes.Cause | None]] = {
    'op seeds': inputcauses.of_seeds,
    'feeds': lambda case: next(iter(case.feeds.causes), None),
    'sources': lambda case: next(iter(case.sources.causes), None),
    'initial values': lambda case: inputcauses.of_initial_values(case,
                                                                 case.constants.started)}
BEFORE_VALUES = ('graph', 'formulas', 'op seeds', 'initial values')  # rungs that other initial values explain
UNLIKE_RUNS = ('op seeds', 'feeds', 'initial values')  # rungs of which no run that is made again tells
# Rungs on runs and ops that are given what was recorded: where all of these hold, no op of theirs is a cause.
MADE_AGAIN = ('repeatable', 'kernels', 'first runs', 'every recorded run', 'portable runs', 'float64 runs')


def cause(case: 'Case', broken: list[Rung]) -> causes.Cause | None:
    """The causes.Cause of a regression, or None where nobody knows it. case: a ladder.Case. broken: the rungs
    that failed."""
    names = [rung.name for rung in broken]
    if 'initial values' in names and names[0] in BEFORE_VALUES:
        return PUT_IN['initial values'](case)
    found = causes.of_recording(case.here).causes if names and names[0] not in UNLIKE_RUNS and not set(
        names).isdisjoint(MADE_AGAIN) else []
    return causes.likeliest(found) or _put_in(case, names)


def _put_in(case: 'Case', names: list[str]) -> causes.Cause | None:
    """The first of what was put in otherwise; what is fed late may follow from what a source gave early."""
    found = [item for item in (PUT_IN[name](case) for name in names if name in PUT_IN) if item is not None]
    return min(found, key=lambda item: item.run, default=None)


def lacks(candidate: Recording) -> list[str]:
    """Why no cause is known, of what the check's worker could not have."""
    return [f'the cause in {what} ({why})' for what, why in causes.of_recording(candidate).lacks]

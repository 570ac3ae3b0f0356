"""What --on names, of a subject: refused where its recording has nothing of the kind."""
from legacy.formats.errors import LegacyError
from legacy.judge.seriesbands import Series
from legacy.upgrade.bisection import ON, Looked
from legacy.upgrade.matrix import Outcome
from legacy.upgrade.summary import Measure


class LookingError(LegacyError):
    """There is no such thing to look at. The message is one line."""


def looked(measure: Measure, on: str = 'verdict', scalar: str | None = None) -> Looked:
    """The Looked that is called `on`, as on the command line.

    scalar: of 'loss', see `at_scalars`. Raises LookingError where no row of the measure could answer.
    """
    if on == 'loss':
        return at_scalars(measure, scalar)
    lacks = _lacks(measure, on)
    if lacks:
        raise LookingError(f'--on {on}: {measure.path} has {lacks}')
    return ON[on]


def _lacks(measure: Measure, on: str) -> str:
    """What the recording has not that rows would be asked for, in words; '' if it has all."""
    header = measure.header
    if on == 'seeds':
        return 'the op seeds that were given back, and not those that a release would choose by itself'
    if on == 'kernels' and not any(header['kernels'].values()):
        return 'no op that was asked alone'
    if on == 'history' and not any(kind['fetches'] for kind in header['kinds']):
        return 'nothing that was fetched'
    return 'no graph' if on == 'formula' and not header['graphs'] else ''


def at_scalars(measure: Measure, scalar: str | None = None) -> Looked:
    """The Looked for scalars that leave the band that rounding makes of them.

    scalar: name of a fetch, with or without its ':0', or the line that fetches it, as in train.py:30; all that have a
    band unless given. Raises LookingError if none of that name has one.
    """
    banded = measure.with_band()
    keys = [key for key, series in banded.items() if scalar is None or _is_called(series, scalar)]
    if not keys:
        raise LookingError(f'{measure.path} has no scalar {scalar or "at all"} with a band of rounding' + (
            f'; it has {", ".join(sorted({series.name for series in banded.values()}))}' if banded else ''))

    def outside(outcome: Outcome) -> list[tuple[str, int]]:
        """[(name, time)] of those that left their bands."""
        found = [outcome.summary['bands'].get(key) for key in keys]
        return [(name, time) for name, time in filter(None, found) if time is not None]

    def answer(outcome: Outcome) -> str | None:
        if outside(outcome):
            return 'outside'
        return 'inside' if all(key in outcome.summary['bands'] for key in keys) else None

    def told(before: Outcome, after: Outcome) -> str:
        (name, time), = (outside(after) or outside(before))[:1]
        return f'{answer(after)} after {answer(before)} ({name}, first outside at its time {time})'
    return Looked('loss', f'whether {scalar or "all scalars"} stay{"s" * bool(scalar)} in the band of rounding', answer,
                  told)


def _is_called(series: Series, scalar: str) -> bool:
    return scalar in (series.name, series.fetch, series.fetch.rpartition(':')[0], series.place)

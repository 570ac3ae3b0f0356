"""Scalars that a script fetched, and at which release they leave the band that rounding makes of them."""
from legacy.formats.errors import LegacyError
from legacy.judge.scriptseries import Series
from legacy.upgrade.bisection import Looked
from legacy.upgrade.matrix import Outcome
from legacy.upgrade.scriptsummary import Measure


class ScalarError(LegacyError):
    """No such scalar. The message is one line."""


def looked(measure: Measure, scalar: str | None = None) -> Looked:
    """The Looked of `--on loss`.

    measure: scriptsummary.Measure. scalar: name of a fetch, with or without its ':0', or the line that fetches it, as
    in train.py:30; all that have a band unless given. Raises ScalarError if none of that name has one.
    """
    banded = measure.with_band()
    keys = [key for key, series in banded.items() if scalar is None or _is_called(series, scalar)]
    if not keys:
        raise ScalarError(f'{measure.path} has no scalar {scalar or "at all"} with a band of rounding' + (
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

"""What the five claims have in common: a verdict, a table, and how numbers are said in words."""
import math
import typing
from collections.abc import Callable, Iterable, Sequence

from matplotlib.figure import Figure

from legacy.claims.intervals import IntervalLike
from legacy.formats.values import JsonObject

SUPPORTED, ONLY, NOT = 'supported', 'supported only if', 'not supported'
# what a run starts from
START = {'article': "the article's N(0, 1)", 'He': "He's N(0, 2/n)", 'He, x standardised': "He's with x standardised"}
NETWORK = {'plain': 'without', 'norm': 'with'}


Run = JsonObject  # its numbers
Numbers = JsonObject  # what a claim made of all its runs
Gathered = dict[str, list[Run]]  # by the kind of request


class Verdict(typing.NamedTuple):
    """word: SUPPORTED, ONLY or NOT. sentence: begins with it, and holds the numbers that decided."""
    word: str
    sentence: str


class Table(typing.NamedTuple):
    """heading: one word or two for each column. rows: texts, as many in each."""
    heading: list[str]
    rows: list[list[str]]


class Claim(typing.Protocol):
    """What a module of this package says of its claim."""
    NUMBER: int
    TITLE: str
    VARIED: str
    FIXED: str
    CRITERION: str

    def summarise(self, gathered: Gathered) -> Numbers: ...

    def verdict(self, numbers: Numbers) -> Verdict: ...

    def remark(self, numbers: Numbers) -> str:
        """A sentence about what else was measured, '' if there is none."""

    def table(self, numbers: Numbers) -> Table: ...

    def figure(self, numbers: Numbers) -> Figure: ...


def said(value: float) -> str:
    """Three digits that count; an infinite cost is one that diverged."""
    if math.isinf(value) or math.isnan(value):
        return 'diverged'
    return _short(f'{value:.3g}' if abs(value) < 1000 or abs(value) >= 1e6 else f'{value:.0f}')


def spelled(interval: IntervalLike, infinite: str = 'diverged', say: Callable[[float], str] = said) -> str:
    """'median [low, high]', each as `say` says it."""
    median, low, high = ['-' + infinite if value == -math.inf else infinite if value == math.inf else say(value)
                         for value in (interval['median'], interval['low'], interval['high'])]
    return median if median == low == high else f'{median} [{low}, {high}]'


def listed(words: Iterable[str]) -> str:
    """'a', 'a and b', 'a, b and c'"""
    words = list(words)
    return ' and '.join([', '.join(words[:-1]), words[-1]] if len(words) > 1 else words)


def rate_said(rate: float) -> str:
    return f'{rate:g}' if rate >= 1e-3 else _short(f'{rate:.0e}')


def _short(number: str) -> str:
    return number.replace('e-0', 'e-').replace('e+0', 'e')


def rates_said(rates: Iterable[float], grid: Sequence[float]) -> str:
    """These rates in words; neighbours on the grid as 'a to b'."""
    runs: list[list[float]] = []
    for rate in sorted(rates):
        if runs and grid.index(rate) == grid.index(runs[-1][-1]) + 1:
            runs[-1].append(rate)
        else:
            runs.append([rate])
    return listed(_run_said(run) for run in runs) or 'no rate'


def _run_said(run: list[float]) -> str:
    return f'{rate_said(run[0])} to {rate_said(run[-1])}' if len(run) > 2 else listed(map(rate_said, run))

"""What the five claims have in common: a verdict, a table, and how numbers are said in words."""
import math
import typing

SUPPORTED, ONLY, NOT = 'supported', 'supported only if', 'not supported'
# what a run starts from
START = {'article': "the article's N(0, 1)", 'He': "He's N(0, 2/n)", 'He, x standardised': "He's with x standardised"}
NETWORK = {'plain': 'without', 'norm': 'with'}


class Verdict(typing.NamedTuple):
    """word: SUPPORTED, ONLY or NOT. sentence: begins with it, and holds the numbers that decided."""
    word: str
    sentence: str


class Table(typing.NamedTuple):
    """heading: one word or two for each column. rows: texts, as many in each."""
    heading: list
    rows: list


def said(value):
    """Three digits that count; an infinite cost is one that diverged."""
    if math.isinf(value) or math.isnan(value):
        return 'diverged'
    return _short(f'{value:.3g}' if abs(value) < 1000 or abs(value) >= 1e6 else f'{value:.0f}')


def spelled(interval, infinite='diverged', say=said):
    """'median [low, high]', each as `say` says it."""
    median, low, high = ['-' + infinite if value == -math.inf else infinite if value == math.inf else say(value)
                         for value in (interval['median'], interval['low'], interval['high'])]
    return median if median == low == high else f'{median} [{low}, {high}]'


def listed(words):
    """'a', 'a and b', 'a, b and c'"""
    words = list(words)
    return ' and '.join([', '.join(words[:-1]), words[-1]] if len(words) > 1 else words)


def rate_said(rate):
    return f'{rate:g}' if rate >= 1e-3 else _short(f'{rate:.0e}')


def _short(number):
    return number.replace('e-0', 'e-').replace('e+0', 'e')


def rates_said(rates, grid):
    """These rates in words; neighbours on the grid as 'a to b'."""
    runs = []
    for rate in sorted(rates):
        if runs and grid.index(rate) == grid.index(runs[-1][-1]) + 1:
            runs[-1].append(rate)
        else:
            runs.append([rate])
    return listed(f'{rate_said(run[0])} to {rate_said(run[-1])}' if len(run) > 2 else listed(map(rate_said, run))
                  for run in runs) or 'no rate'

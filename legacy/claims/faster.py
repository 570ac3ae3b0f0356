"""Claim 1: batch normalisation converges faster, even at a small learning rate."""
import math
from collections.abc import Sequence

from matplotlib.figure import Figure

from legacy.claims import picturestyle
from legacy.claims.claim import (
    NETWORK,
    NOT,
    ONLY,
    START,
    SUPPORTED,
    Gathered,
    Numbers,
    Run,
    Table,
    Verdict,
    listed,
    rate_said,
    rates_said,
    spelled,
)
from legacy.claims.intervals import Interval, of_median, sign
from legacy.formats.values import JsonObject

NUMBER, TITLE = 1, 'Faster, even at a small learning rate'
ARTICLES_RATE = 0.001
TARGET = 2 * 8 ** 2  # twice the variance of the noise, which is what a perfect fit would cost
VARIED = ('the learning rate; the initialisation, and whether x is standardised; the seed (noise, order of the '
          'rows, weights)')
FIXED = '250 steps of ten rows, seven layers of 30 units, plain gradient descent at a constant rate, y as it is'
CRITERION = (f'At a rate, the network is faster that takes fewer steps to a cost of {TARGET}; where both take as '
             'many, or neither gets there, the one of lower cost after 246 steps; decided by the sign test over '
             "seeds at 5 %. Supported: faster with batch normalisation at every rate up to the article's "
             f'{ARTICLES_RATE}, from each start. Supported only if: at some.')


def summarise(gathered: Gathered) -> Numbers:
    """{'cells': one for each start and rate, 'target'}."""
    groups: dict[tuple[str, float], list[Run]] = {}
    for run in gathered['convergence']:
        groups.setdefault((run['start'], run['rate']), []).append(run)
    return {'target': TARGET, 'cells': [_cell(*setting, group) for setting, group in groups.items()]}


def _cell(start: str, rate: float, group: list[Run]) -> JsonObject:
    def network(name: str) -> JsonObject:
        steps = [steps_to(run[name]) for run in group]
        return {'cost': of_median([run[name][-1] for run in group]), 'steps': of_median(steps),
                'reached': sum(step < math.inf for step in steps)}
    return {'start': start, 'rate': rate, 'plain': network('plain'), 'norm': network('norm'),
            'slower': sign([_compared(run) for run in group])}


def steps_to(costs: Sequence[float]) -> float:
    """Steps done at the first record at the target or below, infinite if there is none."""
    return next((5 * k + 1 for k, cost in enumerate(costs) if cost <= TARGET), math.inf)


def _compared(run: Run) -> int:
    """-1 where the network with batch normalisation was faster, 1 where it was slower."""
    norm, plain = [(steps_to(costs), math.inf if math.isnan(costs[-1]) else costs[-1])
                   for costs in (run['norm'], run['plain'])]
    return (norm > plain) - (norm < plain)


def by_start(numbers: Numbers) -> dict[str, list[JsonObject]]:
    """{start: its cells by rate}"""
    found: dict[str, list[JsonObject]] = {}
    for cell in numbers['cells']:
        found.setdefault(cell['start'], []).append(cell)
    return found


def verdict(numbers: Numbers) -> Verdict:
    found: list[str] = []
    everywhere: list[str] = []
    somewhere = False
    for start, cells in by_start(numbers).items():
        small = [cell for cell in cells if cell['rate'] <= ARTICLES_RATE]
        faster = [cell['rate'] for cell in small if cell['slower']['high'] < 0]
        slower = [cell['rate'] for cell in small if cell['slower']['low'] > 0]
        found.append(f'from {START[start]} it is {_said(small, faster, slower)}')
        somewhere = somewhere or bool(faster)
        if len(faster) == len(small):
            everywhere.append(START[start])
    if len(everywhere) == len(found):
        return Verdict(SUPPORTED, f'Supported: {"; ".join(found)}.')
    if somewhere:
        condition = f'started from {listed(everywhere)}' if everywhere else 'the rate suits'
        return Verdict(ONLY, f'Supported only if {condition}: {"; ".join(found)}.')
    return Verdict(NOT, f'Not supported: {"; ".join(found)}.')


def _said(small: list[JsonObject], faster: list[float], slower: list[float]) -> str:
    grid, first = [cell['rate'] for cell in small], small[0]
    text = f'faster at {rates_said(faster, grid)}' + (f', slower at {rates_said(slower, grid)}' if slower else '')
    number = first['plain']['cost']['number']
    if min(cell['plain']['cost']['diverged'] for cell in small) == number:
        return f'{text}, since without it all {number} runs diverge'
    return (f'{text} (cost after 246 steps at {rate_said(first["rate"])}: {spelled(first["norm"]["cost"])}, without it '
            f'{spelled(first["plain"]["cost"])})')


def remark(numbers: Numbers) -> str:
    """What each reaches at the best of the rates, by the median."""
    text = []
    for name in picturestyle.NETWORKS:
        best = []
        for start, cells in by_start(numbers).items():
            cell = min(cells, key=lambda cell: cell[name]['cost']['median'])
            cost = cell[name]['cost']
            best.append(f'{START[start]}: ' + ('all diverge' if cost['median'] == math.inf else
                                               f'{spelled(cost)} at {rate_said(cell["rate"])}'))
        text.append(f'{NETWORK[name]} batch normalisation from {", ".join(best)}')
    return f'Cost after 246 steps at the best of the rates: {"; ".join(text)}.'


def table(numbers: Numbers) -> Table:
    rows = []
    for cell in numbers['cells']:
        row = [START[cell['start']], rate_said(cell['rate'])]
        for name in picturestyle.NETWORKS:
            cost, steps = cell[name]['cost'], cell[name]['steps']
            row += [spelled(cost), str(cost['diverged']), f'{spelled(steps, "never")}']
        rows.append([*row, _with_it(cell['slower'])])
    steps = f'steps to {numbers["target"]}'
    return Table(['start', 'rate', 'cost without', 'diverged', steps, 'cost with', 'diverged', steps, 'with it'], rows)


def _with_it(slower: Interval) -> str:
    if slower['high'] < 0:
        return 'faster'
    return 'slower' if slower['low'] > 0 else '?'


def figure(numbers: Numbers) -> Figure:
    """Cost after the training and steps to the target, by rate; a column for each start."""
    columns = by_start(numbers)
    picture = picturestyle.Picture(2, len(columns), TITLE, numbers['cells'][0]['plain']['cost']['number'], sharex=True,
                                   sharey='row')
    picture.axes[0, 0].set(yscale='log', ylim=(50, 3000), ylabel='cost after 246 steps')
    picture.axes[1, 0].set(xscale='log', ylim=(0, 250), ylabel=f'steps to a cost of {numbers["target"]}')
    for k, (start, cells) in enumerate(columns.items()):
        rates, (upper, lower) = [cell['rate'] for cell in cells], picture.axes[:, k]
        for name in picturestyle.NETWORKS:
            picture.band(upper, rates, [cell[name]['cost'] for cell in cells], name)
            picture.band(lower, rates, [cell[name]['steps'] for cell in cells], name)
        picture.count(upper, rates, {name: [cell[name]['cost']['diverged'] for cell in cells]
                                     for name in picturestyle.NETWORKS}, 'diverged' if k == 0 else '')
        upper.set_title(START[start], pad=26, fontsize=10)
        lower.set(xlabel='learning rate', xlim=(rates[0] / 2, rates[-1] * 2))
    picture.legend(picture.axes[1, 0])
    return picture.figure

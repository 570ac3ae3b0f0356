"""Claim 2: batch normalisation allows a large learning rate."""
from matplotlib.figure import Figure

from legacy.claims import faster, picturestyle
from legacy.claims.claim import (
    NETWORK,
    NOT,
    ONLY,
    START,
    SUPPORTED,
    Gathered,
    Numbers,
    Table,
    Verdict,
    listed,
    rate_said,
    spelled,
)
from legacy.claims.faster import ARTICLES_RATE, by_start
from legacy.claims.intervals import Interval, IntervalLike, Share, of_median, share, sign

NUMBER, TITLE = 2, 'A large learning rate'
VARIED = faster.VARIED  # the same runs
FIXED = ('250 steps of ten rows, seven layers of 30 units, plain gradient descent at a constant rate: no decay of '
         'the rate; y as it is')
CRITERION = ('A run has learned if after 246 steps it costs less than the constant that fits all rows best. Each '
             'seed has a largest rate at which it has. Supported: with batch normalisation that rate is the larger '
             'one from each start, by the sign test over seeds at 5 %. Supported only if: from some.')


def summarise(gathered: Gathered) -> Numbers:
    """{'cells': one for each start and rate, 'largest': one for each start}. 0 is below all rates."""
    cells: dict[tuple[str, float], dict[str, list[bool]]] = {}
    largest: dict[str, dict[str, dict[int, float]]] = {}
    for run in gathered['convergence']:
        cell = cells.setdefault((run['start'], run['rate']), {'plain': [], 'norm': []})
        by_seed = largest.setdefault(run['start'], {'plain': {}, 'norm': {}})
        for name in picturestyle.NETWORKS:
            learned = run[name][-1] < run['constant']
            cell[name].append(learned)
            by_seed[name][run['seed']] = max(by_seed[name].get(run['seed'], 0.0), run['rate'] * learned)
    return {'cells': [{'start': start, 'rate': rate,
                       **{name: share(sum(learned), len(learned)) for name, learned in cell.items()}}
                      for (start, rate), cell in cells.items()],
            'largest': [{'start': start,
                         **{name: of_median(by_seed[name].values()) for name in picturestyle.NETWORKS},
                         'larger': sign([by_seed['norm'][seed] - by_seed['plain'][seed] for seed in by_seed['norm']])}
                        for start, by_seed in largest.items()]}


def verdict(numbers: Numbers) -> Verdict:
    larger = [START[row['start']] for row in numbers['largest'] if row['larger']['low'] > 0]
    found = '; '.join(f'from {START[row["start"]]} the largest rate that learns is {_rate(row["norm"])}, without it '
                      f'{_rate(row["plain"])}' for row in numbers['largest'])
    end = _end(numbers)
    if end:
        found += f'; from {rate_said(end)} on nothing learns with it either'
    if len(larger) == len(numbers['largest']):
        return Verdict(SUPPORTED, f'Supported: {found}.')
    if larger:
        return Verdict(ONLY, f'Supported only if started from {listed(larger)}: {found}.')
    return Verdict(NOT, f'Not supported: {found}.')


def _rate(interval: Interval) -> str:
    return spelled(interval, say=lambda rate: rate_said(rate) if rate else 'none')


def _end(numbers: Numbers) -> float | None:
    """The smallest rate from which on nothing learns with batch normalisation, or None."""
    learning = [cell['rate'] for cell in numbers['cells'] if cell['norm']['hits']]
    return min((cell['rate'] for cell in numbers['cells'] if cell['rate'] > max(learning, default=0)), default=None)


def remark(numbers: Numbers) -> str:
    """How much of the article's picture is batch normalisation, how much the initialisation or the scale of x."""
    text = []
    for name in picturestyle.NETWORKS:
        learned = {START[cell['start']]: cell[name]['hits'] for cell in numbers['cells']
                   if cell['rate'] == ARTICLES_RATE}
        each = [f'{hits} from {start}' for start, hits in learned.items()]
        if len(set(learned.values())) == 1:
            each = [f'{min(learned.values())} from each start']
        text.append(f'{NETWORK[name]} batch normalisation {listed(each)}')
    number = numbers['cells'][0]['norm']['number']
    return f"Of {number} runs at the article's rate of {ARTICLES_RATE} there learn: {'; '.join(text)}."


def table(numbers: Numbers) -> Table:
    return Table(['start', 'rate', 'learned without', '95 % interval', 'with', '95 % interval'],
                 [[START[cell['start']], rate_said(cell['rate']),
                   *[text for name in picturestyle.NETWORKS for text in _share(cell[name])]]
                  for cell in numbers['cells']])


def _share(found: Share) -> tuple[str, str]:
    return f'{found["hits"]} of {found["number"]}', f'{found["low"]:.0%} to {found["high"]:.0%}'


def figure(numbers: Numbers) -> Figure:
    """The share of runs that have learned, by rate; a column for each start."""
    columns = by_start(numbers)
    picture = picturestyle.Picture(1, len(columns), TITLE, numbers['cells'][0]['norm']['number'],
                                   "95 % interval of the share (Wilson's)", size=(9, 3.6), sharey=True)
    picture.axes[0, 0].set(ylim=(-0.02, 1.02), ylabel='share of runs that learned')
    for axes, (start, cells) in zip(picture.axes[0], columns.items()):
        axes.set(xscale='log', xlabel='learning rate')
        axes.set_title(START[start], fontsize=10)
        for name in picturestyle.NETWORKS:
            picture.band(axes, [cell['rate'] for cell in cells], [_interval(cell[name]) for cell in cells], name)
    picture.legend_below(picture.axes[0, 0], ncols=2)
    return picture.figure


def _interval(found: Share) -> IntervalLike:
    return {'median': found['hits'] / found['number'], 'low': found['low'], 'high': found['high']}

"""Claim 4: in testing, batch normalisation uses statistics saved in training.

The listing keeps moving averages for that and never uses them. They start from 0, so after n updates a decay d has
reached 1 - d**n of the way.
"""
from matplotlib.figure import Figure

from legacy.claims import picturestyle
from legacy.claims.claim import NOT, ONLY, SUPPORTED, Gathered, Numbers, Run, Table, Verdict, listed, said, spelled
from legacy.claims.intervals import Interval, of_median, ratio
from legacy.formats.values import JsonObject

NUMBER, TITLE = 4, 'Statistics saved in training serve in testing'
LISTINGS_DECAY = 0.5
MARGIN = 1.1
VARIED = ('the decay of the averages; how many rows are evaluated at a time; the seed (noise, order of the rows, '
          'weights)')
FIXED = ("the article's settings otherwise; its averages start from 0, and are moved by its evaluations on all rows "
         'as well, every five steps')
CRITERION = ('At a decay, the saved statistics serve if with them all rows cost less than with the own statistics '
             f'of one row and of ten rows at a time, and at most {MARGIN - 1:.0%} more than with those of all rows '
             'together, by the 95 % intervals of the median ratios over seeds. Supported: at every decay. Supported '
             'only if: at some.')


def summarise(gathered: Gathered) -> Numbers:
    """{'sizes', 'own', 'spread', 'decays', 'difference', 'seeds'}: lists over sizes, or over decays of such."""
    own = sorted(gathered['trained'], key=lambda run: run['seed'])
    sizes = own[0]['sizes']
    by_decay: dict[float, list[Run]] = {}
    for run in sorted(gathered['restored'], key=lambda run: (run['decay'], run['seed'])):
        by_decay.setdefault(run['decay'], []).append(run)
    whole = sizes.index(max(sizes))

    def costs(runs: list[Run], name: str, k: int) -> list[float]:
        return [run[name][k] for run in runs]
    return {'sizes': sizes, 'seeds': len(own),
            'own': [of_median(costs(own, 'own', k)) for k in range(len(sizes))],
            'spread': [max(costs(own, 'spread', k)) for k in range(len(sizes))],
            'decays': [{'decay': decay, 'averages': [of_median(costs(runs, 'averages', k)) for k in range(len(sizes))],
                        'ratios': [ratio(costs(runs, 'averages', k), costs(own, 'own', k)) for k in range(len(sizes))]}
                       for decay, runs in by_decay.items()],
            'whole': whole, 'difference': max(run['difference'] for run in gathered['restored'])}


def serves(numbers: Numbers, row: JsonObject) -> bool:
    """Whether the saved statistics serve at this decay."""
    return all(interval['high'] <= MARGIN if k == numbers['whole'] else interval['high'] < 1
               for k, interval in enumerate(row['ratios']))


def verdict(numbers: Numbers) -> Verdict:
    serving = [f'{row["decay"]:g}' for row in numbers['decays'] if serves(numbers, row)]
    saved = ', '.join(f'{spelled(row["averages"][numbers["whole"]])} with decay {row["decay"]:g}'
                      + (' (the listing)' if row['decay'] == LISTINGS_DECAY else '') for row in numbers['decays'])
    own = ', '.join(map(_own, numbers['sizes'], numbers['own'], numbers['spread']))
    found = f'all rows cost, with saved statistics, {saved}; with their own, as in the listing, {own}'
    if len(serving) == len(numbers['decays']):
        return Verdict(SUPPORTED, f'Supported: {found}.')
    if serving:
        return Verdict(ONLY, f'Supported only if the decay suits ({listed(serving)}, of those tried): {found}.')
    return Verdict(NOT, f'Not supported: {found}.')


def _own(size: int, cost: Interval, spread: float) -> str:
    if size > 1:
        return f'{spelled(cost)} {size} at a time'
    predictions = 'the same prediction for every row' if spread == 0 else f'predictions within {said(spread)}'
    return f'{spelled(cost)} one at a time ({predictions})'


def remark(numbers: Numbers) -> str:
    """What the other process gave."""
    same = 'the same predictions, bit for bit' if numbers['difference'] == 0 else \
        f'predictions that differ by up to {said(numbers["difference"])} of the largest'
    return f'Saved by tf.train.Saver and restored in another process, the averages give {same}.'


def table(numbers: Numbers) -> Table:
    heading = ['normalised with', *[f'{size} at a time' for size in numbers['sizes']], 'over all rows\' own', 'serves']
    rows = [['their own statistics', *map(spelled, numbers['own']), '1', '']]
    for row in numbers['decays']:
        rows.append([f'averages, decay {row["decay"]:g}', *map(spelled, row['averages']),
                     spelled(row['ratios'][numbers['whole']]), 'yes' if serves(numbers, row) else 'no'])
    return Table(heading, rows)


def figure(numbers: Numbers) -> Figure:
    """The cost of both ways, by rows at a time."""
    picture = picturestyle.Picture(1, 1, TITLE, numbers['seeds'], size=(9, 3.8))
    axes = picture.axes[0, 0]
    sizes = numbers['sizes']
    axes.set(xscale='log', yscale='log', xlabel='rows evaluated at a time', ylabel='cost on all rows', ylim=(50, 1e4),
             xticks=sizes, xticklabels=[f'{size}' for size in sizes])
    axes.minorticks_off()
    picture.band(axes, sizes, numbers['own'], 'plain', label='own statistics, as in the listing')
    for row, dash, marker in zip(numbers['decays'], ('-', '--', '-.', ':'), 'o^vD'):
        picture.band(axes, sizes, row['averages'], 'norm', linestyle=dash, marker=marker,
                     label=f'moving averages, decay {row["decay"]:g}: {said(row["averages"][0]["median"])}')
    picture.legend(axes, loc='center left', bbox_to_anchor=(1, 0.5))
    return picture.figure

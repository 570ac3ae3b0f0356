"""Claim 3: batch normalisation generalises better, so that dropout and L2 can go."""
from matplotlib.figure import Figure

from legacy.claims import picturestyle, plan
from legacy.claims.claim import (
    NETWORK,
    NOT,
    ONLY,
    SUPPORTED,
    Gathered,
    Numbers,
    Run,
    Table,
    Verdict,
    rate_said,
    said,
    spelled,
)
from legacy.claims.intervals import Interval, of_median, ratio
from legacy.formats.values import JsonObject

NUMBER, TITLE = 3, 'Generalises better, so that dropout and L2 can go'
MARGIN = 1.1
VARIED = ('batch normalisation; dropout, of {} of the units; L2, with factor {}; the learning rate; the seed (noise, '
          'which rows, their order, weights)').format(
              *[' or '.join(f'{strength:g}' for strength in plan.STRENGTHS[name]) for name in ('dropout', 'L2')])
FIXED = ("{rows} rows trained on for {steps} steps of ten; He's initialisation, since without batch normalisation the "
         "article's trains nowhere; x and y as they are; batch normalisation evaluates with the statistics of the rows "
         'at hand, as in the listing').format(**plan.FEW_ROWS)
Arm = dict[tuple[float, float], list[Run]]  # its runs by strength and rate
CRITERION = ('Rate and strength are those of the lowest median cost on {} rows for validation; compared is the cost on '
             'the rows left, seed by seed, by the 95 % interval of the median ratio. Supported: batch normalisation '
             'alone costs less than the network with nothing (all of the interval below 1), and at most {:.0%} more '
             'than that network with the better of dropout and L2, and than itself with the better of them. Supported '
             'only if: the first alone.').format(plan.FEW_ROWS['validation'], MARGIN - 1)


def summarise(gathered: Gathered) -> Numbers:
    """{'arms': one for each network and regulariser at its chosen rate and strength, 'seeds', 'ratios'}.

    ratios: held-out cost of batch normalisation alone over that of the network with nothing, 'plain'; of the better
    regularised one, 'plain_regularised'; of the better regularised one with batch normalisation, 'norm_regularised'.
    """
    groups: dict[tuple[str, str], Arm] = {}
    for run in gathered['fewrows']:
        arm = groups.setdefault((run['network'], run['regulariser']), {})
        arm.setdefault((run['strength'], run['rate']), []).append(run)
    chosen = {key: min(arm.items(), key=lambda item: _validated(item[1])) for key, arm in groups.items()}
    better = {network: min(('dropout', 'L2'), key=lambda name: _validated(chosen[network, name][1]))
              for network in picturestyle.NETWORKS}
    others = {'plain': ('plain', 'none'), 'plain_regularised': ('plain', better['plain']),
              'norm_regularised': ('norm', better['norm'])}
    alone = _costs(chosen['norm', 'none'][1], 'held_out')
    return {'arms': [_arm(*key, *chosen[key], arm) for key, arm in groups.items()], 'seeds': len(alone),
            'ratios': {name: {'regulariser': other[1], **ratio(alone, _costs(chosen[other][1], 'held_out'))}
                       for name, other in others.items()}}


def _costs(runs: list[Run], part: str) -> list[float]:
    return [run[part] for run in sorted(runs, key=lambda run: run['seed'])]


def _cost(runs: list[Run], part: str) -> Interval:
    return of_median(_costs(runs, part))


def _validated(runs: list[Run]) -> float:
    return _cost(runs, 'validation')['median']


def _arm(network: str, regulariser: str, chosen: tuple[float, float], runs: list[Run], arm: Arm) -> JsonObject:
    by_rate: dict[float, list[tuple[float, float]]] = {}
    for (strength, rate), group in arm.items():
        by_rate.setdefault(rate, []).append((_validated(group), strength))
    return {'network': network, 'regulariser': regulariser, 'strength': chosen[0], 'rate': chosen[1],
            'training': _cost(runs, 'training'), 'held_out': _cost(runs, 'held_out'),
            'gap': of_median([run['held_out'] - run['training'] for run in runs]),
            'by_rate': [{'rate': rate, 'strength': strength, 'held_out': _cost(arm[strength, rate], 'held_out')}
                        for rate, (_, strength) in sorted((rate, min(found)) for rate, found in by_rate.items())]}


def verdict(numbers: Numbers) -> Verdict:
    ratios = numbers['ratios']
    lower = ratios['plain']['high'] < 1
    spared = {name: ratios[name]['high'] <= MARGIN for name in ('plain_regularised', 'norm_regularised')}
    found = _said(numbers)
    if lower and all(spared.values()):
        return Verdict(SUPPORTED, f'Supported: {found}.')
    if lower:
        return Verdict(ONLY, f'Supported only if compared with the network that has neither: {found}.')
    return Verdict(NOT, f'Not supported: {found}.')


def remark(numbers: Numbers) -> str:
    """Whether anything is gained by dropout or L2 beside batch normalisation."""
    ratio = numbers['ratios']['norm_regularised']
    if ratio['high'] <= MARGIN:
        gain = 'are not needed'
    elif ratio['low'] > 1:
        gain = 'help'
    else:
        gain = f'may help or not, which {numbers["seeds"]} seeds do not tell'
    return (f'Beside batch normalisation dropout and L2 {gain}: alone it costs {spelled(ratio)} times as much as with '
            f'the better of them, {ratio["regulariser"]}.')


def _said(numbers: Numbers) -> str:
    arms = {(arm['network'], arm['regulariser']): arm for arm in numbers['arms']}
    ratios = numbers['ratios']
    norm, plain = arms['norm', 'none'], arms['plain', 'none']
    wider = 'wider' if norm['gap']['median'] > plain['gap']['median'] else 'no wider'
    best = arms['plain', ratios['plain_regularised']['regulariser']]
    told = ('' if ratios['plain']['low'] > 1 or ratios['plain']['high'] < 1 else
            f', which {numbers["seeds"]} seeds do not tell from 1')
    return (f'trained on {plan.FEW_ROWS["rows"]} rows, batch normalisation costs {spelled(norm["held_out"])} on '
            f'held-out rows, the network with nothing {spelled(plain["held_out"])} (a ratio of '
            f'{spelled(ratios["plain"])}{told}), with {best["regulariser"]} ({best["strength"]:g}) '
            f'{spelled(best["held_out"])} (a ratio of {spelled(ratios["plain_regularised"])}); its gap to the '
            f'training rows is {wider}, {said(norm["gap"]["median"])} against {said(plain["gap"]["median"])}')


def _name(arm: JsonObject) -> str:
    return NETWORK[arm['network']] + ('' if arm['regulariser'] == 'none' else f', {arm["regulariser"]} '
                                      f'{arm["strength"]:g}')


def table(numbers: Numbers) -> Table:
    return Table(['batch normalisation', 'rate', 'training rows', 'held-out rows', 'gap', 'diverged'],
                 [[_name(arm), rate_said(arm['rate']), spelled(arm['training']), spelled(arm['held_out']),
                   spelled(arm['gap']), str(arm['held_out']['diverged'])] for arm in _ordered(numbers)])


def _ordered(numbers: Numbers) -> list[JsonObject]:
    return sorted(numbers['arms'], key=lambda arm: (arm['network'] == 'norm', list(plan.STRENGTHS).index(
        arm['regulariser'])))


def figure(numbers: Numbers) -> Figure:
    """Left: both costs of each arm. Right: held-out cost by rate."""
    picture = picturestyle.Picture(1, 2, TITLE, numbers['seeds'], size=(9, 4.2))
    left, right = picture.axes[0]
    for y, arm in enumerate(reversed(_ordered(numbers))):
        picture.bars(left, y + 0.12, arm['held_out'], arm['network'])
        picture.bars(left, y - 0.12, arm['training'], arm['network'], markerfacecolor='white')
    left.set(yticks=range(len(numbers['arms'])), yticklabels=[_name(arm) for arm in reversed(_ordered(numbers))],
             ylabel='batch normalisation', xlabel='cost: held-out rows (filled), training rows (hollow)')
    right.set(xscale='log', yscale='log', xlabel='learning rate', ylabel='cost on held-out rows',
              ylim=(60, 1000), xlim=(5e-6, 2))
    dashes = {'none': '-', 'dropout': ':', 'L2': '--'}
    for arm in _ordered(numbers):
        label = NETWORK[arm['network']] + ('' if arm['regulariser'] == 'none' else f', {arm["regulariser"]}')
        picture.band(right, [row['rate'] for row in arm['by_rate']], [row['held_out'] for row in arm['by_rate']],
                     arm['network'], linestyle=dashes[arm['regulariser']], label=label)
    picture.legend(right)
    return picture.figure

"""Claim 5: scale and shift can restore the original distribution."""
from matplotlib.figure import Figure

from legacy.claims import picturestyle
from legacy.claims.claim import NOT, ONLY, START, SUPPORTED, Gathered, Numbers, Run, Table, Verdict, said
from legacy.claims.intervals import of_median

NUMBER, TITLE = 5, 'Scale and shift can restore the original distribution'
RESTORED, OFF = 1e-4, 0.01
STATES = {'batch': 'set to this batch', 'others': 'set to another batch',
          'saved': 'set to another batch, whose statistics normalise',
          'trained': "as trained by the article's settings", 'untrained': 'untrained (1 and 0)'}
NETWORKS = {name: f'network_{name}' for name in ('batch', 'others', 'saved')}
VARIED = 'the initialisation; the batch of ten rows; the seed (noise, order of the rows, weights)'
FIXED = ("the article's settings otherwise; whether training leads to such scale and shift is measured for the "
         "article's alone")
CRITERION = (f"An input is restored where a layer's output is within {RESTORED} of it, relative to the input's "
             'deviation, in the worst layer of the worst seed. Supported: restored for the batch that scale and '
             f'shift are set to, and for other batches within {OFF}. Supported only if: for that batch.')


def summarise(gathered: Gathered) -> Numbers:
    """{'states': one for each initialisation and state, 'networks': one for each initialisation, 'seeds'}."""
    by_initialisation: dict[str, list[Run]] = {}
    for run in gathered['recovery']:
        by_initialisation.setdefault(run['initialisation'], []).append(run)
    states, networks = [], []
    for initialisation, runs in by_initialisation.items():
        for state in STATES:
            layers = list(zip(*[run[state] for run in runs]))
            states.append({'initialisation': initialisation, 'state': state, 'largest': max(map(max, layers)),
                           'layers': [of_median(layer) for layer in layers]})
        networks.append({'initialisation': initialisation,
                         **{name: of_median([run[key] for run in runs]) for name, key in NETWORKS.items()}})
    return {'states': states, 'networks': networks, 'seeds': len(runs)}


def verdict(numbers: Numbers) -> Verdict:
    worst = {state: max(row['largest'] for row in numbers['states'] if row['state'] == state) for state in STATES}
    network = {name: max(row[name]['median'] for row in numbers['networks']) for name in NETWORKS}
    trained = min(min(layer['median'] for layer in row['layers']) for row in numbers['states']
                  if row['state'] == 'trained')
    found = (f'with scale and shift set to the deviation and mean of a batch, every layer gives back its input within '
             f'{said(worst["batch"])} of its deviation for that batch, {said(worst["others"])} for others, '
             f"{said(worst['saved'])} for others normalised with the first one's statistics; the predictions are then "
             f'those of the network without batch normalisation within {said(network["batch"])}, '
             f'{said(network["others"])} and {said(network["saved"])}; the article\'s own training leaves every layer '
             f'{said(trained)} or more away')
    if worst['batch'] <= RESTORED and worst['others'] <= OFF:
        return Verdict(SUPPORTED, f'Supported: {found}.')
    if worst['batch'] <= RESTORED:
        return Verdict(ONLY, f'Supported only if the statistics are those that both were set to: {found}.')
    return Verdict(NOT, f'Not supported: {found}.')


def remark(numbers: Numbers) -> str:
    return ''


def table(numbers: Numbers) -> Table:
    layers = len(numbers['states'][0]['layers'])
    return Table(['initialisation', 'scale and shift', 'input', *[f'layer {k}' for k in range(1, layers)], 'worst run'],
                 [[START[row['initialisation']], STATES[row['state']],
                   *[said(layer['median']) for layer in row['layers']], said(row['largest'])]
                  for row in numbers['states']])


def figure(numbers: Numbers) -> Figure:
    """How far each layer's output is from its input; a column for each initialisation."""
    initialisations = list(dict.fromkeys(row['initialisation'] for row in numbers['states']))
    picture = picturestyle.Picture(1, len(initialisations), TITLE, numbers['seeds'], size=(9, 4.4), sharey=True)
    styles = dict(zip(STATES, (('norm', 'o', '-'), ('norm', '^', '--'), ('norm', 'v', ':'), ('plain', 's', '-'),
                               ('plain', 'D', ':'))))
    picture.axes[0, 0].set(yscale='log', ylim=(1e-8, 1e1), ylabel="output less input, over the input's deviation")
    for axes, initialisation in zip(picture.axes[0], initialisations):
        for row in numbers['states']:
            if row['initialisation'] == initialisation:
                network, marker, dash = styles[row['state']]
                picture.band(axes, range(len(row['layers'])), row['layers'], network, marker=marker, linestyle=dash,
                             label=STATES[row['state']])
        axes.set(xlabel='layer', xticks=range(len(row['layers'])), xticklabels=['input', *range(1, len(row['layers']))])
        axes.set_title(START[initialisation], fontsize=10)
    picture.legend_below(picture.axes[0, 0], ncols=3, title='scale and shift (at the lower edge: 0)', title_fontsize=8)
    return picture.figure

"""The runs of a script as it went, against the runs that were recorded: what it fed, in which order, what came out."""
import numpy as np

from legacy.judge import units
from legacy.judge.findings import Finding, bits

COUNTED = 1e-5  # relative: where noise moves a series by more or not at all, it counts something, as an accuracy does


def runs(recorded, candidate):
    """Finding: the runs that train are the same, in the same order."""
    there, here = recorded.recording, candidate
    expected = [number for number in there.runs.tolist() if there.kinds[number]['trains']]
    obtained = [here.kinds[number]['matched'] for number in here.runs.tolist() if here.kinds[number]['trains']]
    said = f'{len(here.runs)} runs (recorded: {len(there.runs)}), {len(obtained)} of them train'
    if expected == obtained:
        return Finding('', True, said, 0.0, 0, compared=len(obtained), expected=len(expected))
    k = next((k for k, pair in enumerate(zip(expected, obtained)) if pair[0] != pair[1]),
             min(len(expected), len(obtained)))
    place = there.kinds[expected[k]]['place'] if k < len(expected) else 'after the last'
    text = f'{said}; training run {k} of {len(expected)} ({place}) is ' + (
        'missing' if k >= len(obtained) else 'another'
        if k < len(expected) else 'one more') + '; from there on nothing can be compared'
    return Finding('', None if 'runs' in there.header['varying'] else False, text, float('inf'), 0, None, None, k,
                   len(expected))


def matched(recorded, candidate):
    """[(kind of the recording, kind here)]"""
    return [(kind['matched'], k) for k, kind in enumerate(candidate.kinds) if kind['matched'] >= 0]


def feeds(recorded, candidate):
    """Finding: what the script feeds, run by run, bit for bit, where it does not follow from results."""
    there, here, compared, first = recorded.recording, candidate, 0, None
    varying = set(there.header['varying'])
    for k, j in matched(recorded, candidate):
        ours, theirs = there.arrays[f'kinds/{k}/feeds'], here.arrays[f'kinds/{j}/feeds']
        names = there.kinds[k]['feeds']
        times = min(len(ours), len(theirs))
        for column, name in enumerate(names):
            if f'feed {name} of kind {k}' in varying:
                continue
            compared += times
            off = np.flatnonzero(ours[:times, column] != theirs[:times, column])
            if len(off):
                run = int(np.flatnonzero(there.runs == k)[off[0]])
                if first is None or run < first[0]:
                    first = run, f'{name} of run {run} ({there.kinds[k]["place"]}) is another'
    said = f'{compared} arrays'
    left_out = [name for name in varying if name.startswith('feed ')]
    said += f'; {len(left_out)} feeds follow from results and are not compared' if left_out else ''
    if first:
        return Finding('', False, f'{first[1]}; {said}', float('inf'), 0, compared=compared, expected=compared)
    return Finding('', True, f'{said}, the same bits', 0.0, 0, compared=compared, expected=compared)


def variables(recorded, candidate):
    """Finding: the variables that were given a value, by name, dtype and shape."""
    expected, obtained = ({(item['graph'], item['name']): item['noted'][1:3] for item in side.header['initial']}
                          for side in (recorded.recording, candidate))
    ops = sum(len(table.nodes) for table in recorded.tables.values())
    here = candidate.header['graphs']
    for key, noted in expected.items():
        if obtained.get(key) != noted:
            found = '{} {}'.format(*obtained[key]) if key in obtained else 'missing'
            return Finding('', False, f'{key[1]} of graph {key[0]} is {found}, expected {noted[0]} {noted[1]}',
                           compared=len(obtained), expected=len(expected))
    more = len(set(obtained) - set(expected))
    return Finding('', True, f'{len(expected)} variables' + (f' and {more} more here' if more else '')
                   + f' in {here} graphs ({ops} nodes recorded)', compared=len(expected), expected=len(expected))


def op_seeds(recorded, candidate):
    """Finding: every random op asked for its seed in the recorded order."""
    seeds = candidate.header['seeds']
    expected = len(recorded.recording.header['seeds']['calls'])
    if seeds['unexpected']:
        return Finding('', False, seeds['unexpected'][0])
    unused = seeds['unused']
    text = f'{expected - unused} of {expected} seeds given back'
    return Finding('', not unused, text, compared=expected - unused, expected=expected)


def seeds_noted(recorded, candidate):
    """Finding on two recordings made by themselves: the seeds of every call, in order."""
    expected, obtained = ([(call['function'], call['graph_seed'], call['op_seed'])
                           for call in side.header['seeds']['calls']] for side in (recorded.recording, candidate))
    k = next((k for k, pair in enumerate(zip(expected, obtained)) if pair[0] != pair[1]), None)
    if k is None and len(expected) == len(obtained):
        return Finding('', True, f'{len(expected)} calls, the same seeds', compared=len(expected),
                       expected=len(expected))
    k = min(len(expected), len(obtained)) if k is None else k
    ours, theirs = (calls[k] if k < len(calls) else 'no call' for calls in (expected, obtained))
    return Finding('', False, f'call {k + 1} is {theirs}, expected {ours}', compared=k, expected=len(expected))


def initial_values(recorded, candidate):
    """Finding: every variable's first value, bit for bit, where it does not follow from results."""
    here = {(item['graph'], item['name']): item['noted'] for item in candidate.header['initial']}
    varying, compared, wrong = set(recorded.recording.header['varying']), 0, []
    for item in recorded.recording.header['initial']:
        if f'variable {item["name"]} of graph {item["graph"]}' in varying:
            continue
        noted = here.get((item['graph'], item['name']))
        compared += 1
        if noted is None or noted[3] != item['noted'][3]:
            wrong.append((item['name'], recorded.recording.content(item['noted']),
                          None if noted is None else candidate.content(noted)))
    if not wrong:
        return Finding('', True, f'{compared} variables bit-identical', 0.0, 0, 0.0, None, compared, compared)
    found = bits('', wrong)
    first = found.text if not found.passed else f'{wrong[0][0]} differs'
    return Finding('', False, f'{first}; {len(wrong)} of {compared} variables differ', float('inf'), 0, None,
                   found.first, compared, compared)


# ---- the free run

def free_run(recorded, candidate):
    """Finding: the scalars that the script fetched, inside the band that noise in the last place makes of them."""
    judged = banded(recorded, candidate)
    shares = [(name, share) for name, share in judged.values() if share is not None and len(share)]
    left = [(name, left_at(share)) for name, share in shares if left_at(share) is not None]
    others, compared = len(judged) - len(shares), sum(len(share) for _, share in shares)
    if not judged:
        return Finding('', True, 'nothing to compare: the script fetched no scalars', compared=0, expected=0)
    if len(recorded.recording.noisy()) < 2:
        return Finding('', None, 'the recording has no whole runs with noise')
    if not shares:
        return Finding('', True, f'nothing to compare: no series that noise moves, {others} others', compared=0,
                       expected=0)
    name, share = max(shares, key=lambda item: item[1].max())
    text = f'{compared} values; {name} at its time {share.argmax()}: {share.max():.2g} of the noisy runs\' spread'
    text += f'; outside: {left[0][0]}, first at its time {left[0][1]}' if left else ''
    text += f'; {others} series that noise does not move, or that are not everywhere: not judged' if others else ''
    return Finding('', not left, text, float(share.max()), units.LIMIT, None, None, compared, compared)


def banded(recorded, candidate):
    """{(kind, fetch): (name, how far it is at each time)} of all series of the recording: floats (times,), or None
    where noise makes no band or the series is not here.

    At each time the unit is the root mean square of how far the noisy runs were from the recorded one, or the noise
    floor of a run made again if that is more, at this time or an earlier one: what has parted does not come together
    again.
    """
    noisy, here = recorded.recording.noisy(), candidate.series()
    places, found = dict(matched(recorded, candidate)), {}
    for (k, j), values in sorted(recorded.recording.series().items()):
        spread = _spread(values, [run[k, j] for run in noisy if (k, j) in run], _floors(recorded, k, j))
        theirs, share = here.get((places.get(k, -1), j)), None
        if spread is not None and theirs is not None:
            times = min(len(values), len(theirs), len(spread))
            off = _distance(values[:times], theirs[:times])
            share = np.where(off == 0, 0, off / np.maximum(spread[:times], _rounding(values[:times])))
        found[k, j] = series_name(recorded, k, j), share
    return found


def left_at(share):
    """The first time at which a series of `banded` is outside its band, or None."""
    late = np.flatnonzero(~(share <= units.LIMIT))
    return int(late[0]) if len(late) else None


def series_name(recorded, k, j):
    kind = recorded.recording.kinds[k]
    return f'{kind["fetches"][j]} ({kind["place"]})'


def _floors(recorded, k, j):
    """{time: noise floor} of a fetch, at the times of its kind that were made again."""
    kind, found = recorded.recording.kinds[k], {}
    for step in recorded.steps:
        if step['kind'] == k and step['floor']:
            found[recorded.recording.time(step)] = step['floor']['fetched'].get(kind['fetches'][j], 0.0)
    return found


def _spread(values, noisy, floors):
    """Floats (times,), or None where there is no band: too few runs, or a series that counts."""
    noisy = [run for run in noisy if run.shape[1:] == values.shape[1:]]
    if len(noisy) < 2 or not len(values):
        return None
    times = min([len(values)] + [len(run) for run in noisy])
    off = np.stack([_distance(values[:times], run[:times]) for run in noisy])
    moved = off[off > 0] / max(float(np.abs(np.nan_to_num(values[:times], posinf=0, neginf=0)).max()), 1e-300)
    if not len(moved) or moved.min() > COUNTED:
        return None
    spread = np.sqrt(np.mean(np.square(off), axis=0))
    for time, floor in floors.items():
        if time < times:
            spread[time] = max(spread[time], floor)
    return np.maximum.accumulate(spread)


def _distance(a, b):
    """How far each of the values is off: (times,); infinite where only one is finite."""
    a, b = (np.asarray(values, 'f8').reshape(len(values), -1) for values in (a, b))
    both = np.isfinite(a) & np.isfinite(b)
    off = np.sqrt(np.sum(np.square(np.where(both, b, 0) - np.where(both, a, 0)), axis=1))
    return np.where((np.isfinite(a) == np.isfinite(b)).all(axis=1), off, np.inf)


def _rounding(values):
    """Half a unit in the last place of float32, of each value."""
    values = np.nan_to_num(np.asarray(values, 'f8').reshape(len(values), -1), posinf=0, neginf=0)
    return np.maximum(2.0 ** -24 * np.linalg.norm(values, axis=1), np.finfo('f4').tiny)

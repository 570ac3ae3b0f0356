"""Tables of the manual from `legacy/data/power.json`, what `check --power --json` said."""
import collections
import json

from tests.conftest import DATA


def _power():
    return json.loads((DATA / 'power.json').read_text(encoding='utf-8'))


def ops():
    """(heading, rows): the smallest error that is seen, for each op type of a training step."""
    found = _power()['ops']
    modes = list(found[0]['smallest'])
    return ('op type', 'role', 'ops:', *[f'{mode}:' for mode in modes], 'one ulp everywhere, portable'), [
        (item['op_type'], item['role'], item['ops'], *[_size(*item['smallest'][mode]) for mode in modes],
         {True: 'seen', False: 'not seen', None: 'undecided'}[item['one_ulp']]) for item in found]


def _size(size, rung):
    return 'not seen' if size is None else f'{size:.0e}, {rung}'


def faults():
    """How many faults in the port are regressions, by rung; how many changes that must not matter raise no alarm."""
    found = _power()
    rungs = collections.Counter(item['rung'] for item in found['wiring'] if item['verdict'] == 'regression')
    seen = ', '.join(f'*{rung}* ({number})' for rung, number in rungs.most_common())
    missed = [item['fault'] for item in found['wiring'] if item['verdict'] != 'regression']
    quiet = [item['change'] for item in found['quiet'] if not item['rung']]
    alarms = [item['change'] for item in found['quiet'] if item['rung']]
    return (f'Of {len(found["wiring"])} faults in the source of the port {rungs.total()} are a regression, first seen '
            f'at the rung {seen}; missed: {", ".join(missed) or "none"}. Of {len(found["quiet"])} changes that must '
            f'not matter {len(quiet)} raise no alarm ({", ".join(quiet)}); false alarms: '
            f'{", ".join(alarms) or "none"}.')

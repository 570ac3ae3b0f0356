"""A recording with a whole run, made of one that has none: no TensorFlow."""
import copy

from legacy.formats import recordings, wholerun
from legacy.formats.recordings import Recording
from tests.conftest import ROOT

RECORDED = ROOT / 'tests' / 'scripts' / 'recordings' / 'vae.npz'


def with_whole():
    """A Recording whose whole run is its own run, to be changed: header and arrays are nobody else's."""
    there = recordings.load(str(RECORDED))
    arrays = {name: there.arrays[name] for name in there.arrays}
    arrays.update((wholerun.PREFIX + name, array.copy()) for name, array in list(arrays.items())
                  if name.partition('/')[0] in wholerun.ARRAYS)
    header = copy.deepcopy(dict(there.header))
    header['whole'] = {
        'kinds': [{key: kind[key] for key in wholerun.KIND} for kind in header['kinds']],
        'last': [{'session': 0, 'name': item['name'], 'digest': item['noted'].digest} for item in header['initial']],
        'not_pinned': [], 'varying': [], 'fault': ''}
    return Recording(header, arrays)


def fetched(recording):
    """(kind, its array of digests) of the whole run's first kind that fetches something."""
    k = next(k for k, kind in enumerate(recording.header['whole']['kinds']) if kind['fetches'])
    return k, recording.arrays[f'whole/kinds/{k}/fetched']

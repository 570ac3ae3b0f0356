"""Which runs of a script are the steps of another recording of it. Runs on Python 3.6."""
import collections
import functools
from typing import TYPE_CHECKING, Callable, Dict, List, NamedTuple, Optional, Tuple

import numpy as np

from legacy.formats import dtypes, runkinds
from legacy.formats.recordings import Recording
from legacy.formats.runkinds import Identity
from legacy.formats.values import Array, JsonObject
from legacy.shim import tf

if TYPE_CHECKING:
    from legacy.worker.scripts.kinds import Kind

# Of what a tensor is fed, as it is noted.
Given = NamedTuple('Given', [('dtype', str), ('shape', Tuple[int, ...])])


class Like(object):
    """Which runs to choose: those that are steps of another recording of the script.

    baseline: None for no run at all. matched: {number of a kind here: that of the baseline's kind}. names: of each of
    these kinds {name in the baseline: name here}.
    """

    def __init__(self, baseline: Optional[Recording] = None) -> None:
        self.matched: Dict[int, int] = {}
        self.names: Dict[int, Dict[str, str]] = {}
        self.baseline = baseline
        self._kinds = baseline.kinds if baseline else []
        self._steps = baseline.header['steps'] if baseline else []
        # {kind of the baseline: {time: number of the step}}
        self._times: Dict[int, Dict[int, int]] = collections.defaultdict(dict)
        if baseline:
            for number, step in enumerate(baseline.header['steps']):
                self._times[step['kind']][baseline.time(step)] = number

    def match(self, number: int, identity: Identity, kind: 'Kind', place: str) -> None:
        """Find the baseline's kind that this one is: by names, or by the line that asks and how much it asks for."""
        free = [k for k in range(len(self._kinds)) if k not in self.matched.values()]
        rules: Tuple[Callable[[JsonObject], bool], ...] = (
            lambda other: runkinds.of_header(other) == identity,
            lambda other: (other['graph'], other['place'], other['trains'], len(other['targets']),
                           len(other['fetches']), len(other['feeds']))
            == (identity.graph, place, kind.trains, len(kind.targets), len(kind.fetches), len(kind.feeds)))
        for key in rules:
            found = [k for k in free if key(self._kinds[k])]
            if found:
                self.matched[number] = found[0]
                self.names[number] = renamed(self._kinds[found[0]], kind, self._given(found[0]))
                return

    def _given(self, number: int) -> Dict[str, Given]:
        """What the tensors of a baseline's kind were fed, as far as a step has it."""
        fed: JsonObject = next((step['fed'] for step in self._steps if step['kind'] == number), {})
        return {name: Given(noted.dtype, noted.shape) for name, noted in fed.items()}

    def step(self, number: int, time: int) -> Optional[int]:
        """The number of the step that a kind's run at this time is, or None."""
        return self._times[self.matched[number]].get(time) if number in self.matched else None

    def places(self, number: int, time: int) -> Dict[str, Array]:
        """{variable here: int64 array}: where the samples of that step are taken from."""
        position, names = self.step(number, time), self.names[number]
        assert self.baseline is not None and position is not None
        step = self._steps[position]
        return {names[name]: self.baseline.arrays[noted.content] for name, noted in step['places'].items()
                if name in names}


def renamed(theirs: JsonObject, ours: 'Kind', given: Optional[Dict[str, Given]] = None) -> Dict[str, str]:
    """{name in the baseline's kind: name in this Kind}: the same where there is one, the others in the order in which
    they are asked for if there are as many.

    given: what the baseline's runs were fed. Releases number placeholders otherwise, so
    that a name may be that of another one: it is not where the placeholder cannot take what was fed.
    """
    names: Dict[str, str] = {}
    given = given or {}
    here = {'asked': ours.asked, 'feeds': ours.feeds, 'sources': [tensor.name for tensor in ours.sources],
            'variables': list(ours.variables)}
    for key, found in here.items():
        fits = functools.partial(_takes, ours, given if key == 'feeds' else {})
        same = [name for name in theirs[key] if name in found and fits(name, name)]
        names.update((name, name) for name in same)
        left = [name for name in theirs[key] if name not in same]
        right = [name for name in found if name not in same]
        names.update(_in_order(left, right, fits))
    return names


def _in_order(left: List[str], right: List[str], fits: Callable[[str, str], bool]) -> Dict[str, str]:
    """{name: the first of the others, in their order, that fits it and is not taken}; none where they are not as many,
    or one finds none."""
    found: Dict[str, str] = {}
    free = list(right)
    for name in left if len(left) == len(right) else ():
        other = next((other for other in free if fits(name, other)), None)
        if other is None:
            return {}
        free.remove(other)
        found[name] = other
    return found


def _takes(kind: 'Kind', given: Dict[str, Given], name: str, here: str) -> bool:
    """Whether a tensor of a Kind can be fed what the baseline's tensor was fed, as far as that is known."""
    if name not in given:
        return True
    tensor, (dtype, shape) = kind.graph.get_tensor_by_name(here), given[name]
    own = tensor.dtype.base_dtype
    if own in (tf.string, tf.bfloat16) or dtype in (dtypes.TEXT, dtypes.BFLOAT16):
        fits = {tf.string: dtypes.TEXT, tf.bfloat16: dtypes.BFLOAT16}.get(own) == dtype
    else:
        fits = np.dtype(own.as_numpy_dtype) == np.dtype(dtype)
    return fits and tensor.get_shape().is_compatible_with(shape)

"""A causes.Cause in words: the one room that makes sentences of causes."""
from legacy.formats.causes import Cause
from legacy.judge.findings import listed
from legacy.judge.formulas import differences

FEW = 4  # things that a sentence names
WAYS = {'missing': 'nothing is given here', 'unseen': 'other elements than those of the sample',
        'reordered': 'the same values in another order',
        'fused': 'a release may make one op of the shuffle and the repeat at {}, as 1.15 does, which draws another '
                 'order from the same seeds',
        'parallel': 'the map at {} makes several calls at once, and draws random numbers: which element gets which is '
                    'up to threads, unless num_parallel_calls is 1'}


def in_words(item: Cause) -> str:
    """A Cause as a line."""
    return f'the cause: {said(item)}{_edited(item)}'


def _edited(item: Cause) -> str:
    """Which lines somebody has edited since the script was recorded, unless the cause is one of them."""
    if not item.edited or {item.line, *item.callers} & set(item.edited):
        return ''
    return f'; edited since it was recorded: {listed(item.edited, FEW)}'


def said(item: Cause) -> str:
    """What is otherwise, where, and how."""
    if item.what == 'initial value':
        named = [f'{name} ({place})' if place else name for name, place in item.tensors]
        return f'other initial values of {listed(named, FEW)}'
    if item.what in ('source', 'feed', 'seed'):
        return '; '.join([_put_in(item), *[WAYS[way].format(line) for way, line in item.ways]])
    where = place(item)
    if item.what == 'kernel' and item.values:
        behind = any(way == 'behind' for way, _ in item.ways)
        return f'{"a loop or condition before " * behind}{item.types[0]}{where} rounds otherwise'
    if item.what == 'kernel':
        return f'the kernel of {item.types[0]}{where}: {_gives(item)}'
    what = 'the update' if item.part == 'update' else _ops(item)
    if item.part == 'gradient':
        what = f'the gradient of {", ".join(item.of) or "several ops"}'
    return f'{what}{where}: {"; ".join(differences(item, "recorded", "")[:FEW])}'


def _put_in(item: Cause) -> str:
    """Which source, feed or seed is another, from which run on, with both values."""
    where = place(item)
    apart = '; '.join(f'{what} is {here}, recorded {there}' for what, there, here in item.values[:FEW])
    if item.what == 'seed':
        return f'the seed of {item.types[0]}{where}: {apart}'
    if item.what == 'source':
        return f'{(item.types or [item.op])[0]}{where} gives something else from run {item.run} on' + (
            f': {apart}' * bool(apart))
    off = f', {item.size:.2g} of its norm off' if item.size is not None else ''
    return f'{item.op}, fed{where}, is another, first in run {item.run}{off}' + f': {apart}' * bool(apart)


def place(item: Cause) -> str:
    """' at train.py:12, called from train.py:40'; '' where no line is known."""
    if not item.line:
        return ''
    moved = f' (recorded: {item.recorded_line})' if item.recorded_line not in ('', item.line) else ''
    called = f', called from {", ".join(reversed(item.callers))}' if item.callers else ''
    return f' at {item.line}{moved}{called}'


def _ops(item: Cause) -> str:
    """The op types that are others; of a line in which none is, those that depart."""
    own = list(dict.fromkeys([op_type for op_type, *_ in [*item.attributes, *item.constants]]))
    return ', '.join((own if not (item.there or item.here) else item.types)[:FEW] or item.types[:FEW]) or 'ops'


def _gives(item: Cause) -> str:
    """What a kernel gives otherwise. Of most whole numbers nobody knows which side is right."""
    if item.size is not None and item.off_there is None:
        return f'of the same inputs {float(f"{100 * item.size:.2g}"):g} % of its whole numbers are others here'
    there, here = _far(item.off_there, 'the exact result'), _far(item.off_here, 'it')
    return f'of the same inputs it gave {there}, and here {here}'


def _far(off: float | None, exact: str) -> str:
    if off is None or off == float('inf'):
        return f'numbers where {exact} is none, or none where it is one'
    return f'what is {off:.1e} from {exact}' if off else f'what is equal to {exact}'

"""The one cause of a regression: of what the check's worker found by experiment, and of what was put in."""
from legacy.formats import causes
from legacy.judge.findings import listed
from legacy.judge.scriptruns import initial_values

PUT_IN = {'op seeds': 'seed', 'feeds': 'feed', 'initial values': 'initial value'}  # {rung: what it is about}
FEW = 4  # things that a sentence names


def cause(recorded, candidate, broken, rounding=()):
    """The causes.Cause of a regression, or None where nobody knows it. broken: [asking.Rung] that failed. rounding: see
    `scriptruns.initial_values`."""
    names = [rung.name for rung in broken]
    if 'initial values' in names and names[0] in ('graph', 'formulas', 'op seeds', 'initial values'):
        return _of_initial_values(recorded, candidate, rounding)
    found = causes.of_recording(candidate).causes if names and names[0] not in PUT_IN else []
    return min(found, key=lambda item: (item.what != 'formula', item.step), default=None)


def lacks(candidate):
    """[str]: why no cause is known, of what the check's worker could not have."""
    return [f'the cause in {what} ({why})' for what, why in causes.of_recording(candidate).lacks]


def _of_initial_values(recorded, candidate, rounding):
    """The Cause that some variables start from other values: the line that makes the first of them."""
    if initial_values(recorded, candidate, rounding).passed is not False:
        return None
    view, here, found = recorded.view(candidate), {}, {}
    for item in candidate.header['initial']:
        here[item['graph'], item['name']] = item['noted'][3]
    for item in recorded.recording.header['initial']:
        key = item['graph'], item['name']
        if here.get(key) != item['noted'][3] and key not in rounding and recorded.varies_since(
                'variable', -1, *key) is None:
            node = view.node(*key) or recorded.node(*key)
            found.setdefault(node.line if node else '', []).append(item['name'])
    line = next(iter(found), '')
    table = view.tables.get(0)
    return causes.cause('initial value', line, text=table.lines.get(line, ('', ''))[1] if table else '',
                        tensors=[[name, place] for place, names in found.items() for name in names])


# ---- in words

def in_words(item):
    """A Cause as a line."""
    return f'the cause: {_said(item)}{_edited(item)}'


def _edited(item):
    """Which lines somebody has edited since the script was recorded, unless the cause is one of them."""
    if not item.edited or {item.line, *item.callers} & set(item.edited):
        return ''
    return f'; edited since it was recorded: {listed(item.edited, FEW)}'


def _said(item):
    if item.what == 'initial value':
        named = [f'{name} ({place})' if place else name for name, place in item.tensors]
        return f'other initial values of {listed(named, FEW)}'
    where = place(item)
    if item.what == 'kernel':
        return (f'the kernel of {item.types[0]}{where}: of the same inputs it gave what is {_far(item.off_there)} the '
                f'exact result, and here what is {_far(item.off_here)} it')
    what = 'the update' if item.part == 'update' else _ops(item)
    if item.part == 'gradient':
        what = f'the gradient of {", ".join(item.of) or "several ops"}'
    return f'{what}{where}: {"; ".join(differences(item))}'


def place(item):
    """' at train.py:12, called from train.py:40'; '' where no line is known."""
    if not item.line:
        return ''
    moved = f' (recorded: {item.recorded_line})' if item.recorded_line not in ('', item.line) else ''
    called = f', called from {", ".join(reversed(item.callers))}' if item.callers else ''
    return f' at {item.line}{moved}{called}'


def _ops(item):
    """The op types that are others; of a line in which none is, those that depart."""
    own = list(dict.fromkeys([op_type for op_type, *_ in [*item.attributes, *item.constants]]))
    return ', '.join((own if not (item.there or item.here) else item.types)[:FEW] or item.types[:FEW]) or 'ops'


def differences(item):
    """[what is otherwise in a formula, in words], the likeliest first."""
    said = [f'{name} of {op_type} is {_values(here)}, recorded {_values(there)}'
            for op_type, name, there, here in item.attributes]
    said += [f'the constant of {op_type} is {_values(here)}, recorded {_values(there)}'
             for op_type, there, here in item.constants]
    if item.there or item.here:
        said.insert(0, f'{_counted(item.there)} recorded, {_counted(item.here)} here')
    return said[:FEW] or ['the same ops, joined otherwise']


def _values(values):
    return ' and '.join(dict.fromkeys(str(value) for value in values)) or 'none'


def _counted(ops):
    return ', '.join(f'{count} {op}' if count > 1 else op for op, count in ops.items()) or 'nothing'


def _far(off):
    if off is None or off == float('inf'):
        return 'not finite as'
    return f'{off:.1e} from' if off else 'equal to'

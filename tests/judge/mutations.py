"""Recordings with one thing changed, by which a check is tested: each must be seen (`mutationchecks`).

A mutant is a recording with one item dropped, changed, made NaN, made infinite, off by half, or off by one unit in the
last place. It takes the candidate's place, or the recording's, against the recording as it is.
"""
import typing

import numpy as np

from legacy.formats import dtypes, graphtable, recordings, stored

SIDES = ('candidate', 'recording')
ULP = 'off by one ulp'

# (side, start of the group, change or None for each) of mutants that nobody sees, and why nobody need.
EXCEPTIONS = [
    ('recording', 'floor of', 'off by half', 'with a wider limit one unit in the last place still passes'),
    ('recording', 'state that was', 'changed', 'steady or not, its band is at least that of rounding, and it is in it'),
    ('recording', 'first value', 'dropped', 'what it is before the first kept run is asked by "state"'),
    ('recording', 'series of a run with noise', None, 'the other runs with noise make the band'),
    ('recording', 'varying', 'dropped', 'it only takes out of a check what another run has otherwise'),
    (None, 'unseen', 'dropped', 'a fact is named by the other side, and what it says was not seen is not there'),
    ('candidate', 'fed', 'dropped', 'what every run was fed "feeds" asks, by digests'),
    ('candidate', 'kind', 'changed', 'what a kind is the recording says'),
    (None, 'graph', 'changed', 'another formula is named by "formulas", and judged by what comes of it'),
    (None, 'graphdef', None, 'nothing reads it yet'),
    (None, 'source', None, 'compared before anything is run'),
    (None, 'rounded', None, 'says where a difference enters; what comes of it is judged'),
    (None, 'tensors', None, 'the same'),
    (None, 'kernels', None, 'the same'),
    (None, 'where it was made', None, 'named by "settings"'),
    (None, 'ops left as they are', None, 'takes nothing out of a check; named where the verdict is explained'),
]


def exception(side, group, change):
    """Why nobody need see such mutants; '' if somebody should."""
    return next((why for of, start, how, why in EXCEPTIONS if of in (None, side) and group.startswith(start)
                 and how in (None, change)), '')


class Mutant(typing.NamedTuple):
    """group: what sort of thing was changed. change: how. what: which one. make: gives the recording of one."""
    group: str
    change: str
    what: str
    make: typing.Callable


def replaced(value, path, change):
    """A copy of JSON values in which `change(what is at the path)` is there; change None: nothing is."""
    key, rest = path[0], path[1:]
    copied = list(value) if isinstance(value, list) else dict(value)
    if rest:
        copied[key] = replaced(value[key], rest, change)
    elif change is None:
        del copied[key]
    else:
        copied[key] = change(value[key])
    return copied


def at(recording, path, change):
    """The recording with something else in its header."""
    return recordings.Recording(replaced(recording.header, path, change), recording.arrays)


def with_array(recording, name, change):
    """The recording with another array of this name; none where `change` is None."""
    arrays = dict(recording.arrays.held)
    if change is None:
        del arrays[name]
    else:
        arrays[name] = change(np.array(recording.arrays[name]))
    return recordings.Recording(recording.header, stored.Arrays(arrays))


def first(values, new):
    """The array with another first element."""
    values = np.array(values)
    values.reshape(-1)[:1] = new(values.reshape(-1)[:1])
    return values


FLOATS = {'NaN': lambda a: first(a, lambda one: one * np.nan),
          'infinite': lambda a: first(a, lambda one: one * 0 + np.inf),
          'off by half': lambda a: a * a.dtype.type(1.5) + a.dtype.type(1e-3),
          ULP: lambda a: first(a, lambda one: np.nextafter(one, one.dtype.type(9)))}
OTHERS = {'changed': lambda a: first(a, lambda one: one ^ one.dtype.type(1))}


def noted(recording, path):
    """[(change, function of the recording)] of an array that the header notes at a path."""
    item = _value(recording.header, path)
    found = [('dropped', lambda: at(recording, path, None)),
             ('another digest', lambda: at(recording, path, lambda item: item._replace(digest=item.digest ^ 1)))]
    array = recording.arrays[item.content]
    changes = FLOATS if array.dtype.kind == 'f' else OTHERS if array.dtype.kind in 'biu' else {}
    for change, function in changes.items() if array.size and item.dtype != dtypes.TEXT else ():
        found.append((change, lambda function=function: _with_content(recording, path, function(np.array(array)))))
    return found


def _with_content(recording, path, content):
    digest = _value(recording.header, path).digest
    wholes = dict(recording.header['wholes'])
    known = wholes.get(str(digest))
    if known:
        wholes[str(digest ^ 3)] = {**known, 'projections': [1.5 * value for value in known['projections']]}
    changed = at(recording, path, lambda item: item._replace(content='content/mutant', digest=digest ^ 3))
    arrays = {**recording.arrays.held, 'content/mutant': content}
    return recordings.Recording({**changed.header, 'wholes': wholes},
                                stored.Arrays(arrays))


def _value(header, path):
    for key in path:
        header = header[key]
    return header


def mutants(recording):
    """Every Mutant of a Recording."""
    yield from _steps(recording)
    yield from _initial(recording)
    yield from _runs(recording)
    yield from _series(recording)
    yield from _header(recording)


def _steps(recording):
    for k, step in enumerate(recording.header['steps']):
        yield Mutant('step', 'dropped', f'step {k}', lambda k=k: at(recording, ('steps', k), None))
        for arithmetic in [name for name, outcome in step['outcomes'].items() if outcome]:
            path = 'steps', k, 'outcomes', arithmetic
            yield Mutant(f'outcome in {arithmetic}', 'dropped', f'step {k}', lambda path=path: at(
                recording, path, lambda outcome: None))
            for group in ('fetched', 'after'):
                yield from _of(recording, f'{arithmetic}: {group}', (*path, group))
        for group in ('before', 'fed'):
            yield from _of(recording, group, ('steps', k, group))
        for arithmetic, floor in step['floors'].items():
            path = 'steps', k, 'floors', arithmetic
            if not any(_is_finite(recording, step, arithmetic, group, name) for group in floor or () for name in
                       floor[group]):
                continue
            yield Mutant(f'floor of {arithmetic}', 'dropped', f'step {k}', lambda path=path: at(
                recording, path, lambda floor: None))
            for group in floor or ():
                for name in floor[group]:
                    if not _is_finite(recording, step, arithmetic, group, name):
                        continue
                    for change, function in NUMBERS.items():
                        yield Mutant(f'floor of {arithmetic}: {group}', change, f'step {k}: {name}',
                                     lambda path=path, group=group, name=name, function=function: at(
                                         recording, (*path, group, name), function))
        for group, states in step['state'].items():
            for name, state in states.items():
                path = 'steps', k, 'state', group, name
                yield Mutant('state', 'dropped', f'step {k}: {name}', lambda path=path: at(recording, path, None))
                yield Mutant('state that was steady' if state['steady'] else 'state that was not steady', 'changed',
                             f'step {k}: {name}', lambda path=path: at(recording, (*path, 'steady'),
                                                                       lambda steady: not steady))


def _is_finite(recording, step, arithmetic, group, name):
    """Whether any number that a floor is for is finite: of others rounding moves none, and nobody needs the floor."""
    group = group if group == 'fetched' else 'after'
    noted = (step['outcomes'][arithmetic] or {group: {}})[group].get(name)
    return noted is None or bool(np.isfinite(recording.comparable(noted)).any())


NUMBERS = {'dropped': None, 'NaN': lambda value: float('nan'), 'infinite': lambda value: float('inf'),
           'off by half': lambda value: 1.5 * value}


def _of(recording, group, path):
    for name in _value(recording.header, path):
        for change, make in noted(recording, (*path, name)):
            yield Mutant(group, change, f'{"/".join(map(str, path[1:2]))}: {name}', make)


def _initial(recording):
    for k, item in enumerate(recording.header['initial']):
        yield Mutant('first value', 'dropped', item['name'], lambda k=k: at(recording, ('initial', k), None))
        for change, make in noted(recording, ('initial', k, 'noted'))[1:]:
            yield Mutant('first value', change, item['name'], make)


def _runs(recording):
    count, kinds = len(recording.runs), len(recording.kinds)
    for k in range(count):
        yield Mutant('raised', 'changed', f'run {k}', lambda k=k: with_array(
            recording, 'raised', lambda array: _put(array, k, 1 - array[k])))
        yield Mutant('run', 'dropped', f'run {k}', lambda k=k: without_run(recording, k))
        if kinds > 1:
            yield Mutant('run', 'changed', f'run {k}', lambda k=k: with_array(
                recording, 'runs', lambda array: _put(array, k, (array[k] + 1) % kinds)))
    for number, kind in enumerate(recording.kinds):
        for group, names in (('feeds', kind['feeds']), ('fetched', kind['fetches'])):
            name = f'kinds/{number}/{group}'
            for time in range(len(recording.arrays[name])):
                for column in range(len(names)):
                    yield Mutant(f'digests of what is {"fed" if group == "feeds" else group}', 'changed',
                                 f'{names[column]} at time {time} of kind {number}', lambda name=name, at=(
                                     time, column): with_array(recording, name, lambda array: _put(
                                         array, at, array[at] ^ 1)))


def without_run(recording, k):
    """The recording as if one run had not been made; its later steps are one run earlier."""
    number, time = recording.runs[k], int(np.sum(recording.runs[:k] == recording.runs[k]))
    arrays = dict(recording.arrays.held)
    for name in arrays:
        if name in ('runs', 'raised', 'threads'):
            arrays[name] = np.delete(recording.arrays[name], k)
        elif name.startswith((f'kinds/{number}/', f'small/{number}/')):
            arrays[name] = np.delete(recording.arrays[name], time, axis=0)
    steps = [{**step, 'run': step['run'] - (step['run'] > k)} for step in recording.header['steps']]
    return recordings.Recording({**recording.header, 'steps': steps}, stored.Arrays(arrays))


def _put(array, at, value):
    array[at] = value
    return array


def _series(recording):
    for name in recording.arrays:
        group = 'series' if name.startswith('small/') else 'series of a run with noise'
        if name.startswith(('small/', 'noisy/')):
            yield Mutant(group, 'dropped', name, lambda name=name: with_array(recording, name, None))
            array = recording.arrays[name]
            for change, function in FLOATS.items() if np.isfinite(array.reshape(-1)[:1]).any() else ():
                yield Mutant(group, change, name, lambda name=name, function=function: with_array(
                    recording, name, function))


def _header(recording):
    header = recording.header
    for k in range(len(header['seeds']['calls'])):
        yield Mutant('op seed', 'dropped', f'call {k}', lambda k=k: at(recording, ('seeds', 'calls', k), None))
        yield Mutant('op seed', 'changed', f'call {k}', lambda k=k: at(
            recording, ('seeds', 'calls', k, 'op_seed'), lambda seed: (seed or 0) + 1))
    for key in ('varying', 'unseen'):
        for k, item in enumerate(header[key]):
            yield Mutant(key, 'dropped', str(item), lambda key=key, k=k: at(recording, (key, k), None))
    yield Mutant('unseen', 'added', 'runs in a child', lambda: at(recording, ('unseen',), lambda facts: [
        *facts, {'what': 'child-runs', 'place': '', 'count': 3, 'detail': ''}]))
    for k, kind in enumerate(header['kinds']):
        yield Mutant('kind', 'changed', f'whether kind {k} trains', lambda k=k: at(
            recording, ('kinds', k, 'trains'), lambda trains: not trains))
        yield Mutant('kind', 'changed', f'line of kind {k}', lambda k=k: at(
            recording, ('kinds', k, 'place'), lambda place: 'other.py:1'))
        for name in kind['dtypes']:
            yield Mutant('kind', 'dropped', f'dtype of {name}', lambda k=k, name=name: at(
                recording, ('kinds', k, 'dtypes', name), None))
    for k in range(header['graphs']):
        yield Mutant('graph', 'changed', f'an op of graph {k}', lambda k=k: with_array(
            recording, f'graph/{k}', another_op))
    for name in recording.arrays:
        if name.startswith(('rounded/', 'graphdef/', 'source/')):
            yield Mutant(name.split('/')[0], 'dropped', name, lambda name=name: with_array(recording, name, None))
    for key in ('tensors', 'kernels'):
        for step in header[key]:
            yield Mutant(key, 'dropped', f'step {step}', lambda key=key, step=step: at(recording, (key, step), None))
    for key in ('command', 'created'):
        yield Mutant('where it was made', 'changed', key, lambda key=key: at(
            recording, (key,), lambda text: text + '!'))
    for key in ('tensorflow', 'numpy', 'python', 'platform', 'processor'):
        yield Mutant('where it was made', 'changed', key, lambda key=key: at(
            recording, ('environment', key), lambda text: text + '!'))
    for arithmetic in ('portable', 'float64'):
        yield Mutant('ops left as they are', 'changed', arithmetic, lambda arithmetic=arithmetic: at(
            recording, ('unknown', arithmetic), lambda ops: [*ops, 'MatMul']))
    for digest in header['wholes']:
        yield Mutant('measures of all elements', 'dropped', digest, lambda digest=digest: at(
            recording, ('wholes', digest), None))


def another_op(array):
    """The bytes of a graph's table in which one op is another."""
    table = graphtable.uncompressed(array.tobytes())
    nodes = [node._replace(op_type=node.op_type + 'V9') if k == len(table.nodes) // 2 else node
             for k, node in enumerate(table.nodes)]
    changed = graphtable.Table(table.tensorflow, table.arithmetic, table.lines, nodes)
    return np.frombuffer(graphtable.to_bytes(changed, compressed=True), 'u1')

"""Recordings with one thing changed, by which a check is tested: each must be seen.

    python -m tests.judge.mutations tests/scripts/recordings/mlp.npz      # every one of them, which takes minutes

A mutant is a recording with one item dropped, changed, made NaN, made infinite, off by half, or off by one unit in the
last place. It takes the candidate's place, or the recording's, against the recording as it is.
"""
import sys
import typing

import numpy as np

from legacy.formats import contents, scriptrecording
from legacy.formats.archive import RecordingError
from legacy.judge import scriptladder, scriptrecorded, verdict

SIDES = ('candidate', 'recording')
ULP = 'off by one ulp'


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
    return scriptrecording.ScriptRecording(replaced(recording.header, path, change), recording.arrays)


def with_array(recording, name, change):
    """The recording with another array of this name; none where `change` is None."""
    arrays = dict(recording.arrays.held)
    if change is None:
        del arrays[name]
    else:
        arrays[name] = change(np.array(recording.arrays[name]))
    return scriptrecording.ScriptRecording(recording.header, scriptrecording.stored.Arrays(arrays))


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
    _, dtype, shape, digest = item = _value(recording.header, path)
    found = [('dropped', lambda: at(recording, path, None)),
             ('another digest', lambda: at(recording, path, lambda item: [*item[:3], item[3] ^ 1]))]
    array = recording.arrays[item[0]]
    changes = FLOATS if array.dtype.kind == 'f' else OTHERS if array.dtype.kind in 'biu' else {}
    for change, function in changes.items() if array.size and dtype != contents.TEXT else ():
        found.append((change, lambda function=function: _with_content(recording, path, function(np.array(array)))))
    return found


def _with_content(recording, path, content):
    _, dtype, shape, digest = _value(recording.header, path)
    wholes = dict(recording.header['wholes'])
    known = wholes.get(str(digest))
    if known:
        wholes[str(digest ^ 3)] = {**known, 'projections': [1.5 * value for value in known['projections']]}
    changed = at(recording, path, lambda item: ['content/mutant', dtype, shape, digest ^ 3])
    arrays = {**recording.arrays.held, 'content/mutant': content}
    return scriptrecording.ScriptRecording({**changed.header, 'wholes': wholes},
                                           scriptrecording.stored.Arrays(arrays))


def _value(header, path):
    for key in path:
        header = header[key]
    return header


def mutants(recording):
    """Every Mutant of a ScriptRecording."""
    yield from _steps(recording)
    yield from _initial(recording)
    yield from _runs(recording)
    yield from _series(recording)
    yield from _header(recording)


def _steps(recording):
    for k, step in enumerate(recording.header['steps']):
        yield Mutant('step', 'dropped', f'step {k}', lambda k=k: at(recording, ('steps', k), None))
        for arithmetic in step['outcomes']:
            path = 'steps', k, 'outcomes', arithmetic
            yield Mutant(f'outcome in {arithmetic}', 'dropped', f'step {k}', lambda path=path: at(
                recording, path, lambda outcome: None))
            for group in ('fetched', 'after'):
                yield from _of(recording, f'{arithmetic}: {group}', (*path, group))
        for group in ('before', 'fed'):
            yield from _of(recording, group, ('steps', k, group))
        for arithmetic, floor in step['floors'].items():
            path = 'steps', k, 'floors', arithmetic
            yield Mutant(f'floor of {arithmetic}', 'dropped', f'step {k}', lambda path=path: at(
                recording, path, lambda floor: None))
            for group in floor or ():
                for name in floor[group]:
                    for change, function in NUMBERS.items():
                        yield Mutant(f'floor of {arithmetic}: {group}', change, f'step {k}: {name}',
                                     lambda path=path, group=group, name=name, function=function: at(
                                         recording, (*path, group, name), function))
        for name in step['state']:
            yield Mutant('state', 'dropped', f'step {k}: {name}', lambda k=k, name=name: at(
                recording, ('steps', k, 'state', name), None))
            yield Mutant('state', 'changed', f'step {k}: {name}', lambda k=k, name=name: at(
                recording, ('steps', k, 'state', name, 'steady'), lambda steady: not steady))


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
    return scriptrecording.ScriptRecording({**recording.header, 'steps': steps}, scriptrecording.stored.Arrays(arrays))


def _put(array, at, value):
    array[at] = value
    return array


def _series(recording):
    for name in recording.arrays:
        group = 'series' if name.startswith('small/') else 'series of a run with noise'
        if name.startswith(('small/', 'noisy/')):
            yield Mutant(group, 'dropped', name, lambda name=name: with_array(recording, name, None))
            array = recording.arrays[name]
            for change, function in FLOATS.items() if array.size else ():
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
    for digest in header['wholes']:
        yield Mutant('measures of all elements', 'dropped', digest, lambda digest=digest: at(
            recording, ('wholes', digest), None))


def spread(items, most):
    """At most so many of the items, evenly spread."""
    places = np.unique(np.linspace(0, len(items) - 1, min(most, len(items))).round().astype(int)) if items else []
    return [items[place] for place in places]


def chosen(recording, most):
    """Of each group and change at most so many Mutants."""
    groups = {}
    for mutant in mutants(recording):
        groups.setdefault((mutant.group, mutant.change), []).append(mutant)
    return [mutant for found in groups.values() for mutant in spread(found, most)]


def asked(baseline, mutant, side):
    """(verdict, sentence) of a check in which a mutant is one side; ('refused', why) where it is no recording."""
    try:
        changed = mutant.make()
        scriptrecording.check(changed)
        pair = (baseline, changed) if side == 'candidate' else (scriptrecorded.Recorded(changed), baseline.recording)
    except RecordingError as error:
        return 'refused', str(error)
    report = scriptladder.ladder(*pair)
    return report.verdict, report.sentence


def survives(change, found, usual):
    """Whether nobody sees a mutant: it gets a verdict that exits with 0, or, of one unit in the last place, the usual
    verdict and sentence. usual: (verdict, sentence) without a change."""
    if change == ULP:
        return found == usual
    return found[0] in verdict.GOOD


def main(path):
    baseline = scriptrecorded.Recorded(scriptrecording.load(path), path)
    report = scriptladder.ladder(baseline, baseline.recording)
    usual, counts = (report.verdict, report.sentence), {}
    for mutant in mutants(baseline.recording):
        for side in SIDES:
            key = side, mutant.group, mutant.change
            survived = survives(mutant.change, asked(baseline, mutant, side), usual)
            counts[key] = counts.get(key, np.zeros(2, int)) + [1, survived]
    for (side, group, change), (count, survived) in sorted(counts.items()):
        print(f'{side:<10} {group:<32} {change:<16} {count:>6} {survived:>6} survive' + ' <--' * bool(survived))
    print(f'{sum(count for count, _ in counts.values())} mutants')


if __name__ == '__main__':
    main(sys.argv[1])

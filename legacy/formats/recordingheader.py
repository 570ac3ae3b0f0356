"""The header of a script's recording: what stands in it, and whether it agrees with the arrays. Runs on Python 3.6."""
import math
from typing import Dict, Iterable, List, Mapping

import numpy as np

from legacy.formats import arraynotes, contents, deepcheck, dtypes, knownerrors, stored, unseen, wholerun
from legacy.formats.archive import RecordingError
from legacy.formats.arraynotes import ArrayNote
from legacy.formats.constants import CONSTANT
from legacy.formats.deepcheck import check_shape
from legacy.formats.stored import Held
from legacy.formats.values import Array, Json, JsonObject

SCHEMA = 4
KIND = 'script'
NUMBER, NUMBER_OR_NONE = (int, float), (int, type(None))
CALL = {'argument': NUMBER_OR_NONE, 'graph_seed': NUMBER_OR_NONE, 'op_seed': NUMBER_OR_NONE, 'graph': int,
        'scope': str, 'function': str}
# Targets, fetches and feeds: names, sorted; asked: the fetches in the order in which the script asked. place: the line
# of the script that first asked for it. sources: tensors that a run is fed when it is made again. draws: random ops
# that draw other numbers then. obstacle: why it cannot be made again, or ''. racing: fetches that read what the same
# run writes. inner: of a kind that trains, the tensors that it computes. dtypes: of the fetches, by name. matched:
# number of the baseline's kind that it is, or -1; names: {name in the baseline: name here} of it. stepless: why no run
# of it was kept, or ''.
RUN_KIND = {'graph': int, 'targets': [str], 'fetches': [str], 'feeds': [str], 'asked': [str], 'sources': [str],
            'variables': [str], 'written': [str], 'trains': bool, 'obstacle': str, 'place': str, 'draws': [str],
            'racing': [str], 'inner': [str], 'dtypes': dict, 'matched': int, 'names': dict, 'stepless': str}
# step: its number in the baseline. before, fed: {name: arraynotes.ArrayNote}. outcomes: {arithmetic: {'fetched',
# 'after'} or None}, 'run' being the script's own and 'own' the same run made again from what it had itself, None where
# that draws other numbers. floors: {arithmetic: FLOOR or None}, of float32 and float64. places: {variable: ArrayNote},
# the elements that its samples are of, where they are not the default ones. state: {group: {name: STATE}}, of all that
# is 'before', 'fed', 'fetched' and 'after'. runs_with_noise: how many of the runs with noise came to it.
STEP = {'step': int, 'kind': int, 'run': int, 'before': dict, 'fed': dict, 'outcomes': dict, 'floors': dict,
        'places': dict, 'state': dict, 'runs_with_noise': int}
GROUPS = ('fetched', 'after')
ARITHMETICS = ('run', 'own', 'float32', 'again', 'portable', 'float64')
WITH_FLOORS = ('float32', 'float64')
# {name: spread} of each sample, of a variable's share along its update, and of the projections of a whole large array.
FLOOR = ('fetched', 'after', 'along', 'whole')
# steady: whether neither noise nor a second run moves it. spread, whole: root mean square, over the runs with noise, of
# how far its sample and its projections were off.
STATES = ('before', 'fed', 'fetched', 'after')
STATE = {'steady': bool, 'spread': NUMBER, 'whole': NUMBER}
# What another run of the script has otherwise. what: 'runs' or 'training runs' (of the thread whose number is the
# name), 'feed', 'fetch', 'variable' (its first value). since: time of the kind, or number among the thread's runs, from
# which on it does. by: 'again', a second run under the same TensorFlow, or 'noise'. kind and graph are -1 where they do
# not apply.
SEQUENCES = {'runs': False, 'training runs': True}  # whether they are only those that train
VARIATION = {'what': str, 'kind': int, 'graph': int, 'name': str, 'since': int, 'by': str}
FAULT = {'arithmetic': str, 'step': int, 'why': str}  # step: its number, or -1
WHOLE = {'norm': NUMBER, 'projections': [NUMBER], 'nan': int, 'inf': int, 'minus_inf': int}
HEADER = {
    'schema': int,
    'kind': str,
    'command': str,
    'created': str,  # UTC
    'environment': {'tensorflow': str, 'numpy': str, 'python': str, 'platform': str, 'processor': str,
                    'features': [str], 'settings': dict},
    'script': {'name': str, 'arguments': [str], 'as_module': bool, 'sources': [{'file': str, 'sha256': str}]},
    # given: the seed that graphs without one got, and numpy's and Python's generators, or None
    'seeds': {'given': NUMBER_OR_NONE, 'calls': [CALL], 'unused': int, 'unexpected': [str]},
    'graphs': int,
    'kinds': [RUN_KIND],
    'initial': [{'graph': int, 'name': str, 'noted': (list, ArrayNote)}],
    'steps': [STEP],
    'wholes': dict,  # {digest: WHOLE}, of the large arrays of which a sample is kept
    'tensors': dict,  # {step: [arraynotes.TensorNote]}, of portable arithmetic, in order
    'kernels': dict,  # {step: [arraynotes.AnswerNote]}, of each op alone on inputs in portable arithmetic
    'unknown': dict,  # {arithmetic: [op type that it leaves as it is]}
    'faults': [FAULT],  # why a step could not be had in an arithmetic
    'unseen': [unseen.FACT],  # what of the script is not in the recording
    'varying': [VARIATION],
    'noisy': int,  # how many runs with noise are in it
    'seconds': {'script': NUMBER, 'after': NUMBER},
    'arrays': list,
}
# What a recording may have, too: those made before there was such a thing have none of it.
# exact: {step: [arraynotes.ExactNote]}, of the ops of `kernels`, in what is made to be checked.
# constants: those that have other bits than the recorded ones; in a recording those that another run of the script has
# otherwise under the same TensorFlow.
# late: {number of a kind: [fetch or variable]} that depend on a read which races with a write of the script's own run;
# where a run is made again, the read comes first. after_luck: the same of those that depend on such a variable.
# faulty: steps with known errors in them, of what `check --power` has made.
# arithmetic: in which the script's own runs were made, where that is not float32.
# work: how much all runs of the script have computed, see `stepgraph.StepGraph.work`. ended_after: so many runs of a
# session, where the recorder ended the script itself.
OPTIONAL = {'exact': dict, 'whole': wholerun.WHOLE_RUN, 'faulty': [knownerrors.GROUP], 'constants': [CONSTANT],
            'late': dict, 'after_luck': dict, 'arithmetic': str, 'work': int,
            'ended_after': int}


def check(header: JsonObject) -> None:
    """Raises RecordingError where this is no header of a script's recording."""
    if not isinstance(header, dict) or header.get('kind') != KIND:
        raise RecordingError('no recording of a script')
    if header.get('schema') != SCHEMA:
        raise RecordingError('a recording of a script in schema version %r; this program reads version %d: record it '
                             'again' % (header.get('schema'), SCHEMA))
    check_shape({key: value for key, value in header.items() if key not in OPTIONAL}, HEADER, 'header')
    for key in OPTIONAL:  # a recording may do without
        if key in header:
            check_shape(header[key], OPTIONAL[key], 'header.' + key)
    for group in header.get('faulty', ()):
        for error in group['errors']:
            check_shape(error, knownerrors.ERROR, 'header.faulty.errors')
    for outcome in knownerrors.outcomes(header):
        check_shape(outcome, {'fetched': dict, 'after': dict}, 'header.faulty.outcomes')
    for fact in header['unseen']:
        if fact['what'] not in unseen.CODES:
            raise RecordingError('the header has a fact that this program does not know: %.60r' % fact['what'])
    for digest, found in header['wholes'].items():
        check_shape(found, WHOLE, 'header.wholes.' + digest[:20])
        _check_numbers([found['norm']] + found['projections'], signed=True)
    for kind in header['kinds']:
        if set(kind['dtypes']) != set(kind['fetches']):
            raise RecordingError('the header does not have the dtypes of what is fetched')
    for step in header['steps']:
        _check_step(step)
    deepcheck.check_header(header)


def _check_step(step: JsonObject) -> None:
    where = 'header.steps[%d]' % step['step']
    for arithmetic, outcome in step['outcomes'].items():
        if arithmetic not in ARITHMETICS:
            raise RecordingError('%s has the arithmetic %.60r' % (where, arithmetic))
        if outcome is not None:
            check_shape(outcome, {'fetched': dict, 'after': dict}, where + '.outcomes')
    for arithmetic, floor in step['floors'].items():
        if arithmetic not in WITH_FLOORS:
            raise RecordingError('%s has a floor of %.60r' % (where, arithmetic))
        if floor is not None:
            check_shape(floor, dict.fromkeys(FLOOR, dict), where + '.floors')
            for spreads in floor.values():
                _check_numbers(spreads.values())
    for group, states in step['state'].items():
        if group not in STATES:
            raise RecordingError('%s has a state of %.60r' % (where, group))
        for state in states.values():
            check_shape(state, STATE, where + '.state')
            _check_numbers([state['spread'], state['whole']])


def _check_numbers(values: Iterable[Json], signed: bool = False) -> None:
    """Raises RecordingError for what is no finite number, or negative."""
    for value in values:
        if not isinstance(value, NUMBER) or isinstance(value, bool) or not math.isfinite(value) \
                or value < 0 and not signed:
            raise RecordingError('a measure of the header that is no finite number: %.60r' % (value,))


def check_arrays(header: JsonObject, arrays: Mapping[str, Array]) -> None:
    """Raises RecordingError where header and arrays contradict each other."""
    held = stored.held(arrays)
    if header['graphs'] > len(held):
        raise RecordingError('more graphs than arrays')
    for name in ['runs', 'raised', 'threads'] + ['graph/%d' % k for k in range(header['graphs'])]:
        if name not in held or len(held[name].shape) != 1:
            raise RecordingError('array %s is missing or not one row' % name)
    deepcheck.check_arrays(header, held)
    counts = _counts(arrays['runs'], len(header['kinds']))
    if not held['raised'].shape == held['threads'].shape == held['runs'].shape:
        raise RecordingError('array raised or threads is of another length than runs')
    for k, kind in enumerate(header['kinds']):
        for name, wanted in (('feeds', kind['feeds']), ('fetched', kind['fetches'])):
            found = held.get('kinds/%d/%s' % (k, name))
            if found is None or found.shape != (counts[k], len(wanted)):
                raise RecordingError('array kinds/%d/%s is missing or of another shape' % (k, name))
        measures = held.get('measures/%d' % k)
        if measures is not None and measures.shape != (counts[k], len(kind['feeds']), contents.MEASURES):
            raise RecordingError('array measures/%d is of another shape' % k)
    wholerun.check_arrays(header, held, arrays, RecordingError)
    _check_series(header, held, counts)
    _check_values(header, arrays, held)
    _check_noted(header, held, arrays)


def _counts(runs: Array, kinds: int) -> List[int]:
    """[how many runs there are of each kind]"""
    if runs.dtype.kind not in 'iu' or runs.size and not 0 <= runs.min() <= runs.max() < kinds:
        raise RecordingError('runs of kinds that the header does not have')
    found: List[int] = np.bincount(runs, minlength=kinds).tolist()
    return found


def _check_series(header: JsonObject, held: Mapping[str, Held], counts: List[int]) -> None:
    for name in held:
        parts = name.split('/')
        if parts[0] == 'small':
            k, j = int(parts[1]), int(parts[2])
            if k >= len(header['kinds']) or j >= len(header['kinds'][k]['fetches']) or held[name].shape[:1] != (
                    counts[k],):
                raise RecordingError('array %s is of a fetch that is not there, or has not all its times' % name)
        elif parts[0] == 'noisy' and not 0 <= int(parts[1]) < header['noisy']:
            raise RecordingError('array %s is of a run with noise that is not there' % name)


def _check_values(header: JsonObject, arrays: Mapping[str, Array], held: Mapping[str, Held]) -> None:
    """Series of small fetches are what the digests say."""
    raised, runs = arrays['raised'], arrays['runs']
    for name in held:
        parts = name.split('/')
        if parts[0] == 'noisy' and '/'.join(parts[2:]) not in held:
            raise RecordingError('array %s is of a series that is not there' % name)
        if parts[0] == 'small':
            rows, column = arrays[name], int(parts[2])
            digests = arrays['kinds/%s/fetched' % parts[1]][:, column]
            for time in np.flatnonzero(raised[runs == int(parts[1])] == 0).tolist():
                if contents.digest(rows[time]) != digests[time]:
                    raise RecordingError('array %s is not what its digests say, at its time %d' % (name, time))


def _check_noted(header: JsonObject, held: Mapping[str, Held], arrays: Mapping[str, Array]) -> None:
    numbers = {str(step['step']) for step in header['steps']}
    if len(numbers) < len(header['steps']) or not numbers.issuperset(list(header['tensors']) + list(header['kernels'])):
        raise RecordingError('a step is there twice, or what was found in one is, without it')
    for step in header['steps']:
        if not (0 <= step['kind'] < len(header['kinds']) and 0 <= step['run'] < held['runs'].shape[0]):
            raise RecordingError('a step of a kind or a run that is not there')
        kind, found = header['kinds'][step['kind']], held.get('rounded/%d' % step['step'])
        if found is not None and found.shape != (len(kind['inner']) + len(kind['written']),):
            raise RecordingError('array rounded/%d is of another shape' % step['step'])
    checked = set()
    for note in map(arraynotes.of_json, arraynotes.all_of(header)):
        key = note.content, note.digest
        if key not in checked and (note.size <= contents.SAMPLE or note.dtype == dtypes.TEXT):
            checked.add(key)
            held_array = arrays[note.content]
            if note.dtype != dtypes.TEXT and held_array.shape != note.shape or contents.digest_of(
                    held_array, note.dtype, note.shape) != note.digest:
                raise RecordingError('array %s is not what the header says of it' % note.content)


def groups_of(step: JsonObject) -> Dict[str, Dict[str, ArrayNote]]:
    """{group of STATES: {name: noted array}} of what a run of the script had and gave."""
    run = step['outcomes'].get('run') or {'fetched': {}, 'after': {}}
    return {'before': step['before'], 'fed': step['fed'], 'fetched': run['fetched'], 'after': run['after']}

"""What a recording's header may hold, beyond the types of its keys: it may come from anybody. Runs on Python 3.6."""
import json
from typing import Any, Mapping, NoReturn

from legacy.formats import arraynotes, contents, dtypes
from legacy.formats.arraynotes import ArrayNote
from legacy.formats.stored import Held, RecordingError
from legacy.formats.values import Json, JsonObject

LARGEST_INTEGER = 1 << 63  # of the numbers that numpy can hold
MOST_RUNS = 20_000_000  # of a session
SIZES = [int]
# The types of the fields of `arraynotes`, as JSON has them.
ARRAY = (str, str, SIZES, int)
TENSOR = (str, int, SIZES, (int, float), (int, float))


def parsed(text: str) -> JsonObject:
    """The JSON object that a header's text is. Raises RecordingError for numbers that are not finite or too large,
    ValueError or RecursionError for what is no JSON."""
    header = json.loads(text, parse_constant=_refuse_number, parse_float=_finite, parse_int=_integer)
    if not isinstance(header, dict):
        raise RecordingError('the header is no object')
    return header


def _refuse_number(text: str) -> NoReturn:
    raise RecordingError('the header has a number that is not finite: %s' % text)


def _finite(text: str) -> float:
    value = float(text)
    if value in (float('inf'), float('-inf')):
        _refuse_number(text[:60])
    return value


def _integer(text: str) -> int:
    value = int(text) if len(text) < 21 else LARGEST_INTEGER
    if abs(value) >= LARGEST_INTEGER:
        raise RecordingError('the header has a number that is too large: %s' % text[:60])
    return value


def check_shape(value: Json, expected: Any, where: str) -> None:
    """Raise RecordingError unless a JSON value has the expected keys and types, all the way down."""
    if isinstance(expected, dict):
        if not isinstance(value, dict) or set(value) != set(expected):
            raise RecordingError('%s does not have the keys %s' % (where, ', '.join(sorted(expected))))
        for key in expected:
            check_shape(value[key], expected[key], where + '.' + key)
    elif isinstance(expected, list):
        if not isinstance(value, list):
            raise RecordingError('%s is not a list' % where)
        for k, item in enumerate(value):
            check_shape(item, expected[0], '%s[%d]' % (where, k))
    elif not isinstance(value, expected) or isinstance(value, bool) != (expected is bool):
        raise RecordingError('%s is %.60r' % (where, value))


# ---- of a script

def check_header(header: JsonObject) -> None:
    """Raises RecordingError unless the header of a script's recording has values of the right types in what
    `recordingheader.HEADER` calls a dict or a list."""
    for number, kind in enumerate(header['kinds']):
        for key in ('dtypes', 'names'):
            _check_map(kind[key], str, 'kinds[%d].%s' % (number, key))
    _check_map(header['unknown'], [str], 'unknown')
    for key in ('late', 'after_luck'):
        _check_map(header.get(key, {}), [str], key)
    _check_map(header['tensors'], [TENSOR], 'tensors')
    _check_map(header['kernels'], [(str, ARRAY)], 'kernels')
    _check_map(header.get('exact', {}), [(str, str, ARRAY, ARRAY)], 'exact')
    for key in ('tensors', 'kernels', 'exact'):
        unknown = set(header.get(key, ())) - {str(step['step']) for step in header['steps']}
        if unknown:
            raise RecordingError('header.%s has steps that are not there: %.60r' % (key, sorted(unknown)))
    numbers = {step['step'] for step in header['steps']}
    for fault in header['faults']:
        if fault['step'] not in numbers:
            raise RecordingError('a fault of a step that is not there: %d' % fault['step'])
    for item in arraynotes.all_of(header):
        if not _is_array(item):
            _check(item, ARRAY, 'a noted array')
        _, _, shape, _ = item
        if any(size < 0 for size in shape):
            raise RecordingError('a noted array of the shape %.60r' % (list(shape),))


def _is_array(value: Json) -> bool:
    """Whether a value is as ARRAY, told in a tenth of the time that `_check` takes: there are tens of thousands."""
    if type(value) not in (list, ArrayNote) or len(value) != len(ARRAY):
        return False
    content, dtype, shape, digest = value
    return type(content) is str and type(dtype) is str and type(shape) in (list, tuple) and type(digest) is int and \
        all(type(size) is int for size in shape)


def _check_map(value: Json, expected: Any, where: str) -> None:
    if not isinstance(value, dict):
        raise RecordingError('header.%s is no object' % where)
    for key in value:
        _check(value[key], expected, 'header.%s' % where)


def _check(value: Json, expected: Any, where: str) -> None:
    """expected: a type or several, [type of each item], or a tuple with one of these for each place."""
    if isinstance(expected, list):
        right = isinstance(value, (list, tuple))
        parts = [(item, expected[0]) for item in value] if right else []
    elif isinstance(expected, tuple) and not all(isinstance(item, type) and item in (int, float) for item in expected):
        right = isinstance(value, (list, tuple)) and len(value) == len(expected)
        parts = list(zip(value, expected)) if right else []
    else:
        right, parts = isinstance(value, expected) and not isinstance(value, bool), []
    if not right:
        raise RecordingError('%s is %.60r' % (where, value))
    for item, of_item in parts:
        _check(item, of_item, where)


def check_arrays(header: JsonObject, held: Mapping[str, Held]) -> None:
    """Raises RecordingError unless the arrays of a script's recording, {name: array or Stored}, are named and shaped as
    the header's notes of them. `check_header` comes first."""
    if held['runs'].shape[0] > MOST_RUNS:
        raise RecordingError('%d runs: too many for a recording' % held['runs'].shape[0])
    for name in held:
        parts = name.split('/')
        numbers = {'small': 2, 'noisy': 4, 'rounded': 1}.get(parts[0])
        if numbers is not None and (len(parts) != numbers + 1 or not all(
                part.isdigit() or part == 'small' for part in parts[1:])):
            raise RecordingError('an array of the name %.60r' % name)
    for note in map(arraynotes.of_json, arraynotes.all_of(header)):
        _check_content(note, held)


def _check_content(note: ArrayNote, held: Mapping[str, Held]) -> None:
    if note.content not in held:
        raise RecordingError('the header refers to an array that is not there: %.60r' % note.content)
    array = held[note.content]
    stored_as = {dtypes.TEXT: '|u1', dtypes.BFLOAT16: '<u2'}.get(note.dtype, note.dtype)
    sample = note.size > contents.SAMPLE and len(array.shape) == 1 and array.shape[0] <= contents.SAMPLE
    if array.dtype.str != stored_as or note.dtype != dtypes.TEXT and array.shape != note.shape and not sample:
        raise RecordingError('array %s is %s %s, where the header has %.60r' % (
            note.content, array.dtype.str, array.shape, list(note)))

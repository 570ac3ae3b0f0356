"""What a recording's header says of arrays, as values with names. Runs on Python 3.6.

In the file each of these is a list, since JSON has no other sequence. `typed` makes them of a header that was read and
checked. Each is a tuple, so that `json` writes the same list again.
"""
import functools
import operator
from typing import Any, Callable, Dict, Iterator, NamedTuple, Tuple

from legacy.formats import dtypes, knownerrors
from legacy.formats.values import Json, JsonObject, Shape


class ArrayNote(NamedTuple):
    """Where an array is in the file, and what all of it is like. content: name of the array, or of its sample, there.
    dtype: see `dtypes`. shape: of the whole array. digest: equal digests, equal bits, dtype and shape."""
    content: str
    dtype: str
    shape: Shape
    digest: int

    @property
    def form(self) -> Tuple[str, Shape]:
        """What must be equal before the values of two arrays can be compared."""
        return self.dtype, self.shape

    @property
    def size(self) -> int:
        """How many elements the whole array has."""
        return functools.reduce(operator.mul, self.shape, 1)

    @property
    def is_float(self) -> bool:
        """Whether rounding moves the array."""
        return dtypes.is_float(self.dtype)

    @property
    def epsilon(self) -> float:
        """The unit in the last place of 1 in its dtype."""
        return dtypes.epsilon(self.dtype)


class TensorNote(NamedTuple):
    """What an inner tensor of a step was in portable arithmetic. name: of the tensor. norm, projection: of its
    elements."""
    name: str
    digest: int
    shape: Shape
    norm: float
    projection: float


class AnswerNote(NamedTuple):
    """What one op gave by itself, on inputs in portable arithmetic. tensor: name of its result."""
    tensor: str
    array: ArrayNote


class ExactNote(NamedTuple):
    """What one op gives exactly. tensor: name of its result. by: how that is known, 'portable' or 'float64'. allowance:
    how far rounding may carry the result, element by element."""
    tensor: str
    by: str
    exact: ArrayNote
    allowance: ArrayNote


# Of each key of a header that has a list for each step: what is made of an item of the list.
BY_STEP: Dict[str, Callable[..., Any]] = {
    'tensors': lambda name, digest, shape, norm, projection: TensorNote(name, digest, tuple(shape), norm, projection),
    'kernels': lambda tensor, array: AnswerNote(tensor, of_json(array)),
    'exact': lambda tensor, by, exact, allowance: ExactNote(tensor, by, of_json(exact), of_json(allowance)),
}


def of_json(item: Json) -> ArrayNote:
    """The ArrayNote that a list of a header is."""
    content, dtype, shape, digest = item
    return ArrayNote(content, dtype, tuple(shape), digest)


def typed(header: JsonObject) -> JsonObject:
    """A header as JSON has it, which `recordingheader.check` has passed, with these values in place of lists. The same
    object: what it was given is changed."""
    for notes in groups(header):
        for name, item in notes.items():
            notes[name] = of_json(item)
    for item in header['initial']:
        item['noted'] = of_json(item['noted'])
    for key, made in BY_STEP.items():
        for number, items in header.get(key, {}).items():
            header[key][number] = [made(*item) for item in items]
    return header


def groups(header: JsonObject) -> Iterator[Dict[str, Any]]:
    """Yields every {name: noted array} of a header's steps, and of its `faulty`."""
    for step in header['steps']:
        for group in ('before', 'fed', 'places'):
            yield step[group]
        for outcome in step['outcomes'].values():
            if outcome is not None:
                yield from (outcome['fetched'], outcome['after'])
    for outcome in knownerrors.outcomes(header):
        yield from (outcome['fetched'], outcome['after'])


def all_of(header: JsonObject) -> Iterator[Any]:
    """Yields every noted array of a header, as it stands there: an ArrayNote, or the list of one."""
    yield from (item['noted'] for item in header['initial'])
    for answers in header['kernels'].values():
        yield from (note for _, note in answers)
    for known in header.get('exact', {}).values():
        yield from (note for _, _, *both in known for note in both)
    for notes in groups(header):
        yield from notes.values()

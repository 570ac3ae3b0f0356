"""The cause of a departure, as a value; and what a check's worker found of it. Runs on Python 3.6.

`what` is 'formula': ops of a line compute another value of the same inputs; 'kernel': one op gives another result of
the same inputs; 'source', 'seed', 'feed', 'initial value' or 'state': what was put in is another.
"""
import json
import typing
from typing import Dict, List

import numpy as np

from legacy.formats.archive import RecordingError
from legacy.formats.recordings import Recording
from legacy.formats.values import Array, Json, JsonObject, finite

WHATS = ('formula', 'kernel', 'source', 'seed', 'feed', 'initial value', 'state')
# missing: nothing was put in here. unseen: elements that are not in the recording's sample are others. reordered: the
# kept runs got the same values in another order. fused: a shuffle and a repeat, which a release may make one op of that
# draws another order from the same seeds. parallel: a map of several calls at once draws random numbers, which threads
# deal out. behind: an op may be it of a loop or a condition before the one named.
WAYS = ('missing', 'unseen', 'reordered', 'fused', 'parallel', 'behind')
NAME = 'causes'  # of the array in the recording that a check makes

# line: of the script as it is now, as in 'train.py:12'; '' where there is none. text: its statement. callers: the lines
# that called it, outermost first. recorded_line: the same line as it was recorded. part: 'gradient' or 'update', or ''.
# of: op types that it is the gradient of. op: the first op that departs, there. types: of all ops of the line that
# matter. there, here: {op type: how many more than on the other side}. attributes: [(op type, name, values there,
# values here)]. constants: [(op type, values there, values here)]. step: number of the first step that departs, -1 if
# it was not a step. departs: the result that does. size: by how much, relative to what it is or changes; None where it
# is not finite. off_there, off_here: of a kernel, how far each side is from the exact result, relative. tensors:
# [variable, its line] of other initial values. edited: lines of the script that are not as they were recorded. Of what
# was put in: run: number of the first run that got another, -1 if it was not a run; values: [what, there, here], the
# first element that is another, or the seeds, spelled so that numbers read back exactly, or of a kernel that rounds
# otherwise the digests of what its ops of that line gave; ways: [a way of WAYS, line or
# ''], how it came to be another, as far as that is known.
Cause = typing.NamedTuple('Cause', [
    ('what', str), ('line', str), ('text', str), ('callers', List[str]), ('recorded_line', str), ('part', str),
    ('of', List[str]), ('op', str), ('types', List[str]), ('there', Dict[str, int]), ('here', Dict[str, int]),
    ('attributes', List[Json]),
    ('constants', List[Json]), ('step', int), ('departs', str), ('size', typing.Optional[float]),
    ('off_there', typing.Optional[float]), ('off_here', typing.Optional[float]), ('tensors', List[Json]),
    ('edited', List[str]), ('run', int), ('values', List[Json]), ('ways', List[Json])])

# causes: [Cause], as dictionaries in JSON. lacks: [[what could not be had, why]]. unexplained: numbers of steps that
# depart in portable arithmetic, and of which the recorded graph gives other bits here, too: no formula makes that.
# moves: [Cause] of formulas that make other bits in portable arithmetic, and nothing that departs by more. alike:
# numbers of steps that depart there, and of which both graphs give the same bits here. rounding: ops, as
# `unrounded.labelled` calls them, of the recorded graph that give other bits here, of the same inputs, in such a step.
Found = typing.NamedTuple('Found', [('causes', List[Cause]), ('lacks', List[Json]), ('unexplained', List[int]),
                                    ('moves', List[Cause]), ('alike', List[int]), ('rounding', List[str])])


def cause(what: str, line: str = '', **known: Json) -> Cause:
    """A Cause of which the rest is empty."""
    empty = dict(
        text='', callers=[], recorded_line='', part='', of=[], op='', types=[], there={}, here={}, attributes=[],
        constants=[], step=-1, departs='', size=None, off_there=None, off_here=None, tensors=[],
        edited=[], run=-1, values=[], ways=[])  # type: JsonObject
    return Cause(what, line, **dict(empty, **known))


def likeliest(known: List[Cause]) -> typing.Optional[Cause]:
    """The one of several that is told: a formula, if there is one, and the first step's. None of none."""
    return min(known, key=lambda item: (item.what != 'formula', item.step)) if known else None


def to_array(found: Found) -> Array:
    """A Found as a uint8 array of a recording."""
    content = {'causes': [dict(item._asdict()) for item in found.causes], 'lacks': found.lacks,
               'unexplained': found.unexplained, 'moves': [dict(item._asdict()) for item in found.moves],
               'alike': found.alike, 'rounding': found.rounding}
    return np.frombuffer(json.dumps(finite(content), sort_keys=True).encode('ascii'), np.uint8)


def of_recording(recording: Recording) -> Found:
    """The Found of a Recording that a check made; an empty one where none was looked for. Raises RecordingError.
    """
    if NAME not in recording.arrays:
        return Found([], [], [], [], [], [])
    try:
        content = json.loads(recording.arrays[NAME].tobytes().decode('ascii'))
        found = Found([of_json(item) for item in content['causes']], [list(item) for item in content['lacks']],
                      [int(number) for number in content['unexplained']],
                      [of_json(item) for item in content['moves']], [int(number) for number in content['alike']],
                      [str(label) for label in content['rounding']])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RecordingError('damaged: what was found of the cause (%s)' % error)
    return found


def of_json(item: JsonObject) -> Cause:
    """The Cause of a dictionary as JSON has it. Raises ValueError, KeyError, TypeError."""
    numbers = {key: _number(item[key]) for key in ('size', 'off_there', 'off_here') if key in item}
    known = Cause(**dict(item, **numbers))
    texts = (known.line, known.text, known.recorded_line, known.part, known.op, known.departs)
    if known.what not in WHATS or not all(isinstance(text, str) for text in texts):
        raise ValueError('a cause that this program does not know: %.60r' % (known.what,))
    return known


def _number(value: Json) -> typing.Optional[float]:
    return value if isinstance(value, (int, float)) else None

"""What a case to send is made of, as a check's worker has it: code of the ops, and their arrays. Runs on Python 3.6.

A recording that a check makes has a draft of each kind of WHATS for which there is one, or why there is none. What
becomes of it `check/casefolder.py` says.
"""
import json
import typing
from typing import Dict, List

import numpy as np

from legacy.formats.archive import RecordingError
from legacy.formats.recordings import Recording
from legacy.formats.values import Array, Json

PREFIX = 'case/'
WHATS = ('kernel', 'formula', 'source')
DEFINITIONS = {'there': 'recorded.pbtxt', 'here': 'checked.pbtxt'}  # {side: file name}
THERE, HERE = 'there', 'here'  # sides: the recorded TensorFlow, and the one that is checked
RECORDED = 'recorded'  # name of the array that holds what was recorded of a result, or of a large one its sample

# The ops of a side as the body of a Python function. parameters: names of inputs and variables that it takes. code:
# lines, which call tf.raw_ops and may read `arrays`. gives: the expression of what it returns.
Formula = typing.NamedTuple('Formula', [('side', str), ('parameters', List[str]), ('code', List[str]),
                                        ('gives', str)])
# why: '' or why there is no case; then the rest is empty. types: op types that are named. of: op types that they are
# the gradient of. line, text: of the script. inputs: names of arrays that are fed. formulas: one where both sides have
# the same ops. times: of a source, which of the values that it gives counts; its formula gives a tensor, and what is
# run first. exact_by: how exact results were found, in words; '' where they are not known. definitions: {file name: a
# GraphDef as text}, which the formula of that side reads.
Draft = typing.NamedTuple('Draft', [
    ('what', str), ('why', str), ('types', List[str]), ('of', List[str]), ('line', str), ('text', str),
    ('inputs', List[str]), ('formulas', List[Formula]), ('times', int), ('exact_by', str),
    ('definitions', Dict[str, str])])


class NoCase(Exception):
    """A case cannot be made. The message says why, in a line."""


def draft(what: str, **known: Json) -> Draft:
    """A Draft of which the rest is empty."""
    empty = {'why': '', 'types': [], 'of': [], 'line': '', 'text': '', 'inputs': [], 'formulas': [], 'times': 1,
             'exact_by': '', 'definitions': {}}  # type: Dict[str, Json]
    return Draft(what, **dict(empty, **known))


def exact(side: str) -> str:
    """Name of the array that holds the exact result of a side's formula; of a kernel's, the side is THERE."""
    return 'exact/' + side


def to_arrays(made: Draft, arrays: Dict[str, Array]) -> Dict[str, Array]:
    """Arrays of a recording: a Draft, and the arrays that belong to it, {name: array}."""
    content = json.dumps(dict(made._asdict(), formulas=[item._asdict() for item in made.formulas]), sort_keys=True)
    found = {PREFIX + made.what: np.frombuffer(content.encode('ascii'), np.uint8)}
    found.update(('%s%s/%s' % (PREFIX, made.what, name), array) for name, array in arrays.items())
    return found


def of_recording(recording: Recording, what: str) -> typing.Tuple[typing.Optional[Draft], Dict[str, Array]]:
    """(Draft of a kind or None, {name: its array}) of a Recording. Raises RecordingError."""
    name = PREFIX + what
    if name not in recording.arrays:
        return None, {}
    try:
        content = json.loads(recording.arrays[name].tobytes().decode('ascii'))
        made = Draft(**dict(content, formulas=[Formula(**item) for item in content['formulas']]))
    except (ValueError, KeyError, TypeError) as error:
        raise RecordingError('damaged: the draft of a case (%s)' % error)
    return made, {key[len(name) + 1:]: recording.arrays[key] for key in recording.arrays if key.startswith(name + '/')}

"""Known errors in the ops of a script, and what its steps gave with them, in a header. Runs on Python 3.6."""
from typing import Any, Dict, Iterator

MODES = EVERYWHERE, ONE_ELEMENT = 'everywhere', 'one element'  # in every result, in the largest one
SIZES = tuple(10.0 ** -k for k in range(1, 9))  # relative errors that are tried
# step: the first that has these ops. ops: names. errors: see ERROR. one_ulp: whether one unit in the last place
# changes the bits of portable arithmetic; empty where that could not be had. in_loops: how many of the ops have no
# error, since they are in loops. why: what could not be had, or ''.
GROUP = {'step': int, 'op_type': str, 'role': str, 'ops': [str], 'errors': list, 'one_ulp': [bool], 'in_loops': int,
         'why': str}
# outcomes: {step: {'fetched', 'after'}}, as a step has them. size: 0 where nothing is off.
ERROR = {'mode': str, 'size': (int, float), 'outcomes': dict}


def outcomes(header: Dict[str, Any]) -> Iterator[Dict[str, Any]]:
    """Yield every {'fetched', 'after'} of a header's `faulty`."""
    for group in header.get('faulty', ()):
        for error in group['errors']:
            yield from error['outcomes'].values()

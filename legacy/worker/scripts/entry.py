"""From the argument of a process to a script that runs in it. Runs on Python 3.6."""
import json
import sys
import traceback
from typing import Callable

from legacy.formats import ending
from legacy.formats.errors import LegacyError
from legacy.formats.values import JsonObject
from legacy.worker.requests import serve


def begin(argument: str) -> None:
    """Do what a request, JSON, asks for; end as the script ends."""
    ready = []
    if argument == '--forking':
        from legacy.worker.scripts import forkserver
        argument = forkserver.requests()
    ends = ending.Ending(json.loads(argument).get('out'))
    code = serve(argument, lambda request: ready.append(_prepared(request, ends)))
    if code:
        sys.exit(code)
    ready[0]()  # ends as the script ends


def _prepared(request: JsonObject, ends: ending.Ending) -> Callable[[], None]:
    """What runs the script; what is raised is noted, too."""
    try:
        from legacy.worker.scripts import startup
        return startup.prepare(**request)
    except (LegacyError, OSError) as error:
        ends.note(ending.REFUSED, str(error))
        raise
    except Exception as error:
        if getattr(error, 'name', None) == 'numpy':  # which TensorFlow itself needs
            ends.note(ending.REFUSED, 'TensorFlow is not installed there: %s -m pip install tensorflow'
                      % sys.executable)
        else:
            ends.note(ending.OURS, traceback.format_exc())
        raise

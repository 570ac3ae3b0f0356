"""Runs, or records, a script under this environment's TensorFlow: a request in, the script's own output out.

    python -m legacy.worker.scripts '{"script": "train.py", "arguments": ["--steps", "10"]}'
    python -m legacy.worker.scripts --forking     several, see `forking`

Runs on Python 3.6.
"""
import json
import sys
import traceback

from legacy.formats import ending
from legacy.formats.errors import LegacyError
from legacy.worker.serving import serve

if __name__ == '__main__':
    ready, argument = [], sys.argv[1]
    if argument == '--forking':
        from legacy.worker.scripts import forking
        argument = forking.requests()
    ends = ending.Ending(json.loads(argument).get('out'))

    def prepare(request):
        """Put what runs the script into `ready`; what is raised is noted, too."""
        try:
            from legacy.worker.scripts import starting
            ready.append(starting.prepare(**request))
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
    code = serve(argument, prepare)
    if code:
        sys.exit(code)
    ready[0]()  # ends as the script ends

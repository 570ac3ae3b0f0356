"""Runs, or records, a script under this environment's TensorFlow: a request in, the script's own output out.

    python legacy/worker/scripts/__main__.py '{"script": "train.py", "arguments": ["--steps", "10"]}'
    python legacy/worker/scripts/__main__.py --forking     several, see `forking`

Started by its file, it finds this program's modules whatever the current folder holds, and the script finds none of
them but `legacy` itself: what stands first on the path here is replaced by the script's folder.

Runs on Python 3.6.
"""
import json
import os
import sys
import traceback

if sys.path[0] == os.path.dirname(os.path.abspath(__file__)):
    sys.path[0] = os.path.abspath(os.path.join(sys.path[0], '..', '..', '..'))

# isort: split
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

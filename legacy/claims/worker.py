"""One piece of the claims' work in a process of its own: a request in, a JSON file of runs out.

    python -m legacy.claims.worker '{"kind": "recovery", "out": "runs.json", "seeds": [1], "initialisation": "He"}'

Runs on Python 3.6.
"""
import json
import os
import sys
import threading

from legacy.errors import LegacyError
from legacy.files import write_whole


def main(argument):
    """Do what the JSON object `argument` asks; what is not named here goes to the function of that kind. Returns the
    exit code. With "end_with_stdin" the process does not outlive whoever holds the other end of its standard input."""
    request = json.loads(argument)
    if request.pop('end_with_stdin', False):
        threading.Thread(target=_end_with_stdin, daemon=True).start()
    kind, out = request.pop('kind'), request.pop('out')
    try:
        from legacy import shim
        from legacy.claims import convergence, fewrows, inference, recovery
        shim.quiet()
        runs = {'convergence': convergence.runs, 'fewrows': fewrows.runs, 'trained': inference.trained,
                'restored': inference.restored, 'recovery': recovery.runs}[kind](**request)
        write_whole(out, json.dumps({'tensorflow': shim.VERSION, 'runs': list(runs)}).encode('ascii'))
    except (LegacyError, OSError) as error:
        sys.stderr.write('error: %s\n' % error)
        return 2
    return 0


def _end_with_stdin():
    sys.stdin.read()
    os._exit(3)


if __name__ == '__main__':
    sys.exit(main(sys.argv[1]))

"""Runs, or records, a script under this environment's TensorFlow: a request in, the script's own output out.

    python -m legacy.worker.scripts '{"script": "train.py", "arguments": ["--steps", "10"]}'

Runs on Python 3.6.
"""
import sys

from legacy.worker.scripts import starting
from legacy.worker.serving import serve

if __name__ == '__main__':
    ready = []
    code = serve(sys.argv[1], lambda request: ready.append(starting.prepare(**request)))
    if code:
        sys.exit(code)
    ready[0]()  # ends as the script ends

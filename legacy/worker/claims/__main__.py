"""One piece of the claims' work in a process of its own: a request in, a JSON file of runs out.

    python -m legacy.worker.claims '{"kind": "recovery", "out": "runs.json", "seeds": [1], "initialisation": "He"}'

Runs on Python 3.6.
"""
import json
import sys
from typing import Callable, Dict, Iterable

from legacy import shim
from legacy.formats.files import write_whole
from legacy.formats.values import JsonObject
from legacy.worker.claims import convergence, fewrows, inference, recovery
from legacy.worker.requests import serve

KINDS: Dict[str, Callable[..., Iterable[JsonObject]]] = {
    'convergence': convergence.runs, 'fewrows': fewrows.runs, 'trained': inference.trained,
    'restored': inference.restored, 'recovery': recovery.runs}


def work(request: JsonObject) -> None:
    """Do what the request asks: what is not named here goes to the function of that kind."""
    kind, out = request.pop('kind'), request.pop('out')
    shim.quiet()
    runs = list(KINDS[kind](**request))
    write_whole(out, json.dumps({'tensorflow': shim.VERSION, 'runs': runs}).encode('ascii'))


if __name__ == '__main__':
    sys.exit(serve(sys.argv[1], work))

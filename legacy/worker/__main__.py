"""What is asked of a TensorFlow in another process: a request in, files out.

    python -m legacy.worker '{"out": "environment.json", "environment": true}'

Standard library, numpy and TensorFlow only; runs on Python 3.6.
"""
import json
import sys

from legacy.formats.files import write_whole
from legacy.formats.values import JsonObject
from legacy.worker import environment
from legacy.worker.requests import serve


def work(request: JsonObject) -> None:
    """Do what the request asks.

    {"environment": true, "out": file} says where this runs; {"graph": task, "out": file, and what the task takes} does
    one of `graph.tasks`.
    """
    if 'environment' in request:
        write_whole(request['out'], json.dumps(environment.environment()).encode('ascii'))
        return
    from legacy.worker.graph import tasks
    out = request.pop('out')
    write_whole(out, tasks.answer(request.pop('graph'), request))


if __name__ == '__main__':
    sys.exit(serve(sys.argv[1], work))

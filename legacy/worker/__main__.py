"""What is asked of a TensorFlow in another process: a request in, files out.

    python -m legacy.worker '{"out": "recording.npz", "arithmetic": "float64"}'

Standard library, numpy and TensorFlow only; runs on Python 3.6.
"""
import json
import sys

from legacy.formats import references
from legacy.formats.files import write_whole
from legacy.formats.recording import save
from legacy.formats.values import JsonObject
from legacy.worker import environment, gather, record
from legacy.worker.serving import serve


def work(request: JsonObject) -> None:
    """Do what the request asks.

    {"out": file, and what `record` takes} records; {"references": folder, and what `record_references` takes} records
    all of them; {"evidence": folder, "checked_against": path, "native": bool} gathers what `check` asks, against the
    baseline unless a path is given; {"environment": true, "out": file} says where this runs; {"graph": task, "out":
    file, and what the task takes} does one of `graph.tasks`.
    """
    if 'evidence' in request:
        gather.gather(request.get('checked_against', references.BASELINE), request['evidence'],
                        request.get('native', False))
    elif 'environment' in request:
        write_whole(request['out'], json.dumps(environment.environment()).encode('ascii'))
    elif 'references' in request:
        record.record_references(request.pop('references'), **request)
    elif 'graph' in request:
        from legacy.worker.graph import tasks
        out = request.pop('out')
        write_whole(out, tasks.answer(request.pop('graph'), request))
    else:
        out = request.pop('out')
        save(record.record(**request), out)


if __name__ == '__main__':
    sys.exit(serve(sys.argv[1], work))

"""What is asked of a TensorFlow in another process: a request in, files out.

    python -m legacy.worker '{"out": "recording.npz", "arithmetic": "float64"}'

Standard library, numpy and TensorFlow only; runs on Python 3.6.
"""
import json
import os
import sys
import threading

from legacy import evidence, record, references
from legacy.errors import LegacyError
from legacy.files import write_whole
from legacy.recording import save


def main(argument):
    """Do what the JSON object `argument` asks. Returns the exit code.

    {"out": file, and what `record` takes} records; {"references": folder, and what `record_references` takes} records
    all of them; {"evidence": folder, "checked_against": path, "native": bool} gathers what `check` asks, against the
    baseline unless a path is given; {"graph": task, "out": file, and what the task takes} does one of `graph.tasks`.
    With "end_with_stdin" the process does not outlive whoever holds the other end of its standard input.
    """
    request = json.loads(argument)
    if request.pop('end_with_stdin', False):
        threading.Thread(target=_end_with_stdin, daemon=True).start()
    try:
        if 'evidence' in request:
            evidence.gather(request.get('checked_against', references.BASELINE), request['evidence'],
                            request.get('native', False))
        elif 'references' in request:
            record.record_references(request.pop('references'), **request)
        elif 'graph' in request:
            from legacy.graph import tasks
            out = request.pop('out')
            write_whole(out, tasks.answer(request.pop('graph'), request))
        else:
            out = request.pop('out')
            save(record.record(**request), out)
    except (LegacyError, OSError) as error:
        sys.stderr.write('error: %s\n' % error)
        return 2
    return 0


def _end_with_stdin():
    sys.stdin.read()
    os._exit(3)


if __name__ == '__main__':
    sys.exit(main(sys.argv[1]))

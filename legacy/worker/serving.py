"""How a process is asked for something: a request on its command line, one line where it cannot be done.

Runs on Python 3.6.
"""
import json
import os
import sys
import threading

from legacy.formats.errors import LegacyError


def serve(argument, do):
    """Call `do` with the JSON object that `argument` is. Returns the exit code. With "end_with_stdin" in it the process
    does not outlive whoever holds the other end of its standard input."""
    request = json.loads(argument)
    if request.pop('end_with_stdin', False):
        threading.Thread(target=_end_with_stdin, daemon=True).start()
    try:
        do(request)
    except (LegacyError, OSError) as error:
        sys.stderr.write('error: %s\n' % error)
        return 2
    return 0


def _end_with_stdin():
    sys.stdin.read()
    os._exit(3)

"""What native code writes to standard error, less some lines. Runs on Python 3.6."""
import contextlib
import faulthandler
import os
import re
import tempfile
from typing import Iterator


@contextlib.contextmanager
def without_lines(pattern: bytes) -> Iterator[None]:
    """Hold back what is written to file descriptor 2 meanwhile; then let it out, less the lines that match.

    If the process dies inside, faulthandler names the place on the real standard error.
    """
    try:
        real = os.dup(2)
    except OSError:  # no standard error at all
        yield
        return
    with tempfile.TemporaryFile() as held, os.fdopen(real, 'wb', 0) as out:
        watched = faulthandler.is_enabled()
        if not watched:
            faulthandler.enable(out)
        os.dup2(held.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(real, 2)
            if not watched:
                faulthandler.disable()
            held.seek(0)
            out.writelines(line for line in held if not re.search(pattern, line))

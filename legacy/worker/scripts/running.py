"""Runs a script in this process as `python SCRIPT` would, with TensorFlow 1 in it. Runs on Python 3.6."""
import atexit
import os
import sys
import traceback
import warnings

from legacy.formats.errors import LegacyError
from legacy.worker.scripts import children, namespace, numpy1, python3
from legacy.worker.scripts.missing import NotSupplied
from legacy.worker.scripts.program import NoScript, main_module
from legacy.worker.scripts.seedcalls import SeedFault
from legacy.worker.scripts.tracebacks import place_in_script, without_us

_replaced = []  # the module __main__ that was there before: it must not be taken apart while its code runs


def run(script, seeds, summary=None, finished=None):
    """Run a Script in this process; what ends it ends this process, as Python itself would end it.

    script: a `program.Script`. seeds: a `seedcalls.Seeds`. summary: a function that returns the lines for standard
    error when the process ends. finished: called when the script has ended without an error. Raises whatever the script
    raises: let it pass, and Python reports it without lines of ours. What TensorFlow 1 had and is not to be had here is
    one line, and exit code 2.
    """
    namespace.install()
    numpy1.give_back()
    python3.give_back()
    children.prepare()
    seeds.watch()
    process = os.getpid()
    quiet = []
    atexit.register(lambda: summary and not quiet and os.getpid() == process and _say(summary()))
    overflows = _noted_overflows()
    try:
        main, code = main_module(script)
        _replaced.append(sys.modules['__main__'])
        sys.modules['__main__'] = main
        exec(code, main.__dict__)
        _finish(finished)
    except SystemExit as leaving:
        if not leaving.code:
            _finish(finished)
        raise
    except (NoScript, NotSupplied, SeedFault) as error:
        quiet.append(True)
        _say(['error: %s%s' % (place_in_script(error, sys.modules['__main__']), error)])
        raise SystemExit(2)
    except BaseException:
        sys.excepthook = _reporting(sys.excepthook, overflows)
        raise


def _finish(finished):
    """Call it; what it raises is a fault of this program or of the disk, never the script's."""
    if finished is None:
        return
    try:
        finished()
    except (LegacyError, OSError) as error:
        _say(['error: %s' % error])
        raise SystemExit(2)
    except Exception:
        traceback.print_exc()
        raise SystemExit(2)


def _reporting(hook, overflows):
    """The exception hook that was set, for an exception without our lines; then a remark if numpy may be the reason."""
    def report(kind, error, traceback):
        error = without_us(error)
        hook(kind, error, error.__traceback__)
        remark = numpy1.remark(' '.join(['%s: %s' % (kind.__name__, error)] + overflows))
        if remark:
            _say(['remark: ' + remark])
    return report


def _noted_overflows():
    """A list that gets the text of every warning of numpy's scalars, which are shown as before."""
    noted = []
    show = warnings.showwarning

    def showwarning(message, *args, **kwargs):
        if isinstance(message, RuntimeWarning):
            noted.append(str(message))
        show(message, *args, **kwargs)
    warnings.showwarning = showwarning
    return noted


def _say(lines):
    try:
        sys.stdout.flush()
        sys.stderr.write(''.join('%s\n' % line for line in lines))
        sys.stderr.flush()
    except (OSError, ValueError):  # closed by the script
        pass

"""Runs a script in this process as `python SCRIPT` would, with TensorFlow 1 in it. Runs on Python 3.6."""
import atexit
import os
import sys
import traceback
import warnings
from types import ModuleType, TracebackType
from typing import TYPE_CHECKING, Any, Callable, List, Optional, Type

from legacy.formats.ending import OURS, REFUSED, RUNNING, SCRIPT, Ending
from legacy.formats.errors import LegacyError, NotComparable
from legacy.worker.scripts import children, imports, namespace, numpy1, python3
from legacy.worker.scripts.lines import Lines
from legacy.worker.scripts.notsupplied import NotSupplied
from legacy.worker.scripts.program import NoScript, Script, main_module
from legacy.worker.scripts.seedcalls import SeedFault, Seeds
from legacy.worker.scripts.tracebacks import place_in_script, without_us

if TYPE_CHECKING:
    from legacy.worker.scripts.rewrittenruns import RewrittenRuns

Hook = Callable[[Type[BaseException], BaseException, Optional[TracebackType]], Any]  # as sys.excepthook

# the module __main__ that was there before: it must not be taken apart while its code runs
_replaced: List[ModuleType] = []


def run(script: Script, seeds: Seeds, summary: Optional[Callable[[], List[str]]] = None,
        finished: Optional[Callable[[], None]] = None, ending: Optional[Ending] = None,
        rewritten: 'Optional[RewrittenRuns]' = None) -> None:
    """Run a Script in this process; what ends it ends this process, as Python itself would end it.

    script: a `program.Script`. seeds: a `seedcalls.Seeds`. summary: a function that returns the lines for standard
    error when the process ends. finished: called when the script has ended without an error. ending: an
    `ending.Ending`, or None. rewritten: the rewrittenruns.RewrittenRuns in which its runs are made, or None. Raises
    whatever the script raises: let it pass, and Python reports it without lines of ours. What TensorFlow 1 had and is
    not to be had here is one line, and exit code 2; so is a run that cannot be made in its arithmetic.
    """
    ending = ending or Ending(None)
    namespace.install()
    numpy1.give_back()
    python3.give_back()
    children.prepare()
    seeds.watch()
    process = os.getpid()
    quiet: List[bool] = []

    def summarize() -> None:
        if summary is not None and not quiet and os.getpid() == process:
            _say(summary())
    atexit.register(summarize)
    overflows = _noted_overflows()
    try:
        main, code = main_module(script)
        _replaced.append(sys.modules['__main__'])
        sys.modules['__main__'] = main
        imports.keep_generators(_is_own(str(main.__file__)))
        seeds.seed_generators()
        ending.note(RUNNING)
        exec(code, main.__dict__)
    except SystemExit as leaving:
        _refuse_if(rewritten, leaving, ending, quiet)
        if leaving.code:
            ending.note(SCRIPT, 'exit code %s' % (leaving.code,))
            raise
        _finish(finished, ending, process)
        raise
    except (NoScript, NotSupplied, SeedFault, NotComparable) as error:
        _refuse('%s%s' % (place_in_script(error, sys.modules['__main__']), error), ending, quiet)
    except BaseException as error:
        _refuse_if(rewritten, error, ending, quiet)
        ending.note(SCRIPT, _one_line(error), missing=getattr(error, 'name', None) or ''
                    if isinstance(error, ModuleNotFoundError) else '')
        sys.excepthook = _reporting(sys.excepthook, overflows)
        raise
    _refuse_if(rewritten, None, ending, quiet)
    _finish(finished, ending, process)


def _refuse_if(rewritten: 'Optional[RewrittenRuns]', error: Optional[BaseException], ending: Ending,
               quiet: List[bool]) -> None:
    """Where a run could not be made in its arithmetic, or an error may come from the rewriting, this is nothing of the
    script's. error: what has ended the script, or None."""
    said = rewritten.refusal(error) if rewritten is not None else ''
    if said:
        place = '' if error is None else place_in_script(error, sys.modules['__main__'])
        _refuse(place + said, ending, quiet)


def _refuse(said: str, ending: Ending, quiet: List[bool]) -> None:
    """End with exit code 2, and one line in place of the summary."""
    quiet.append(True)
    ending.note(REFUSED, said)
    _say(['error: ' + said])
    raise SystemExit(2)


def _is_own(file: str) -> Callable[[str], bool]:
    """A function of a file: whether it is the script's, or of the current folder."""
    places = [Lines(file), Lines(os.path.join(os.getcwd(), 'here'))]
    return lambda path: any(place.is_of_script(path) for place in places)


def _one_line(error: BaseException) -> str:
    return ' '.join(('%s: %s' % (type(error).__name__, error)).split())


def _finish(finished: Optional[Callable[[], None]], ending: Ending, process: int) -> None:
    """Call it; what it raises is a fault of this program or of the disk, never the script's. process: the one that
    the script was started in; a child that it forked has nothing to finish."""
    if finished is None or os.getpid() != process:
        return
    try:
        finished()
    except (LegacyError, OSError) as error:
        ending.note(REFUSED, str(error))
        _say(['error: %s' % error])
        raise SystemExit(2)
    except Exception:
        ending.note(OURS, traceback.format_exc())
        traceback.print_exc()
        raise SystemExit(2)


def leave(finished: Callable[[], None], ending: Ending) -> None:
    """End this process here, in whatever thread, though the script has not ended: nobody wants to know the rest."""
    code = 2
    try:
        _finish(finished, ending, os.getpid())
        code = 0
    finally:
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (OSError, ValueError):  # closed by the script
                pass
        os._exit(code)


def _reporting(hook: Hook, overflows: List[str]) -> Hook:
    """The exception hook that was set, for an exception without our lines; then a remark if numpy may be the reason."""
    def report(kind: Type[BaseException], error: BaseException, traceback: Optional[TracebackType]) -> None:
        error = without_us(error)
        hook(kind, error, error.__traceback__)
        remark = numpy1.remark(' '.join(['%s: %s' % (kind.__name__, error)] + overflows))
        if remark:
            _say(['remark: ' + remark])
    return report


def _noted_overflows() -> List[str]:
    """A list that gets the text of every warning of numpy's scalars, which are shown as before."""
    noted: List[str] = []
    show = warnings.showwarning

    def showwarning(message: Any, *args: Any, **kwargs: Any) -> None:
        if isinstance(message, RuntimeWarning):
            noted.append(str(message))
        show(message, *args, **kwargs)
    warnings.showwarning = showwarning
    return noted


def _say(lines: List[str]) -> None:
    try:
        sys.stdout.flush()
        sys.stderr.write(''.join('%s\n' % line for line in lines))
        sys.stderr.flush()
    except (OSError, ValueError):  # closed by the script
        pass

"""Questions of a ladder and their answers, whatever is asked."""
import time
import typing

from legacy.formats.archive import RecordingError
from legacy.formats.errors import NotComparable
from legacy.formats.evidence import EvidenceError
from legacy.judge.findings import Finding

PASSED, FAILED, DIFFERS, REPORTED = 'passed', 'failed', 'differs', 'reported'
UNDECIDED, ERROR = 'undecided', 'error'
BROKEN = (FAILED, ERROR)


class Question(typing.NamedTuple):
    """What a rung asks. ask: function of what is compared that returns a Finding. judged: False where the answer
    is only reported. fails: whether a negative answer is a regression; if not, the rung `differs`. explains: whether
    `explained` needs it passed. requires: a function of the same that raises Undecided where it makes no sense."""
    name: str
    ask: typing.Callable
    judged: bool = True
    fails: bool = True
    explains: bool = False
    requires: typing.Callable | None = None


class Rung(typing.NamedTuple):
    """One question answered. status: passed, failed (a regression), differs (another formula or other bits, which alone
    is no regression), reported (never judged), undecided (it could not be asked here) or error (what was to be computed
    raised)."""
    name: str
    status: str
    finding: Finding
    seconds: float
    explains: bool = False


class Report(typing.NamedTuple):
    """verdict: one of verdict.VERDICTS. sentence: why. kernels: [drift.Drift]. uncovered: op types without a record.
    formulas: [formulas.Formula] that are not the reference's. environment: of the TensorFlow checked; reference: of
    the other. references: path."""
    verdict: str
    sentence: str
    rungs: list
    kernels: list
    uncovered: list
    formulas: list
    environment: dict
    reference: dict
    references: str


class Undecided(Exception):
    """The question makes no sense here; the message says why."""


def answered(question, *sides):
    """The Rung: `question.ask(*sides)`, and what became of it. Raises what says nothing about any TensorFlow:
    RecordingError where a file that is compared can no longer be read, NotComparable."""
    started = time.perf_counter()
    status, finding = _ask(question, sides)
    return Rung(question.name, status, finding, round(time.perf_counter() - started, 3), question.explains)


def _ask(question, sides):
    try:
        if question.requires:
            question.requires(*sides)
        finding = question.ask(*sides)
    except Undecided as error:
        return UNDECIDED, Finding(question.name, None, str(error))
    except EvidenceError as error:
        return ERROR, Finding(question.name, False, str(error))
    except (RecordingError, NotComparable):
        raise
    except Exception as error:  # an answer of a form that nobody thought of is that rung's error, not the report's end
        return ERROR, Finding(question.name, False, f'{type(error).__name__}: {error}')
    if finding.passed is None:  # of a judged question: the reference lacks what it takes to judge
        return UNDECIDED if question.judged else REPORTED, finding
    return (PASSED if finding.passed else FAILED if question.fails else DIFFERS), finding

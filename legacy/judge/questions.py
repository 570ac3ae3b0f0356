"""Questions of a ladder and their answers, whatever is asked."""
import time
import typing
from dataclasses import replace

from legacy.formats.archive import RecordingError
from legacy.formats.causes import Cause
from legacy.formats.errors import NotComparable
from legacy.formats.values import JsonObject
from legacy.judge import coverage
from legacy.judge.coverage import ERROR, FAILED, REPORTED, UNDECIDED
from legacy.judge.drift import Drift
from legacy.judge.exactness import Near
from legacy.judge.findings import Finding
from legacy.judge.formulas import Formula

BROKEN = (FAILED, ERROR)


class Question(typing.NamedTuple):
    """What a rung asks. ask: function of what is compared that returns a Finding. judged: False where the answer is
    only reported. fails: whether a negative answer is a regression; if not, the rung `differs`. explains: whether
    `explained` needs it passed. holds: whether `equivalent` does, too. requires: a function of the same that raises
    Undecided where it makes no sense."""
    name: str
    ask: typing.Callable[..., Finding]
    judged: bool = True
    fails: bool = True
    explains: bool = False
    holds: bool = False
    requires: typing.Callable[..., None] | None = None


class Rung(typing.NamedTuple):
    """One question answered. status: passed, nearer (passed, and the recorded side was further from the exact value
    than rounding allows), failed (a regression), differs (another formula or other bits, which alone is no regression),
    reported (not judged, or there is nothing to compare), undecided (not all could be compared) or error (what was to
    be computed raised)."""
    name: str
    status: str
    finding: Finding
    seconds: float
    explains: bool = False
    holds: bool = False


class Report(typing.NamedTuple):
    """verdict: one of verdict.VERDICTS. sentence: why. kernels: [drift.Drift]. formulas: [formulas.Formula] that are
    not the reference's. environment: of the TensorFlow checked; reference: of the other. references: path of the
    recording. unpinned: op types that portable arithmetic leaves as they are. rounds: [op type and line] that give
    other bits on the same inputs. left_out: what was not compared, in words. cause: the causes.Cause of a regression,
    or None. recorded_off: [exactness.Near] of the ops that the recorded side alone had off. fed_otherwise: feeds that
    differ by rounding, in words. moves: [causes.Cause] of the formulas that make other bits in portable arithmetic, by
    experiment; the others move no number."""
    verdict: str
    sentence: str
    rungs: list[Rung]
    kernels: list[Drift]
    formulas: list[Formula]
    environment: JsonObject
    reference: JsonObject
    references: str
    unpinned: typing.Sequence[str] = ()
    rounds: typing.Sequence[str] = ()
    left_out: typing.Sequence[str] = ()
    cause: Cause | None = None
    recorded_off: typing.Sequence[Near] = ()
    fed_otherwise: typing.Sequence[str] = ()
    moves: typing.Sequence[Cause] = ()


class Undecided(Exception):
    """The question makes no sense here; the message says why. expected: how many things the reference has that were to
    be compared."""

    def __init__(self, message: str, expected: int = 0) -> None:
        super().__init__(message)
        self.expected = expected


def answered(question: Question, *sides: typing.Any) -> Rung:
    """The Rung: `question.ask(*sides)`, and what became of it. Raises what says nothing about any TensorFlow:
    RecordingError where a file that is compared can no longer be read, NotComparable."""
    started = time.perf_counter()
    status, finding = _ask(question, sides)
    if finding.lacks:
        finding = replace(finding, text=f'{finding.text}; not compared: {coverage.in_words(finding.lacks)}')
    return Rung(question.name, status, finding, round(time.perf_counter() - started, 3), question.explains,
                question.holds)


def _ask(question: Question, sides: tuple[typing.Any, ...]) -> tuple[str, Finding]:
    try:
        if question.requires:
            question.requires(*sides)
        finding = question.ask(*sides)
        return (coverage.status_of(question, finding) if question.judged else REPORTED), finding
    except Undecided as error:
        return UNDECIDED, Finding(question.name, None, str(error), compared=0, expected=error.expected)
    except (RecordingError, NotComparable):
        raise
    except Exception as error:  # an answer of a form that nobody thought of is that rung's error, not the report's end
        return ERROR, Finding(question.name, False, f'{type(error).__name__}: {error}')

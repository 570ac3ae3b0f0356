"""How much of what was to be compared was, and why the rest was not.

What is to be compared follows from the recording alone. A question counts it; `status_of` is the one place that makes
of fewer, of none and of what could not be judged anything but a pass.
"""
import typing

if typing.TYPE_CHECKING:
    from legacy.judge.findings import Finding
    from legacy.judge.questions import Question

PASSED, FAILED, DIFFERS, REPORTED = 'passed', 'failed', 'differs', 'reported'
NEARER = 'nearer'  # passed, and nearer to the exact value than the recorded one, which was off
UNDECIDED, ERROR = 'undecided', 'error'
HOLD = (PASSED, NEARER)


class Reason(typing.NamedTuple):
    """Why things could not be compared. words: what they are. remedy: what to do about it."""
    words: str
    remedy: str


REASONS = {
    'no measure': Reason('of which the recording has no measure', 'record the script again'),
    'no floor': Reason('without a noise floor in the recording', 'record the script again'),
    'no repetition': Reason('that the recording has not made twice', 'record the script again'),
    'not recorded': Reason('that the recording lacks', 'record the script again'),
    'missing': Reason('that the runs here lack', 'see the questions on these runs'),
    'not here': Reason('that could not be had here', 'see the fault; another release may have it'),
    'no noise': Reason('that the runs with noise do not reach', 'record with two runs with noise or more (--noisy)'),
    'no band': Reason('where fewer than two runs with noise are finite', 'record with more runs with noise (--noisy)'),
    'other runs': Reason('of runs that follow from results, and are others here', 'nothing: the script decides by '
                         'its results what it runs'),
    'sample': Reason('whose difference is outside of the sample, and was not measured', 'record the script again'),
    'not replayed': Reason('that cannot be made again', 'see scripts.md, "What is not compared"'),
    'unsteady': Reason('that the recorded release does not repeat', 'nothing: the script or its kernels'),
    'draws': Reason('of a kind that draws other numbers when it is made again', 'nothing: the other questions hold'),
    'races': Reason("of the script's own runs, of reads that race with writes", 'nothing: luck decides'),
    'not pinned': Reason('that portable arithmetic leaves as they are here', 'see portable.md, "Limits"'),
    'recorded off': Reason('that follow from what the recorded release had off, or was fed otherwise', 'nothing'),
    'summary': Reason('of summaries, in which rounding changes the text', 'fetch the number that the summary shows, '
                      'too'),
    'unseen': Reason('that nobody watched', 'see scripts.md, "What is not compared"'),
}


class Lack(typing.NamedTuple):
    """Things that were to be compared and were not. reason: of REASONS. example: one of them, or a fault, in words."""
    reason: str
    count: int  # type: ignore[assignment]  # a tuple has a method of this name
    example: str = ''


class Lacks:
    """Gathers Lacks: one for each reason, with the first example."""

    def __init__(self) -> None:
        self._found: dict[str, Lack] = {}

    def add(self, reason: str, example: str = '', count: int = 1) -> None:
        known = self._found.get(reason)
        self._found[reason] = Lack(reason, count + (known.count if known else 0), known.example if known else example)

    def all(self) -> tuple[Lack, ...]:
        return tuple(self._found.values())

    def __len__(self) -> int:
        return sum(lack.count for lack in self._found.values())


def in_words(lacks: typing.Iterable[Lack]) -> str:
    """'2 without a noise floor in the recording (w after run 3)' and so on."""
    return '; '.join(f'{lack.count} {REASONS[lack.reason].words}' + (f' ({lack.example})' if lack.example else '')
                     for lack in lacks)


def remedies(lacks: typing.Iterable[Lack]) -> str:
    return '; '.join(dict.fromkeys(REASONS[lack.reason].remedy for lack in lacks))


def status_of(question: 'Question', finding: 'Finding') -> str:
    """The status of a judged question's answer. Raises TypeError where a passed one does not say how much it compared:
    then nobody knows whether it compared anything."""
    if finding.passed is False:
        return FAILED if question.fails or finding.fails else DIFFERS
    if finding.passed is None:
        return UNDECIDED
    if finding.compared is None or finding.expected is None:
        raise TypeError(f'{question.name} does not say how many things it compared')
    if finding.compared < finding.expected:
        return UNDECIDED
    return REPORTED if not finding.expected else NEARER if finding.nearer else PASSED

"""What changed from a subject's run under one release to its run under the next: facts, and their words last."""
import typing
from collections.abc import Sequence

from legacy.formats import causes
from legacy.formats.causes import Cause
from legacy.formats.values import JsonObject
from legacy.judge import causewords
from legacy.judge.findings import listed
from legacy.judge.formulas import FEW, Formula
from legacy.upgrade.matrix import Outcome
from legacy.upgrade.summary import KINDS

BITS_OF = 'formulas'  # the one of `summary.KINDS` that is no number
MOST = 3  # causes that are named


class Border(typing.NamedTuple):
    """Two rows, one after the other, that differ. kinds: in what, of `summary.KINDS`. causes: of the later row's
    departures, which the earlier does not have; gone: the other way round. formulas: that the later row has otherwise
    than recorded and the earlier has not; again: lines of which it is the other way round. failing: labels of the
    rows under which the script fails."""
    before: str
    after: str
    kinds: list[str]
    causes: list[Cause] = []
    gone: list[Cause] = []
    formulas: list[Formula] = []
    again: list[str] = []
    failing: list[str] = []

    @property
    def words(self) -> str:
        """What changed, the causes first; '' if both rows fail."""
        if self.failing:
            return f'the script fails under {self.failing[0]}' if len(self.failing) == 1 else ''
        said = [f'the cause: {_named(self.causes)}'] if self.causes else []
        said += [f'no longer: {_named(self.gone)}'] if self.gone else []
        named = {item.line for item in self.causes if item.what == 'formula'}
        formulas = [item for item in self.formulas if item.line not in named]
        if formulas:
            more = f'; and {len(formulas) - FEW} calls more' if len(formulas) > FEW else ''
            said.append('another formula than recorded: ' + '; '.join(item.words for item in formulas[:FEW]) + more)
        said += [f'the recorded formula again: {", ".join(self.again)}'] if self.again else []
        bits = [kind for kind in self.kinds if kind != BITS_OF]
        if bits:
            unknown = '' if said else '; the cause is not known'
            said.append(f'other bits in {", ".join(bits)}{unknown}')
        return '; '.join(said)


def borders(outcomes: Sequence[Outcome]) -> list[Border]:
    """[Border, ...] between rows that were run, one after the other."""
    ran = [outcome for outcome in outcomes if outcome.summary]
    found = [border(a, b) for a, b in zip(ran, ran[1:])]
    return [item for item in found if item.kinds]


def border(a: Outcome, b: Outcome) -> Border:
    """The Border between two matrix.Outcomes that were run."""
    kinds = [kind for kind in KINDS if a.summary['signatures'].get(kind) != b.summary['signatures'].get(kind)]
    failing = [outcome.label for outcome in (a, b) if not outcome.summary['signatures']]
    if failing:
        return Border(a.label, b.label, kinds, failing=failing)
    ours, theirs = of_row(a.summary), of_row(b.summary)
    formulas, formulas_here = (outcome.summary['report']['formulas'] for outcome in (a, b))
    lines = {(item['line'], item['of']) for item in formulas_here}
    return Border(
        a.label, b.label, kinds,
        [item for item in theirs if not any(is_same(item, other) for other in ours)],
        [item for item in ours if not any(_is_of(item, other) for other in theirs)],
        [Formula(**item) for item in formulas_here if item not in formulas],
        sorted({item['line'] for item in formulas if (item['line'], item['of']) not in lines}))


def of_row(summary: JsonObject) -> list[Cause]:
    """The causes of what a row departs in: of its regression, and of other bits."""
    cause = of_regression(summary)
    return ([] if cause is None else [cause]) + [causes.of_json(item) for item in summary['causes']]


def of_regression(summary: JsonObject) -> Cause | None:
    """The cause of a row's regression; None where it is none, or nobody knows it."""
    found = summary['report'].get('cause')
    return causes.of_json(found) if found else None


def _is_of(one: Cause, other: Cause) -> bool:
    """Whether two causes are of one kind, line and op."""
    return (one.what, one.line, one.op) == (other.what, other.line, other.op)


def is_same(one: Cause, other: Cause) -> bool:
    """Whether one row departs as another does: in one kind, line and op, to the same values."""
    return _is_of(one, other) and one.values == other.values


def has(summary: JsonObject, cause: Cause) -> bool:
    """Whether the cause of a row's regression is of this one's kind, line and op."""
    found = of_regression(summary)
    return found is not None and _is_of(found, cause)


def _named(items: list[Cause]) -> str:
    return str(listed([causewords.said(item) for item in items], MOST))

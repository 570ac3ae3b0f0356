"""The first release at which something changes, found with the fewest rows."""
import re
import sys
import typing
from collections.abc import Callable, Sequence

from legacy.judge.verdict import GOOD
from legacy.machine import processes
from legacy.upgrade import borders
from legacy.upgrade.borders import Border
from legacy.upgrade.matrix import Matrix, Outcome
from legacy.upgrade.releasetable import Release, TableError, find

LONGEST_LISTING = 120  # seconds
NIGHTLY = 'tf-nightly'


class Looked(typing.NamedTuple):
    """What is looked at. on: its name on the command line. words: what it is. answer: function of an Outcome, whose
    value may change; None or empty where the row was run and has no such answer. told: function of the Outcomes before
    and after a change: what to say of it, or ''. aimed: function of the last release's Outcome that returns the Looked
    that this one is for that, or None. verb: what a change is, in words."""
    on: str
    words: str
    answer: Callable[[Outcome], typing.Any]
    told: Callable[[Outcome, Outcome], str] = lambda before, after: ''
    aimed: Callable[[Outcome], 'Looked'] | None = None
    verb: str = 'changed'


def _aimed_at_cause(last: Outcome) -> Looked:
    """The Looked for the cause of the last release's regression."""
    cause = borders.of_regression(last.summary) if last.summary else None
    if cause is None:  # then the last row gives no answer
        return ON['cause']._replace(answer=lambda outcome: outcome.label != last.label)

    def answer(outcome: Outcome) -> str | None:
        if borders.has(outcome.summary, cause):
            return 'with'
        known = outcome.verdict in GOOD or borders.of_regression(outcome.summary)
        return 'without' if known else None
    return ON['cause']._replace(words=f'the cause of {last.label}', answer=answer)


def _of(kind: str) -> Callable[[Outcome], str | None]:
    """The answer that a row's numbers of a kind are, of `summary.KINDS`."""
    return lambda outcome: outcome.summary['signatures'].get(kind)


ON = {looked.on: looked for looked in (
    Looked('kernels', "the ops' own answers", _of('ops alone')), Looked('history', 'what is fetched', _of('fetched')),
    Looked('formula', 'the formulas', _of('formulas')),
    Looked('verdict', 'the verdict', lambda outcome: outcome.verdict,
           lambda before, after: f'{after.verdict} after {before.verdict}'),
    Looked('cause', 'the cause', lambda outcome: None, aimed=_aimed_at_cause, verb='appeared'))}


class Found(typing.NamedTuple):
    """on: a Looked. before, after: the last Outcome as at the good end and the first that is not; None where
    nothing changes or an end was not run. skipped: labels between the two that could not be run. border: between the
    two, a borders.Border or None. outcomes: every row that was asked for, by age."""
    on: Looked
    before: Outcome | None
    after: Outcome | None
    skipped: list[str]
    border: Border | None
    outcomes: list[Outcome]

    @property
    def sentence(self) -> str:
        words = self.on.words
        if not (self.before and self.after and self.border):
            bad = [outcome.label for outcome in self.outcomes if not outcome.summary]
            silent = [outcome.label for outcome in self.outcomes if outcome.summary and not self.on.answer(outcome)]
            if bad:
                return f'Not decided: {", ".join(bad)} could not be run.'
            if silent:
                return f'Not decided: {", ".join(silent)} gave no answer about {words}.'
            return f'{words[0].upper()}{words[1:]} did not change between {self.outcomes[0].label} and ' \
                   f'{self.outcomes[-1].label}.'
        text = ': '.join(filter(None, [
            f'{words[0].upper()}{words[1:]} {self.on.verb} at {self.after.label}, after {self.before.label}',
            self.on.told(self.before, self.after), self.border.words]))
        return f'{text}. Between them not run: {", ".join(self.skipped)}.' if self.skipped else f'{text}.'


def bisect(releases: Sequence[Release], on: Looked, matrix: Matrix) -> Found:
    """Found of a Looked, for Releases of which the first is good and the last is not, by age. A row that cannot be run,
    or gives no such answer, is passed over for its neighbour."""
    known: dict[int, Outcome] = {}  # by number of a release

    def run(*numbers: int) -> None:
        for k, outcome in zip(numbers, matrix.run([releases[k] for k in numbers])):
            known[k] = outcome

    def answered(k: int) -> bool:
        return bool(known[k].summary and changed(known[k]))

    last = len(releases) - 1
    run(0, last)
    on = on.aimed(known[last]) if on.aimed else on
    changed, low, high = on.answer, 0, last
    if not (answered(low) and answered(high)) or changed(known[low]) == changed(known[high]):
        return Found(on, None, None, [], None, [known[k] for k in sorted(known)])
    while True:
        between = [k for k in range(low + 1, high) if k not in known or answered(k)]
        if not between:
            break
        middle = min(between, key=lambda k: abs(2 * k - low - high))
        run(middle)
        if answered(middle):
            low, high = (middle, high) if changed(known[middle]) == changed(known[0]) else (low, middle)
    return Found(on, known[low], known[high], [known[k].label for k in range(low + 1, high)],
                 borders.border(known[low], known[high]), [known[k] for k in sorted(known)])


def between(known: Sequence[Release], good: str, bad: str, every: bool = False) -> list[Release]:
    """The Releases from one to the other, by age: rows of the table, or every release that the package index offers.

    Raises TableError if the ends are not of the table or not in order, processes.ProcessFault if the index cannot be
    asked.
    """
    rows = {release.name: release for release in known}
    for name in (good, bad):
        if name not in rows:
            raise TableError(f'{name} is not in the table; its rows are {", ".join(rows)}')
    if rows[good].order >= rows[bad].order:
        raise TableError(f'{good} is not older than {bad}')
    found = [release for release in known if rows[good].order <= release.order <= rows[bad].order]
    if every:
        offered = {name for python in sorted({release.python for release in found}) for name in _offered(python)}
        others = [find(known, name) for name in sorted(offered - set(rows))]
        found += [release for release in others if rows[good].order < release.order < rows[bad].order]
    return sorted(found, key=lambda release: release.order)


def nightlies(known: Sequence[Release]) -> list[Release]:
    """The Releases of tf-nightly that the package index still offers for the newest row's Python, by age.

    Raises TableError if there are fewer than two, processes.ProcessFault if the index cannot be asked.
    """
    python = known[-1].python
    found = [find(known, f'{NIGHTLY}=={version}', python) for version in _offered(python, NIGHTLY, '--pre')]
    if len(found) < 2:
        raise TableError(f'the package index offers {len(found)} {NIGHTLY} for CPython {python}')
    return sorted(found, key=lambda release: release.order)


def _offered(python: str, package: str = 'tensorflow', *options: str) -> list[str]:
    """Versions of a package that have a wheel for this Python on the index that pip is set to."""
    said = processes.run([sys.executable, '-m', 'pip', 'index', 'versions', package, '--python-version', python,
                          '--only-binary', ':all:', *options], LONGEST_LISTING)
    listed = re.search(r'^Available versions: (.*)$', said, re.MULTILINE)
    return listed.group(1).split(', ') if listed else []

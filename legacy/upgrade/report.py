"""What a matrix found: for a program and for a CI. For a person it is in `table` and in `page`."""
import functools
from collections.abc import Iterable, Sequence
from typing import Any

from legacy.formats.values import JsonObject, finite
from legacy.judge import verdict
from legacy.reports import checkreport, junit
from legacy.upgrade import advice
from legacy.upgrade.bisection import Found
from legacy.upgrade.borders import borders
from legacy.upgrade.matrix import NOT_RUN, Outcome
from legacy.upgrade.plateaus import plateaus
from legacy.upgrade.subject import Subject

SCHEMA = 2


class Result:
    """outcomes: [matrix.Outcome]. subject: of the matrix. baseline: the release whose numbers are the measure.
    plateaus, borders: see there. code: the exit code."""

    def __init__(self, outcomes: Sequence[Outcome], subject: Subject, strict: str = 'equivalent',
                 found: Found | None = None) -> None:
        self.outcomes, self.strict, self.found = outcomes, strict, found
        self.subject, self.baseline = subject, subject.baseline
        self.plateaus = plateaus(outcomes)
        self.borders = borders(outcomes)
        self.code = exit_code(outcomes, strict)

    @functools.cached_property
    def advice(self) -> str:
        """See `advice`."""
        return advice.advice(self.outcomes, self.baseline)


def exit_code(outcomes: Sequence[Outcome], strict: str) -> int:
    """1 if a row's verdict is worse than `strict`; else 2 if one is undecided, or was not run; else 0."""
    codes = {verdict.exit_code(outcome.verdict, strict) if outcome.summary else 2 for outcome in outcomes}
    return 1 if 1 in codes else max(codes, default=0)


def merged(notes: Iterable[Sequence[Any]]) -> dict[str, list[str]]:
    """{what: [in words]} of what was not compared. notes: [(what, [in words])] of all rows."""
    found: dict[str, dict[str, None]] = {}
    for what, texts in notes:
        found.setdefault(what, {}).update(dict.fromkeys(texts))
    return {what: list(texts) for what, texts in found.items()}


def drifting(outcome: Outcome) -> dict[str, int]:
    """{op type: largest ulp} of the ops that, asked alone, answer otherwise than the baseline's."""
    return {kernel['op_type']: kernel['largest'] for kernel in outcome.summary['report']['kernels']
            if kernel['different']}


def as_json(found: Result) -> JsonObject:
    """All of it as JSON values; `data/upgrade.schema.json` describes them."""
    bisected = found.found and {
        'on': found.found.on.on, 'sentence': found.found.sentence, 'skipped': found.found.skipped,
        'before': found.found.before and found.found.before.label,
        'after': found.found.after and found.found.after.label}
    content: JsonObject = finite({
        'schema': SCHEMA, 'subject': found.subject.name, 'baseline': found.baseline, 'advice': found.advice,
        'seconds_recorded': found.subject.measure.header['seconds']['script'],
        'exit_code': found.code, 'strict': found.strict, 'bisection': bisected or None,
        'rows': [_row(outcome) for outcome in found.outcomes],
        'plateaus': {kind: [{'letter': plateau.letter, 'rows': plateau.labels} for plateau in runs]
                     for kind, runs in found.plateaus.items()},
        'borders': [{'before': item.before, 'after': item.after, 'changed': item.kinds, 'words': item.words,
                     'causes': [cause._asdict() for cause in item.causes]} for item in found.borders]})
    return content


def _row(outcome: Outcome) -> JsonObject:
    summary = outcome.summary or {'seconds': None, 'notes': []}
    return {'label': outcome.label, 'release': outcome.release.name, 'python': outcome.release.python,
            'verdict': outcome.verdict, 'why': advice.short(outcome),
            'fault': outcome.fault or None, 'mend': outcome.mend or None,
            'host': outcome.host.name if outcome.summary else None, 'seconds': outcome.seconds, 'log': str(outcome.log),
            'evidence': str(outcome.folder) if outcome.folder else None, 'signatures': summary.get('signatures'),
            'seconds_of_run': summary['seconds'], 'changed_lines': advice.changed_lines(outcome),
            'rounds_otherwise': summary.get('rounding') or None,
            'not_compared': [{'what': what, 'which': texts} for what, texts in summary['notes']],
            'check': summary.get('report')}


def as_junit(found: Result) -> bytes:
    """The file's bytes: a suite for each row; a row that was not run is an error."""
    suites = []
    for outcome in found.outcomes:
        if outcome.summary:
            code = verdict.exit_code(outcome.verdict, found.strict)
            suite = checkreport.junit_suite({**outcome.summary['report'], 'exit_code': code})
            suite.set('name', f'{outcome.label}: {suite.get("name")}')
        else:
            suite = junit.suite(f'{outcome.label}: {NOT_RUN}', 'compat_run.upgrade',
                                [('row', 'error', f'{outcome.fault}; {outcome.log}', 0)])
        suites.append(suite)
    return junit.document(suites, 'upgrade')

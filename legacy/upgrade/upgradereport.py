"""What a matrix found: for a person, for a program and for a CI."""
import typing
from collections.abc import Sequence

from legacy.formats import opseeds, processor
from legacy.formats.values import JsonObject, finite
from legacy.judge import verdict
from legacy.reports import checkreport, junit
from legacy.upgrade import scriptrows
from legacy.upgrade.bisection import Found
from legacy.upgrade.matrix import NOT_RUN, Matrix, Outcome
from legacy.upgrade.plateaus import Border, borders, plateaus
from legacy.upgrade.releasetable import OLDEST_BY_DEFAULT
from legacy.upgrade.scriptborders import ScriptBorder

SCHEMA = 1
COLUMNS = ('op seeds', 'float32 costs', 'float32 weights', 'portable all', 'float64 weights')  # of the table


class Result:
    """outcomes: [matrix.Outcome]. subject: of the matrix. plateaus, borders: see `plateaus`. code: the exit code."""

    subject: typing.Any = None
    baseline = OLDEST_BY_DEFAULT  # the release whose numbers are the measure

    def __init__(self, outcomes: Sequence[Outcome], matrix: Matrix, strict: str = 'equivalent',
                 found: Found | None = None) -> None:
        self.outcomes, self.strict, self.found = outcomes, strict, found
        self.subject, self.baseline = matrix.subject, matrix.subject.baseline
        self.plateaus = plateaus(outcomes)
        self.borders = borders(outcomes, matrix)
        self.code = exit_code(outcomes, strict)

    def letter(self, kind: str, label: str) -> str:
        """Of the plateau that a row is in; '' if it was not run."""
        return next((plateau.letter for plateau in self.plateaus[kind] if label in plateau.labels), '')


def exit_code(outcomes: Sequence[Outcome], strict: str) -> int:
    """1 if a row's verdict is worse than `strict`; else 2 if one is undecided, or was not run; else 0."""
    codes = {verdict.exit_code(outcome.verdict, strict) if outcome.summary else 2 for outcome in outcomes}
    return 1 if 1 in codes else max(codes, default=0)


def drifting(outcome: Outcome) -> list[tuple[str, int]]:
    """[(op type, largest ulp)] of the kernels that answer otherwise than the baseline's."""
    return [(kernel['op_type'], kernel['largest']) for kernel in outcome.summary['report']['kernels']
            if kernel['different']]


def answered(outcome: Outcome) -> bool:
    """Whether the kernels of a row that was run could be run."""
    return bool(outcome.summary['kernels'])


def family(outcome: Outcome) -> str:
    """The name of the family of op seeds that the release derives."""
    return opseeds.family_of(outcome.summary['op_seeds']) or 'unknown'


def explanation(outcome: Outcome) -> str:
    """In words why a row is as it is."""
    if not outcome.summary:
        return outcome.fault
    return str(outcome.summary['report']['sentence'])


# ---- for a person

def as_text(found: Result) -> str:
    """The table, what was not run, and the borders."""
    if found.subject and found.subject.script:
        return scriptrows.as_text(found)
    width = max([len(outcome.label) for outcome in found.outcomes] + [7])
    line = f'{{:<{width}}}  {{:<6}}  {{:<11}}  {{:<9}}  {{:^7}}  {{:^8}}  {{:^7}}  {{:>7}}  {{}}'
    lines = [line.format('release', 'Python', 'verdict', 'op seeds', 'float32', 'portable', 'float64', 'seconds',
                         f'kernels unlike {found.baseline}, in ulp')]
    for outcome in found.outcomes:
        cells = ['', '', '', '', '', '']
        if outcome.summary:
            cells = [family(outcome), *[found.letter(kind, outcome.label) for kind in COLUMNS[1:]]]
        lines.append(line.format(
            outcome.label, outcome.release.python, outcome.verdict, cells[0],
            f'{cells[2]}/{cells[1]}' if cells[1] else '', *cells[3:5],
            f'{sum(outcome.seconds.values()):.1f}' if outcome.seconds else 'kept' * bool(outcome.summary),
            _kernels(outcome)).rstrip())
    lines += ['', 'Letters: rows with the same letter are bit-identical. float32: weights/costs; portable: everything '
              'recorded; float64: weights; weights are those of the network with batch normalisation.',
              *made_on(found)]
    return '\n'.join(lines + scriptrows.below_the_table(found))


def made_on(found: Result) -> list[str]:
    """Whose the numbers are, and what of them holds elsewhere: a line or, where nothing was run, none."""
    processors = sorted({processor.in_words(outcome.summary['report']['environment']) for outcome in found.outcomes
                         if outcome.summary})
    return [f'Made on {"; ".join(processors)}. On a processor of another kind portable is the same, bit for bit, and '
            'float64 to 9e-9 of each cost; the letters of float32 and float64, and the kernels, are of the one that '
            'they were made on.'] if processors else []


def _kernels(outcome: Outcome) -> str:
    if not outcome.summary:
        return ''
    return '  '.join(f'{op_type} {ulp}' for op_type, ulp in drifting(outcome)) if answered(outcome) else NOT_RUN


# ---- for a program, for a CI

def as_json(found: Result) -> JsonObject:
    """All of it as JSON values; `data/upgrade.schema.json` describes them."""
    bisected = found.found and {
        'on': found.found.on.on, 'sentence': found.found.sentence, 'skipped': found.found.skipped,
        'before': found.found.before and found.found.before.label,
        'after': found.found.after and found.found.after.label}
    script = scriptrows.as_json(found) if found.subject and found.subject.script else {}
    content: JsonObject = finite({
        'schema': SCHEMA, 'baseline': found.baseline, **script, 'exit_code': found.code, 'strict': found.strict,
        'bisection': bisected or None,
        'rows': [_row(outcome) for outcome in found.outcomes],
        'plateaus': {kind: [{'letter': plateau.letter, 'rows': plateau.labels} for plateau in runs]
                     for kind, runs in found.plateaus.items()},
        'borders': [{'before': item.before, 'after': item.after, 'changed': item.kinds, 'op_seeds': item.op_seeds,
                     'kernels': [{'op_type': op_type, 'ulp': ulp} for op_type, ulp in item.kernels],
                     'words': item.words, **_causes(item)}
                    for item in found.borders]})
    return content


def _causes(border: Border | ScriptBorder) -> JsonObject:
    """What stands in the JSON of a script's border alone."""
    return {'causes': [cause._asdict() for cause in border.causes]} if isinstance(border, ScriptBorder) else {}


def _row(outcome: Outcome) -> JsonObject:
    summary = outcome.summary or {}
    return {'label': outcome.label, 'release': outcome.release.name, 'python': outcome.release.python,
            'verdict': outcome.verdict, 'fault': outcome.fault or None, 'mend': outcome.mend or None,
            'host': outcome.host.name if summary else None, 'seconds': outcome.seconds, 'log': str(outcome.log),
            'evidence': str(outcome.folder) if outcome.folder else None, 'op_seeds': summary.get('op_seeds'),
            'op_seed_family': family(outcome) if summary.get('op_seeds') else None,
            'signatures': summary.get('signatures'),
            'check': summary.get('report'),
            **({'script': scriptrows.row(outcome)} if 'series' in summary else {})}


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

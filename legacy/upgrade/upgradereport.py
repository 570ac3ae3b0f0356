"""What a matrix found: for a person, for a program and for a CI."""
from legacy.formats import opseeds, processor
from legacy.formats.values import finite
from legacy.judge import verdict
from legacy.reports import checkreport, junit
from legacy.upgrade import scriptrows
from legacy.upgrade.matrix import NOT_RUN
from legacy.upgrade.plateaus import borders, plateaus
from legacy.upgrade.releasetable import OLDEST_BY_DEFAULT

SCHEMA = 1
COLUMNS = ('op seeds', 'float32 costs', 'float32 weights', 'portable all', 'float64 weights')  # of the table


class Result:
    """outcomes: [matrix.Outcome]. subject: of the matrix. plateaus, borders: see `plateaus`. code: the exit code."""

    subject = None
    baseline = OLDEST_BY_DEFAULT  # the release whose numbers are the measure

    def __init__(self, outcomes, matrix, strict='equivalent', found=None):
        self.outcomes, self.strict, self.found = outcomes, strict, found
        self.subject, self.baseline = matrix.subject, matrix.subject.baseline
        self.plateaus = plateaus(outcomes)
        self.borders = borders(outcomes, matrix)
        self.code = exit_code(outcomes, strict)

    def letter(self, kind, label):
        """Of the plateau that a row is in; '' if it was not run."""
        return next((plateau.letter for plateau in self.plateaus[kind] if label in plateau.labels), '')


def exit_code(outcomes, strict):
    """1 if a row's verdict is worse than `strict`; else 2 if one is undecided, or was not run; else 0."""
    codes = {verdict.exit_code(outcome.verdict, strict) if outcome.summary else 2 for outcome in outcomes}
    return 1 if 1 in codes else max(codes, default=0)


def drifting(outcome):
    """[(op type, largest ulp)] of the kernels that answer otherwise than the baseline's."""
    return [(kernel['op_type'], kernel['largest']) for kernel in outcome.summary['report']['kernels']
            if kernel['different']]


def answered(outcome):
    """Whether the kernels of a row that was run could be run."""
    return bool(outcome.summary['kernels'])


def family(outcome):
    """The name of the family of op seeds that the release derives."""
    return opseeds.family_of(outcome.summary['op_seeds']) or 'unknown'


def explanation(outcome):
    """In words why a row is as it is."""
    if not outcome.summary:
        return outcome.fault
    return outcome.summary['report']['sentence']


# ---- for a person

def as_text(found):
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


def made_on(found):
    """Whose the numbers are, and what of them holds elsewhere: a line or, where nothing was run, none."""
    processors = sorted({processor.in_words(outcome.summary['report']['environment']) for outcome in found.outcomes
                         if outcome.summary})
    return [f'Made on {"; ".join(processors)}. On a processor of another kind portable is the same, bit for bit, and '
            'float64 to 9e-9 of each cost; the letters of float32 and float64, and the kernels, are of the one that '
            'they were made on.'] if processors else []


def _kernels(outcome):
    if not outcome.summary:
        return ''
    return '  '.join(f'{op_type} {ulp}' for op_type, ulp in drifting(outcome)) if answered(outcome) else NOT_RUN


# ---- for a program, for a CI

def as_json(found):
    """All of it as JSON values; `data/upgrade.schema.json` describes them."""
    bisected = found.found and {
        'on': found.found.on.on, 'sentence': found.found.sentence, 'skipped': found.found.skipped,
        'before': found.found.before and found.found.before.label,
        'after': found.found.after and found.found.after.label}
    script = scriptrows.as_json(found) if found.subject and found.subject.script else {}
    return finite({
        'schema': SCHEMA, 'baseline': found.baseline, **script, 'exit_code': found.code, 'strict': found.strict,
        'bisection': bisected or None,
        'rows': [_row(outcome) for outcome in found.outcomes],
        'plateaus': {kind: [{'letter': plateau.letter, 'rows': plateau.labels} for plateau in runs]
                     for kind, runs in found.plateaus.items()},
        'borders': [{'before': item.before, 'after': item.after, 'changed': item.kinds, 'op_seeds': item.op_seeds,
                     'kernels': [{'op_type': op_type, 'ulp': ulp} for op_type, ulp in item.kernels],
                     'words': item.words, **({'causes': [cause._asdict() for cause in item.causes]} if script else {})}
                    for item in found.borders]})


def _row(outcome):
    summary = outcome.summary or {}
    return {'label': outcome.label, 'release': outcome.release.name, 'python': outcome.release.python,
            'verdict': outcome.verdict, 'fault': outcome.fault or None, 'mend': outcome.mend or None,
            'host': outcome.host.name if summary else None, 'seconds': outcome.seconds, 'log': str(outcome.log),
            'evidence': str(outcome.folder) if outcome.folder else None, 'op_seeds': summary.get('op_seeds'),
            'op_seed_family': family(outcome) if summary.get('op_seeds') else None,
            'signatures': summary.get('signatures'),
            'check': summary.get('report'),
            **({'script': scriptrows.row(outcome)} if 'series' in summary else {})}


def as_junit(found):
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

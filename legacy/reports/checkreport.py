"""A check's report for a person, for a program (`data/check.schema.json`) and for a CI (JUnit)."""
from legacy.formats import processor
from legacy.formats.values import finite
from legacy.judge.asking import BROKEN
from legacy.judge.coverage import DIFFERS, PASSED, UNDECIDED
from legacy.reports import junit

SCHEMA = 3
MEANING = {'identical': 'the run is the recorded one, bit for bit', 'explained': 'rounding alone',
           'equivalent': 'every step is within the noise floor'}
# {rung: what it says where it passed, in words}, of the article.
FACTS = {'portable history': 'in portable arithmetic, the whole run',
         'teacher-forced steps': 'in float32, step by step'}
OPEN = {DIFFERS: 'differs', UNDECIDED: 'could not be decided'}
HEADING = f'{"rung":<21} {"result":<9} {"deviation":>9} {"limit":>7} {"seconds":>7}  compared'


def row(rung):
    """One line of the table, and a second one where a rung names its first fault."""
    found = rung.finding
    numbers = _short(found.deviation), 'bits' if found.tolerance == 0 else _short(found.tolerance)
    line = '{:<21} {:<9} {:>9} {:>7} {:>7.2f}'.format(rung.name, rung.status, *numbers, rung.seconds)
    return f'{line}  {found.text}'


def _short(number):
    return '' if number is None else f'{number:.2g}' if number < 1e5 or number >= 1e9 else f'{number:.1e}'


def ending(report, verdict=None):
    """The kernels' table, where one drifts, and the verdict. verdict: its lines, word and sentence unless given."""
    lines = []
    if any(kernel.drifts for kernel in report.kernels):
        table = '{:<21} {:>9} {:>9} {:>9} {:>7} {:>9}  {}'.format
        lines += ['', table('kernel', 'instances', 'elements', 'different', 'ulp', 'mean ulp', 'first')]
        lines += [table(kernel.op_type, kernel.instances, kernel.elements, kernel.different, kernel.largest,
                        f'{kernel.mean:.2g}', kernel.first) for kernel in report.kernels if kernel.drifts]
        lines.append('Each op alone; what the optimizer fuses at run time is covered by the teacher-forced steps.')
    return '\n'.join([*lines, '', *(verdict or [f'{report.verdict}: {report.sentence}'])])


def verdict_of_the_article(report):
    """The verdict in a line, and under it one fact a line, of the article's rungs."""
    broken = [rung for rung in report.rungs if rung.status in BROKEN]
    if broken:
        return [f'{report.verdict}: first at "{broken[0].name}"',
                *[f'  {rung.name}: {rung.finding.text}' for rung in broken]]
    lines = [f'{report.verdict}: {MEANING.get(report.verdict, report.sentence)}']
    if report.verdict == 'identical':
        return lines
    found = {rung.name: rung for rung in report.rungs}
    lines += [f'  {words}: {found[name].finding.text}' for name, words in FACTS.items()
              if name in found and found[name].status == PASSED]
    lines += [f'  {name} {OPEN[rung.status]}: {rung.finding.text}' for name, rung in found.items()
              if rung.status in OPEN and name != 'formulas']
    drifting = [f'{kernel.op_type} by {kernel.largest} ulp at most' for kernel in report.kernels if kernel.drifts]
    lines += [f'  kernels that round otherwise: {", ".join(drifting)}'] * bool(drifting)
    alike = 'formulas that round alike' if report.verdict == 'explained' else 'other formulas'
    lines += [f'  {alike}, {len(report.formulas)} calls:'] * bool(report.formulas)
    lines += [f'    {formula.words}' for formula in report.formulas]
    return [*lines, f'  processor: {processor.against(report.environment, report.reference)}']


def as_json(report, strict, code):
    """The report as JSON values; `data/check.schema.json` describes them."""
    return finite({
        'schema': SCHEMA, 'verdict': report.verdict, 'sentence': report.sentence, 'strict': strict, 'exit_code': code,
        'references': report.references, 'environment': report.environment, 'reference': report.reference,
        'rungs': [{'name': rung.name, 'status': rung.status, 'text': rung.finding.text,
                   'deviation': rung.finding.deviation, 'ulp': rung.finding.ulp, 'tolerance': rung.finding.tolerance,
                   'first': rung.finding.first, 'compared': rung.finding.compared, 'expected': rung.finding.expected,
                   'lacks': [lack._asdict() for lack in rung.finding.lacks], 'seconds': rung.seconds}
                  for rung in report.rungs],
        'kernels': [kernel._asdict() for kernel in report.kernels], 'uncovered': report.uncovered,
        'formulas': [formula._asdict() for formula in report.formulas],
        'cause': report.cause and report.cause._asdict()})


def junit_suite(found):
    """The JUnit suite of `as_json`'s result: one test case a rung and one for the verdict, which is an error where it
    is undecided. A rung that is, is skipped."""
    kinds = {'failed': 'failure', 'error': 'error', 'undecided': 'skipped', 'differs': 'skipped'}
    cases = [(rung['name'], kinds.get(rung['status']), f'{rung["status"]}: {rung["text"]}', rung['seconds'])
             for rung in found['rungs']]
    worse = {0: None, 1: 'failure', 2: 'error'}[found['exit_code']]
    cases.append(('verdict', worse, f'{found["verdict"]}: {found["sentence"]}', 0))
    return junit.suite(f'TensorFlow {found["environment"]["tensorflow"]} against {found["reference"]["tensorflow"]}',
                       'compat_run.check', cases)

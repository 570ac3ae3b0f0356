"""A check's report for a person, for a program (`data/check.schema.json`) and for a CI (JUnit)."""
from xml.etree import ElementTree

from legacy.formats.values import JsonObject, finite
from legacy.judge.questions import Report, Rung
from legacy.reports import junit, verdictlines

SCHEMA = 4
HEADING = f'{"rung":<21} {"result":<9} {"deviation":>9} {"limit":>7} {"seconds":>7}  compared'


def row(rung: Rung) -> str:
    """One line of the table, and a second one where a rung names its first fault."""
    found = rung.finding
    numbers = _short(found.deviation), 'bits' if found.tolerance == 0 else _short(found.tolerance)
    line = '{:<21} {:<9} {:>9} {:>7} {:>7.2f}'.format(rung.name, rung.status, *numbers, rung.seconds)
    return f'{line}  {found.text}'


def _short(number: float | None) -> str:
    return '' if number is None else f'{number:.2g}' if number < 1e5 or number >= 1e9 else f'{number:.1e}'


def ending(report: Report) -> str:
    """The kernels' table, where one drifts, and the lines of the verdict."""
    lines = []
    if any(kernel.drifts for kernel in report.kernels):
        table = '{:<21} {:>9} {:>9} {:>9} {:>7} {:>9}  {}'.format
        lines += ['', table('kernel', 'instances', 'elements', 'different', 'ulp', 'mean ulp', 'first')]
        lines += [table(kernel.op_type, kernel.instances, kernel.elements, kernel.different, kernel.largest,
                        f'{kernel.mean:.2g}', kernel.first) for kernel in report.kernels if kernel.drifts]
        lines.append('Each op alone, on the same inputs.')
    return '\n'.join([*lines, '', *verdictlines.lines(report)])


def as_json(report: Report, strict: str, code: int) -> JsonObject:
    """The report as JSON values; `data/check.schema.json` describes them."""
    content: JsonObject = finite({
        'schema': SCHEMA, 'verdict': report.verdict, 'sentence': report.sentence, 'lines': verdictlines.lines(report),
        'strict': strict, 'exit_code': code, 'references': report.references, 'environment': report.environment,
        'reference': report.reference,
        'rungs': [{'name': rung.name, 'status': rung.status, 'text': rung.finding.text,
                   'deviation': rung.finding.deviation, 'ulp': rung.finding.ulp, 'tolerance': rung.finding.tolerance,
                   'first': rung.finding.first, 'compared': rung.finding.compared, 'expected': rung.finding.expected,
                   'lacks': [lack._asdict() for lack in rung.finding.lacks], 'seconds': rung.seconds}
                  for rung in report.rungs],
        'kernels': [kernel._asdict() for kernel in report.kernels],
        'recorded_off': [{'op_type': near.node.op_type, 'line': near.node.line, 'by': near.by,
                          'recorded': near.there._asdict(), 'here': near.here._asdict()}
                         for near in report.recorded_off],
        'formulas': [formula._asdict() for formula in report.formulas],
        'cause': report.cause and report.cause._asdict()})
    return content


def junit_suite(found: JsonObject) -> ElementTree.Element:
    """The JUnit suite of `as_json`'s result: one test case a rung and one for the verdict, which is an error where it
    is undecided. A rung that is, is skipped."""
    kinds = {'failed': 'failure', 'error': 'error', 'undecided': 'skipped', 'differs': 'skipped'}
    cases = [(rung['name'], kinds.get(rung['status']), f'{rung["status"]}: {rung["text"]}', rung['seconds'])
             for rung in found['rungs']]
    worse = {0: None, 1: 'failure', 2: 'error'}[found['exit_code']]
    cases.append(('verdict', worse, f'{found["verdict"]}: {found["sentence"]}', 0))
    return junit.suite(f'TensorFlow {found["environment"]["tensorflow"]} against {found["reference"]["tensorflow"]}',
                       'compat_run.check', cases)

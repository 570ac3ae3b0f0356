"""The verdict of a check in at most five short lines, for somebody who has to decide. Long lists are elsewhere: in the
rows above it, in `--json` and on the page."""
from legacy.formats import processor
from legacy.formats.graphtable import file_and_number
from legacy.judge import causewords
from legacy.judge.coverage import DIFFERS, UNDECIDED, remedies
from legacy.judge.findings import Finding, listed
from legacy.judge.questions import BROKEN, Report
from legacy.judge.verdict import GOOD

MEANING = {'identical': 'all that was recorded is the same, bit for bit',
           'explained': 'rounding alone',
           'equivalent': 'every run that was made again is as near as rounding lets it be, by another formula',
           'undecided': 'not all that was recorded could be compared',
           'regression': 'not what was recorded'}
# What is quoted of a good verdict: {rung: what it is about}.
RUN_BY_RUN, WHOLE = 'portable runs', 'whole portable run'  # of which one is said
FACTS = {'every recorded run': 'float32, run by run', RUN_BY_RUN: 'portable, run by run',
         WHOLE: 'portable, the whole run'}
OPEN = {DIFFERS: 'differs', UNDECIDED: 'could not be decided'}
PUT_IN = ('source', 'feed', 'seed')  # causes that the answer to a question is, so that it need not be said twice
FEW = 3  # of a list that is named in a line
SETTINGS = {'TF_NUM_INTRAOP_THREADS': {'1': 'one thread'}, 'TF_ENABLE_ONEDNN_OPTS': {'0': 'no oneDNN', '1': 'oneDNN'},
            'CUDA_VISIBLE_DEVICES': {'-1': 'no GPU'}}


def lines(report: Report) -> list[str]:
    """The verdict as it is printed: its word and what it means, and below, indented, a fact a line."""
    first, *facts = told(report)
    return [f'{report.verdict}: {first}', *[f'  {fact}' for fact in facts]]


def told(report: Report) -> list[str]:
    """[str], at most five: what the word of a questions.Report means and whether one may go, then a fact each."""
    found = [f'{_meaning(report)}; {_advice(report)}']
    if report.verdict in GOOD:
        found += _near(report) + _otherwise(report)
    elif report.verdict == 'undecided':
        found += _open(report)
    else:
        found += _broken(report)
    return [*found, _holds_for(report)]


def _meaning(report: Report) -> str:
    """What the word means; of a good one also that the recorded TensorFlow was the one that was wrong."""
    if report.verdict not in GOOD or not report.recorded_off:
        return MEANING[report.verdict]
    wrong = listed(list(dict.fromkeys(near.node.op_type for near in report.recorded_off)), FEW)
    return f'{MEANING[report.verdict]}, but for what TensorFlow {report.reference["tensorflow"]} had wrong: {wrong}'


def _advice(report: Report) -> str:
    """Whether one may go to the TensorFlow that was checked, in a few words."""
    here, there = report.environment['tensorflow'], report.reference['tensorflow']
    if here == there:
        return f'TensorFlow {here}, as recorded'
    if report.verdict in GOOD:
        return f'you may go from TensorFlow {there} to {here}'
    if report.verdict == 'undecided':
        return f'TensorFlow {here} is not decided'
    return f'stay with TensorFlow {there}, or mend it for {here}'


def _near(report: Report) -> list[str]:
    """How near the runs are. Of what is the same bits throughout nothing more needs to be said."""
    if report.verdict == 'identical':
        return []
    found = []
    has_whole = any(rung.name == WHOLE for rung in report.rungs)
    for rung in report.rungs:
        if rung.name in FACTS and not (has_whole and rung.name == RUN_BY_RUN):
            status = f', {OPEN[rung.status]}' if rung.status in OPEN else ''
            found.append(f'{FACTS[rung.name]}{status}: {rung.finding.text}')
    return found


def _otherwise(report: Report) -> list[str]:
    """What this TensorFlow builds and rounds otherwise."""
    if report.verdict == 'identical':
        return []
    places = sorted({formula.line or formula.call for formula in report.formulas}, key=file_and_number)
    release = report.reference['tensorflow']
    said = list(dict.fromkeys(near.words(release) for near in report.recorded_off))
    said = said[:1] + [f'so it was at {len(said) - 1} more {"lines" if len(said) > 2 else "line"}'] * (len(said) > 1)
    said += [f'put in otherwise: {listed(report.fed_otherwise, FEW)}'] * bool(report.fed_otherwise)
    moving = list(dict.fromkeys(item.line for item in report.moves if item.line and report.verdict != 'explained'))
    said += [f'built otherwise, of the same value: {listed(moving, FEW)}'] * bool(moving)
    places = [place for place in places if place not in moving]
    if places:
        moves = 'which moves no number' if report.verdict == 'explained' or moving else 'of the same value'
        said.append(f'built otherwise, {moves}: {listed(places, FEW)}')
    drifting = [f'{kernel.op_type} ({kernel.largest} ulp)' for kernel in report.kernels if kernel.drifts]
    rounds = drifting or list(report.rounds)
    if rounds:
        said.append(f'rounds otherwise: {listed(rounds, FEW)}')
    if report.unpinned:
        said.append(f'not pinned in portable arithmetic: {listed(report.unpinned, FEW)}')
    return ['; '.join(said)] if said else []


def _open(report: Report) -> list[str]:
    """What could not be compared, and what to do."""
    rungs = [rung for rung in report.rungs if rung.status == UNDECIDED and rung.finding.expected != 0]
    if not rungs:
        return [report.sentence]
    found = [f'{rung.name}: {_count(rung.finding)}{rung.finding.text}' for rung in rungs[:2]]
    said = [f'{len(rungs) - 2} questions more are open'] if len(rungs) > 2 else []
    remedy = remedies([lack for rung in rungs for lack in rung.finding.lacks])
    said += [f'what to do: {remedy}'] if remedy else []
    return found + (['; '.join(said)] if said else [])


def _count(finding: Finding) -> str:
    return f'{finding.compared} of {finding.expected} compared: ' if finding.expected else ''


def _broken(report: Report) -> list[str]:
    """The cause, where it departs first, and what else does not hold."""
    broken = [rung for rung in report.rungs if rung.status in BROKEN]
    if not broken:
        return [report.sentence]
    found = [causewords.in_words(report.cause)] if report.cause else []
    if not report.cause or report.cause.what not in PUT_IN:
        found.append(f'first at "{broken[0].name}": {broken[0].finding.text}')
    if len(broken) > 1:
        found.append(f'also: {listed([rung.name for rung in broken[1:]], FEW)}')
    return found


def _holds_for(report: Report) -> str:
    """For which processor and settings the verdict holds, and how much was not compared."""
    said = [f'{"holds" if report.verdict in GOOD else "asked"} on {processor.in_words(report.environment)}']
    if processor.kind(report.environment) != processor.kind(report.reference):
        said.append('of another kind than recorded')
    settings = report.environment.get('settings', {})
    for name, words in SETTINGS.items():
        value = settings.get(name, {}).get('value')
        if name in settings:
            said.append(words.get(value, f'{name}={value}'))
    left = f'; not compared: {len(report.left_out)}, see --json' if report.left_out else ''
    return ', '.join(said) + left

"""Two recordings of a script's runs, as they went: what was fed, what came out, from which values."""
import typing
from dataclasses import replace

from legacy.formats import runkinds, wholerun
from legacy.formats.recordings import Recording
from legacy.judge import fedarrays, ladder, runorder, samebits, seriesbands, wholehistory
from legacy.judge.baseline import Baseline
from legacy.judge.findings import Finding
from legacy.judge.ladder import Case

QUESTIONS: dict[str, typing.Callable[[Case], Finding]] = {
    'runs': runorder.runs, 'feeds': fedarrays.finding, 'graph': runorder.variables,
    'formulas': ladder.formulas_of_lines, 'op seeds': runorder.seeds_noted,
    'initial values': runorder.initial_values, 'answers': runorder.answers, 'free run': seriesbands.free_run}


def compare(baseline: Baseline, other: Recording) -> tuple[list[Finding], bool]:
    """([Finding], whether all that was fetched is the same bits). baseline: the first. other: another
    Recording, made by itself: of runs that both can make again `check` says more."""
    case = Case(baseline, _matched(baseline.side, other))
    questions = dict(QUESTIONS)
    if all(whole is not None and not whole.header['fault'] for whole in map(wholerun.of, (baseline.side, other))):
        questions['whole portable run'] = _whole_run
    findings = [replace(ask(case), question=name) for name, ask in questions.items()]
    findings = [replace(finding, passed=None) if finding.question == 'formulas' else finding for finding in findings]
    return findings, samebits.same_fetches(case)


def _whole_run(case: Case) -> Finding:
    return wholehistory.whole_run(case, lambda: True)


def _matched(there: Recording, other: Recording) -> Recording:
    """The other recording with its kinds of runs matched to these by their names."""
    numbers = {number: k for k, number in runkinds.matches(there.kinds, other.kinds).items()}
    kinds = [{**kind, 'matched': numbers.get(number, -1), 'names': {}} for number, kind in enumerate(other.kinds)]
    return Recording({**other.header, 'kinds': kinds}, other.arrays)

"""Two recordings of a script's runs, as they went: what was fed, what came out, from which values."""
from dataclasses import replace

from legacy.formats import runkinds, wholerun
from legacy.formats.scriptrecording import ScriptRecording
from legacy.judge import scriptfeeds, scriptladder, scriptruns, scriptsame, scriptseries, scriptwhole
from legacy.judge.findings import Finding
from legacy.judge.scriptrecorded import Recorded

QUESTIONS = {'runs': scriptruns.runs, 'feeds': lambda *sides: scriptfeeds.finding(scriptladder.Case(*sides)),
             'graph': scriptruns.variables,
             'formulas': lambda *sides: scriptladder.formulas_of_lines(scriptladder.Case(*sides)),
             'op seeds': scriptruns.seeds_noted, 'initial values': scriptruns.initial_values,
             'answers': scriptruns.answers, 'free run': scriptseries.free_run}


def compare(recorded: Recorded, other: ScriptRecording) -> tuple[list[Finding], bool]:
    """([Finding], whether all that was fetched is the same bits). recorded: scriptrecorded.Recorded. other: another
    ScriptRecording, made by itself: of runs that both can make again `check` says more."""
    candidate = _matched(recorded.recording, other)
    questions = dict(QUESTIONS)
    if all(whole is not None and not whole.header['fault'] for whole in map(wholerun.of, (recorded.recording, other))):
        questions['whole portable run'] = lambda there, here: scriptwhole.whole_run(there, here, lambda: True)
    findings = [replace(ask(recorded, candidate), question=name) for name, ask in questions.items()]
    findings = [replace(finding, passed=None) if finding.question == 'formulas' else finding for finding in findings]
    return findings, scriptsame.same_fetches(recorded, candidate)


def _matched(there: ScriptRecording, other: ScriptRecording) -> ScriptRecording:
    """The other recording with its kinds of runs matched to these by their names."""
    numbers = {number: k for k, number in runkinds.matches(there.kinds, other.kinds).items()}
    kinds = [{**kind, 'matched': numbers.get(number, -1), 'names': {}} for number, kind in enumerate(other.kinds)]
    return ScriptRecording({**other.header, 'kinds': kinds}, other.arrays)

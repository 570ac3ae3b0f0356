"""Two recordings of a script's runs, as they went: what was fed, what came out, from which values."""
from dataclasses import replace

from legacy.formats.scriptrecording import ScriptRecording
from legacy.judge import scriptladder, scriptruns

QUESTIONS = {'runs': scriptruns.runs, 'feeds': scriptruns.feeds, 'graph': scriptruns.variables,
             'formulas': lambda *sides: scriptladder.formulas_of_lines(scriptladder.Case(*sides)),
             'op seeds': scriptruns.seeds_noted, 'initial values': scriptruns.initial_values,
             'free run': scriptruns.free_run}


def compare(recorded, other):
    """([Finding], whether all that was fetched is the same bits). recorded: scriptrecorded.Recorded. other: another
    ScriptRecording, made by itself: of runs that both can make again `check` says more."""
    candidate = _matched(recorded.recording, other)
    findings = [replace(ask(recorded, candidate), question=name) for name, ask in QUESTIONS.items()]
    findings = [replace(finding, passed=None) if finding.question == 'formulas' else finding for finding in findings]
    return findings, scriptladder.same_fetches(recorded, candidate)


def _matched(there, other):
    """The other recording with its kinds of runs matched to these by their names."""
    numbers = {_identity(kind): k for k, kind in enumerate(there.kinds)}
    kinds = [{**kind, 'matched': numbers.get(_identity(kind), -1)} for kind in other.kinds]
    return ScriptRecording({**other.header, 'kinds': kinds}, other.arrays)


def _identity(kind):
    return kind['graph'], tuple(sorted(kind['targets'])), tuple(kind['fetches']), tuple(kind['feeds'])

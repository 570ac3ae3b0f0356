"""Does a TensorFlow compute what the references' TensorFlow computed, and if not, where does it depart?

The questions, or rungs, are asked in the order in which a difference would enter a run. Here they are judged only;
`worker.gather` computes what they are asked of.
"""
import functools
from dataclasses import replace

from legacy.formats.evidence import EvidenceError
from legacy.formats.references import listing_fingerprint
from legacy.judge import beginnings, comparison, drift, repeating, units
from legacy.judge.asking import BROKEN, Question, Report, Undecided, answered
from legacy.judge.findings import Finding
from legacy.judge.formulas import formulas, in_words
from legacy.judge.verdict import judge

FLOAT64 = 2.0 ** -29  # what float64 rounds by over what float32 rounds by


class Case:
    """References, the evidence that is held against them, and what more than one place needs of both."""

    def __init__(self, references, evidence):
        self.references, self.evidence = references, evidence

    @functools.cached_property
    def reference(self):
        """The references' main recording, in units that allow for its own error."""
        return units.with_own_error(self.references.main, self.references.recordings.get('float64'))

    @property
    def main(self):
        return self.evidence.part(self.references.main.settings['arithmetic'])

    @functools.cached_property
    def formulas(self):
        """[formulas.Formula] that are not the reference's."""
        return formulas(self.references.graph, self.evidence.part('graph')) if self.references.graph else []

    @functools.cached_property
    def kernels(self):
        """[drift.Drift], [op types without a record]"""
        if self.references.kernels is None:
            return [], []
        answers = self.evidence.part('kernels')
        return drift.drifts(self.references.kernels, answers.outputs), answers.uncovered

    @property
    def identical(self):
        """Whether all that was recorded, in every arithmetic, is the same bits."""
        return all(comparison.identical(recorded, self.evidence.part(arithmetic))
                   for arithmetic, recorded in self.references.recordings.items())


def ladder(references, evidence, tell=None, until_failed=False):
    """The Report on some evidence. tell: called with each Rung as it is answered. until_failed: whether to ask nothing
    after the first failure."""
    environment, case = evidence.part('environment'), Case(references, evidence)
    rungs = []
    for question in QUESTIONS:
        rungs.append(answered(question, case))
        if tell:
            tell(rungs[-1])
        if until_failed and rungs[-1].status in BROKEN:
            break
    broken = [rung for rung in rungs if rung.status in BROKEN]
    stopped = until_failed and broken
    kernels, uncovered = _known(case, 'kernels', ([], []), stopped)
    changed = _known(case, 'formulas', [], stopped)
    verdict, sentence = judge(rungs, broken, kernels, changed, not broken and _known(case, 'identical', False))
    return Report(verdict, sentence, rungs, kernels, uncovered, changed, environment,
                  references.main.header['environment'], references.path)


def _known(case, what, otherwise, stopped=False):
    """What the case knows; `otherwise` where there is no evidence of it, as its rung says, or nothing more is asked."""
    try:
        return otherwise if stopped else getattr(case, what)
    except EvidenceError:
        return otherwise


def _require_same_variables(case):
    """Raises Undecided where the graphs have other variables, EvidenceError where that is not known."""
    if case.references.main.variables != case.main.variables:
        raise Undecided('the graphs do not have the same variables')


# ---- the questions

def _settings(case):
    ours, theirs = case.evidence.part('environment'), case.references.main.header['environment']
    said = [f'{name}: recorded with {recorded}, checked with {checked}'
            for name, recorded, checked in _other_settings(theirs['settings'], ours['settings'])]
    said += [f'{label} {ours[key]}' + (f' ({theirs[key]})' if ours[key] != theirs[key] else '')
             for key, label in (('tensorflow', 'TensorFlow'), ('numpy', 'numpy'), ('python', 'Python'))]
    said.append(('the same' if ours['processor'] == theirs['processor'] else 'another') + ' processor')
    said += [f'{name}={setting["value"]} ({setting["from"]})' for name, setting in ours['settings'].items()
             if setting['from'] != 'default']
    return Finding('settings', None, ', '.join(said))


def _other_settings(recorded, checked):
    """[(name, recorded, checked)] of the settings with other values; one that is not set is 'nothing'."""
    for name in dict.fromkeys([*recorded, *checked]):
        a, b = (settings.get(name, {}).get('value') or 'nothing' for settings in (recorded, checked))
        if a != b:
            yield name, a, b


def _recorded(question):
    """A question to the main recordings."""
    def ask(case):
        return question(case.reference, case.main)
    return ask


def _graph(case):
    """`comparison.graph`, and node by node the listing's own where that was recorded under this release."""
    candidate = case.main
    finding = comparison.graph(case.references.main, candidate)
    listing = listing_fingerprint(candidate.header['environment']['tensorflow'])
    if not finding.passed or listing is None or candidate.settings['arithmetic'] != 'float32':
        return finding
    if candidate.header['graph']['fingerprint'] != listing:
        return Finding('graph', False, f"{finding.text}; not the graph of the article's listing under this release")
    return replace(finding, text=f"{finding.text}, the listing's own")


def _formulas(case):
    """Passed where every call computes the same formula; what a call computes otherwise is named, and judged by what
    comes of it."""
    if case.references.graph is None:
        raise Undecided('these references have no graph')
    found, calls = case.formulas, len({(node.line, node.call) for node in case.references.graph.nodes})
    return Finding('formulas', not found, in_words(found) if found else f'{calls} calls, the same formulas',
                   compared=calls, expected=calls)


def _repeatable(case):
    kernels = case.evidence.part('kernels').unsteady if case.references.kernels else []
    return repeating.repeatable(case.main, case.evidence.part('repeated'), kernels)


def _teacher_forced(case):
    return comparison.teacher_forced(case.reference, case.evidence.part('replay'))


def _kernels(case):
    if case.references.kernels is None:
        raise Undecided('these references have no kernels.npz')
    return drift.finding(case.references.kernels, *case.kernels)


def _history(arithmetic):
    """A question to the recordings in one arithmetic."""
    def ask(case):
        if arithmetic not in case.references.recordings:
            raise Undecided(f'these references have no recording in {arithmetic}')
        recorded, found = case.references.recordings[arithmetic], case.evidence.part(arithmetic)
        finding = comparison.history(recorded, found)
        main = case.references.main
        if arithmetic == 'float32' or recorded is main or units.of(main) is None:
            return finding
        if arithmetic == 'portable':  # other bits may be those of another formula, if they are as near as rounding is
            return finding if finding.passed else replace(finding, fails=not beginnings.begins_alike(
                beginnings.with_floors(recorded, main), found).passed)
        begins = beginnings.begins_alike(beginnings.with_floors(recorded, main, FLOAT64), found)
        return begins if finding.passed and not begins.passed else finding
    return ask


QUESTIONS = (
    Question('settings', _settings, judged=False),
    Question('repeatable', _repeatable),
    Question('data', _recorded(comparison.data)),
    Question('graph', _graph),
    Question('formulas', _formulas, fails=False),
    Question('op seeds', _recorded(comparison.op_seeds), requires=_require_same_variables),
    Question('initial weights', _recorded(comparison.initial_weights), requires=_require_same_variables),
    Question('forward pass', _recorded(comparison.forward), requires=_require_same_variables),
    Question('gradients', _recorded(comparison.gradients), requires=_require_same_variables),
    Question('first update', _recorded(comparison.first_update), requires=_require_same_variables),
    Question('moving averages', _recorded(comparison.moving_averages), requires=_require_same_variables),
    Question('teacher-forced steps', _teacher_forced, holds=True, requires=_require_same_variables),
    Question('kernels', _kernels, explains=True, requires=_require_same_variables),
    Question('overflow', _recorded(comparison.overflow), requires=_require_same_variables),
    Question('portable history', _history('portable'), fails=False, explains=True, requires=_require_same_variables),
    Question('float64 history', _history('float64'), holds=True, requires=_require_same_variables),
    Question('free run', _recorded(comparison.free_run), requires=_require_same_variables),
)

"""Does a TensorFlow compute what the references' TensorFlow computed, and if not, where does it depart?

The questions, or rungs, are asked in the order in which a difference would enter a run. Here they are judged only;
`worker.gather` computes what they are asked of.
"""
import functools
import typing
from dataclasses import replace

from legacy.formats import processor
from legacy.formats.evidence import EvidenceError, StoredEvidence
from legacy.formats.graphtable import Table
from legacy.formats.recording import Recording
from legacy.formats.references import References, listing_fingerprint, listing_graph
from legacy.formats.values import JsonObject
from legacy.judge import beginnings, comparison, drift, repeating, units
from legacy.judge.asking import BROKEN, Question, Report, Rung, Undecided, answered
from legacy.judge.drift import Drift
from legacy.judge.findings import Finding
from legacy.judge.formulas import Formula, formulas, in_words
from legacy.judge.verdict import judge

FLOAT64 = 2.0 ** -29  # what float64 rounds by over what float32 rounds by

Known = typing.TypeVar('Known')
Ask = typing.Callable[['Case'], Finding]


class Case:
    """References, the evidence that is held against them, and what more than one place needs of both."""

    def __init__(self, references: References, evidence: StoredEvidence) -> None:
        self.references, self.evidence = references, evidence

    @functools.cached_property
    def reference(self) -> Recording:
        """The references' main recording, in units that allow for its own error."""
        return units.with_own_error(self.references.main, self.references.recordings.get('float64'))

    @property
    def main(self) -> Recording:
        main: Recording = self.evidence.part(self.references.main.settings['arithmetic'])
        return main

    @functools.cached_property
    def formulas(self) -> list[Formula]:
        """[formulas.Formula] that are not the reference's."""
        return formulas(self.references.graph, self.evidence.part('graph')) if self.references.graph else []

    @functools.cached_property
    def kernels(self) -> tuple[list[Drift], list[str]]:
        """[drift.Drift], [op types without a record]"""
        if self.references.kernels is None:
            return [], []
        answers = self.evidence.part('kernels')
        return drift.drifts(self.references.kernels, answers.outputs), answers.uncovered

    @property
    def identical(self) -> bool:
        """Whether all that was recorded, in every arithmetic, is the same bits."""
        return all(comparison.identical(recorded, self.evidence.part(arithmetic))
                   for arithmetic, recorded in self.references.recordings.items())


def ladder(references: References, evidence: StoredEvidence, tell: typing.Callable[[Rung], None] | None = None,
           until_failed: bool = False) -> Report:
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
    stopped = until_failed and bool(broken)
    nothing: tuple[list[Drift], list[str]] = ([], [])
    kernels, uncovered = _known(lambda: case.kernels, nothing, stopped)
    changed: list[Formula] = _known(lambda: case.formulas, [], stopped)
    verdict, sentence = judge(rungs, broken, kernels, changed, not broken and _known(lambda: case.identical, False))
    if verdict == 'explained' and processor.kind(environment) != processor.kind(case.references.main.header[
            'environment']):
        sentence += f' The processor is of another kind: {processor.in_words(environment)}.'
    return Report(verdict, sentence, rungs, kernels, uncovered, changed, environment,
                  references.main.header['environment'], references.path)


def _known(of_case: typing.Callable[[], Known], otherwise: Known, stopped: bool = False) -> Known:
    """What the case knows; `otherwise` where there is no evidence of it, as its rung says, or nothing more is asked."""
    try:
        return otherwise if stopped else of_case()
    except EvidenceError:
        return otherwise


def _require_same_variables(case: Case) -> None:
    """Raises Undecided where the graphs have other variables, EvidenceError where that is not known."""
    if case.references.main.variables != case.main.variables:
        raise Undecided('the graphs do not have the same variables')


# ---- the questions

def _settings(case: Case) -> Finding:
    ours, theirs = case.evidence.part('environment'), case.references.main.header['environment']
    said = [f'{name}: recorded with {recorded}, checked with {checked}'
            for name, recorded, checked in _other_settings(theirs['settings'], ours['settings'])]
    said += [f'{label} {ours[key]}' + (f' ({theirs[key]})' if ours[key] != theirs[key] else '')
             for key, label in (('tensorflow', 'TensorFlow'), ('numpy', 'numpy'), ('python', 'Python'))]
    said.append(processor.against(ours, theirs))
    named = {name for name, *_ in _other_settings(theirs['settings'], ours['settings'])}
    said += [f'{name}={setting["value"]} ({setting["from"]})' for name, setting in ours['settings'].items()
             if setting['from'] != 'default' and name not in named]
    return Finding('settings', None, ', '.join(said))


def _other_settings(recorded: JsonObject, checked: JsonObject) -> typing.Iterator[tuple[str, str, str]]:
    """[(name, recorded, checked)] of the settings with other values; one that is not set is 'nothing'."""
    for name in dict.fromkeys([*recorded, *checked]):
        a, b = (settings.get(name, {}).get('value') or 'nothing' for settings in (recorded, checked))
        if a != b:
            yield name, a, b


def _recorded(question: typing.Callable[[Recording, Recording], Finding]) -> Ask:
    """A question to the main recordings."""
    def ask(case: Case) -> Finding:
        return question(case.reference, case.main)
    return ask


def _graph(case: Case) -> Finding:
    """`comparison.graph`, and node by node the listing's own, constants and shapes too, where that was recorded under
    this release. A reference whose own port was changed is no listing."""
    candidate = case.main
    finding = comparison.graph(case.references.main, candidate)
    release = candidate.header['environment']['tensorflow']
    listing = listing_fingerprint(release)
    if (not finding.passed or listing is None or candidate.settings['arithmetic'] != 'float32'
            or case.references.main.port_changes):
        return finding
    if candidate.header['graph']['fingerprint'] != listing:
        return Finding('graph', False, f"{finding.text}; not the graph of the article's listing under this release")
    other = _other_node(listing_graph(release), case.evidence.part('graph'))
    if other:
        return Finding('graph', False, f'{finding.text}; {other}')
    return replace(finding, text=f"{finding.text}, the listing's own")


def _other_node(listing: Table | None, table: Table) -> str | None:
    """In words, the first node of a graph, equal in fingerprint, that holds another constant or gives another shape;
    None if none does, or the listing's are not known. Op seeds are the next question's."""
    for theirs, ours in zip(listing.nodes, table.nodes) if listing else ():
        seeds = theirs.value.startswith('seeds ') and ours.value.startswith('seeds ')
        if theirs.value != ours.value and not seeds:
            return f"{ours.name} ({ours.line}) is {ours.value}, the listing's {theirs.value}"
        if theirs.outputs != ours.outputs:
            given = ['; '.join(node.outputs) for node in (ours, theirs)]
            return f"{ours.name} ({ours.line}) gives {given[0]}, the listing's {given[1]}"
    return None


def _formulas(case: Case) -> Finding:
    """Passed where every call computes the same formula; what a call computes otherwise is named, and judged by what
    comes of it."""
    if case.references.graph is None:
        raise Undecided('these references have no graph')
    found, calls = case.formulas, len({(node.line, node.call) for node in case.references.graph.nodes})
    return Finding('formulas', not found, in_words(found) if found else f'{calls} calls, the same formulas',
                   compared=calls, expected=calls)


def _repeatable(case: Case) -> Finding:
    kernels = case.evidence.part('kernels').unsteady if case.references.kernels else []
    return repeating.repeatable(case.main, case.evidence.part('repeated'), kernels)


def _teacher_forced(case: Case) -> Finding:
    return comparison.teacher_forced(case.reference, case.evidence.part('replay'))


def _kernels(case: Case) -> Finding:
    if case.references.kernels is None:
        raise Undecided('these references have no kernels.npz')
    return drift.finding(case.references.kernels, *case.kernels)


def _history(arithmetic: str) -> Ask:
    """A question to the recordings in one arithmetic."""
    def ask(case: Case) -> Finding:
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

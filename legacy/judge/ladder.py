"""Does a TensorFlow compute what the references' TensorFlow computed, and if not, where does it depart?

The questions, or rungs, are asked in the order in which a difference would enter a run. Here they are judged only;
`worker.gather` computes what they are asked of.
"""
import time
import typing

from legacy.formats import processor
from legacy.formats.evidence import EvidenceError
from legacy.formats.references import listing_fingerprint
from legacy.judge import comparison, drift
from legacy.judge.findings import Finding
from legacy.judge.verdict import judge

UNDECIDED = 'undecided'
BROKEN = ('failed', 'error')
WORDS = {True: 'passed', False: 'failed', None: 'reported'}


class Rung(typing.NamedTuple):
    """One question answered. status: passed, failed (a regression), differs (other bits, within no tolerance that
    applies), reported, undecided (it could not be asked here) or error (what was to be computed raised)."""
    name: str
    status: str
    finding: Finding
    seconds: float


class Report(typing.NamedTuple):
    """verdict: one of verdict.VERDICTS. sentence: why. kernels: [drift.Drift]. uncovered: op types without a record.
    environment: of the TensorFlow checked; reference: of the other."""
    verdict: str
    sentence: str
    rungs: list
    kernels: list
    uncovered: list
    environment: dict
    reference: dict
    references: str  # path


class Undecided(Exception):
    """The question makes no sense here; the message says why."""


def ladder(references, evidence, tell=None, until_failed=False):
    """The Report on some evidence; until_failed: with no rung asked after the first failure."""
    environment = evidence.part('environment')
    rungs, comparable = [], True
    for name, question in RUNGS:
        started = time.perf_counter()
        status, finding = _ask(name, question, references, evidence, comparable)
        comparable = comparable and not (name == 'graph' and status == 'failed')
        rungs.append(Rung(name, status, finding, round(time.perf_counter() - started, 3)))
        if tell:
            tell(rungs[-1])
        if until_failed and status in BROKEN:
            break
    broken = [rung for rung in rungs if rung.status in BROKEN]
    kernels, uncovered = ([], []) if broken and until_failed else _kernels_of(references, evidence)
    same = not broken and _identical(references, evidence)
    verdict, sentence = judge({rung.name: rung for rung in rungs}, broken, kernels, same)
    return Report(verdict, sentence, rungs, kernels, uncovered, environment,
                  references.main.header['environment'], references.path)


def _ask(name, question, references, evidence, comparable):
    if not comparable:
        return UNDECIDED, Finding(name, None, 'the graphs do not have the same variables')
    try:
        finding = question(references, evidence)
    except Undecided as error:
        return UNDECIDED, Finding(name, None, str(error))
    except EvidenceError as error:
        return 'error', Finding(name, False, str(error))
    if finding.passed is False and name in BIT_FOR_BIT_OR_REPORTED:
        return 'differs', finding
    return WORDS[finding.passed], finding


# ---- the rungs

def _settings(references, evidence):
    ours, theirs = evidence.part('environment'), references.main.header['environment']
    said = [f'{label} {ours[key]}' + (f' ({theirs[key]})' if ours[key] != theirs[key] else '')
            for key, label in (('tensorflow', 'TensorFlow'), ('numpy', 'numpy'), ('python', 'Python'))]
    said.append(('the same' if ours['processor'] == theirs['processor'] else 'another') + ' processor')
    said += [f'{name}={setting["value"]} ({setting["from"]})' for name, setting in ours['settings'].items()
             if setting['from'] != 'default']
    return Finding('settings', None, ', '.join(said))


def _recorded(claim):
    """A rung over the main recordings."""
    def question(references, evidence):
        return claim(references.main, evidence.part(references.main.settings['arithmetic']))
    return question


def _graph(references, evidence):
    """`comparison.graph`, and node by node the listing's own where that was recorded under this release."""
    candidate = evidence.part(references.main.settings['arithmetic'])
    finding = comparison.graph(references.main, candidate)
    listing = listing_fingerprint(candidate.header['environment']['tensorflow'])
    if not finding.passed or listing is None or candidate.settings['arithmetic'] != 'float32':
        return finding
    if candidate.header['graph']['fingerprint'] != listing:
        return Finding('graph', False, f"{finding.text}; not the graph of the article's listing under this release")
    return Finding('graph', True, f"{finding.text}, the listing's own")


def _teacher_forced(references, evidence):
    return comparison.teacher_forced(references.main, evidence.part('replay'))


def _kernels(references, evidence):
    if references.kernels is None:
        raise Undecided('these references have no kernels.npz')
    evidence.part('kernels')  # raises what `_kernels_of` passes over
    kernels, uncovered = _kernels_of(references, evidence)
    return drift.finding(references.kernels, kernels, uncovered)


def _kernels_of(references, evidence):
    """[Drift], [op types without a record]; empty where there is nothing to compare."""
    if references.kernels is None:
        return [], []
    try:
        answers = evidence.part('kernels')
    except EvidenceError:
        return [], []
    return drift.drifts(references.kernels, answers.outputs), answers.uncovered


def _history(arithmetic):
    """A rung over the recordings in one arithmetic."""
    def question(references, evidence):
        if arithmetic not in references.recordings:
            raise Undecided(f'these references have no recording in {arithmetic}')
        reference, candidate = references.recordings[arithmetic], evidence.part(arithmetic)
        if arithmetic == 'exact-rsqrt':
            _require_same_multiply_add(reference, candidate)
        return comparison.history(reference, candidate)
    return question


def _require_same_multiply_add(reference, candidate):
    """Raises Undecided if one processor has fused multiply-add and the other has not, or is told not to use it."""
    ours, theirs = (('fma' in recorded.header['environment']['features'], processor.limited_instructions(
        recorded.header['environment']['settings'])) for recorded in (candidate, reference))
    if ours != theirs:
        raise Undecided('without fused multiply-add, which MatMul has used since 1.14, the bits are others')


def _free_run(references, evidence):
    arithmetic = references.main.settings['arithmetic']
    return comparison.free_run(references.main, evidence.part(arithmetic))


def _identical(references, evidence):
    try:
        return comparison.identical(references.main, evidence.part(references.main.settings['arithmetic']))
    except EvidenceError:
        return False


RUNGS = (
    ('settings', _settings),
    ('data', _recorded(comparison.data)),
    ('graph', _graph),
    ('op seeds', _recorded(comparison.op_seeds)),
    ('initial weights', _recorded(comparison.initial_weights)),
    ('forward pass', _recorded(comparison.forward)),
    ('gradients', _recorded(comparison.gradients)),
    ('first update', _recorded(comparison.first_update)),
    ('moving averages', _recorded(comparison.moving_averages)),
    ('teacher-forced steps', _teacher_forced),
    ('kernels', _kernels),
    ('overflow', _recorded(comparison.overflow)),
    ('float64 history', _history('float64')),
    ('exact-rsqrt history', _history('exact-rsqrt')),
    ('free run', _free_run),
)
BIT_FOR_BIT_OR_REPORTED = ('exact-rsqrt history',)

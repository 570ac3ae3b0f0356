"""Does a TensorFlow compute what the references' TensorFlow computed, and if not, where does it depart?

The questions, or rungs, are asked in the order in which a difference would enter a run. Here they are judged only;
`worker.gather` computes what they are asked of.
"""
from legacy.formats.evidence import EvidenceError
from legacy.formats.references import listing_fingerprint
from legacy.judge import comparison, drift, repeating
from legacy.judge.asking import BROKEN, Question, Report, Undecided, answered
from legacy.judge.findings import Finding
from legacy.judge.formulas import formulas, in_words
from legacy.judge.verdict import judge


def ladder(references, evidence, tell=None, until_failed=False):
    """The Report on some evidence. tell: called with each Rung as it is answered. until_failed: whether to ask nothing
    after the first failure."""
    environment = evidence.part('environment')
    rungs = []
    for question in QUESTIONS:
        rungs.append(answered(question, references, evidence))
        if tell:
            tell(rungs[-1])
        if until_failed and rungs[-1].status in BROKEN:
            break
    broken = [rung for rung in rungs if rung.status in BROKEN]
    stopped = until_failed and broken
    kernels, uncovered = ([], []) if stopped else _kernels_of(references, evidence)
    changed = [] if stopped else _formulas_of(references, evidence)
    verdict, sentence = judge(rungs, broken, kernels, changed, not broken and _identical(references, evidence))
    return Report(verdict, sentence, rungs, kernels, uncovered, changed, environment,
                  references.main.header['environment'], references.path)


def _require_same_variables(references, evidence):
    """Raises Undecided where the graphs have other variables, EvidenceError where that is not known."""
    if references.main.variables != _main(references, evidence).variables:
        raise Undecided('the graphs do not have the same variables')


# ---- the questions

def _main(references, evidence):
    return evidence.part(references.main.settings['arithmetic'])


def _settings(references, evidence):
    ours, theirs = evidence.part('environment'), references.main.header['environment']
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
    def ask(references, evidence):
        return question(references.main, _main(references, evidence))
    return ask


def _graph(references, evidence):
    """`comparison.graph`, and node by node the listing's own where that was recorded under this release."""
    candidate = _main(references, evidence)
    finding = comparison.graph(references.main, candidate)
    listing = listing_fingerprint(candidate.header['environment']['tensorflow'])
    if not finding.passed or listing is None or candidate.settings['arithmetic'] != 'float32':
        return finding
    if candidate.header['graph']['fingerprint'] != listing:
        return Finding('graph', False, f"{finding.text}; not the graph of the article's listing under this release")
    return Finding('graph', True, f"{finding.text}, the listing's own")


def _formulas(references, evidence):
    """Passed where every call computes the same formula; what a call computes otherwise is named, and judged by what
    comes of it."""
    if references.graph is None:
        raise Undecided('these references have no graph')
    found = formulas(references.graph, evidence.part('graph'))
    calls = len({(node.line, node.call) for node in references.graph.nodes})
    return Finding('formulas', not found, in_words(found) if found else f'{calls} calls, the same formulas')


def _formulas_of(references, evidence):
    """[Formula], empty where there is nothing to compare."""
    try:
        return formulas(references.graph, evidence.part('graph')) if references.graph else []
    except EvidenceError:
        return []


def _repeatable(references, evidence):
    kernels = evidence.part('kernels').unsteady if references.kernels else []
    return repeating.repeatable(_main(references, evidence), evidence.part('repeated'), kernels)


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
        return drift.drifts(references.kernels, answers.outputs), answers.uncovered
    except EvidenceError:  # the rung says so
        return [], []


def _history(arithmetic):
    """A question to the recordings in one arithmetic."""
    def ask(references, evidence):
        if arithmetic not in references.recordings:
            raise Undecided(f'these references have no recording in {arithmetic}')
        return comparison.history(references.recordings[arithmetic], evidence.part(arithmetic))
    return ask


def _identical(references, evidence):
    try:
        return comparison.identical(references.main, _main(references, evidence))
    except EvidenceError:
        return False


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
    Question('teacher-forced steps', _teacher_forced, requires=_require_same_variables),
    Question('kernels', _kernels, explains=True, requires=_require_same_variables),
    Question('overflow', _recorded(comparison.overflow), requires=_require_same_variables),
    Question('portable history', _history('portable'), fails=False, explains=True, requires=_require_same_variables),
    Question('float64 history', _history('float64'), requires=_require_same_variables),
    Question('free run', _recorded(comparison.free_run), requires=_require_same_variables),
)

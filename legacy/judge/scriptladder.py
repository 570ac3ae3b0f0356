"""Does a TensorFlow compute what a script's recording has, and if not, where does it depart? The script's questions."""
from legacy.judge import scriptkernels, scriptrecorded, scriptruns, scriptsteps
from legacy.judge.asking import BROKEN, Question, Report, Undecided, answered
from legacy.judge.findings import Finding
from legacy.judge.formulas import formulas, in_words
from legacy.judge.verdict import judge

SAME_RUN = 'every run that was made again is the recorded one'


def ladder(recorded, candidate, tell=None):
    """The asking.Report on a script's run.

    recorded: scriptrecorded.Recorded. candidate: the ScriptRecording of a run that made the recorded steps again. tell:
    called with each Rung as it is answered.
    """
    rungs = []
    for question in QUESTIONS:
        rungs.append(answered(question, recorded, candidate))
        if tell:
            tell(rungs[-1])
    broken = [rung for rung in rungs if rung.status in BROKEN]
    changed = _formulas_of(recorded, candidate)
    kernels, _ = scriptkernels.drifts(recorded, candidate)
    verdict, sentence = judge(rungs, broken, kernels, changed, not broken and _identical(recorded, candidate), SAME_RUN)
    there = recorded.recording.header
    unknown = scriptsteps.not_pinned(recorded, candidate)
    if verdict == 'explained' and unknown:
        sentence += f' But for {", ".join(unknown)}, which portable arithmetic leaves as they are.'
    unobserved = sorted({*there['unobserved'], *there['unrepeatable'], *candidate.header['unobserved']})
    if unobserved:
        sentence += ' Not compared: ' + '; '.join(unobserved) + '.'
    return Report(verdict, sentence, rungs, kernels, [], changed, candidate.header['environment'], there['environment'],
                  recorded.path)


def _settings(recorded, candidate):
    there, here = recorded.recording.header, candidate.header
    said = []
    changed = [source['file'] for source in there['script']['sources'] if source not in here['script']['sources']]
    if changed:
        said.append(f'the script has changed since it was recorded: {", ".join(changed)}')
    if there['script']['arguments'] != here['script']['arguments']:
        said.append('other arguments than recorded: ' + ' '.join(there['script']['arguments'] or ['none']))
    for key, label in (('tensorflow', 'TensorFlow'), ('numpy', 'numpy'), ('python', 'Python')):
        ours, theirs = here['environment'][key], there['environment'][key]
        said.append(f'{label} {ours}' + (f' ({theirs})' if ours != theirs else ''))
    return Finding('', None, ', '.join(said))


def formulas_of_lines(recorded, candidate):
    """Finding: each line of the script builds the same ops."""
    if not recorded.tables:
        raise Undecided('the recording has no graph')
    found = _formulas_of(recorded, candidate)
    lines = len({node.line for table in recorded.tables.values() for node in table.nodes})
    return Finding('', not found, in_words(found) if found else f'{lines} lines, the same formulas')


def _formulas_of(recorded, candidate):
    """[Formula] over all graphs."""
    here = recorded.view(candidate)
    return [formula for graph in sorted(set(recorded.tables) & set(here.tables))
            for formula in formulas(recorded.tables[graph], here.tables[graph])]


def _first(recorded):
    """The first step of each kind."""
    seen, found = set(), []
    for step in recorded.steps:
        if step['kind'] not in seen:
            seen.add(step['kind'])
            found.append(step)
    return found


def _first_runs(recorded, candidate):
    return scriptsteps.float32(recorded, candidate, _first(recorded))


def _every_run(recorded, candidate):
    return scriptsteps.float32(recorded, candidate, recorded.steps)


def _kernels(recorded, candidate):
    """Reported: what differs is judged by the runs that it is a part of."""
    found, missing = scriptkernels.drifts(recorded, candidate)
    if not found:
        return Finding('', None, 'no op was recorded alone')
    drifting = [f'{drift.op_type} by {drift.largest} ulp at most' for drift in found if drift.different]
    count = sum(drift.instances for drift in found)
    text = f'{count} ops alone; ' + ('; '.join(drifting) or 'all bit-identical')
    return Finding('', None, text + (f'; {missing} more are not on both sides' if missing else ''), compared=count,
                   expected=count + missing)


def _require_steps(recorded, candidate):
    if not recorded.steps:
        why = recorded.recording.header['unobserved']
        raise Undecided('no run of the recording can be made again' + (f': {why[0]}' if why else ''))


def _identical(recorded, candidate):
    """Whether all that was fetched, and every variable after a step, are the same bits."""
    if not same_fetches(recorded, candidate):
        return False
    here = scriptrecorded.found_here(candidate)
    return all(step['step'] in here and _same_outcome(recorded, step, here[step['step']]) for step in recorded.steps)


def same_fetches(recorded, candidate):
    """Whether every run fetched the same bits, of what its own release repeats."""
    there, pairs = recorded.recording, scriptruns.matched(recorded, candidate)
    if len(pairs) != len(there.kinds) or there.runs.shape != candidate.runs.shape:
        return False
    for k, j in pairs:
        ours, theirs = there.arrays[f'kinds/{k}/fetched'], candidate.arrays[f'kinds/{j}/fetched']
        steady = [column for column, name in enumerate(there.kinds[k]['fetches'])
                  if f'fetch {name} of kind {k}' not in there.header['varying']]
        if ours.shape != theirs.shape or (ours[:, steady] != theirs[:, steady]).any():
            return False
    return True


def _same_outcome(recorded, step, other):
    varying = recorded.recording.header['varying']
    for arithmetic in ('run', 'float32'):
        for group, name, noted in recorded.names(step, arithmetic):
            outcome = other['outcomes'].get(arithmetic)
            if f'fetch {name} of kind {step["kind"]}' not in varying and (
                    not outcome or outcome[group].get(name, [None] * 4)[3] != noted[3]):
                return False
    return True


QUESTIONS = (
    Question('settings', _settings, judged=False),
    Question('repeatable', scriptsteps.repeatable, requires=_require_steps),
    Question('runs', scriptruns.runs),
    Question('feeds', scriptruns.feeds),
    Question('graph', scriptruns.variables),
    Question('formulas', formulas_of_lines, fails=False),
    Question('op seeds', scriptruns.op_seeds),
    Question('initial values', scriptruns.initial_values),
    Question('first runs', _first_runs, requires=_require_steps),
    Question('every recorded run', _every_run, requires=_require_steps),
    Question('kernels', _kernels, judged=False, requires=_require_steps),
    Question('portable runs', scriptsteps.portable, fails=False, explains=True, requires=_require_steps),
    Question('float64 runs', scriptsteps.float64, requires=_require_steps),
    Question('free run', scriptruns.free_run),
)

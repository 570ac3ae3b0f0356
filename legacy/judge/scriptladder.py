"""Does a TensorFlow compute what a script's recording has, and if not, where does it depart? The script's questions."""
import functools

from legacy.formats import unseen
from legacy.judge import scriptkernels, scriptrecorded, scriptrounding, scriptruns, scriptsteps
from legacy.judge.asking import BROKEN, Question, Report, Undecided, answered
from legacy.judge.findings import Finding
from legacy.judge.formulas import formulas, in_words
from legacy.judge.verdict import judge

SAME_RUN = 'every run that was made again is the recorded one'


class Case:
    """What is compared, and what more than one place needs of both sides. recorded, candidate: see `ladder`."""

    def __init__(self, recorded, candidate):
        self.recorded, self.candidate = recorded, candidate

    @functools.cached_property
    def formulas(self):
        """[formulas.Formula] that are not the recorded ones, over all graphs."""
        there, here = self.recorded.tables, self.recorded.view(self.candidate).tables
        return [formula for graph in sorted(set(there) & set(here)) for formula in formulas(there[graph], here[graph])]

    @functools.cached_property
    def kernels(self):
        """As `scriptkernels.drifts`."""
        return scriptkernels.drifts(self.recorded, self.candidate)


    @functools.cached_property
    def rounding(self):
        """The scriptrounding.Rounding."""
        return scriptrounding.Rounding(self.recorded, self.candidate)


def ladder(recorded, candidate, tell=None):
    """The asking.Report on a script's run.

    recorded: scriptrecorded.Recorded. candidate: the ScriptRecording of a run that made the recorded steps again. tell:
    called with each Rung as it is answered.
    """
    case, rungs = Case(recorded, candidate), []
    for question in QUESTIONS:
        rungs.append(answered(question, case))
        if tell:
            tell(rungs[-1])
    broken = [rung for rung in rungs if rung.status in BROKEN]
    kernels, _ = case.kernels
    verdict, sentence = judge(rungs, broken, kernels, case.formulas, not broken and _identical(recorded, candidate),
                              SAME_RUN)
    there = recorded.recording.header
    unknown = scriptsteps.not_pinned(recorded, candidate)
    if verdict == 'explained' and unknown:
        sentence += f' But for {", ".join(unknown)}, which portable arithmetic leaves as they are.'
    if verdict in ('explained', 'equivalent'):
        sentence += _where_it_rounds(case)
    left_out = [*unseen.all_in_words(there['unseen'], candidate.header['unseen']), *there['unrepeatable']]
    if left_out:
        sentence += ' Not compared: ' + '; '.join(left_out) + '.'
    return Report(verdict, sentence, rungs, kernels, [], case.formulas, candidate.header['environment'],
                  there['environment'], recorded.path)


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


def formulas_of_lines(case):
    """Finding: each line of the script builds the same ops."""
    if not case.recorded.tables:
        raise Undecided('the recording has no graph')
    lines = len({node.line for table in case.recorded.tables.values() for node in table.nodes})
    return Finding('', not case.formulas,
                   in_words(case.formulas) if case.formulas else f'{lines} lines, the same formulas')


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


def _kernels(case):
    """Reported: what differs is judged by the runs that it is a part of."""
    found, missing = case.kernels
    if not found:
        return Finding('', None, 'no op was recorded alone')
    drifting = [f'{drift.op_type} by {drift.largest} ulp at most' for drift in found if drift.different]
    count = sum(drift.instances for drift in found)
    text = f'{count} ops alone; ' + ('; '.join(drifting) or 'all bit-identical')
    return Finding('', None, text + (f'; {missing} more are not on both sides' if missing else ''), compared=count,
                   expected=count + missing)


def _inside(case):
    return scriptrounding.finding(case.rounding)


def _where_it_rounds(case):
    """A sentence on which ops make the difference, or ''."""
    if case.rounding.nodes:
        return f' On the same inputs these round otherwise: {case.rounding.words}.'
    if case.rounding.results and not case.formulas:
        return " Each op gives the same bits on the same inputs: TensorFlow's optimizer puts them together otherwise."
    return ''


def _require_steps(case):
    if not case.recorded.steps:
        why = case.recorded.recording.header['unseen']
        raise Undecided('no run of the recording can be made again' + (f': {unseen.in_words(why[0])}' if why else ''))


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


def _sides(ask):
    """A question to the recording and the candidate as one to the Case."""
    return lambda case: ask(case.recorded, case.candidate)


QUESTIONS = (
    Question('settings', _sides(_settings), judged=False),
    Question('repeatable', _sides(scriptsteps.repeatable), requires=_require_steps),
    Question('runs', _sides(scriptruns.runs)),
    Question('feeds', _sides(scriptruns.feeds)),
    Question('graph', _sides(scriptruns.variables)),
    Question('formulas', formulas_of_lines, fails=False),
    Question('op seeds', _sides(scriptruns.op_seeds)),
    Question('initial values', _sides(scriptruns.initial_values)),
    Question('first runs', _sides(_first_runs), requires=_require_steps),
    Question('every recorded run', _sides(_every_run), requires=_require_steps),
    Question('kernels', _kernels, judged=False, requires=_require_steps),
    Question('ops inside', _inside, judged=False, requires=_require_steps),
    Question('portable runs', _sides(scriptsteps.portable), fails=False, explains=True, requires=_require_steps),
    Question('float64 runs', _sides(scriptsteps.float64), requires=_require_steps),
    Question('free run', _sides(scriptruns.free_run)),
)

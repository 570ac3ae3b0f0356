"""Does a TensorFlow compute what a script's recording has, and if not, where does it depart? The script's questions."""
import functools
from dataclasses import replace

from legacy.formats import causes, unseen, wholerun
from legacy.judge import (
    cause,
    scriptexact,
    scriptfeeds,
    scriptkernels,
    scriptnotes,
    scriptrecorded,
    scriptrounding,
    scriptruns,
    scriptseries,
    scriptsources,
    scriptstate,
    scriptsteps,
    scriptwhole,
)
from legacy.judge.asking import BROKEN, Question, Report, Undecided, answered
from legacy.judge.coverage import Lacks
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
    def near(self):
        """As `scriptexact.ops_alone`."""
        return scriptexact.ops_alone(self.recorded, self.candidate)

    @functools.cached_property
    def astray(self):
        """The scriptexact.Astray."""
        return scriptexact.Astray(self.recorded, self.near, self.feeds.rounding)

    @functools.cached_property
    def feeds(self):
        """The scriptfeeds.Feeds."""
        return scriptfeeds.Feeds(self.recorded, self.candidate)

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
    for question in questions(recorded):
        rungs.append(answered(question, case))
        if tell:
            tell(rungs[-1])
    broken = [rung for rung in rungs if rung.status in BROKEN]
    kernels, _ = case.kernels
    verdict, sentence = judge(rungs, broken, kernels, case.formulas, not broken and not case.feeds.rounding
                              and _identical(recorded, candidate), SAME_RUN)
    found = cause.cause(recorded, candidate, broken) if broken else None
    if found:
        sentence += f' T{cause.in_words(found)[1:]}.'
    there = recorded.recording.header
    unknown = scriptsteps.not_pinned(recorded)
    if verdict == 'explained' and unknown:
        sentence += f' But for {", ".join(unknown)}, which portable arithmetic leaves as they are.'
    if verdict in ('explained', 'equivalent'):
        sentence += ''.join(f' {words}.' for words in case.astray.words(there['environment']['tensorflow']))
        sentence += ''.join(f' {words}.' for words in scriptfeeds.in_words(recorded, case.feeds.rounding))
        sentence += _where_it_rounds(case)
    left_out = [*unseen.all_in_words(there['unseen'], candidate.header['unseen']), *scriptnotes.unrepeatable(recorded),
                *(cause.lacks(candidate) if broken and not found else ())]
    if left_out:
        sentence += ' Not compared: ' + '; '.join(left_out) + '.'
    return Report(verdict, sentence, rungs, kernels, [], case.formulas, candidate.header['environment'],
                  there['environment'], recorded.path, unknown, case.rounding.named, left_out, found,
                  list(case.astray.ops.values()), scriptfeeds.in_words(recorded, case.feeds.rounding))


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
        raise Undecided('the recording has no graph', len(case.recorded.recording.kinds))
    lines = len({node.line for table in case.recorded.tables.values() for node in table.nodes})
    return Finding('', not case.formulas,
                   in_words(case.formulas) if case.formulas else f'{lines} lines, the same formulas', compared=lines,
                   expected=lines)


def _first(recorded):
    """The first step of each kind."""
    seen, found = set(), []
    for step in recorded.steps:
        if step['kind'] not in seen:
            seen.add(step['kind'])
            found.append(step)
    return found


def _first_runs(case):
    return scriptsteps.float32(case.recorded, case.candidate, _first(case.recorded), case.astray)


def _every_run(case):
    return scriptsteps.float32(case.recorded, case.candidate, case.recorded.steps, case.astray)


def _portable(case):
    """`scriptsteps.portable`; other bits that the recorded graph has here, too, no formula makes."""
    finding = scriptsteps.portable(case.recorded, case.candidate)
    unexplained = causes.of_recording(case.candidate).unexplained
    if finding.passed is not False or not unexplained or scriptsteps.not_pinned(case.recorded):
        return finding
    runs = ', '.join(str(case.recorded.steps[number]['run']) for number in unexplained)
    return replace(finding, fails=True, text=f'{finding.text}; no formula explains run {runs}: the recorded graph '
                                             'gives other bits here')


def _where_it_rounds(case):
    """A sentence on which ops make the difference, or ''."""
    if case.rounding.nodes:
        return f' On the same inputs these round otherwise: {case.rounding.words}.'
    if case.rounding.results and not case.formulas:
        return " Each op gives the same bits on the same inputs: TensorFlow's optimizer puts them together otherwise."
    return ''


def coverage_of_kinds(recorded, candidate):
    """Finding: every kind of run that trains, or where none does that evaluates, was recorded so that it can be judged:
    made again in float32, twice, in portable arithmetic and in float64, with noise floors; and nobody trained where
    nobody watched."""
    lacks, expected, compared = Lacks(), 0, 0
    for k, kind in enumerate(recorded.recording.kinds):
        if k in recorded.decisive:
            expected += 1
            why = _uncovered(recorded, k, kind)
            compared += not why
            if why:
                lacks.add('not replayed', f'{kind["place"] or "no line of the script"}: {why}')
    for fact in [*recorded.recording.header['unseen'], *candidate.header['unseen']]:
        if unseen.blocks(fact):
            expected += 1
            lacks.add('unseen', unseen.in_words(fact))
    steps = len(recorded.steps)
    trains = any(kind['trains'] for kind in recorded.recording.kinds)
    of = 'kinds of runs that train' if trains else 'kinds of runs'
    text = f'{compared} of {expected} {of} can be judged' if expected else 'no run trains'
    text += '; none trains' * (expected > 0 and not trains)
    return Finding('', True, f'{text}; {steps} runs are made again', compared=compared, expected=expected,
                   lacks=lacks.all())


def _uncovered(recorded, k, kind):
    """Why no run of a kind that decides can be judged, in words; '' if one can."""
    steps = [step for step in recorded.steps if step['kind'] == k]
    if not steps:
        return kind['obstacle'] or kind['stepless']
    for step in steps:
        group = 'after' if kind['trains'] else 'fetched'
        given = [key for key in recorded.expected_names(step) if key[0] == group]
        if given and all(step['outcomes'].get(name) for name in ('float32', 'again', 'portable', 'float64')) and all(
                step['floors'].get(name) for name in ('float32', 'float64')):
            return ''
    lacking = {name for step in steps for name in ('float32', 'again', 'portable', 'float64')
               if not step['outcomes'].get(name)}
    return f'not made again in {", ".join(sorted(lacking))}' if lacking else 'nothing in it is repeatable'


def _identical(recorded, candidate):
    """Whether all that was fetched, and all that every step had and gave in every arithmetic, are the same bits."""
    if not same_fetches(recorded, candidate):
        return False
    here = scriptrecorded.found_here(candidate)
    return all(step['step'] in here and _same_outcome(recorded, step, here[step['step']]) for step in recorded.steps)


def same_fetches(recorded, candidate):
    """Whether every run fetched the same bits, of what its own release repeats."""
    there = recorded.recording
    if there.runs.shape != candidate.runs.shape:
        return False
    for column in scriptruns.columns(recorded, candidate, 'fetches', 'fetched'):
        if not repeats(recorded, column.kind, column.name):
            continue
        if column.here is None or column.here.tolist() != column.there.tolist():
            return False
    return True


def repeats(recorded, k, name):
    """Whether a fetch is the same when the script runs again under the same TensorFlow."""
    return name not in recorded.recording.kinds[k]['racing'] and not any(
        item['what'] == 'fetch' and (item['kind'], item['name']) == (k, name) and item['by'] == 'again'
        for item in recorded.recording.header['varying'])


def _same_outcome(recorded, step, other):
    for arithmetic in ('run', 'own', 'float32', 'portable', 'float64'):
        for group, name, noted in recorded.names(step, arithmetic):
            item = scriptrecorded.obtained(other, arithmetic, group, name)
            if repeats(recorded, step['kind'], name) and (item is None or item[3] != noted[3]):
                return False
    return all(name in other['before'] and other['before'][name][3] == noted[3]
               for name, noted in step['before'].items())


def _sides(ask):
    """A question to the recording and the candidate as one to the Case."""
    return lambda case: ask(case.recorded, case.candidate)


QUESTIONS = (
    Question('settings', _sides(_settings), judged=False),
    Question('coverage', _sides(coverage_of_kinds)),
    Question('repeatable', _sides(scriptsteps.repeatable)),
    Question('runs', _sides(scriptruns.runs)),
    Question('feeds', scriptfeeds.finding),
    Question('graph', _sides(scriptruns.variables)),
    Question('formulas', formulas_of_lines, fails=False),
    Question('op seeds', _sides(scriptruns.op_seeds)),
    Question('sources', scriptsources.finding),
    Question('initial values', _sides(scriptruns.initial_values)),
    Question('kernels', scriptkernels.finding),
    Question('first runs', _first_runs),
    Question('every recorded run', _every_run, holds=True),
    Question('own runs', _sides(scriptsteps.own_runs)),
    Question('state', lambda case: scriptstate.state(case.recorded, case.candidate, case.astray)),
    Question('portable runs', _portable, fails=False, explains=True),
    Question('float64 runs', _sides(scriptsteps.float64), holds=True),
    Question('answers', _sides(scriptruns.answers)),
    Question('free run', lambda case: scriptseries.free_run(case.recorded, case.candidate, case.astray)),
)


def questions(recorded):
    """QUESTIONS, and that of the whole portable run where the recording has one. What is not pinned in it is nothing
    that a verdict could need."""
    whole = wholerun.of(recorded.recording)
    return QUESTIONS if whole is None else [*QUESTIONS, Question(
        'whole portable run', _whole_run, fails=False, explains=not whole.header['not_pinned'])]


def _whole_run(case):
    return scriptwhole.whole_run(case.recorded, case.candidate, lambda: scriptsteps.portable(
        case.recorded, case.candidate).passed is True, fed_alike=not case.feeds.rounding)

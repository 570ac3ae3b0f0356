"""Does a TensorFlow compute what a script's recording has, and if not, where does it depart? The script's questions."""
import functools
import typing
from collections.abc import Sequence
from dataclasses import replace

from legacy.formats import causes, processor, unseen, wholerun
from legacy.formats.recordings import Recording
from legacy.formats.values import JsonObject
from legacy.judge import (
    cause,
    causewords,
    exactness,
    fedarrays,
    graphconstants,
    keptstate,
    keptsteps,
    kindcoverage,
    notcompared,
    repeatability,
    roundingops,
    runorder,
    samebits,
    seriesbands,
    settings,
    singleops,
    sourcevalues,
    unpinned,
    wholehistory,
)
from legacy.judge.asking import BROKEN, Question, Report, Rung, Undecided, answered
from legacy.judge.astray import Astray
from legacy.judge.drift import Drift
from legacy.judge.findings import Finding
from legacy.judge.formulas import Formula, formulas, in_words, knows_attributes
from legacy.judge.recordedside import Recorded
from legacy.judge.verdict import judge


class Case:
    """What is compared, and what more than one place needs of both sides. recorded, candidate: see `ladder`."""

    def __init__(self, recorded: Recorded, candidate: Recording) -> None:
        self.recorded: Recorded = recorded
        self.candidate: Recording = candidate

    @functools.cached_property
    def formulas(self) -> list[Formula]:
        """[formulas.Formula] that are not the recorded ones, over all graphs."""
        there, here = self.recorded.tables, self.recorded.view(self.candidate).tables
        return [formula for graph in sorted(set(there) & set(here))
                for formula in formulas(there[graph], self.constants.table(graph, here[graph]))]

    @functools.cached_property
    def kernels(self) -> tuple[list[Drift], int]:
        """As `singleops.drifts`."""
        return singleops.drifts(self.recorded, self.candidate)

    @functools.cached_property
    def near(self) -> list[exactness.Near]:
        """As `exactness.ops_alone`."""
        return exactness.ops_alone(self.recorded, self.candidate)

    @functools.cached_property
    def astray(self) -> Astray:
        """The astray.Astray."""
        return Astray(self.recorded, self.near, [*self.feeds.rounding, *self.constants.unrepeated])

    @functools.cached_property
    def constants(self) -> graphconstants.Constants:
        """The graphconstants.Constants."""
        return graphconstants.Constants(self.recorded, self.candidate)

    @functools.cached_property
    def feeds(self) -> fedarrays.Feeds:
        """The fedarrays.Feeds."""
        return fedarrays.Feeds(self.recorded, self.candidate)

    @functools.cached_property
    def sources(self) -> sourcevalues.Sources:
        """The sourcevalues.Sources."""
        return sourcevalues.Sources(self.recorded, self.candidate)

    @functools.cached_property
    def fed_otherwise(self) -> list[str]:
        """As `fedarrays.in_words`, of the feeds that differ by rounding."""
        return fedarrays.in_words(self.recorded, self.feeds.rounding)

    @property
    def rounds_before(self) -> bool:
        """Whether what is put into runs is another by rounding, before any op rounds."""
        return bool(self.feeds.rounding or self.constants.noted)

    @property
    def otherwise(self) -> list[str]:
        """[str] on feeds and constants that differ by rounding."""
        return [*self.fed_otherwise, *self.constants.words]

    @functools.cached_property
    def portable(self) -> Finding:
        """As `keptsteps.portable`."""
        return keptsteps.portable(self.recorded, self.candidate)

    @functools.cached_property
    def unpinned(self) -> list[str]:
        """As `unpinned.ops`; empty where portable runs are the recorded ones, or further off than rounding."""
        if self.portable.passed is not False or self.portable.fails:
            return []
        return unpinned.ops(self.recorded, self.candidate, causes.of_recording(self.candidate),
                            keptsteps.not_pinned(self.recorded))

    @functools.cached_property
    def rounding(self) -> roundingops.Rounding:
        """The roundingops.Rounding."""
        return roundingops.Rounding(self.recorded, self.candidate)


def ladder(recorded: Recorded, candidate: Recording, tell: typing.Callable[[Rung], None] | None = None) -> Report:
    """The asking.Report on a script's run.

    recorded: recordedside.Recorded. candidate: the Recording of a run that made the recorded steps again. tell:
    called with each Rung as it is answered.
    """
    case, rungs = Case(recorded, candidate), []
    for question in questions(recorded):
        rungs.append(answered(question, case))
        if tell:
            tell(rungs[-1])
    broken = [rung for rung in rungs if rung.status in BROKEN]
    (kernels, _), moves = case.kernels, causes.of_recording(candidate).moves
    verdict, sentence = judge(rungs, broken, kernels, case.formulas, not broken and not case.rounds_before
                              and samebits.identical(recorded, candidate), '; '.join(
                                  causewords.said(item) for item in moves), case.unpinned)
    found = cause.cause(case, broken) if broken else None
    if found:
        sentence += f' T{causewords.in_words(found)[1:]}.'
    there = recorded.recording.header
    unknown = keptsteps.not_pinned(recorded)
    environment = candidate.header['environment']
    if verdict == 'explained' and processor.kind(environment) != processor.kind(there['environment']):
        sentence += f' The processor is of another kind: {processor.in_words(environment)}.'
    if verdict == 'explained' and unknown:
        sentence += f' But for {", ".join(unknown)}, which portable arithmetic leaves as they are.'
    if verdict in ('explained', 'equivalent'):
        sentence += ''.join(f' {words}.' for words in case.astray.words(there['environment']['tensorflow']))
        sentence += ''.join(f' {words}.' for words in case.otherwise)
        sentence += _where_it_rounds(case)
    left_out = [*unseen.all_in_words(there['unseen'], candidate.header['unseen']), *notcompared.unrepeatable(recorded),
                *(cause.lacks(candidate) if broken and not found else ())]
    if left_out:
        sentence += ' Not compared: ' + '; '.join(left_out) + '.'
    return Report(verdict, sentence, rungs, kernels, case.formulas, environment,
                  there['environment'], recorded.path, unknown, case.rounding.named, left_out, found,
                  list(case.astray.ops.values()), case.otherwise, moves)


def formulas_of_lines(case: Case) -> Finding:
    """Finding: each line of the script builds the same ops, with the same attributes and constants."""
    if not case.recorded.tables:
        raise Undecided('the recording has no graph', len(case.recorded.recording.kinds))
    tables = case.recorded.tables.values()
    lines = len({node.line for table in tables for node in table.nodes})
    said = in_words(case.formulas) if case.formulas else f'{lines} lines, the same formulas'
    if not all(map(knows_attributes, tables)):
        said += '; attributes are not compared: a recording of before has none'
    return Finding('', not case.formulas, said, compared=lines, expected=lines)


def _first(recorded: Recorded) -> list[JsonObject]:
    """The first step of each kind."""
    seen, found = set(), []
    for step in recorded.steps:
        if step['kind'] not in seen:
            seen.add(step['kind'])
            found.append(step)
    return found


def _first_runs(case: Case) -> Finding:
    return keptsteps.float32(case.recorded, case.candidate, _first(case.recorded), case.astray)


def _every_run(case: Case) -> Finding:
    return keptsteps.float32(case.recorded, case.candidate, case.recorded.steps, case.astray)


def _portable(case: Case) -> Finding:
    """`keptsteps.portable`. No formula makes bits that the recorded graph does not give here, nor if none differs."""
    finding, found = case.portable, causes.of_recording(case.candidate)
    if case.unpinned:
        return replace(finding, passed=True, deviation=None, tolerance=None,
                       text=f'{finding.text}; both graphs give the same bits here: {", ".join(case.unpinned)} rounds '
                            'otherwise')
    if finding.passed is not False or keptsteps.not_pinned(case.recorded):
        return finding
    runs = ', '.join(str(case.recorded.steps[number]['run']) for number in found.unexplained)
    if runs:
        return replace(finding, fails=True, text=f'{finding.text}; no formula explains run {runs}: the recorded graph '
                                                 'gives other bits here')
    if not (case.formulas or found.moves or found.causes):
        return replace(finding, fails=True, text=f'{finding.text}; no formula explains that: none differs')
    return finding


def _where_it_rounds(case: Case) -> str:
    """A sentence on which ops make the difference, or ''."""
    if case.rounding.nodes:
        return f' On the same inputs these round otherwise: {case.rounding.words}.'
    if case.rounding.results and not case.formulas:
        return " Each op gives the same bits on the same inputs: TensorFlow's optimizer puts them together otherwise."
    return ''


def sides(ask: typing.Callable[[Recorded, Recording], Finding]) -> typing.Callable[[Case], Finding]:
    """A question to the recording and the candidate as one to the Case."""
    return lambda case: ask(case.recorded, case.candidate)


QUESTIONS = (
    Question('settings', sides(settings.finding), judged=False),
    Question('coverage', sides(kindcoverage.coverage_of_kinds)),
    Question('repeatable', sides(repeatability.repeatable)),
    Question('runs', sides(runorder.runs)),
    Question('feeds', fedarrays.finding),
    Question('graph', sides(runorder.variables)),
    Question('formulas', formulas_of_lines, fails=False),
    Question('op seeds', sides(runorder.op_seeds)),
    Question('sources', sourcevalues.finding),
    Question('initial values', lambda case: runorder.initial_values(case.recorded, case.candidate,
                                                                  case.constants.started)),
    Question('kernels', singleops.finding),
    Question('first runs', _first_runs),
    Question('every recorded run', _every_run, holds=True),
    Question('own runs', sides(repeatability.own_runs)),
    Question('state', lambda case: keptstate.state(case.recorded, case.candidate, case.astray, case.constants)),
    Question('portable runs', _portable, fails=False, explains=True),
    Question('float64 runs', sides(keptsteps.float64), holds=True),
    Question('answers', lambda case: runorder.answers(case.recorded, case.candidate, case.astray)),
    Question('free run', lambda case: seriesbands.free_run(case.recorded, case.candidate, case.astray,
                                                           case.constants)),
)


def questions(recorded: Recorded) -> Sequence[Question]:
    """QUESTIONS, and that of the whole portable run where the recording has one. What is not pinned in it is nothing
    that a verdict could need."""
    whole = wholerun.of(recorded.recording)
    return QUESTIONS if whole is None else [*QUESTIONS, Question(
        'whole portable run', _whole_run, fails=False, explains=not whole.header['not_pinned'])]


def _whole_run(case: Case) -> Finding:
    return wholehistory.whole_run(case.recorded, case.candidate, lambda: case.portable.passed is True,
                                  fed_alike=not case.rounds_before)

"""Does a TensorFlow compute what a script's recording has, and if not, where does it depart? The script's questions."""
import functools
import typing
from collections.abc import Sequence
from dataclasses import replace

from legacy.formats import causes, processor, unseen, wholerun
from legacy.formats.recordings import Recording
from legacy.formats.stepnotes import StepNote
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
from legacy.judge.astray import Astray
from legacy.judge.baseline import Baseline
from legacy.judge.drift import Drift
from legacy.judge.findings import Finding
from legacy.judge.formulas import Formula, formulas, in_words, knows_attributes
from legacy.judge.pairing import Pairing
from legacy.judge.questions import BROKEN, Question, Report, Rung, Undecided, answered
from legacy.judge.side import Side
from legacy.judge.verdict import judge


class Case(Pairing):
    """A Pairing, and what more than one question needs to know of both sides."""

    @functools.cached_property
    def formulas(self) -> list[Formula]:
        """[formulas.Formula] that are not the recorded ones, over all graphs."""
        there, here = self.there.tables, self.here.tables
        return [formula for graph in sorted(set(there) & set(here))
                for formula in formulas(there[graph], self.constants.table(graph, here[graph]))]

    @functools.cached_property
    def kernels(self) -> tuple[list[Drift], int]:
        """As `singleops.drifts`."""
        return singleops.drifts(self)

    @functools.cached_property
    def near(self) -> list[exactness.Near]:
        """As `exactness.ops_alone`."""
        return exactness.ops_alone(self)

    @functools.cached_property
    def astray(self) -> Astray:
        """The astray.Astray."""
        return Astray(self.there, self.near, [*self.feeds.rounding, *self.constants.unrepeated])

    @functools.cached_property
    def constants(self) -> graphconstants.Constants:
        """The graphconstants.Constants."""
        return graphconstants.Constants(self)

    @functools.cached_property
    def feeds(self) -> fedarrays.Feeds:
        """The fedarrays.Feeds."""
        return fedarrays.Feeds(self)

    @functools.cached_property
    def sources(self) -> sourcevalues.Sources:
        """The sourcevalues.Sources."""
        return sourcevalues.Sources(self)

    @functools.cached_property
    def fed_otherwise(self) -> list[str]:
        """As `fedarrays.in_words`, of the feeds that differ by rounding."""
        return fedarrays.in_words(self.there, self.feeds.rounding)

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
        return keptsteps.portable(self)

    @functools.cached_property
    def unpinned(self) -> list[str]:
        """As `unpinned.ops`; empty where portable runs are the recorded ones, or further off than rounding."""
        if self.portable.passed is not False or self.portable.fails:
            return []
        return unpinned.ops(self, causes.of_recording(self.here), keptsteps.not_pinned(self.there))

    @functools.cached_property
    def rounding(self) -> roundingops.Rounding:
        """The roundingops.Rounding."""
        return roundingops.Rounding(self)


def ladder(baseline: Baseline, candidate: Recording, tell: typing.Callable[[Rung], None] | None = None) -> Report:
    """The questions.Report on a script's run. candidate: the Recording of a run that made the recorded steps again.
    tell: called with each Rung as it is answered."""
    return asked(Case(baseline, candidate), tell)


def asked(case: Case, tell: typing.Callable[[Rung], None] | None = None) -> Report:
    """The same of a Case, which keeps what was worked out for questions that were asked of it before."""
    rungs = []
    for question in questions(case.there):
        rungs.append(answered(question, case))
        if tell:
            tell(rungs[-1])
    broken = [rung for rung in rungs if rung.status in BROKEN]
    (kernels, _), moves = case.kernels, causes.of_recording(case.here).moves
    verdict, sentence = judge(rungs, broken, kernels, case.formulas, not broken and not case.rounds_before
                              and samebits.identical(case), '; '.join(
                                  causewords.said(item) for item in moves), case.unpinned)
    found = cause.cause(case, broken) if broken else None
    if found:
        sentence += f' T{causewords.in_words(found)[1:]}.'
    there = case.there.header
    unknown = keptsteps.not_pinned(case.there)
    environment = case.here.header['environment']
    if verdict == 'explained' and processor.kind(environment) != processor.kind(there['environment']):
        sentence += f' The processor is of another kind: {processor.in_words(environment)}.'
    if verdict == 'explained' and unknown:
        sentence += f' But for {", ".join(unknown)}, which portable arithmetic leaves as they are.'
    if verdict in ('explained', 'equivalent'):
        sentence += ''.join(f' {words}.' for words in case.astray.words(there['environment']['tensorflow']))
        sentence += ''.join(f' {words}.' for words in case.otherwise)
        sentence += _where_it_rounds(case)
    left_out = [*unseen.all_in_words(there['unseen'], case.here.header['unseen']),
                *notcompared.unrepeatable(case.baseline),
                *(cause.lacks(case.here) if broken and not found else ())]
    if left_out:
        sentence += ' Not compared: ' + '; '.join(left_out) + '.'
    return Report(verdict, sentence, rungs, kernels, case.formulas, environment,
                  there['environment'], case.baseline.path, unknown, case.rounding.named, left_out, found,
                  list(case.astray.ops.values()), case.otherwise, moves)


def formulas_of_lines(case: Case) -> Finding:
    """Finding: each line of the script builds the same ops, with the same attributes and constants."""
    if not case.baseline.has_graphs:
        raise Undecided('the recording has no graph', len(case.there.kinds))
    tables = case.there.tables.values()
    lines = len({node.line for table in tables for node in table.nodes})
    said = in_words(case.formulas) if case.formulas else f'{lines} lines, the same formulas'
    if not all(map(knows_attributes, tables)):
        said += '; attributes are not compared: a recording of before has none'
    return Finding('', not case.formulas, said, compared=lines, expected=lines)


def _first(there: Side) -> list[StepNote]:
    """The first step of each kind."""
    found: dict[int, StepNote] = {}
    for step in there.steps:
        found.setdefault(step.kind, step)
    return list(found.values())


def _first_runs(case: Case) -> Finding:
    return keptsteps.float32(case, _first(case.there), case.astray)


def _every_run(case: Case) -> Finding:
    return keptsteps.float32(case, case.there.steps, case.astray)


def _portable(case: Case) -> Finding:
    """`keptsteps.portable`. No formula makes bits that the recorded graph does not give here, nor if none differs."""
    finding, found = case.portable, causes.of_recording(case.here)
    if case.unpinned:
        return replace(finding, passed=True, deviation=None, tolerance=None,
                       text=f'{finding.text}; both graphs give the same bits here: {", ".join(case.unpinned)} rounds '
                            'otherwise')
    if finding.passed is not False or keptsteps.not_pinned(case.there):
        return finding
    runs = ', '.join(str(case.there.by_number[number].run) for number in found.unexplained)
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


QUESTIONS = (
    Question('settings', settings.finding, judged=False),
    Question('coverage', kindcoverage.finding),
    Question('repeatable', repeatability.repeatable),
    Question('runs', runorder.runs),
    Question('feeds', fedarrays.finding),
    Question('graph', runorder.variables),
    Question('formulas', formulas_of_lines, fails=False),
    Question('op seeds', runorder.op_seeds),
    Question('sources', sourcevalues.finding),
    Question('initial values', lambda case: runorder.initial_values(case, case.constants.started)),
    Question('kernels', singleops.finding),
    Question('first runs', _first_runs),
    Question('every recorded run', _every_run, holds=True),
    Question('own runs', repeatability.own_runs),
    Question('state', lambda case: keptstate.state(case, case.astray, case.constants)),
    Question('portable runs', _portable, fails=False, explains=True),
    Question('float64 runs', keptsteps.float64, holds=True),
    Question('answers', lambda case: runorder.answers(case, case.astray)),
    Question('free run', lambda case: seriesbands.free_run(case, case.astray, case.constants)),
)


def questions(there: Side) -> Sequence[Question]:
    """QUESTIONS, and that of the whole portable run where the recording has one. What is not pinned in it is nothing
    that a verdict could need."""
    whole = wholerun.of(there)
    return QUESTIONS if whole is None else [*QUESTIONS, Question(
        'whole portable run', _whole_run, fails=False, explains=not whole.header['not_pinned'])]


def _whole_run(case: Case) -> Finding:
    return wholehistory.whole_run(case, lambda: case.portable.passed is True, fed_alike=not case.rounds_before)

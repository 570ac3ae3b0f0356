"""What would a check of this script miss? The smallest error in the ops of each type that its questions notice.

The worker makes steps of the recording again with a known error in the ops of one type
(`worker/scripts/faultysteps.py`); here each is judged as if the TensorFlow that is checked had given it.
"""
import typing
from collections.abc import Iterable, Mapping

import numpy as np

from legacy.check import jobs
from legacy.formats import contents
from legacy.formats.arraynotes import AnswerNote
from legacy.formats.knownerrors import EVERYWHERE, MODES, ONE_ELEMENT
from legacy.formats.places import PathLike
from legacy.formats.recordings import Recording
from legacy.formats.values import Array, JsonObject
from legacy.judge import exactness, keptsteps
from legacy.judge.ladder import Case
from legacy.judge.pairing import Pairing
from legacy.judge.questions import Report
from legacy.judge.verdict import GOOD
from legacy.machine import scratch

# Whether one unit in the last place changes the bits of portable arithmetic.
PORTABLE = {True: '1 ulp', False: 'not seen', None: 'unknown'}
STEPS, KERNELS = 'every recorded run', 'kernels'  # questions that compare float32 of single steps and ops


class OpPower(typing.NamedTuple):
    """Errors in the ops of one type and role, over all that a run computes.

    in_loops: how many of them no error can be put into. place: the line of the script whose run computes them.
    smallest: {mode: (smallest relative error that is seen, and every larger one, too; or None, question that sees it)}.
    one_ulp: whether portable arithmetic has other bits where every result is one unit in the last place off; None where
    that is not known. has_effect: whether an error of a tenth changes any bit. why: what could not be tried, in words,
    or ''. false_alarm: the question that fails with no error at all, or ''.
    """
    op_type: str
    role: str
    ops: int
    in_loops: int
    place: str
    smallest: dict[str, tuple[float | None, str]]
    one_ulp: bool | None
    has_effect: bool
    why: str
    false_alarm: str


class Power(typing.NamedTuple):
    """report: the questions.Report of the check without an error. ops: [OpPower]."""
    report: Report
    ops: list[OpPower]

    @property
    def tried(self) -> list[OpPower]:
        """Those whose errors change anything."""
        return [item for item in self.ops if item.has_effect]

    @property
    def is_sound(self) -> bool:
        """Whether the script passes without an error, no op alarms without one, and in every op some error is seen.
        Where nothing could be tried, nothing is known to be sound."""
        return (self.report.verdict in GOOD and bool(self.tried)
                and not any(item.false_alarm for item in self.ops)
                and all(item.smallest[EVERYWHERE][0] is not None for item in self.tried))


def power(job: jobs.Job, baseline: PathLike, tell: typing.Callable[[OpPower], None]) -> Power:
    """Check a script against the file `baseline`; where it passes, judge each known error. tell: called with each
    OpPower. Raises as `jobs.check` does."""
    with scratch.temporary('power') as folder:
        recorded, candidate, report = jobs.check(job, baseline, folder, power=True)
        case = Case(recorded, candidate)
        found = []
        for group in candidate.header['faulty'] if report.verdict in GOOD else ():
            found.append(_judged(group, case))
            tell(found[-1])
        return Power(report, found)


def _judged(group: JsonObject, case: Case) -> OpPower:
    place = case.there.kind_of(case.there.by_number[group['step']])['place']
    seen, alarm, has_effect = {}, '', False
    for mode in MODES:
        errors = [error for error in group['errors'] if error['mode'] == mode]
        questions = {error['size']: _sees(group, error, case) for error in errors}
        without_error = questions.pop(0.0, '')
        alarm = alarm or without_error
        has_effect |= bool(questions)
        seen[mode] = _smallest(questions)
    return OpPower(group['op_type'], group['role'], len(group['ops']), group['in_loops'], place, seen,
                   group['one_ulp'][0] if group['one_ulp'] else None, has_effect, group['why'], alarm)


def _smallest(questions: Mapping[float, str]) -> tuple[float | None, str]:
    """questions: {size: the question that sees an error of this size, or ''}"""
    smallest: tuple[float | None, str] = None, ''
    for size, question in sorted(questions.items(), reverse=True):
        if not question:
            break
        smallest = size, question
    return smallest


def _sees(group: JsonObject, error: JsonObject, case: Case) -> str:
    """Which question fails with this error, or ''."""
    steps = [case.there.by_number[int(number)] for number in error['outcomes']]
    spoilt = Pairing(case.baseline, _with_outcomes(case.here, error['outcomes']))
    if keptsteps.float32(spoilt, steps, case.astray).passed is False:
        return STEPS
    if not error['size']:
        return ''
    near = exactness.ops_alone(Pairing(case.baseline, _with_answers(case.here, group['ops'], error)))
    return KERNELS if any(item.is_off_here for item in near) else ''


def _with_outcomes(candidate: Recording, outcomes: JsonObject) -> Recording:
    """The Recording in which steps gave this in float32. outcomes: {step: {'fetched', 'after'}}"""
    steps = [dict(step, outcomes=dict(step['outcomes'], float32=outcomes.get(str(step['step']))
                                      or step['outcomes'].get('float32'))) for step in candidate.header['steps']]
    return Recording(dict(candidate.header, steps=steps), candidate.arrays)


def _with_answers(candidate: Recording, ops: Iterable[str], error: JsonObject) -> Recording:
    """The Recording that has the answers of these ops alone, off by an error: of the others it is known already
    that they are right."""
    kernels: dict[int, list[AnswerNote]] = {}
    further: dict[str, Array] = {}
    ops = set(ops)
    for number in candidate.answered:
        kernels[number] = []
        for name, noted in candidate.answers(number).items():
            if name.partition(':')[0] in ops and noted.dtype == '<f4':
                content = f'faulty/{number}/{name}'
                further[content] = _spoilt(candidate.content(noted), error['mode'], error['size'])
                kernels[number].append(AnswerNote(name, noted._replace(
                    content=content, digest=contents.digest(further[content]))))
    return candidate.with_answers(kernels, further)


def _spoilt(answer: Array, mode: str, size: float) -> Array:
    """An answer that is off by a relative error: in all elements, or in the largest."""
    exact = np.asarray(answer, 'f8')
    factor = np.full(exact.shape, 1 + size) if mode == EVERYWHERE else np.ones(exact.shape)
    if mode == ONE_ELEMENT and exact.size:
        factor.flat[np.argmax(np.abs(exact))] += size
    with np.errstate(all='ignore'):
        found: Array = (exact * factor).astype(answer.dtype)
    return found


# ---- in words

COLUMNS = '{:<46} {:<27} {:<27} {:<9} {}'.format
HEADING = COLUMNS('smallest error that is seen (relative) in', 'every result', 'the largest result', 'portable', 'run')


def row(item: OpPower) -> str:
    """One line on the ops of one type."""
    loops = f', {item.in_loops} in loops' if item.in_loops else ''
    name = f'{item.op_type} ({item.role}, {item.ops}{loops})'
    if item.false_alarm:
        said = f'alarm without an error: {item.false_alarm}'
    elif item.why:
        said = f'not tried: {item.why}'
    elif not item.has_effect:
        said = 'moves nothing that is fetched or written'
    else:
        sizes = [_size(*item.smallest[mode]) for mode in MODES]
        return COLUMNS(name, *sizes, PORTABLE[item.one_ulp], item.place)
    return f'{name:<46} {said:<65} {item.place}'


def _size(smallest: float | None, rung: str) -> str:
    """The smallest error that is seen, in words."""
    return 'not seen' if smallest is None else f'{smallest:.0e} ({rung})'


def ending(found: Power) -> str:
    """What all rows come to, in one line."""
    if not found.ops:
        return 'no error was tried: the script must pass without one, and have runs that are made again'
    sizes = [item.smallest[EVERYWHERE][0] for item in found.tried]
    seen = [size for size in sizes if size is not None]
    worst = f', the largest that is needed being {max(seen):.0e}' if seen else ''
    unmoved = sum(not item.has_effect and not item.why for item in found.ops)
    not_tried = sum(bool(item.why) for item in found.ops)
    alarms = sum(bool(item.false_alarm) for item in found.ops)
    return (f'{len(seen)} of {len(found.tried)} kinds of ops: an error is seen{worst}; {unmoved} move nothing; '
            f'{not_tried} not tried; {alarms} alarms without an error')


def as_json(found: Power) -> JsonObject:
    """All of it as JSON values."""
    return {'verdict': found.report.verdict, 'sentence': found.report.sentence, 'sound': found.is_sound,
            'ops': [item._asdict() for item in found.ops]}

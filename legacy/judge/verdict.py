"""One word and one sentence on all rungs.

identical: all that was recorded is the same, bit for bit. explained: in portable arithmetic it is, and every float32
step is within the noise floor, so that kernels alone round otherwise; or both graphs give the same bits here, and other
ones than recorded only where portable arithmetic leaves an op as it is. equivalent: formulas differ; every step is
within the noise floor, and float64 agrees. undecided: what one of these needs could not all be compared. regression:
something is not the same, or is not repeatable.
"""
from collections.abc import Sequence

from legacy.judge import coverage
from legacy.judge.coverage import DIFFERS, HOLD, UNDECIDED
from legacy.judge.drift import Drift
from legacy.judge.formulas import Formula, in_words
from legacy.judge.questions import Rung

SAME_RUN = 'every run that was made again is the recorded one'
# From the best to the worst, with the exit code of one that is worse than was asked for.
CODES = {'identical': 1, 'explained': 1, 'equivalent': 1, 'undecided': 2, 'regression': 1}
VERDICTS = tuple(CODES)
GOOD = VERDICTS[:3]
STRICT = VERDICTS[:4]  # what may be asked for
WORDS = {DIFFERS: 'differs', UNDECIDED: 'could not be decided'}


def judge(rungs: list[Rung], broken: list[Rung], kernels: list[Drift], formulas: list[Formula], identical: bool,
          reason: str = '', unpinned: Sequence[str] = ()) -> tuple[str, str]:
    """(verdict, sentence). rungs: [questions.Rung]. broken: those that failed. kernels: [drift.Drift]. formulas:
    [formulas.Formula] that differ. identical: whether all that was recorded is the same, bit for bit. reason: in words,
    the formulas that make portable runs others, where they are known; else all that differ are named. unpinned: op
    types that make them others by rounding."""
    if broken:
        return 'regression', f'First at "{broken[0].name}": {broken[0].finding.text}.'
    undecided = [rung for rung in rungs if rung.status == UNDECIDED and rung.finding.expected != 0]
    if undecided:
        return 'undecided', _undecided(undecided)
    if not any(rung.status in HOLD for rung in rungs):
        return 'undecided', 'Nothing was compared: the recording holds nothing that can be.'
    if identical:
        return 'identical', f'{SAME_RUN[0].upper()}{SAME_RUN[1:]}, bit for bit.'
    lacking = [rung for rung in rungs if rung.holds and rung.status not in HOLD]
    if lacking:
        return 'undecided', _undecided(lacking)
    missing = [rung for rung in rungs if rung.explains and rung.status not in HOLD]
    drifting = _drifting(kernels)
    if missing:
        parts = [f'{rung.name} {WORDS.get(rung.status, "has nothing to compare")} ({rung.finding.text})'
                 for rung in missing]
        if formulas and any(rung.status == DIFFERS for rung in missing):
            parts.insert(0, f'another formula: {reason or in_words(formulas)}')
        return 'equivalent', f'Every step is within the noise floor{drifting}; ' + '; '.join(parts) + '.'
    alike = f'in portable arithmetic {SAME_RUN}, bit for bit'
    if unpinned:
        left = 'they are' if unpinned[1:] else 'it is'
        alike = (f'in portable arithmetic, which leaves {", ".join(unpinned)} as {left}, both graphs give the same '
                 'bits here')
    sentence = f'Rounding alone: {alike}, and every float32 step is within the noise floor{drifting}.'
    if formulas:
        sentence += f' Formulas that round alike: {in_words(formulas)}.'
    return 'explained', sentence


def _undecided(rungs: list[Rung]) -> str:
    """What could not be compared, how much of it, and what to do."""
    said = []
    for rung in rungs:
        finding = rung.finding
        count = f'{finding.compared} of {finding.expected}' if finding.expected else 'nothing'
        said.append(f'"{rung.name}" compared {count}: {finding.text}')
    remedies = coverage.remedies([lack for rung in rungs for lack in rung.finding.lacks])
    return 'Not all that was recorded could be compared. ' + '; '.join(said) + '.' + (
        f' What to do: {remedies}.' if remedies else '')


def _drifting(kernels: list[Drift]) -> str:
    drifting = [f'{kernel.op_type} by {kernel.largest} ulp at most' for kernel in kernels if kernel.drifts]
    return f' (kernels that round otherwise: {", ".join(drifting)})' if drifting else ''


def reached(verdict: str, strict: str) -> bool:
    """Whether `verdict` is at least `strict`."""
    return VERDICTS.index(verdict) <= VERDICTS.index(strict)


def exit_code(verdict: str, strict: str) -> int:
    """0 where `verdict` is at least `strict`; else 2 where it is undecided, and 1."""
    return 0 if reached(verdict, strict) else CODES[verdict]

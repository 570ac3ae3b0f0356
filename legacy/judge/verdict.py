"""One word and one sentence on all rungs.

identical: the main run is the recorded one, bit for bit. explained: in portable arithmetic it is, and every float32
step is within the noise floor, so that kernels alone round otherwise. equivalent: formulas differ, or not all could be
asked; every step is within the noise floor. regression: something is not, or is not repeatable.
"""
from legacy.judge.formulas import in_words

THE_RUN = 'the run is the recorded one'
VERDICTS = ('identical', 'explained', 'equivalent', 'regression')  # from the best to the worst
WORDS = {'differs': 'differs', 'undecided': 'could not be decided'}


def judge(rungs, broken, kernels, formulas, identical, same=THE_RUN):
    """(verdict, sentence). rungs: [asking.Rung]. broken: those that failed. kernels: [drift.Drift]. formulas:
    [formulas.Formula] that differ. identical: whether the main runs are, bit for bit. same: what is said
    of them, or of the portable ones."""
    if broken:
        return 'regression', f'First at "{broken[0].name}": {broken[0].finding.text}.'
    if identical:
        return 'identical', f'{same[0].upper()}{same[1:]}, bit for bit.'
    missing = [rung for rung in rungs if rung.status == 'undecided' or rung.explains and rung.status != 'passed']
    drifting = _drifting(kernels)
    if missing:
        parts = [f'{rung.name} {WORDS[rung.status]} ({rung.finding.text})' for rung in missing]
        if formulas and any(rung.status == 'differs' for rung in missing):
            parts.insert(0, f'another formula: {in_words(formulas)}')
        return 'equivalent', f'Every step is within the noise floor{drifting}; ' + '; '.join(parts) + '.'
    sentence = (f'Rounding alone: in portable arithmetic {same}, bit for bit, and every float32 step is within the '
                f'noise floor{drifting}.')
    if formulas:
        sentence += f' Formulas that round alike: {in_words(formulas)}.'
    return 'explained', sentence


def _drifting(kernels):
    drifting = [f'{kernel.op_type} by {kernel.largest} ulp at most' for kernel in kernels if kernel.drifts]
    return f' (kernels that round otherwise: {", ".join(drifting)})' if drifting else ''


def reached(verdict, strict):
    """Whether `verdict` is at least `strict`."""
    return VERDICTS.index(verdict) <= VERDICTS.index(strict)

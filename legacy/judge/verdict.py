"""One word and one sentence on all rungs."""

VERDICTS = ('identical', 'explained', 'equivalent', 'regression')  # from the best to the worst
PINNED = 'Rsqrt'  # what the exact-rsqrt arithmetic pins


def judge(rungs, broken, kernels, identical):
    """(verdict, sentence). rungs: {name: check.Rung}. broken: those that failed. kernels: [drift.Drift]. identical:
    whether the main runs are, bit for bit."""
    if broken:
        return 'regression', f'First at "{broken[0].name}": {broken[0].finding.text}.'
    if identical:
        return 'identical', 'The run is the recorded one, bit for bit.'
    missing = _missing(rungs, kernels)
    drifting = [kernel.op_type for kernel in kernels if kernel.drifts]
    if missing:
        drifts = f' ({_verb(drifting)})' if drifting else ''
        return 'equivalent', (f'Within every tolerance{drifts}, but not all of the difference is accounted for: '
                              + '; '.join(missing) + '.')
    others = [kernel for kernel in drifting if kernel != PINNED]
    sentence = (f'{PINNED} accounts for all of the difference between the weights: with it pinned they are the '
                'recorded ones, bit for bit, to the end.' if PINNED in drifting else
                'With the arithmetic pinned the weights are the recorded ones, bit for bit, to the end.')
    if others:
        sentence += f' {_verb(others)} too, where no weight depends on it.'
    return 'explained', sentence


def _verb(kernels):
    return ' and '.join(filter(None, [', '.join(kernels[:-1]), kernels[-1]])) + (' drifts' if len(kernels) == 1
                                                                              else ' drift')


def _missing(rungs, kernels):
    """What is missing for `explained`."""
    found = []
    words = {'differs': 'differs', 'undecided': 'could not be decided'}
    exact, alone = rungs['exact-rsqrt history'], rungs['kernels']
    if exact.status != 'passed':
        found.append(f'the {exact.name} {words[exact.status]} ({exact.finding.text})')
    if not kernels:
        found.append(f'the kernels {words[alone.status]} ({alone.finding.text})')
    return found


def reached(verdict, strict):
    """Whether `verdict` is at least `strict`."""
    return VERDICTS.index(verdict) <= VERDICTS.index(strict)

"""Does a second run of TensorFlow 1.15.5 give the baseline?

    python tests/same_weights.py BASELINE RECORDING

In portable arithmetic all of it, on every processor. In float32 and float64 weights and costs, bit for bit, on the kind
of processor that made the baseline. On another kind, where 1.15.5 itself goes another way in float32, each finding of
`compare` has to pass: exact what no rounding touches, within the noise floor what it does, float64 within its limit.
Prints which of these was asked. Exit code 1 and a line on what differs, if anything does.
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from legacy.formats import processor, recording  # noqa: E402
from legacy.formats.values import same_bits  # noqa: E402
from legacy.judge import comparison  # noqa: E402


def differences(baseline, candidate):
    """(what was compared, in words; one line for each thing that is not as it should be)"""
    made_on, here = (processor.kind(each.header['environment']) for each in (baseline, candidate))
    if baseline.settings['arithmetic'] == 'portable':
        return 'everything recorded, bit for bit', _other_bits(baseline, candidate, list(baseline.computed))
    if made_on == here:
        weights = ['checkpoints/' + variable['name'] for variable in baseline.variables if variable['trainable']]
        return 'weights and costs, bit for bit', _other_bits(
            baseline, candidate, weights + ['series/' + name for name in recording.SERIES])
    # No floor was measured of float64: what is only reported there is held by the history.
    return f'within the limits of `compare`, since {here} rounds otherwise than {made_on}', [
        f'{finding.question}: {finding.text}' for finding in comparison.compare(baseline, candidate)
        if finding.passed is False]


def _other_bits(baseline, candidate, names):
    a, b = baseline.arrays, candidate.arrays
    return [f'{name}: other bits' for name in names
            if name not in b or a[name].shape != b[name].shape or not same_bits(a[name], b[name]).all()]


if __name__ == '__main__':
    asked, lines = differences(*map(recording.load, sys.argv[1:3]))
    print('\n'.join(lines) or f'{sys.argv[2]}: the baseline: {asked}')
    sys.exit(1 if lines else 0)

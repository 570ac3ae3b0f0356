"""Does a second run of TensorFlow 1.15.5 give the baseline? Weights bit for bit; costs too on the same processor.

    python tests/same_weights.py BASELINE RECORDING

Another kind of processor sums the cost over 2500 rows in another order, so there costs agree within a tolerance.
Exit code 1 and a line on what differs, if anything does.
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from legacy.formats import recording  # noqa: E402
from legacy.formats.values import same_bits  # noqa: E402
from legacy.judge.findings import relative  # noqa: E402

COST_TOLERANCE = 1.5e-6  # between processors with and without AVX-512


def differences(baseline, candidate):
    """One line for each array that is not as it should be."""
    same_processor = all(baseline.header['environment'][key] == candidate.header['environment'][key]
                         for key in ('processor', 'features'))
    found = []
    for variable in baseline.variables:
        name = 'checkpoints/' + variable['name']
        if variable['trainable'] and not same_bits(baseline.arrays[name], candidate.arrays[name]).all():
            found.append(f'{name}: other bits')
    for name in recording.SERIES:
        expected, obtained = baseline.arrays['series/' + name], candidate.arrays['series/' + name]
        if same_processor and not same_bits(expected, obtained).all():
            found.append(f'{name}: other bits on the same kind of processor')
        for step, a, b in zip(baseline.arrays['series/steps'], expected, obtained):
            if relative(a, b) > COST_TOLERANCE:
                found.append(f'{name} at step {step}: {b!r}, expected {a!r}')
    return found


if __name__ == '__main__':
    lines = differences(*map(recording.load, sys.argv[1:3]))
    print('\n'.join(lines) or f'{sys.argv[2]}: the baseline\'s weights, bit for bit, and its costs')
    sys.exit(1 if lines else 0)

"""Two recordings in, findings out. Needs numpy only, never TensorFlow.

Each function below answers one question, in the order in which a difference would enter a run.
"""
import numpy as np

from legacy.formats.errors import LegacyError
from legacy.formats.recording import SERIES
from legacy.formats.values import same_bits
from legacy.judge.findings import Finding, bits, deviation, largest, norm, relative

NETWORK_OF = dict(zip(SERIES, ('plain', 'norm')))

# The largest deviation that passes, with what was measured over TensorFlow 1.3.0, 1.8.0, 2.3.4 and 2.21.0 against
# 1.15.5. Zero means bit for bit.
TOLERANCES = {
    'cost before training': 1e-6,  # measured 2.4e-7
    # Each normalised layer amplifies the last bits of the one before: 1.1e-7 at the first, 7.3e-6 at the eighth.
    'layer input, plain': 1e-6,
    'layer input, norm': 2e-6,  # times (1 + number of layers before it)
    'gradient': 1e-5,  # measured 5.5e-6
    'update': 1e-5,  # measured 5.9e-6
    'variable': 1e-5,  # measured 5.3e-6
    'update, several steps': 1e-4,  # four; measured 4.1e-5
    'variable, several steps': 1e-4,  # measured 3.2e-5
    'cost after one step': 1e-5,  # measured 1.2e-6
    'float64 history': 1e-8,  # measured 8.9e-10
    'exact-rsqrt cost': 5e-6,  # measured 1.1e-6; the weights bit for bit
    'first float32 record': 1e-6,  # measured 2.0e-7
}
NOISE = 1e-6  # a gradient this much smaller than its network's largest is rounding noise: batch normalisation
#               cancels a bias before it, whose exact gradient is zero
NEAR_ZERO = 0.1  # an element below this is measured against it: shifts start at zero


class ComparisonError(LegacyError):
    """The two cannot be compared. The message is one line."""


def data(reference, candidate):
    """The arrays that the networks are fitted to: bit for bit."""
    return bits('data', [(name, reference.arrays[name], candidate.arrays[name]) for name in ('data/x', 'data/y')])


def graph(reference, candidate):
    """Variables by name, network, dtype and shape; under the same TensorFlow release every node."""
    a, b = reference.header['graph'], candidate.header['graph']
    expected, obtained = reference.variables, candidate.variables
    if expected != obtained:
        first = next((pair for pair in zip(expected, obtained) if pair[0] != pair[1]), None)
        text = f'{first[1]}, expected {first[0]}' if first else f'{len(obtained)} variables, expected {len(expected)}'
        return Finding('graph', False, text)
    same_release = (reference.header['environment']['tensorflow'] == candidate.header['environment']['tensorflow'])
    if same_release and a['fingerprint'] != b['fingerprint']:
        return Finding('graph', False, f'{b["nodes"]} nodes, fingerprint {b["fingerprint"][:12]}; expected '
                                       f'{a["nodes"]}, {a["fingerprint"][:12]}')
    return Finding('graph', True, f'{len(expected)} variables; {b["nodes"]} nodes (reference: {a["nodes"]})')


def op_seeds(reference, candidate):
    """The seeds of every call that asked for one, in order."""
    expected, obtained = ([(call['op_type'], call['graph_seed'], call['op_seed'])
                           for call in recording.header['seeded_calls']] for recording in (reference, candidate))
    if expected != obtained:
        k = next((k for k, pair in enumerate(zip(expected, obtained)) if pair[0] != pair[1]),
                 min(len(expected), len(obtained)))
        a, b = (calls[k] if k < len(calls) else 'no call' for calls in (expected, obtained))
        return Finding('op seeds', False, f'call {k + 1} is {b}, expected {a}')
    return Finding('op seeds', True, f'{len(expected)} calls, the same seeds')


def initial_weights(reference, candidate):
    """Every variable before the first step: bit for bit."""
    return bits('initial weights', _checkpoints(reference, candidate, 0))


def _checkpoints(reference, candidate, steps_done):
    a, b = reference.checkpoint(steps_done), candidate.checkpoint(steps_done)
    return [(v['name'], a[v['name']], b[v['name']]) for v in reference.variables]


def _weights(reference, candidate, steps_done):
    """What batch-normalised training changes. Moving averages are left out: evaluating on all rows moves them too,
    and the mean of 2500 rows is summed in another order on another processor."""
    trained = {v['name'] for v in reference.variables if v['network'] == 'norm' and v['trainable']}
    return [item for item in _checkpoints(reference, candidate, steps_done) if item[0] in trained]


def forward(reference, candidate):
    """Layer inputs (sampled rows; means and mean squares over all rows) and costs before training."""
    found = [deviation(f'before/{name}', reference.arrays['before/' + name], candidate.arrays['before/' + name],
                       TOLERANCES['cost before training']) for name in SERIES]
    expected, obtained = reference.group('before/layer_inputs/'), candidate.group('before/layer_inputs/')
    for name, values in expected.items():
        network, k, quantity = name.split('/')
        mean_square = float(expected[f'{network}/{k}/squares'].mean())
        scale = {'rows': None, 'means': np.sqrt(mean_square * values.size), 'squares': None}[quantity]
        tolerance = TOLERANCES['layer input, ' + network] * (1 + int(k) * (network == 'norm'))
        found.append(deviation(f'{network} layer input {k}, {quantity}', values, obtained[name], tolerance, scale))
    return largest('forward pass', found)


def gradients(reference, candidate):
    """Gradients of the first step, each against its own norm."""
    found = []
    for network in NETWORK_OF.values():
        names = [v['name'] for v in reference.variables if v['trainable'] and v['network'] == network]
        expected = {name: reference.arrays['gradients/' + name] for name in names}
        biggest = max(norm(values) for values in expected.values())
        for name, values in expected.items():
            scale = norm(values) if norm(values) > NOISE * biggest else biggest
            found.append(deviation(f'{network} gradient of {name}', values, candidate.arrays['gradients/' + name],
                                   TOLERANCES['gradient'], scale))
    return largest('gradients', found)


def one_piece(reference, before, expected, obtained, where, trainable, length=1):
    """Deviations after `length` steps from `before`: of each network's update and of every variable, or, where
    `trainable` is false, of every moving average."""
    found = []
    longer = ', several steps' if length > 1 else ''
    for network in NETWORK_OF.values():
        names = [v['name'] for v in reference.variables if v['network'] == network and v['trainable'] == trainable]
        if trainable:
            start, end, other = (_joined(values, names) for values in (before, expected, obtained))
            update = norm(np.nan_to_num(end.astype('f8') - start, posinf=0, neginf=0))
            found.append(deviation(f'{network} update of {where}', end, other, TOLERANCES['update' + longer], update))
        for name in names:
            scale = max(norm(np.nan_to_num(expected[name])), NEAR_ZERO * np.sqrt(expected[name].size))
            found.append(deviation(f'{name} after {where}', expected[name], obtained[name],
                                   TOLERANCES['variable' + longer], scale))
    return found


def _joined(values, names):
    return np.concatenate([np.ravel(values[name]) for name in names])


def first_update(reference, candidate):
    """Weights of both networks after the first step."""
    return largest('first update', _first_step(reference, candidate, True))


def moving_averages(reference, candidate):
    """Moving averages after the first step. No cost depends on them, so no history would show a wrong one."""
    return largest('moving averages', _first_step(reference, candidate, False))


def _first_step(reference, candidate, trainable):
    return one_piece(reference, reference.checkpoint(0), reference.checkpoint(1), candidate.checkpoint(1), 'step 0',
                     trainable)


def teacher_forced(reference, replayed):
    """Every step, in pieces from one of the reference's checkpoints to the next (see `replay`): costs at the start of
    each where they were recorded, update, variables and moving averages at its end."""
    found = []
    record_of = {int(step) + 1: k for k, step in enumerate(reference.arrays['series/steps'])}
    for k, (start, end) in enumerate(zip(replayed.starts, replayed.ends)):
        if start in record_of:
            found += [deviation(f'{name} after step {start - 1}', reference.arrays['series/' + name][record_of[start]],
                                replayed.costs[name][k], TOLERANCES['cost after one step']) for name in SERIES]
        where = f'step {start}' if end == start + 1 else f'steps {start} to {end - 1}'
        obtained = {name: values[k] for name, values in replayed.after.items()}
        for trainable in (True, False):
            found += one_piece(reference, reference.checkpoint(start), reference.checkpoint(end), obtained, where,
                               trainable, end - start)
    return largest('teacher-forced steps', found)


def overflow(reference, candidate):
    """The record at which each cost stops being finite, if any, and whether it is infinite or NaN there."""
    expected, obtained = ({name: _first_not_finite(recording, name) for name in SERIES}
                          for recording in (reference, candidate))
    said, wanted = (', '.join(f'{name}: {when}' for name, when in found.items()) for found in (obtained, expected))
    return Finding('overflow', expected == obtained, said if expected == obtained else f'{said}; expected {wanted}')


def _first_not_finite(recording, name):
    step = recording.header['overflow'][name]
    if step is None:
        return 'never'
    record = recording.arrays['series/steps'].tolist().index(step)
    return f'{recording.arrays["series/" + name][record]} at step {step}'


def free_run(reference, candidate):
    """How far the two runs go together. Reported, never judged: float32 is chaotic."""
    weights = all(bits('', _weights(reference, candidate, done)).passed
                  for done in _common_steps(reference, candidate))
    return Finding('free run', None, _parting(reference, candidate, weights))


def _common_steps(reference, candidate):
    return sorted(set(reference.arrays['checkpoints/steps'].tolist())
                  & set(candidate.arrays['checkpoints/steps'].tolist()))


def _histories(reference, candidate, name):
    """Both histories as far as both go: steps, expected, obtained."""
    records = min(len(recording.arrays['series/steps']) for recording in (reference, candidate))
    return (reference.arrays['series/steps'][:records],
            *(recording.arrays['series/' + name][:records] for recording in (reference, candidate)))


def _parting(reference, candidate, same_weights):
    steps, expected, obtained = _histories(reference, candidate, 'cost_norm')
    different = np.flatnonzero(~same_bits(expected, obtained))
    weights = 'weights with batch normalisation identical at every checkpoint'
    if not len(different):
        return f'cost_norm identical at all {len(steps)} records' + ('; ' + weights if same_weights else '')
    gap = [relative(a, b) for a, b in zip(expected, obtained)]
    return (f'cost_norm parts at step {steps[different[0]]}, {max(gap):.2g} apart at most'
            + ('; ' + weights if same_weights else ''))


def history(reference, candidate):
    """What can be pinned of the whole run in its arithmetic. float64: every cost. exact-rsqrt: every weight of the
    network with batch normalisation, bit for bit, and every cost. float32, which is chaotic: the first record."""
    steps, expected, obtained = _histories(reference, candidate, 'cost_norm')
    arithmetic = reference.settings['arithmetic']
    if arithmetic == 'float32':
        return largest('first record', [deviation(f'cost_norm after step {steps[0]}', expected[0], obtained[0],
                                                  TOLERANCES['first float32 record'])])
    if arithmetic == 'exact-rsqrt':
        for done in _common_steps(reference, candidate):
            found = bits('exact-rsqrt history', _weights(reference, candidate, done))
            if not found.passed:
                return Finding(found.claim, False, f'after {done} steps {found.text}', found.deviation, 0)
    tolerance = TOLERANCES['float64 history' if arithmetic == 'float64' else 'exact-rsqrt cost']
    return largest(arithmetic + ' history', [deviation(f'cost_norm after step {step}', a, b, tolerance)
                                              for step, a, b in zip(steps, expected, obtained)])


CLAIMS = (data, graph, op_seeds, initial_weights, forward, gradients, first_update, moving_averages,
          overflow, history, free_run)


def compare(reference, candidate):
    """The findings of all CLAIMS. Raises ComparisonError if the recordings are of different experiments."""
    for setting in ('arithmetic', 'seed'):
        a, b = reference.settings[setting], candidate.settings[setting]
        if a != b:
            raise ComparisonError(f'recordings of different experiments: {setting} {a} and {b}')
    first = graph(reference, candidate)
    if reference.variables != candidate.variables:
        return [data(reference, candidate), first]
    return [claim(reference, candidate) for claim in CLAIMS]


def identical(reference, candidate):
    """Whether all that was computed is the same, bit for bit."""
    a, b = reference.arrays, candidate.arrays
    return set(a) == set(b) and all(
        a[name].shape == b[name].shape and a[name].dtype == b[name].dtype
        and (np.array_equal(a[name], b[name]) if a[name].dtype.kind == 'i' else same_bits(a[name], b[name]).all())
        for name in a)

"""Whether the stand-in for another processor is one: other bits in float32, the same in every other arithmetic.

    python -m tests.other_processor answers FILE      what this TensorFlow gives, on the processor that it finds
    python -m tests.other_processor compare HERE THERE

`compare` exits with 1 and a line on each thing that is not as it should be. HERE: the answers of the tested TensorFlow;
THERE: those of the same with other kernels.
"""
import sys

import numpy as np

OPS = ('Rsqrt', 'Exp', 'Mean', 'MatMul')
STEPS = 60  # enough for a history to go its own way
EVERYWHERE = 'portable', 'float64'  # arithmetics that no processor changes


def kernels(dtype):
    """{op: its answer} to the same inputs for everyone."""
    from legacy.shim import tf
    values = np.random.RandomState(18).uniform(0.01, 10, (60, 50)).astype(dtype)
    with tf.Graph().as_default(), tf.Session() as session:
        given = tf.placeholder(dtype, values.shape)  # of no known rank: BatchMatMul
        return session.run({'Rsqrt': tf.rsqrt(given), 'Exp': tf.exp(given), 'Mean': tf.reduce_mean(given, axis=0),
                            'MatMul': tf.matmul(given, given, transpose_b=True)}, {given: values})


def answers():
    """{name: array}: answers of the kernels in each precision, and of short runs the layers' inputs,
    gradients, weights and costs."""
    from legacy import article
    from legacy.formats import graphtable, processor
    from legacy.worker.experiment import Experiment
    found = {f'kernel/{dtype}/{op}': answer for dtype in ('float16', 'float32', 'float64')
             for op, answer in kernels(dtype).items()}
    for arithmetic in ('float32', *EVERYWHERE):
        experiment = Experiment(arithmetic=arithmetic)
        with experiment.session() as session:
            session.run(experiment.initializer)
            inputs = [net.layers_inputs for net in experiment.nets.values()]
            before, gradients = session.run([inputs, experiment.gradients], experiment.feed(slice(10)))
            run = {'before': {f'{k}/{layer}': values for k, net in enumerate(before)
                              for layer, values in enumerate(net)}, 'gradients': gradients}
            costs = experiment.train(session, STEPS, article.Watch())
            run['series'] = dict(zip(('cost', 'cost_norm'), costs))
            run['checkpoints'] = experiment.values(session)
        for group, arrays in run.items():
            found.update({f'run/{arithmetic}/{group}/{name}': np.array(array) for name, array in arrays.items()})
    found['processor'] = np.array(processor.kind(processor.describe()))
    found['fingerprint'] = np.array(graphtable.fingerprint(graphtable.nodes(experiment.built)))
    return found


def faults(here, there):
    """One line for each thing that is not as it should be."""
    found = []
    if here.keys() != there.keys():
        found.append('not the same answers: ' + ', '.join(sorted(here.keys() ^ there.keys())))
        return found
    differing = {name for name in here if not _equal(here[name], there[name])}
    for name in [*(f'kernel/float32/{op}' for op in OPS), 'run/float32/series/cost_norm', 'processor']:
        if name not in differing:
            found.append(f'{name}: the same; it should be another')
    for name in sorted(differing - {'processor'}):
        if not name.startswith(('kernel/float32/', 'run/float32/')):
            found.append(f'{name}: differs; no processor may change it')
    return found


def _equal(a, b):
    return np.array_equal(a, b, equal_nan=a.dtype.kind == 'f')


def main(command, *paths):
    if command == 'answers':
        np.savez(paths[0], **answers())
        return 0
    here, there = (dict(np.load(path)) for path in paths)
    lines = faults(here, there)
    costs = [answer['run/float32/series/cost_norm'][-1] for answer in (here, there)]
    print('\n'.join(lines) or f'{there["processor"]}, beside {here["processor"]}: other bits in float32 (cost at step '
          f'{STEPS}: {costs[1]}, {costs[0]}), the same in {", ".join(EVERYWHERE)}')
    return 1 if lines else 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))

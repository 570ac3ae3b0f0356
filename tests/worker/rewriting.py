"""Small graphs, rewritten and run on the TensorFlow of this process."""
import numpy as np

from legacy import shim
from legacy.shim import tf
from legacy.worker.rewriting.rewriter import imported, rewritten_graph


def session(graph):
    return tf.Session(graph=graph, config=shim.without_optimizers(shim.session_config()))


def built(build, *arrays, **options):
    """(graph, fetched, feed by name): `build` called with a placeholder for each array, in a graph of its own.

    known: whether the placeholders know their shapes; None if they do not even know how many axes they have.
    """
    graph = tf.Graph()
    with graph.as_default():
        known = options.pop('known', True)
        placeholders = [tf.placeholder(tf.as_dtype(a.dtype), a.shape if known else None if known is None else
                                       [None] * a.ndim) for a in arrays]
        fetched = build(*placeholders)
    return graph, fetched, {p.name: a for p, a in zip(placeholders, arrays)}


def run(rules, build, *arrays, **options):
    """What the rewritten graph gives for what `build` returned: an array, or a list of them."""
    graph, fetched, feed = built(build, *arrays, **options)
    graph_def, _ = rewritten_graph(graph, rules)
    one = not isinstance(fetched, (list, tuple))
    with session(imported(graph_def)) as sess:
        results = sess.run([tensor.name for tensor in ([fetched] if one else fetched)], feed)
    return results[0] if one else results


def same(a, b):
    """Whether two float arrays have the same bits, all NaNs being one."""
    a, b = np.array(a), np.array(b)
    a[np.isnan(a)] = b[np.isnan(b)] = np.nan
    return a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()

"""The chosen runs of a script made again, one by one, from recorded variables and feeds. Runs on Python 3.6."""
import collections
import time

import numpy as np

from legacy.formats import stored
from legacy.formats.scriptrecording import digest, reduced, sampled
from legacy.formats.values import difference
from legacy.worker.rewriting.float64 import Float64
from legacy.worker.rewriting.noise import SIZE, Noise
from legacy.worker.rewriting.portable import Portable
from legacy.worker.scripts import alone
from legacy.worker.scripts.stepgraph import StepGraph

RULES = {'float32': None, 'again': None, 'portable': Portable, 'float64': Float64}
# Noise of so many units in the last place is measured, and its effect divided by it: see `worker.floor`.
AMPLIFIED = 4
REPETITIONS = 16
MOST_TENSORS, LARGEST_GROUP = 5000, 1 << 26  # tensors of a step; elements that are fetched at once
LONGEST = {'portable': 240.0, 'float64': 240.0, 'noise': 600.0, 'op by op': 120.0}  # seconds, of all runs together


class Step(object):
    """What a run is made again from. kind: a `kinds.Kind`. before: {variable: array or stored.Stored}. fed: the same of
    {tensor name: ...}."""

    def __init__(self, kind, before, fed):
        self.kind, self.before, self.fed = kind, before, fed

    def read(self):
        """(before, fed), all arrays. Raises RecordingError, OSError."""
        return tuple({name: stored.read(array) for name, array in group.items()} for group in (self.before, self.fed))


class Replayer(object):
    """Makes steps again. graphs of one kind are cut and rewritten once for each arithmetic.

    steps: [(number, Step)]. unknown: {arithmetic: {op type}} that its rules leave as they are. faults: {arithmetic: why
    it could not be had}.
    """

    def __init__(self):
        self.steps, self._definitions = [], {}
        self.unknown = {'portable': set(), 'float64': set()}
        self.faults = collections.OrderedDict()

    def outcomes(self, steps, arithmetic):
        """[(fetched, after) or None] of steps: see `StepGraph.run`, but each is a Sampled. None where it failed or time
        was up."""
        def made(graph, given, _):
            return tuple({name: reduced(value) for name, value in group.items()} for group in graph.run(*given))
        return self._each(arithmetic, steps, RULES[arithmetic], made)

    def floors(self, steps, outcomes):
        """[{'fetched': {name: spread}, 'after': ..., 'along': ...} or None] of steps whose float32 outcome is given.

        A spread is the root mean square, over repetitions with noise in every op, of the norm of the deviation (of a
        sample, where the array is large), per unit in the last place; of `along` that of the deviation's share along
        the update.
        """
        return self._each('noise', steps, lambda: Noise(seed=1, size=AMPLIFIED * SIZE),
                          lambda graph, given, k: outcomes[k] and _spread(graph, given, outcomes[k]))

    def rounded(self, steps):
        """[int64 (tensors,) or None] of steps in float32, op by op as the graph has them: digests of the inner tensors
        of their kinds, and of each variable written, afterwards."""
        def made(graph, given, k):
            kind, found = steps[k].kind, []
            for names in in_groups(kind):
                values = graph.tensors(*given, names=names)
                found += [digest(values[name]) for name in names]
            _, after = graph.run(*given)
            return np.array(found + [digest(after[name]) for name in kind.written], '<i8')
        return self._each('op by op', steps, None, made, optimized=False)

    def _each(self, what, steps, rules, make, **options):
        """[make(StepGraph, given, number) or None] of steps; the graph of a kind is made once. None where that cannot
        be had, or time is up. what: of LONGEST and `faults`."""
        graphs, found, started = {}, [], time.perf_counter()
        for k, step in enumerate(steps):
            late = time.perf_counter() - started > LONGEST.get(what, float('inf'))
            found.append(None if late else self._one(graphs, what, step, rules, make, k, options))
        for graph in graphs.values():
            if graph is not None:
                graph.close()
        return found

    def _one(self, graphs, what, step, rules, make, k, options):
        try:
            if step.kind not in graphs:
                graphs[step.kind] = None  # if it cannot be had, it is not tried again
                graphs[step.kind] = graph = self._graph(step.kind, rules and rules(), **options)
                if what in self.unknown:
                    self.unknown[what].update(graph.report.unknown)
            return graphs[step.kind] and make(graphs[step.kind], step.read(), k)
        except Exception as error:  # an op without such a kernel, a graph that cannot be cut: this step is not compared
            self._note(what, error)
            return None

    def _note(self, what, error):
        """The first fault of each kind is the one that is told."""
        self.faults.setdefault(what, ' '.join(('%s: %s' % (type(error).__name__, error)).split())[:200])

    def _graph(self, kind, rules, **options):
        if kind.graph not in self._definitions:
            self._definitions[kind.graph] = kind.graph.as_graph_def()
        return StepGraph(kind, self._definitions[kind.graph], rules, **options)

    def inside(self, step):
        """What a step computes on its way: [[tensor name, digest, shape, norm, projection]] in portable arithmetic, and
        [(tensor name, array)] of its ops, each alone (see `alone`). Empty where that cannot be had."""
        names, graph, given = step.kind.inner_tensors()[:MOST_TENSORS], None, step.read()
        ops = alone.ops_of(step.kind)[:MOST_TENSORS]
        try:
            graph = self._graph(step.kind, Portable())
            found = graph.tensors(*given, names=set(names).union(alone.inputs_of(ops)))
            return [[name, digest(found[name])] + measured(found[name]) for name in names], alone.answers(ops, found)
        except Exception as error:
            self._note('inside', error)
            return [], []
        finally:
            if graph is not None:
                graph.close()


def _spread(graph, given, outcome):
    squares = {'fetched': {}, 'after': {}, 'along': {}}

    def add(group, name, value):
        squares[group].setdefault(name, []).append((value / AMPLIFIED) ** 2)
    for _ in range(REPETITIONS):
        fetched, after = graph.run(*given)
        for group, noisy, exact in (('fetched', fetched, outcome[0]), ('after', after, outcome[1])):
            for name, value in noisy.items():
                if value.dtype.kind == 'f':
                    add(group, name, float(np.linalg.norm(difference(exact[name].kept, sampled(value)))))
        for name, value in after.items():
            update = difference(sampled(given[0][name]), outcome[1][name].kept)
            if value.dtype.kind == 'f' and update.any():
                off = difference(outcome[1][name].kept, sampled(value))
                add('along', name, float(np.sum(off * update) / np.sum(update * update)))
    return {group: {name: float(np.sqrt(np.mean(values))) for name, values in found.items()}
            for group, found in squares.items()}


def in_groups(kind):
    """[[tensor name]]: the inner tensors of a kind, in groups that fit into memory."""
    groups, size = [], LARGEST_GROUP + 1
    for name in kind.inner_tensors()[:MOST_TENSORS]:
        count = kind.graph.get_tensor_by_name(name).get_shape().num_elements() or 1
        size += count
        if size > LARGEST_GROUP:
            groups.append([])
            size = count
        groups[-1].append(name)
    return groups


def measured(array):
    """[shape, norm, projection on a fixed direction] of what is finite in an array, by which two can be compared when
    only this is kept."""
    values = np.asarray(array, 'f8').reshape(-1)
    values = np.where(np.isfinite(values), values, 0)
    direction = np.cos(np.arange(values.size) * 0.7 + 0.3)
    return [list(np.shape(array)), float(np.linalg.norm(values)), float(np.dot(values, direction))]

"""Every float32 result of a numeric op, updates included, is multiplied by 1 + size * u, u uniform in [-1, 1], anew
for every element and every run (Monte Carlo arithmetic). Runs on Python 3.6."""
import numpy as np

from legacy.worker.rewriting.identity import sums_nothing
from legacy.worker.rewriting.nodes import DOUBLE, FLOAT, INT32
from legacy.worker.rewriting.optypes import EXACT, MOVES, RANDOM, UPDATES
from legacy.worker.rewriting.rewriter import Rules

SIZE = 2.0 ** -23
SIZE_NODE = 'noise/size'  # can be fed: with 0 the graph computes what the original does


class Noise(Rules):
    """seed: whole number from which all noise follows; a new session starts it anew. where: a function of the NodeDef
    that says whether its results get noise, for less than the whole graph."""
    name = 'noise'

    def __init__(self, seed=0, size=SIZE, where=None):
        self.seed, self.size, self.where = seed, size, where or (lambda node: True)
        self._drawn = 0

    def prepare(self, nodes):
        self._drawn = 0
        name = nodes.fresh(SIZE_NODE)
        default = nodes.add('Const', nodes.fresh(SIZE_NODE + '/default'), [],
                            {'dtype': DOUBLE, 'value': np.array(self.size, np.float64)})
        node = nodes.graph_def.node.add(op='PlaceholderWithDefault', name=name, input=[default])
        node.attr['dtype'].type = DOUBLE
        node.attr['shape'].shape.SetInParent()
        self.size_tensor = name

    def rewrites_update(self, node):
        return node.attr['T' if 'T' in node.attr else 'dtype'].type == FLOAT and self.where(node)

    def rule(self, site):
        node = site.node
        if not self.where(node):
            return None
        if node.op in UPDATES:
            return self._update if self.rewrites_update(node) and node.op in UPDATES else None
        if node.op in MOVES or node.op in EXACT or node.op in RANDOM or sums_nothing(site):
            return None
        outputs = site.source.outputs(node)
        if not any(site.source.dtype(name) == FLOAT for name in outputs):
            return None
        if any(site.source.is_reference(name) for name in outputs):
            return None
        if not any(site.dtype(k) in (FLOAT, DOUBLE) for k in range(len(site.inputs))):
            return None
        return self._wrap

    def _wrap(self, site):
        outputs = [(name, site.source.dtype(name)) for name in site.source.outputs(site.node)]
        kept = site.keep_as('exact')
        noisy = []
        for k, (_, dtype) in enumerate(outputs):
            tensor = kept if not k else '%s:%d' % (kept, k)
            noisy.append((self._spoilt(site, tensor) if dtype == FLOAT else tensor, dtype))
        if len(noisy) == 1:
            site.finish('Cast', noisy[0][0], SrcT=DOUBLE, DstT=FLOAT)
        else:
            site.finish_outputs([(site.f32(tensor) if dtype == FLOAT else tensor, dtype) for tensor, dtype in noisy])

    def _update(self, site):
        """The update itself, then its variables times noise."""
        readers = site.rewriter.readers_of([site.inputs[k] for k in UPDATES[site.node.op]], site.frame)
        kept = site.keep_as('exact')
        site.nodes.graph_def.node[-1].input.extend(r for r in readers if r not in site.node.input)
        values = []
        for k in UPDATES[site.node.op]:
            if site.is_reference(k):
                value = site.op('Identity', site.inputs[k], T=FLOAT, controls=['^' + kept], label='updated')
            else:
                value = site.op('ReadVariableOp', site.inputs[k], dtype=FLOAT, controls=['^' + kept], label='updated')
            values.append((k, site.f32(self._spoilt(site, value))))
        site.finish_update(values)

    def _spoilt(self, site, tensor):
        """A float32 tensor times noise, in float64."""
        self._drawn += 1
        shape = site.op('Shape', tensor, T=FLOAT, out_type=INT32)
        uniform = site.op('RandomUniform', shape, T=INT32, dtype=DOUBLE, seed=self.seed, seed2=self._drawn)
        centred = site.sub(site.add(uniform, uniform), site.const(1.0))
        factor = site.add(site.mul(centred, self._size(site)), site.const(1.0))
        value = site.op('Cast', tensor, SrcT=FLOAT, DstT=DOUBLE)
        return site.mul(value, factor)

    def _size(self, site):
        """The amplitude; in a loop its default, since what is fed does not enter there."""
        return self.size_tensor if not site.frame else site.const(self.size)

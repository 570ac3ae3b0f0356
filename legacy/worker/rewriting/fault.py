"""A relative error in what chosen ops compute, as a faulty kernel might make it. Runs on Python 3.6.

    graph_def, report = rewritten_graph(graph, Fault(lambda node: node.op == 'Rsqrt'))
    set_error(sess, 1e-5, 'everywhere')

To have it in another arithmetic, rewrite by `Fault` first and by the other rule set then.
"""
from typing import Callable, Optional

from legacy.formats import knownerrors
from legacy.shim import tf
from legacy.worker.rewriting.nodes import DOUBLE, FLOAT, INT32, INT64, Nodes, TensorName
from legacy.worker.rewriting.optypes import UPDATES
from legacy.worker.rewriting.rewriter import Rule, Rules
from legacy.worker.rewriting.site import Site
from legacy.worker.tfobjects import AttrValue, NodeDef, Session

MODES = knownerrors.MODES + ('one step',)
# {op type: the input that says by how much variables change, which is spoilt in place of the result}
GRADIENTS = {'AssignSub': 1, 'AssignAdd': 1, 'AssignSubVariableOp': 1, 'AssignAddVariableOp': 1}
for _form in ('Apply%s', 'ResourceApply%s'):
    GRADIENTS.update({_form % rule: k for rule, k in (
        ('GradientDescent', 2), ('Momentum', 3), ('KerasMomentum', 3), ('Adagrad', 3), ('Adam', 9), ('RMSProp', 7),
        ('CenteredRMSProp', 8), ('Adadelta', 6), ('Ftrl', 3))})


def _variable(mode: str) -> str:
    return 'fault/%s' % mode.replace(' ', '_')


def set_error(sess: Session, size: float, mode: str) -> None:
    """The relative error in this session from now on: of every element, of the one with the largest magnitude, or of
    every element where the fault's `at` is 1. Must be called once before the graph runs."""
    graph = sess.graph
    for other in MODES:
        sess.run(graph.get_operation_by_name(_variable(other) + '/Assign'),
                 {graph.get_tensor_by_name(_variable(other) + '/value:0'): size if other == mode else 0.0})


class Fault(Rules):
    """where: a function of a NodeDef that says whether its float32 results are spoilt; of an update, the gradient is.
    at: name of a scalar float32 tensor of the graph, 1 at the steps that the mode 'one step' means, else 0."""
    name = 'fault'

    def __init__(self, where: Callable[[NodeDef], bool], at: Optional[TensorName] = None) -> None:
        self.where, self.at = where, at

    def prepare(self, nodes: Nodes) -> None:
        for mode in MODES:
            name = _variable(mode)
            nodes.add('Placeholder', nodes.fresh(name + '/value'), [], {'dtype': DOUBLE})
            nodes.add('VariableV2', nodes.fresh(name), [], {'dtype': DOUBLE, 'shape': _scalar()})
            nodes.add('Assign', nodes.fresh(name + '/Assign'), [name, name + '/value'],
                      {'T': DOUBLE, 'use_locking': True, 'validate_shape': True})
            nodes.add('Identity', nodes.fresh(name + '/read'), [name], {'T': DOUBLE})

    def rewrites_update(self, node: NodeDef) -> bool:
        return False

    def rule(self, site: Site) -> Optional[Rule]:
        if site.frame or not self.where(site.node):  # its variables do not reach into loops
            return None
        if site.node.op in GRADIENTS:
            return self._spoil_gradient if site.dtype(GRADIENTS[site.node.op]) == FLOAT else None
        if site.node.op in UPDATES or site.out_dtype() != FLOAT or site.source.is_reference(site.name):
            return None
        return self._spoil_result

    def _spoil_gradient(self, site: Site) -> None:
        k = GRADIENTS[site.node.op]
        spoilt = site.f32(self._spoilt(site, site.f64(k), site.inputs[k]))
        site.keep(inputs=site.inputs[:k] + [spoilt] + site.inputs[k + 1:])

    def _spoil_result(self, site: Site) -> None:
        outputs = site.out_dtypes()
        kept = site.keep_as('exact')
        wide = site.op('Cast', kept, SrcT=FLOAT, DstT=DOUBLE)
        spoilt = self._spoilt(site, wide, kept)
        if len(outputs) == 1:
            site.finish_f32(spoilt)
        else:
            rest = [('%s:%d' % (kept, k), dtype) for k, dtype in enumerate(outputs) if k]
            site.finish_outputs([(site.f32(spoilt), FLOAT)] + rest)

    def _spoilt(self, site: Site, wide: TensorName, tensor: TensorName) -> TensorName:
        """A float64 tensor, off by the error; `tensor`: the same in float32."""
        everywhere, element, step = [_variable(mode) + '/read' for mode in MODES]
        factor = site.add(site.const(1), everywhere)
        if self.at:
            factor = site.add(factor, site.mul(step, site.as_f64(self.at, site.source.types[self.at].dtype)))
        flat = site.op('Reshape', site.abs(wide), site.const([-1], INT32), T=DOUBLE, Tshape=INT32)
        largest = site.op('OneHot', site.op('ArgMax', flat, site.const(0, INT32), T=DOUBLE, Tidx=INT32),
                          site.op('Size', flat, T=DOUBLE, out_type=INT32), site.const(1), site.const(0),
                          T=DOUBLE, TI=INT64, axis=-1)
        largest = site.op('Reshape', largest, site.op('Shape', wide, T=DOUBLE, out_type=INT32), T=DOUBLE, Tshape=INT32)
        return site.mul(site.mul(wide, factor), site.add(site.const(1), site.mul(element, largest)))



def _scalar() -> AttrValue:
    value = tf.AttrValue()
    value.shape.SetInParent()
    return value

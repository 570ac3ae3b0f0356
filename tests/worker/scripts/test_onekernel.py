"""Which ops are asked alone, and in which words what they have otherwise is told: on small graphs, in this process."""
import types

import numpy as np
import pytest

from legacy.formats import causes, contents
from legacy.formats.graphtable import Table
from legacy.judge import causewords
from legacy.shim import tf
from legacy.worker.scripts import onekernel, sides, singleops, twographs
from legacy.worker.scripts.replayer import tensor_note
from legacy.worker.scripts.steps import Looked


def of_graph(build):
    """A stand-in for a kinds.Kind whose runs compute all of a graph."""
    graph = tf.Graph()
    with graph.as_default():
        build()
    names = [tensor.name for op in graph.get_operations() if op.inputs for tensor in op.outputs]
    return types.SimpleNamespace(graph=graph, inner_tensors=lambda: names, later_tensors=list)


def side_of(graph):
    """A stand-in for a sides.Side."""
    kind = types.SimpleNamespace(graph=graph, ops=graph.get_operations(), feeds=[], sources=[])
    return sides.Side(kind, Table('', 'float32', {}, []), [], str)


@pytest.mark.parametrize('build, asked', [
    (lambda x: tf.cast(x, tf.int8), True), (lambda x: tf.argmax(x, 0), True), (lambda x: tf.shape(x), False),
    (lambda x: tf.reduce_mean(tf.cast(tf.cast(x, tf.int32), tf.uint8)), True),
    (lambda x: tf.reduce_prod(tf.shape(x)), False)])
def test_an_op_is_asked_alone_for_whole_numbers_that_another_kernel_may_give(build, asked):
    kind = of_graph(lambda: build(tf.placeholder(tf.float32, [3], 'x')))
    last = kind.graph.get_operations()[-1]
    assert (last in singleops.ops_of(kind)) == asked


def test_an_op_behind_another_that_gives_something_else_is_not_compared_on_the_same_inputs():
    kind = of_graph(lambda: tf.exp(tf.reshape(tf.sqrt(tf.placeholder(tf.float32, [4], 'x'), 'root'), [2, 2]), 'power'))
    here = {'root:0': np.ones(4, 'f4'), 'power:0': np.ones((2, 2), 'f4')}
    recorded = {name: contents.digest(array) for name, array in here.items()}
    assert not onekernel._given_otherwise(side_of(kind.graph), recorded, here)('power:0')
    is_apart = onekernel._given_otherwise(side_of(kind.graph), dict(recorded, **{'root:0': 1}), here)
    assert is_apart('power:0') and not is_apart('root:0')


def test_ops_that_round_otherwise_of_the_same_inputs_are_told_by_type_and_zeros_of_the_other_sign_are_none():
    def formula():
        root = tf.sqrt(tf.placeholder(tf.float16, [4], 'x'), 'root')
        tf.exp(tf.exp(root, 'power'), 'behind')
        tf.negative(root, 'minus')
    kind = of_graph(formula)
    here = {'root:0': np.ones(4, 'f2'), 'power:0': np.full(4, 2, 'f2'), 'behind:0': np.full(4, 3, 'f2'),
            'minus:0': np.zeros(4, 'f2')}
    recorded = [tensor_note(name, array) for name, array in here.items()]
    looked = Looked({}, {}, dict(here, **{'power:0': np.full(4, 4, 'f2'), 'behind:0': np.full(4, 5, 'f2'),
                                          'minus:0': -np.zeros(4, 'f2')}))
    assert onekernel.rounding(side_of(kind.graph), recorded, {}, looked) == {'Exp (float16)'}
    assert onekernel.rounding(side_of(kind.graph), recorded, {}, Looked({}, {}, here)) == set()


def test_what_finds_out_a_shape_is_named_only_where_nothing_else_differs():
    def side(factor, axis):
        def formula():
            x = tf.placeholder(tf.float32, [None, 3], 'x')
            return tf.reshape(x, tf.stack([tf.shape(x)[axis] * 3])) * factor
        return side_of(of_graph(formula).graph)
    of = [side(0.5, 0), side(0.25, 1), side(0.25, 0)]
    both, shape = (twographs._apart(pair, [list(side.nodes) for side in pair])
                   for pair in ((of[0], of[1]), (of[2], of[1])))
    assert (both.there, both.here, both.attributes, both.constants) == ({}, {}, [], [('Mul', ['0.5'], ['0.25'])])
    assert shape.constants and not any('0.25' in values for item in shape.constants for values in item[1:])


@pytest.mark.parametrize('known, words', [
    ({'size': 0.25}, 'of the same inputs 25 % of its whole numbers are others here'),
    ({'off_there': 0.5, 'off_here': 0.0},
     'of the same inputs it gave what is 5.0e-01 from the exact result, and here what is equal to it'),
    ({'off_there': float('inf'), 'off_here': 0.0},
     'of the same inputs it gave numbers where the exact result is none, or none where it is one, and here what is '
     'equal to it')])
def test_a_kernel_is_told_in_words(known, words):
    said = causewords.in_words(causes.cause('kernel', 'a.py:3', types=['Cast'], **known))
    assert said == f'the cause: the kernel of Cast at a.py:3: {words}'

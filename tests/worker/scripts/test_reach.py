"""What ops depend on: as a walk back from each says, in loops too, and in time that grows with the graph."""
import random
import time

import pytest

from legacy.shim import tf
from legacy.worker.scripts import races, reach
from legacy.worker.scripts.kinds import Kind
from legacy.worker.scripts.stepgraph import Form


class Op:
    """A stand-in for a tf.Operation."""

    def __init__(self, name):
        self.name, self.inputs, self.control_inputs = name, [], []


class Tensor:
    def __init__(self, op):
        self.op, self.name = op, op.name + ':0'


def graph(chance, size, loops):
    """Ops that depend on some before them and, by so many ways, on some after them."""
    ops = [Op(str(k)) for k in range(size)]
    for k, op in enumerate(ops):
        op.inputs = [Tensor(other) for other in chance.sample(ops[:k], min(k, chance.randrange(3)))]
        op.control_inputs = chance.sample(ops[:k], min(k, chance.randrange(2)))
    for _ in range(loops):
        one, other = chance.sample(ops, 2)
        one.inputs.append(Tensor(other))
    return ops


def behind(op, ops, feeds):
    """By walking back."""
    seen, pending = set(), [op]
    while pending:
        op = pending.pop()
        if op in ops and op not in seen:
            seen.add(op)
            pending += [tensor.op for tensor in op.inputs if tensor.name not in feeds] + op.control_inputs
    return seen


@pytest.mark.parametrize('loops', [0, 1, 6])
@pytest.mark.parametrize('seed', range(12))
def test_marks_are_what_a_walk_back_finds(seed, loops):
    chance = random.Random(seed)
    all_ops = graph(chance, 40, loops)
    ops, feeds = set(chance.sample(all_ops, 34)), {op.name + ':0' for op in chance.sample(all_ops, 3)}
    own = {op: 1 << k for k, op in enumerate(chance.sample(sorted(ops, key=lambda op: int(op.name)), 9))}
    found = reach.marks(ops, own, feeds)
    for op in ops:
        assert found[op] == sum(own.get(other, 0) for other in behind(op, ops, feeds))


def seconds(size):
    """Of processor time, for a chain with a writer and a reader at every tenth op."""
    ops = graph(random.Random(0), 1, 0) + [Op(str(k)) for k in range(1, size)]
    for before, op in zip(ops, ops[1:]):
        op.inputs = [Tensor(before)]
    own = {op: 1 << k for k, op in enumerate(ops[::10])}
    started = time.process_time()
    reach.marks(set(ops), own, set())
    return time.process_time() - started


def test_fifty_thousand_ops_take_seconds():
    assert seconds(50_000) < 10


def test_what_many_take_from_one_source_is_found_once(monkeypatch):
    asked, add = [], Kind._add_source
    monkeypatch.setattr(Kind, '_add_source', lambda kind, op, fed: asked.append(op) or add(kind, op, fed))
    with tf.Graph().as_default() as made:
        drawn = tf.random_uniform([3], seed=1)
        summed = tf.add_n([drawn + float(k) for k in range(20)])
    kind = Kind(made, [], [summed], [])
    assert len(asked) == 1 and [tensor.op for tensor in kind.sources] == asked


def test_a_reading_that_waits_for_the_write_does_not_race_and_one_that_does_not_does():
    made = tf.Graph()
    with made.as_default():
        w = tf.get_variable('w', initializer=tf.constant(2.0), use_resource=True)
        update = tf.assign_add(w, 1.0)
        with tf.control_dependencies([update]):
            after = tf.identity(w.read_value() * 2, name='after')
        beside = tf.identity(w.read_value() * 2, name='beside')
    assert Kind(made, [update.op], [after, beside], []).races().late == ['beside:0']
    assert Kind(made, [], [after], []).races().late == [] and Kind(made, [], [beside], []).races().late == []


def test_a_loop_in_the_graph_is_followed_round():
    made = tf.Graph()
    with made.as_default():
        w = tf.get_variable('w', initializer=tf.constant(2.0), use_resource=False)
        looped = tf.while_loop(lambda k: k < 9.0, lambda k: k + w, [tf.constant(0.0)])
        update = tf.assign(w, looped)
        other = tf.identity(looped, name='other')
    kind = Kind(made, [update.op], [other], [])
    assert kind.trains and kind.races().racing == kind.races().late == []


def critic(size):
    """A Kind in which the last bias is read twice, once by what no gradient needs: as in a Wasserstein GAN."""
    made = tf.Graph()
    with made.as_default():
        inputs, batch = tf.placeholder(tf.float32, [None, 2]), tf.placeholder(tf.float32, [size, 2])
        w, b = (tf.get_variable(name, shape, use_resource=False) for name, shape in (('w', [2, 1]), ('b', [1])))
        cost = tf.reduce_mean(tf.matmul(inputs, w) + b) - tf.reduce_mean(tf.matmul(batch, w) * 2 + b, name='late')
        train = tf.train.GradientDescentOptimizer(0.1).minimize(cost)
    return Kind(made, [train], [cost], [inputs, batch])


def test_a_read_through_an_alias_of_the_variables_memory_races_with_its_update():
    kind = critic(4)
    assert kind.races().racing == [] and kind.races().late == kind.fetches
    assert ('add_1', 'GradientDescent/update_b/ApplyGradientDescent') in kind.races().pairs
    assert critic(None).races().late == []  # its shape is asked for, so that the update waits for it


def bold_driver():
    """(a Kind that compares its loss with the last one, which it then remembers, and trains by what comes of that; one
    that evaluates it)"""
    made = tf.Graph()
    with made.as_default():
        x = tf.placeholder(tf.float32, [4, 2])
        w, rate, last = (tf.get_variable(name, initializer=value, use_resource=False) for name, value in (
            ('w', tf.ones([2, 1])), ('rate', tf.constant(0.1)), ('last', tf.constant(9.0))))
        loss = tf.reduce_mean(tf.square(tf.matmul(x, w)), name='loss')
        gradient = tf.gradients(loss, w)[0]
        with tf.control_dependencies([loss]):
            chosen = tf.cond(loss < last, lambda: rate.assign(rate * 1.1), lambda: rate.assign(rate * 0.5))
            remember = last.assign(loss)
        with tf.control_dependencies([remember]):
            step = w.assign_sub(chosen * gradient)
    return Kind(made, [step.op], [loss], [x]), Kind(made, [], [loss], [x])


def test_a_condition_that_reads_what_the_run_remembers_makes_what_is_written_a_matter_of_luck():
    trains, evaluates = bold_driver()
    assert trains.races().late == ['rate', 'w'] and trains.races().racing == evaluates.races().late == []
    assert trains.races().pairs == [('Less', 'Assign')]


def test_what_follows_from_variables_that_are_by_luck_is_by_luck_too():
    kinds = bold_driver()
    assert races.by_luck(kinds, [kind.races() for kind in kinds]) == [['loss:0', 'last'], ['loss:0', 'w']]


def test_without_a_race_nothing_is_by_luck():
    kind = critic(None)
    assert races.by_luck([kind], [kind.races()]) == [[]]


def test_what_a_checkpoint_takes_to_another_graph_is_by_luck_there_too():
    kinds, elsewhere = bold_driver(), tf.Graph()
    with elsewhere.as_default():
        w = tf.get_variable('w', [2, 1], use_resource=False)
        saver, loss = tf.train.Saver([w], restore_sequentially=True), tf.reduce_sum(w, name='loss')
        restored = elsewhere.get_operation_by_name(saver.saver_def.restore_op_name)
        name = elsewhere.get_tensor_by_name(saver.saver_def.filename_tensor_name)
        kinds += Kind(elsewhere, [restored], [], [name]), Kind(elsewhere, [], [loss], [])
    assert races.by_luck(kinds, [kind.races() for kind in kinds])[2:] == [['w'], ['loss:0', 'w']]
    own = kinds[2:]
    assert races.by_luck(own, [kind.races() for kind in own]) == [[], []]


def moving_average(*predicates):
    """The races.Races of a step with an average that one condition updates, and another uses where it is not updated:
    the predicates of the two."""
    made = tf.Graph()
    with made.as_default():
        x, chosen = tf.placeholder(tf.float32, [4]), [tf.placeholder(tf.bool, [], name) for name in predicates]
        mean, average = tf.reduce_mean(x), tf.get_variable('average', initializer=0.0, use_resource=False)
        updated = tf.cond(chosen[0], lambda: tf.group(tf.assign_sub(average, 0.1 * (average - mean))), tf.no_op)
        used = tf.cond(chosen[-1], lambda: tf.identity(mean), lambda: tf.identity(average), name='used')
    return Kind(made, [updated.op], [used], [x, *chosen]).races()


def test_an_average_that_is_used_only_where_it_is_not_updated_does_not_race():
    found = moving_average('training')
    assert found.late == found.racing == found.pairs == []


def test_an_average_that_is_used_by_another_predicate_races():
    found = moving_average('training', 'batch')
    assert found.late or found.racing


def test_a_state_that_a_loop_takes_is_copied_and_what_the_gradient_takes_from_its_stack_is_by_luck():
    made = tf.Graph()
    with made.as_default():
        w = tf.get_variable('w', initializer=tf.fill([2, 2], 0.5), use_resource=False)
        kept = tf.get_variable('kept', initializer=tf.ones([1, 2]), trainable=False, use_resource=False)
        _, last = tf.while_loop(lambda k, h: k < 3, lambda k, h: (k + 1, tf.tanh(tf.matmul(h, w))), [0, kept])
        loss = tf.reduce_sum(last, name='loss')
        train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
        keep = tf.assign(kept, last)
    found = Kind(made, [train, keep.op], [loss], [])
    assert found.races().copied == ['kept/read'] and found.races().late == ['w']
    nodes = {node.name: node.op for node in Form.cut_out(found, made.as_graph_def()).graph_def.node}
    assert (nodes['kept/read'], nodes['w/read']) == ('DeepCopy', 'Identity')
    assert Kind(made, [train], [loss], []).races().copied == Kind(made, [train], [loss], []).races().late == []

"""`graph step`: one training step in slow motion, against the same tensors run in other ways."""
import collections
import json
import pathlib

import numpy as np
import pytest

from legacy.formats import articlerun, recordings
from legacy.graph import overview, stepreport
from legacy.worker.experiment import NETWORKS, Experiment
from legacy.worker.graph import step
from tests.command_line import assert_fault, compat_run
from tests.conftest import ROOT
from tests.graphs import assert_graph_fault, graph

AT = 100


@pytest.fixture(scope='module')
def answered(tmp_path_factory):
    """(JSON, Chrome trace) of `graph step`."""
    path = tmp_path_factory.mktemp('step') / 'trace.json'
    code, out, err = graph('step', '--at', AT, '--trace', path, '--json')
    assert (code, err) == (0, '')

    def no_json(word):
        raise AssertionError(f'{word} is no JSON')
    return tuple(json.loads(text, parse_constant=no_json) for text in (out, path.read_text()))


@pytest.fixture(scope='module')
def found(answered):
    return answered[0]


@pytest.fixture(scope='module')
def article_recording_before(article_recording):
    """(number of a training step, the variables before it): of the last that is kept before step AT."""
    return step._checkpoint(article_recording, AT, 'article.npz')


@pytest.fixture(scope='module')
def again(experiment, found, article_recording_before):
    """{name: array} of the same step run plainly: before/<variable>, after/<variable>, and every tensor that the ops of
    the step gave, fetched from the graph."""
    with experiment.session() as sess:
        start, values = article_recording_before
        experiment.restore(sess, values)
        step._advance(experiment, sess, start, AT)
        before = experiment.values(sess)
        feed = experiment.feed(slice(10 * AT, 10 * AT + 10))
        sess.run([experiment.nets[network][0] for network in NETWORKS], feed)
        after = experiment.values(sess)
        experiment.restore(sess, before)
        ops = [experiment.graph.get_operation_by_name(op['name']) for op in found['ops'] if op['in_graph']]
        fetches = {op.name: op.outputs[0] for op in ops if op.outputs and not op.outputs[0].dtype._is_ref_dtype}
        arrays = sess.run(fetches, feed)
    arrays.update({'before/' + name: value for name, value in before.items()})
    arrays.update({'after/' + name: value for name, value in after.items()})
    return arrays


def assert_summary(obtained, array, rtol=0.0):
    expected = step.summary(array)
    assert [obtained[key] for key in ('shape', 'dtype', 'nan', 'inf')] == [
        expected[key] for key in ('shape', 'dtype', 'nan', 'inf')]
    scale = max((abs(expected[key]) for key in ('min', 'max') if expected[key] is not None), default=0)
    for key in ('min', 'mean', 'max'):
        assert (obtained[key] is None) == (expected[key] is None)
        if expected[key] is not None:
            assert obtained[key] == pytest.approx(expected[key], rel=rtol, abs=rtol * scale)


# ---- what the ops gave

def test_every_output_is_that_of_a_plain_run(found, again):
    compared = 0
    for op in found['ops']:
        if op['name'] in again and op['role'] != 'variable':  # fetched, a variable's read shows it after the step
            assert_summary(op['outputs'][0], again[op['name']], rtol=1e-4)
            compared += 1
    assert compared > 450


def test_variables_are_seen_before_the_step_and_updates_after_it(found, again):
    seen = collections.Counter()
    for op in found['ops']:
        if op['kernel'] == 'VariableV2':
            assert_summary(op['outputs'][0], again['before/' + op['name']])
            seen['before'] += 1
        if op['name'].endswith('/read'):
            assert_summary(op['outputs'][0], again['before/' + op['name'][:-len('/read')]])
            seen['read'] += 1
        if op['kernel'] == 'ApplyGradientDescent':
            assert_summary(op['outputs'][0], again['after/' + op['name'].split('/')[1][len('update_'):]])
            seen['after'] += 1
    assert seen == {'before': 64, 'read': 64, 'after': 48}


def test_zeros_are_counted(found, again):
    for op in found['ops']:
        if op['kernel'] == 'Relu':
            assert op['outputs'][0]['zeros'] == int((again[op['name']] == 0).sum())


def test_gradients_are_told_by_their_variables(found, experiment, article_recording_before):
    told = [op['gradient_of'] for op in found['ops'] if op['gradient_of']]
    assert sorted(told) == sorted(experiment.trainable)
    with experiment.session() as sess:
        start, values = article_recording_before
        experiment.restore(sess, values)
        step._advance(experiment, sess, start, AT)
        gradients = sess.run(experiment.gradients, experiment.feed(slice(10 * AT, 10 * AT + 10)))
    for op in found['ops']:
        if op['gradient_of']:
            assert_summary(op['outputs'][0], gradients[op['gradient_of']], rtol=1e-4)


def test_network_that_overflowed_is_all_nan_and_the_other_is_not(found):
    rows = {(row['network'], row['stage']): row['outputs'] for row in stepreport.stages(found)}
    for stage in ('forward 1', 'forward output', 'gradient 7', 'update'):
        assert rows['plain', stage]['nan'] == rows['plain', stage]['size'] > 0
        assert rows['norm', stage]['nan'] == 0 < rows['norm', stage]['size']


@pytest.mark.parametrize('array, expected', [
    ([[1.5, -2.0], [0.0, 2.0]], {'size': 4, 'zeros': 1, 'nan': 0, 'inf': 0, 'min': -2.0, 'mean': 0.375, 'max': 2.0}),
    ([np.nan, np.inf, -np.inf, 3.0], {'size': 4, 'zeros': 0, 'nan': 1, 'inf': 2, 'min': 3.0, 'mean': 3.0, 'max': 3.0}),
    ([np.nan], {'size': 1, 'zeros': 0, 'nan': 1, 'inf': 0, 'min': None, 'mean': None, 'max': None}),
    ([], {'size': 0, 'zeros': 0, 'nan': 0, 'inf': 0, 'min': None, 'mean': None, 'max': None}),
    ([1.5e308, 1.5e308], {'size': 2, 'zeros': 0, 'nan': 0, 'inf': 0, 'min': 1.5e308, 'mean': 1.5e308, 'max': 1.5e308}),
])
def test_summary_of(array, expected):
    summary = step.summary(np.array(array))
    assert {key: summary[key] for key in expected} == expected


# ---- order and time

def test_every_op_runs_once_after_what_it_takes(found, experiment):
    at = {op['name']: k for k, op in enumerate(found['ops'])}
    assert len(at) == len(found['ops'])
    for name, k in at.items():
        if found['ops'][k]['in_graph'] == found['ops'][k]['kernel']:
            for tensor in experiment.graph.get_operation_by_name(name).inputs:
                assert at.get(tensor.op.name, -1) < k, name


def test_times_are_in_order_and_within_the_step(found):
    starts = [op['start'] for op in found['ops']]
    assert starts == sorted(starts) and starts[0] == 0
    assert min(op['microseconds'] for op in found['ops']) >= 0 < max(op['microseconds'] for op in found['ops'])
    ends = [op['start'] + op['microseconds'] for op in found['ops']]
    assert max(ends) == pytest.approx(found['microseconds'], abs=0.01)


def test_ops_that_ran_and_nodes_that_did_not_are_the_graph(found):
    fed = sum(op['kernel'] == '_Arg' for op in found['ops'])
    assert fed == 2
    assert sum(op['in_graph'] is not None for op in found['ops']) + fed + sum(found['not_run'].values()) == (
        found['graph_nodes'])
    assert found['not_run']['initialisation'] == 241


def test_stages_hold_every_op(found):
    stages = stepreport.stages(found)
    assert sum(stage['ops'] for stage in stages) == len(found['ops'])
    assert sum(stage['microseconds'] for stage in stages) == pytest.approx(
        sum(op['microseconds'] for op in found['ops']), abs=0.1)


def test_merged_summary_is_that_of_all_values(again):
    arrays = [again['after/' + name] for name in ('Variable_16', 'Variable_18', 'Variable_26')]
    merged = stepreport.merged([step.summary(array) for array in arrays])
    together = step.summary(np.concatenate([array.ravel() for array in arrays]))
    assert merged.pop('shape') is None
    assert merged == {key: pytest.approx(together[key]) for key in merged}


# ---- reports

def test_trace_has_every_op_and_no_two_at_once_in_a_lane(answered):
    found, trace = answered
    events = [event for event in trace['traceEvents'] if event['ph'] == 'X']
    assert sorted(event['args']['name'] for event in events) == sorted(op['name'] for op in found['ops'])
    lanes = collections.defaultdict(list)
    for event in events:
        assert event['dur'] >= 0 and isinstance(event['pid'], int) and isinstance(event['tid'], int)
        lanes[event['pid'], event['tid']].append((event['ts'], event['ts'] + event['dur']))
    assert max(len(spans) for spans in lanes.values()) > 1
    for spans in lanes.values():
        assert all(one[1] <= two[0] + 0.002 for one, two in zip(sorted(spans), sorted(spans)[1:]))
    named = {(event['pid'], event['tid']) for event in trace['traceEvents'] if event['name'] == 'thread_name'}
    assert named == set(lanes)


def test_trace_puts_ops_that_overlap_into_two_lanes(found):
    one = dict(found['ops'][0], start=0.0, microseconds=10.0)
    two = dict(one, name='two', start=5.0)
    events = json.loads(stepreport.as_trace(dict(found, ops=[one, two])))['traceEvents']
    assert len({event['tid'] for event in events if event['ph'] == 'X'}) == 2


def test_all_has_a_line_for_every_output(found):
    text = stepreport.as_text(found, every=True)
    outputs = sum(max(1, len(op['outputs'])) for op in found['ops'])
    assert len(text.splitlines()) == 5 + 1 + outputs
    assert '(in the graph: FloorMod)' in text


def test_short_report_says_where_the_weights_are_from(found):
    text = stepreport.as_text(found, every=False)
    start = found['checkpoint']
    assert f"TensorFlow 1.15.5's after {start} steps, and {AT - start} more here" in text
    assert len(text.splitlines()) < 65


# ---- the command line

@pytest.mark.parametrize('at, words', [('250', ['--at', '249']), ('-1', ['--at']), ('first', ['--at'])])
def test_step_out_of_range_is_refused(at, words):
    assert_graph_fault(graph('step', '--at', at), *words)


def test_step_from_a_damaged_recording_is_refused(tmp_path):
    (tmp_path / 'half.npz').write_bytes(pathlib.Path(articlerun.RECORDING).read_bytes()[:5000])
    assert_graph_fault(graph('step', tmp_path / 'half.npz'), 'half.npz')


def other_recording(recording, path, change):
    """A copy of a recording with another header, by a function of that."""
    header = json.loads(json.dumps(recording.header))
    change(header)
    arrays = {name: recording.arrays[name] for name in recording.arrays}
    recordings.save(recordings.Recording(header, arrays), path)


def test_step_from_a_recording_of_other_variables_is_refused(article_recording, tmp_path):
    def change(header):
        for item in header['steps']:
            item['before'] = {'weights' if name == 'Variable' else name: noted
                              for name, noted in item['before'].items()}
    other_recording(article_recording, tmp_path / 'other.npz', change)
    assert_graph_fault(graph('step', tmp_path / 'other.npz'), 'other.npz', 'variables')


def test_step_from_a_recording_without_kept_runs_is_refused(article_recording, tmp_path):
    other_recording(article_recording, tmp_path / 'other.npz',
                    lambda header: header.update(steps=[], tensors={}, kernels={}))
    assert_graph_fault(graph('step', tmp_path / 'other.npz'), 'other.npz', 'before no training step')


def test_step_of_a_recording_that_nobody_can_run_is_refused(article_recording, tmp_path):
    other_recording(article_recording, tmp_path / 'other.npz',
                    lambda header: header['script'].update(arguments=['--steps', '9999']))
    assert_graph_fault(graph('step', tmp_path / 'other.npz'), 'other.npz', '9999 steps')


def test_step_of_another_script_is_refused():
    path = ROOT / 'tests' / 'scripts' / 'recordings' / 'vae.npz'
    assert_graph_fault(graph('step', path), "a recording of vae.py: a step is one of the article's")


def test_trace_into_a_folder_that_is_not_there_is_refused(tmp_path):
    assert_graph_fault(graph('step', '--trace', tmp_path / 'nowhere' / 'trace.json'), 'cannot write')


def test_step_without_tensorflow_is_refused(tmp_path):
    (tmp_path / 'tensorflow.py').write_text('raise ModuleNotFoundError("none", name="tensorflow")')
    assert_fault(compat_run('graph', 'step', '--trace', tmp_path / 'trace.json', PYTHONPATH=str(tmp_path)),
                 'TensorFlow is not installed')
    assert not (tmp_path / 'trace.json').exists()


def test_step_that_changes_while_it_is_watched_is_refused(monkeypatch):
    values = Experiment.values
    calls = []

    def other_the_last_time(self, sess):
        calls.append(values(self, sess))
        if len(calls) == 3:
            calls[-1]['Variable_16'] = calls[-1]['Variable_16'] + np.float32(1e-3)
        return calls[-1]
    monkeypatch.setattr(Experiment, 'values', other_the_last_time)
    with pytest.raises(step.StepError, match='while it was watched'):
        step.measure(0)


# ---- what did not run, and one name scope

def test_what_did_not_run_is_counted_by_op_type(found):
    types = found['not_run_types']
    assert {role: sum(counts.values()) for role, counts in types.items()} == found['not_run']
    assert types['forward'] == {'Const': 28, 'Identity': 16, 'StopGradient': 8, 'Mean': 2}


def test_the_text_says_which_forward_nodes_did_not_run(found):
    assert '\n  forward: 28 Const, 16 Identity, 8 StopGradient, 2 Mean\n' in stepreport.as_text(found, False)


def test_one_name_scope_is_shown_op_by_op(found):
    lines = stepreport.as_text(found, False, 'ExponentialMovingAverage').splitlines()
    ops = lines[lines.index('') + 2:]
    assert len(ops) > 4 and all('  ExponentialMovingAverage/' in line for line in ops)


def test_a_name_scope_without_ops_is_refused(found):
    with pytest.raises(overview.OverviewError, match='no op that ran has a name under nowhere'):
        stepreport.as_text(found, False, 'nowhere')

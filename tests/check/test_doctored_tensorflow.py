"""A fault in TensorFlow is a regression, and the first rung that fails is the one that it enters at."""
import json

import jsonschema
import junitparser
import pytest

from tests import shortened
from tests.check import doctoring
from tests.conftest import DATA

SCHEMA = json.loads((DATA / 'check.schema.json').read_text())
# What is wrong with this TensorFlow, and the first rung that must say so where the graph's constants were not recorded.
PATCHES = {
    'learning rate': ("""
minimizer = v1.train.GradientDescentOptimizer
v1.train.GradientDescentOptimizer = lambda rate: minimizer(rate * 1.001)""", 'first update'),
    'relu': ("""
relu = v1.nn.relu
v1.nn.relu = lambda x, name=None: relu(x, name) - 1e-4 * relu(-x)""", 'graph'),
    'epsilon': ("""
normalization = v1.nn.batch_normalization
v1.nn.batch_normalization = lambda *args: normalization(*args[:-1], args[-1] * 1.01)""", 'forward pass'),
    'averages': ("""
average = v1.train.ExponentialMovingAverage
v1.train.ExponentialMovingAverage = lambda decay: average(decay + 0.001)""", 'moving averages'),
    'random numbers': ("""
normal = v1.random_normal
v1.random_normal = lambda shape, mean, stddev: normal(shape, mean=1e-6, stddev=stddev)""", 'initial weights'),
    'one node more': ("""
square = v1.square
v1.square = lambda x, name=None: v1.identity(square(x, name))""", 'graph'),
    'one step': ("""
run, steps = v1.Session.run, []
def lame(self, fetches, feed_dict=None, *args):
    if isinstance(fetches, list) and len(fetches) == 2 and getattr(fetches[0], 'type', '') == 'NoOp':
        steps.append(self)
        if steps.count(self) == 15:
            return [None, None]
    return run(self, fetches, feed_dict, *args)
v1.Session.run = lame""", 'teacher-forced steps'),
}
IN_CONSTANTS = ('learning rate', 'epsilon', 'averages', 'random numbers')  # seen by the rung graph where they were
BROKEN_KERNELS = """
from legacy.worker import kernels
def run(*args): raise ValueError('no such kernel')
kernels.run = run"""


@pytest.fixture(scope='module')
def short(tmp_path_factory):
    return str(shortened.baseline(tmp_path_factory.mktemp('short') / 'references', 'float32'))


@pytest.fixture(scope='module')
def reports(short, tmp_path_factory):
    """{what is wrong: report, the listing's constants being unknown}; and of some with them known"""
    folder = tmp_path_factory.mktemp('reports')
    with_kernels = str(shortened.baseline(folder / 'references', 'float32', kernels=True))
    patches = {fault: (patch, short, True, [False, True] if fault in IN_CONSTANTS else [False])
               for fault, (patch, _) in PATCHES.items()}
    found = doctoring.reports({**patches, 'nothing': ('', short, False, [True]),
                               'kernels': (BROKEN_KERNELS, with_kernels, False, [True])}, folder)
    return {**{name: both[0] for name, both in found.items()},
            **{f'{fault}, constants known': found[fault][1] for fault in IN_CONSTANTS}}


def failed(report):
    return [rung for rung in report['rungs'] if rung['status'] in ('failed', 'error')]


@pytest.mark.parametrize('fault', PATCHES)
def test_fault_is_a_regression_at_the_rung_that_it_enters_at(fault, reports):
    report = reports[fault]
    jsonschema.validate(report, SCHEMA)
    rung, = failed(report)
    assert (report['verdict'], report['exit_code'], rung['name']) == ('regression', 1, PATCHES[fault][1])
    if rung['name'] != 'graph':  # which has no numbers
        assert rung['first']['tensor'] and rung['first']['expected'] != rung['first']['obtained']


@pytest.mark.parametrize('fault', IN_CONSTANTS)
def test_another_constant_is_seen_in_the_graph_where_its_constants_are_known(fault, reports):
    rung, = failed(reports[f'{fault}, constants known'])
    assert rung['name'] == 'graph' and "the listing's" in rung['text'] and 'article.py:' in rung['text']


def test_without_a_fault_none_of_these_rungs_fails(reports):
    report = reports['nothing']
    jsonschema.validate(report, SCHEMA)
    status = {rung['name']: rung['status'] for rung in report['rungs']}
    assert failed(report) == [] and report['verdict'] == 'undecided'  # other arithmetics are not asked here
    assert {status[rung] for _, rung in PATCHES.values()} == {'passed'}


def test_kernel_that_raises_is_that_rungs_error_and_others_run(reports):
    rungs = {rung['name']: rung for rung in reports['kernels']['rungs']}
    assert reports['kernels']['verdict'] == 'regression'
    assert rungs['kernels']['status'] == 'error' and 'no such kernel' in rungs['kernels']['text']
    assert rungs['free run']['status'] == 'passed'


def test_process_on_a_doctored_tensorflow_exits_with_1_and_asks_every_rung(short, reports, tmp_path):
    patch, first = PATCHES['averages']
    done = doctoring.check(patch, '--baseline', short, '--json', '--junit', tmp_path / 'junit.xml')
    assert done.returncode == 1, done.stderr
    report = json.loads(done.stdout)
    jsonschema.validate(report, SCHEMA)
    assert [rung['name'] for rung in report['rungs']] == [rung['name'] for rung in reports['nothing']['rungs']]
    assert report['verdict'] == 'regression' and [rung['name'] for rung in failed(report)[:2]] == ['graph', first]
    suite, = junitparser.JUnitXml.fromfile(str(tmp_path / 'junit.xml'))
    assert suite.failures == len(failed(report)) + 1  # the verdict

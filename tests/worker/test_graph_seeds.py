"""`graph seeds`: why the same script starts from other weights."""
import json

import numpy as np
import pytest

from legacy import shim
from legacy.formats import graphtable
from legacy.formats.errors import LegacyError
from legacy.graph import seedsreport, words
from legacy.worker.experiment import Experiment
from legacy.worker.graph import seeds
from tests.command_line import assert_fault, compat_run
from tests.conftest import DATA
from tests.graphs import graph

FAMILIES = {family['name']: family for family in json.loads((DATA / 'op_seeds.json').read_text())['families']}


@pytest.fixture(scope='module')
def found():
    code, out, err = graph('seeds', '--json')
    assert (code, err) == (0, '')
    return json.loads(out)


def test_op_seeds_of_1_15_are_the_recorded_family(found):
    assert [op['op_seed_1_15'] for op in found['ops']] == FAMILIES['1.15']['op_seeds']


def test_op_seeds_of_1_15_are_the_nodes_before_each_random_op(found):
    recorded = graphtable.load(words.recorded_path('1.15.5')).nodes
    positions = {node.name: k for k, node in enumerate(recorded)}
    assert [positions[op['op']] for op in found['ops']] == [op['op_seed_1_15'] for op in found['ops']]


def test_op_seeds_here_are_the_recorded_family_of_this_release(found):
    family = [family for family in FAMILIES.values() if shim.VERSION in family['seen_on']]
    if not family:
        pytest.skip(f'no op seeds were recorded for {shim.VERSION}')
    assert [op['op_seed'] for op in found['ops']] == family[0]['op_seeds']


def test_port_with_a_random_op_that_no_variable_starts_from_is_refused_in_one_line(monkeypatch):
    monkeypatch.setattr(Experiment, 'drawn_variables', lambda experiment: [None] * 16)
    with pytest.raises(LegacyError, match='^random_normal.*: no variable starts from its numbers'):
        seeds.gather()


def test_counts_before_are_those_of_the_graph(found, described):
    positions = {node.name: k for k, node in enumerate(described.nodes)}
    assert [op['nodes_before'] for op in found['ops']] == [positions[op['op']] for op in found['ops']]
    assert [op['calls_before'] for op in found['ops']] == list(range(16))


def test_every_op_seed_follows_this_releases_rule(found):
    assert [op['from_rule'] for op in found['ops']] == [True] * 16


def test_first_weights_are_those_of_the_recordings(found, article_recording):
    initial = {item['name']: article_recording.content(item['noted']) for item in article_recording.header['initial']}
    for op in found['ops']:
        assert op['first_1_15'] == float(initial[op['variable']].flat[0])


@pytest.mark.skipif(shim.RELEASE < (2, 2), reason='before 2.2 this release may derive the same op seeds as 1.15')
def test_first_weights_here_are_others_and_the_report_says_so(found):
    assert [bool(np.isclose(op['first'], op['first_1_15'])) for op in found['ops']] == [False] * 16
    assert '16 of 16 op seeds differ' in seedsreport.as_text(found)
    assert 'other weights' in seedsreport.as_text(found)


def test_report_of_equal_seeds_says_the_same_weights(found):
    same = dict(found, rule='nodes', ops=[dict(op, op_seed=op['op_seed_1_15']) for op in found['ops']])
    assert '0 of 16 op seeds differ' in seedsreport.as_text(same)
    assert 'from the same weights' in seedsreport.as_text(same)


def test_report_names_an_op_seed_that_follows_no_rule(found):
    odd = dict(found, ops=[dict(found['ops'][0], from_rule=False), *found['ops'][1:]])
    assert f'not taken from there: {found["ops"][0]["op"]}' in seedsreport.as_text(odd)


def test_seeds_without_tensorflow_are_refused(tmp_path):
    (tmp_path / 'tensorflow.py').write_text('raise ModuleNotFoundError("none", name="tensorflow")')
    assert_fault(compat_run('graph', 'seeds', PYTHONPATH=str(tmp_path)), 'TensorFlow is not installed')

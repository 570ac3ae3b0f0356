"""The port against the article's own listing, as `record_listing.py` found it to run."""
import numpy as np
import pytest

from legacy import shim
from legacy.formats import articlerun, graphtable
from legacy.worker.experiment import Experiment
from tests.conftest import DATA


def listing(release):
    """The recorded listing: {'fingerprint', 'cost', 'cost_norm', 'nodes': [[op type, name], ...]}."""
    path = DATA / f'listing-{release}.tsv'
    if not path.exists():
        pytest.skip(f'the listing was recorded under TensorFlow 1.15.5 and 2.21.0, not {release}')
    lines = path.read_text().splitlines()
    head = dict(line[2:].split('\t') for line in lines if line.startswith('# '))
    return {**head, 'nodes': [line.split('\t') for line in lines if not line.startswith('# ')]}


@pytest.fixture(scope='module')
def nodes():
    return graphtable.nodes(Experiment().graph)


def test_port_builds_the_listings_graph_node_by_node(nodes):
    expected = listing(shim.VERSION)
    assert [[op_type, name] for op_type, name, _ in nodes] == expected['nodes']
    assert graphtable.fingerprint(nodes) == expected['fingerprint']


def test_native_op_seeds_build_the_same_graph():
    nodes = graphtable.nodes(Experiment(op_seeds='native').graph)
    assert graphtable.fingerprint(nodes) == listing(shim.VERSION)['fingerprint']


def test_fingerprint_notices_an_input_that_changed(nodes):
    changed = [list(node) for node in nodes]
    changed[-1] = [changed[-1][0], changed[-1][1], [*changed[-1][2], '^Variable/Assign']]
    assert graphtable.fingerprint(changed) != graphtable.fingerprint(nodes)


def test_the_recording_is_of_the_listings_graph(article_recording):
    table = graphtable.uncompressed(article_recording.arrays['graph/0'].tobytes())
    assert table.fingerprint == listing('1.15.5')['fingerprint']


@pytest.mark.parametrize('series', ['cost', 'cost_norm'])
def test_recorded_costs_are_the_listings_own_bit_for_bit(article_recording, series):
    expected = np.array(listing('1.15.5')[series].split(), 'f4')
    assert len(expected) == 50
    assert np.array_equal(getattr(articlerun.costs(article_recording), series), expected, equal_nan=True)

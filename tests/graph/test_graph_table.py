"""The graph as a table: where every node comes from, counted again in other ways; its file; `graph list`."""
import collections
import gzip
import json
import pathlib
import re
import sys

import pytest

from legacy import shim
from legacy.formats import articlerun, graphtable
from legacy.graph import overview, words
from legacy.shim import tf
from tests.command_line import assert_fault, compat_run
from tests.conftest import DATA, ROOT
from tests.graphs import assert_graph_fault, graph

RELEASES = ('1.15.5', '2.21.0')


@pytest.fixture(scope='module')
def recorded():
    """{release: the recorded Table}"""
    return {release: graphtable.load(words.recorded_path(release)) for release in RELEASES}


def named(found, **wanted):
    return {node.name for node in found.nodes if all(getattr(node, key) == value for key, value in wanted.items())}


# ---- where nodes come from

def test_table_is_the_graphdef_read_back(experiment, described):
    definition = tf.GraphDef.FromString(experiment.graph.as_graph_def().SerializeToString())
    assert [(node.op_type, node.name, node.inputs) for node in described.nodes] == [
        (node.op, node.name, list(node.input)) for node in definition.node]


def test_recorded_graph_is_what_this_release_builds(described):
    path = words.recorded_path(shim.VERSION)
    if not path.exists():
        pytest.skip(f'no graph of TensorFlow {shim.VERSION} is recorded')
    assert graphtable.to_bytes(graphtable.load(path), False) == graphtable.to_bytes(described, False)


@pytest.mark.parametrize('release', RELEASES)
def test_recorded_graph_is_the_listings_own(release, recorded):
    lines = (DATA / f'listing-{release}.tsv').read_text().splitlines()
    assert f'# fingerprint\t{recorded[release].fingerprint}' in lines
    assert [f'{node.op_type}\t{node.name}' for node in recorded[release].nodes] == [
        line for line in lines if not line.startswith('# ')]


def test_graph_in_the_recording_is_the_recorded_one(recorded):
    found = words.graphs(articlerun.RECORDING)
    assert list(found) == [0] and found[0].tensorflow == '1.15.5'
    assert found[0].fingerprint == recorded['1.15.5'].fingerprint


@pytest.mark.parametrize('release', RELEASES)
def test_lines_are_the_ports(release, recorded):
    for key, (_, text) in recorded[release].lines.items():
        file, number = key.split(':')
        path = ROOT / 'legacy' / file  # the port; else a file of the program
        if not path.exists():
            path, = (ROOT / 'legacy').rglob(file)
        source = [line.strip() for line in path.read_text().splitlines()]
        assert text == source[int(number) - 1] if file == 'article.py' else text in source


@pytest.mark.parametrize('release', RELEASES)
def test_every_node_has_a_place_and_a_call_of_its_line(release, recorded):
    for node in recorded[release].nodes:
        text = recorded[release].lines[node.line][1]
        assert node.network and node.layer and node.role in graphtable.ROLES, node
        assert node.call.startswith('_') if node.role == 'gradient' else node.call in text, node


def test_gradients_are_of_the_ops_that_tensorflow_says(experiment, described):
    for node in described.nodes:
        original = experiment.graph.get_operation_by_name(node.name)._original_op
        if node.role == 'gradient':
            assert node.of == (original.name if original is not None else ''), node.name


def test_roles_are_those_of_the_names(described):
    assert named(described, role='gradient') == {
        node.name for node in described.nodes if re.match(r'gradients(_1)?/', node.name)}
    assert named(described, role='update') == {
        node.name for node in described.nodes if re.match(r'GradientDescent(_1)?(/|$)', node.name)}


def needed(start, control):
    """Names of these ops and of all that they need, as far as variables; control: also through control edges."""
    found, pending = set(), list(start)
    while pending:
        op = pending.pop()
        if op.name not in found and op.type != 'VariableV2':
            found.add(op.name)
            pending.extend([tensor.op for tensor in op.inputs] + (list(op.control_inputs) if control else []))
    return found


def test_initialisation_is_what_the_initializer_needs(experiment, described):
    assert named(described, role='initialisation') == needed([experiment.initializer], control=True)


def test_forward_is_what_the_costs_need_and_averages_what_only_control_edges_add(experiment, described):
    costs = [net[1].op for net in experiment.nets.values()]
    reads = named(described, role='variable')
    assert named(described, role='forward') == needed(costs, control=False) - reads
    assert named(described, role='moving average') == (
        needed(costs, control=True) - needed(costs, control=False) - reads)


def test_layers_end_where_the_port_says(experiment, described):
    by_name = {node.name: node for node in described.nodes}
    for network, (_, cost, layers_inputs) in experiment.nets.items():
        assert [by_name[tensor.op.name].layer for tensor in layers_inputs[1:]] == list('1234567')
        assert (by_name[cost.op.name].layer, by_name[cost.op.name].network) == ('cost', network)


def test_parameters_are_those_of_tensorflows_profiler_and_of_arithmetic(experiment, described):
    builder = tf.profiler.ProfileOptionBuilder
    options = builder(builder.trainable_variables_parameter()).with_empty_output().build()
    profiled = tf.profiler.profile(experiment.graph, options=options, cmd='scope').total_parameters
    counted = 0
    for layer in overview.layers(described.nodes):
        for variable in layer['variables']:
            if not variable['moving_average']:
                size = 1
                for number in re.findall(r'\d+', variable['shape'].partition(' ')[2]):
                    size *= int(number)
                counted += size
    plain = (30 + 30) + 6 * (900 + 30) + (30 + 1)
    assert counted == profiled == plain + plain + 2 * (1 + 7 * 30)


# ---- list

@pytest.mark.parametrize('release, total', [('1.15.5', 1944), ('2.21.0', 1652)])
def test_layers_and_lines_sum_up_to_all_nodes(release, total, recorded):
    nodes = recorded[release].nodes
    layers = overview.layers(nodes)
    lines = overview.lines(nodes, recorded[release])
    assert sum(layer['nodes'] for layer in layers) == sum(line['nodes'] for line in lines) == total
    for layer in layers:
        assert sum(layer['roles'].values()) == layer['nodes']
    for line in lines:
        assert sum(sum(types.values()) for types in line['calls'].values()) == line['nodes']
    gradients = sum(re.match(r'gradients(_1)?/', node.name) is not None for node in nodes)
    assert sum(line['gradient_nodes'] for line in lines) == gradients


def test_lines_count_what_the_listings_names_count(recorded):
    names = [line.split('\t')[1] for line in (DATA / 'listing-1.15.5.tsv').read_text().splitlines()
             if not line.startswith('# ')]
    calls = collections.Counter()
    for line in overview.lines(recorded['1.15.5'].nodes, recorded['1.15.5']):
        for call, types in line['calls'].items():
            calls[call] += sum(types.values())
    for call, pattern in {'tf.random_normal': r'random_normal', 'tf.matmul': r'MatMul', 'gradients': r'gradients',
                          'minimize': r'GradientDescent', 'tf.nn.batch_normalization': r'batchnorm',
                          'activation_function': r'Relu'}.items():
        assert calls[call] == sum(re.match(pattern + r'(_\d+)?(/|$)', name) is not None for name in names), call


def test_list_fits_two_screens_and_says_the_sum():
    code, out, err = graph('list', '1.15.5')
    assert (code, err) == (0, '')
    assert len(out.splitlines()) < 100 and max(map(len, out.splitlines())) <= 132
    assert re.search(r'\n +sum +1944 +204 +1223 +52 +96 +128 +241\n', out)


def test_list_of_one_network_as_json():
    code, out, _ = graph('list', '1.15.5', '--network', 'plain', '--json')
    found = json.loads(out)
    assert code == 0
    assert {layer['network'] for layer in found['layers']} == {'plain'}
    assert found['nodes'] == sum(layer['nodes'] for layer in found['layers']) < found['nodes_of_graph'] == 1944


def test_list_of_a_scope_names_each_of_its_nodes(recorded):
    _, out, _ = graph('list', '2.21.0', '--scope', 'moments_3/')
    expected = [node.name for node in recorded['2.21.0'].nodes if node.name.startswith('moments_3/')]
    assert [line.split('  ')[1] for line in out.splitlines()] == expected


def test_list_nodes_has_a_line_for_each(recorded):
    _, out, _ = graph('list', '2.21.0', '--nodes')
    assert len(out.splitlines()) == len(recorded['2.21.0'].nodes)


def test_list_of_a_scope_that_is_not_there_is_refused():
    assert_graph_fault(graph('list', '2.21.0', '--scope', 'moment'), 'moment', 'moments')


def test_list_needs_tensorflow_only_for_this(tmp_path):
    (tmp_path / 'tensorflow.py').write_text('raise ModuleNotFoundError("none", name="tensorflow")')
    assert compat_run('graph', 'list', '1.15.5', PYTHONPATH=str(tmp_path)).returncode == 0
    assert_fault(compat_run('graph', 'list', PYTHONPATH=str(tmp_path)), 'TensorFlow is not installed')


def test_list_of_the_tensorflow_in_another_environment():
    code, out, _ = graph('list', '--python', sys.executable, '--network', 'norm', '--json')
    assert code == 0
    assert json.loads(out)['tensorflow'] == shim.VERSION


def test_interpreter_that_is_none_is_refused(tmp_path):
    assert_graph_fault(graph('list', '--python', tmp_path / 'none'), tmp_path / 'none')


# ---- the file

def test_table_reads_back_as_it_was(described, tmp_path):
    for name in ('a.tsv', 'a.tsv.gz'):
        path = tmp_path / name
        path.write_bytes(graphtable.to_bytes(described, name.endswith('.gz')))
        found = graphtable.load(path)
        assert (found.nodes, found.lines, found.tensorflow) == (described.nodes, described.lines, shim.VERSION)


DAMAGES = {
    'a row less': (lambda lines: lines[:-1], 'fingerprint'),
    'another input': (lambda lines: lines[:-3] + [lines[-3].replace('\tVariable_47 ', '\tVariable_46 ')] + lines[-2:],
                      'fingerprint'),
    'a cell less': (lambda lines: [*lines[:-1], lines[-1].rpartition('\t')[0]], 'columns'),
    'an input that is nowhere': (lambda lines: [*lines[:-1], lines[-1].replace('^Variable/Assign', '^nowhere')],
                                 'nowhere'),
    'a node twice': (lambda lines: [*lines, lines[-1]], 'one name'),
    'no header': (lambda lines: [line for line in lines if not line.startswith('# ')], 'not a table'),
    'nothing': (lambda lines: [''], 'not a table'),
}


@pytest.mark.parametrize('damage', DAMAGES)
def test_damaged_table_is_refused(damage, described, tmp_path):
    change, word = DAMAGES[damage]
    lines = graphtable.to_bytes(described, False).decode().splitlines()
    (tmp_path / 'a.tsv').write_text('\n'.join(change(lines)) + '\n')
    assert_graph_fault(graph('list', tmp_path / 'a.tsv'), 'a.tsv', word)


@pytest.mark.parametrize('content', [gzip.compress(b'# tensorflow\t1')[:-9], b'not gzip at all', b'',
                                     gzip.compress(b'\xff\xfe')],
                         ids=['cut off', 'not compressed', 'empty', 'not text'])
def test_damaged_compressed_table_is_refused(content, tmp_path):
    (tmp_path / 'a.tsv.gz').write_bytes(content)
    assert_graph_fault(graph('list', tmp_path / 'a.tsv.gz'), 'a.tsv.gz')


# ---- a recording's graph

def test_damaged_recording_is_refused(tmp_path):
    (tmp_path / 'half.npz').write_bytes(pathlib.Path(articlerun.RECORDING).read_bytes()[:5000])
    assert_graph_fault(graph('list', tmp_path / 'half.npz'), 'half.npz')


# ---- one layer, and no subcommand

def test_list_of_a_layer_names_each_of_its_nodes(recorded):
    code, out, err = graph('list', '1.15.5', '--network', 'norm', '--layer', '3')
    expected = [node.name for node in recorded['1.15.5'].nodes if (node.network, node.layer) == ('norm', '3')]
    assert (code, err) == (0, '') and [line.split('  ')[1] for line in out.splitlines()] == expected


def test_list_of_a_layer_that_is_not_there_is_refused():
    assert_graph_fault(graph('list', '1.15.5', '--layer', '8'), 'no node is of layer 8', '7, output')


def test_graph_alone_prints_its_help():
    code, out, err = graph()
    assert (code, err) == (0, '') and out.startswith('Usage: ') and 'tensorboard' in out

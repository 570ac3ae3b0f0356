"""GraphDef files: `graph export` writes them, `graph list` and `graph diff` read them, whoever made them."""
import contextlib
import hashlib
import json
import re

import pytest

from legacy.formats import graphtable
from legacy.graph import words
from legacy.shim import tf
from legacy.worker.graph import definition
from tests.command_line import assert_fault, compat_run
from tests.graphs import assert_graph_fault, graph


@pytest.fixture(scope='module')
def exported(tmp_path_factory, described):
    """{suffix: path} of the graph that this TensorFlow builds, as `graph export` writes it."""
    folder = tmp_path_factory.mktemp('exported')
    paths = {suffix: folder / ('graph' + suffix) for suffix in ('.pb', '.pbtxt', '.tsv')}
    for suffix in ('.pb', '.pbtxt'):
        assert graph('export', paths[suffix]) == (0, '', '')
    paths['.tsv'].write_bytes(graphtable.to_bytes(described, False))
    return paths


def test_exported_graph_is_imported_node_by_node(exported):
    content = exported['.pb'].read_bytes()
    with tf.Graph().as_default() as imported:
        tf.import_graph_def(tf.GraphDef.FromString(content), name='')
    [read_back] = definition.from_bytes(content, 'graph.pb')
    assert graphtable.fingerprint(graphtable.nodes(imported)) == read_back.fingerprint == graphtable.load(
        exported['.tsv']).fingerprint


@pytest.mark.parametrize('one, two', [('.pb', '.pbtxt'), ('.pb', '.tsv')])
def test_exported_files_hold_the_same_graph(one, two, exported):
    assert graph('diff', exported[one], exported[two])[0] == 0


def test_exported_file_is_this(exported):
    assert graph('diff', 'this', exported['.pb'])[0] == 0


def doctored(exported, folder, change):
    read = tf.GraphDef.FromString(exported['.pb'].read_bytes())
    change(read)
    path = folder / 'doctored.pb'
    path.write_bytes(read.SerializeToString())
    return path


def test_node_that_only_a_graphdef_has_gets_a_place(exported, tmp_path):
    def change(read):
        taker = next(node for node in read.node if node.name == 'MatMul_3')
        extra = read.node.add(name='noise', op='Identity', input=[taker.input[0]])
        extra.attr['T'].type = 1
        taker.input[0] = 'noise'
    code, out, _ = graph('diff', exported['.pb'], doctored(exported, tmp_path, change), '--nodes')
    assert code == 1
    assert '     0      1     -1  Wx_plus_b = tf.matmul(inputs, Weights) + biases' in out
    assert 'Identity noise' in out and 'MatMul_3: Relu_2 -> noise' in out


def test_graphdef_of_another_program_is_grouped_by_name_scope(tmp_path):
    with tf.Graph().as_default() as other, tf.name_scope('mine'):
        tf.square(tf.constant(2.0), name='squared')
    (tmp_path / 'other.pb').write_bytes(other.as_graph_def().SerializeToString())
    _, out, _ = graph('diff', '1.15.5', tmp_path / 'other.pb')
    assert 'name scope mine' in out and '1944' in out
    code, out, _ = graph('list', tmp_path / 'other.pb')
    assert code == 0 and '2 nodes; a GraphDef' in out


def perceptron(folder, layers, norm=False):
    """The path of a GraphDef of somebody else's network, which is trained as the article's is."""
    with tf.Graph().as_default() as graph_:
        xs, ys = tf.placeholder(tf.float32, [None, 10]), tf.placeholder(tf.float32, [None, 1])
        output, width = xs, 10
        for k in range(layers):
            with tf.name_scope('dense%d' % k) if k % 2 else contextlib.nullcontext():
                weights = tf.Variable(tf.random_normal([width, 30], seed=1))
                output = tf.matmul(output, weights) + tf.Variable(tf.zeros([1, 30]) + 0.1)
                if norm:
                    mean, variance = tf.nn.moments(output, [0])
                    output = tf.nn.batch_normalization(output, mean, variance, tf.Variable(tf.zeros([30])),
                                                       tf.Variable(tf.ones([30])), 0.001)
                output, width = tf.nn.relu(output), 30
        cost = tf.reduce_mean(tf.square(ys - output))
        tf.train.GradientDescentOptimizer(0.001).minimize(cost)
        tf.global_variables_initializer()
    (folder / 'own.pb').write_bytes(graph_.as_graph_def().SerializeToString())
    return folder / 'own.pb'


@pytest.mark.parametrize('layers, norm', [(2, False), (12, False), (30, False), (6, True), (14, True)])
def test_graph_of_somebody_else_is_listed_by_scope_and_not_on_the_articles_lines(layers, norm, tmp_path):
    code, out, _ = graph('list', perceptron(tmp_path, layers, norm))
    assert code == 0 and 'article.py' not in out
    head, _, columns, *rows, total = out.splitlines()
    assert "not the article's graph, so listed by name scope" in head and columns.split()[0] == 'scope'
    assert re.search(r'^dense1 +\d+  ', '\n'.join(rows), re.MULTILINE)
    assert total.split() == ['sum', head.split()[0]]


def test_graph_of_somebody_else_as_json_has_scopes(tmp_path):
    found = json.loads(graph('list', perceptron(tmp_path, 2), '--json')[1])
    assert found['lines'] == [] and sum(scope['nodes'] for scope in found['scopes']) == found['nodes']


@pytest.mark.parametrize('change', ['nothing', 'other names'])
def test_graphdef_of_the_article_is_listed_by_line(change, exported, tmp_path):
    def scoped(read):
        for node in read.node if change == 'other names' else ():
            node.name = 'tower/' + node.name
            node.input[:] = ['^tower/' + given[1:] if given.startswith('^') else 'tower/' + given
                             for given in node.input]
    _, out, _ = graph('list', doctored(exported, tmp_path, scoped))
    assert 'article.py:' in out and 'name scope' not in out


# ---- sizes that a few bytes declare

def constant(folder, shape, number=1):
    """The path of a GraphDef of constants that declare this shape and hold one number."""
    definition_ = tf.GraphDef()
    for k in range(number):
        node = definition_.node.add(name='a%d' % k, op='Const')
        node.attr['dtype'].type = 1
        tensor = node.attr['value'].tensor
        tensor.dtype = 1
        tensor.float_val.append(1.0)
        for size in shape:
            tensor.tensor_shape.dim.add(size=size)
    (folder / 'large.pb').write_bytes(definition_.SerializeToString())
    return folder / 'large.pb'


@pytest.mark.parametrize('shape, number', [([10 ** 10], 1), ([2 ** 40, 2 ** 40], 1), ([2 ** 23], 17), ([-1], 1)],
                         ids=['ten billion', 'more than 64 bits', 'many', 'negative'])
def test_constant_that_declares_more_than_fits_is_refused(shape, number, monkeypatch, tmp_path):
    monkeypatch.setattr(tf, 'make_ndarray', None)  # no memory is asked for
    assert_graph_fault(graph('list', constant(tmp_path, shape, number)), 'large.pb', 'constant of shape')


def test_constant_of_many_equal_numbers_is_listed(tmp_path):
    code, out, _ = graph('list', constant(tmp_path, [1000, 1000]), '--nodes')
    assert code == 0 and '= 1.0' in out


def test_file_that_is_too_large_is_refused_before_it_is_read(monkeypatch, tmp_path):
    monkeypatch.setattr(words, 'LARGEST', 10)
    assert_graph_fault(graph('list', constant(tmp_path, [2])), 'large.pb', 'too large')


def test_many_strings_have_the_same_digest_in_every_process(tmp_path):
    with tf.Graph().as_default() as graph_:
        tf.constant(['word %d' % k for k in range(20)])
    content = graph_.as_graph_def().SerializeToString()
    values = [definition.from_bytes(content, 'graph.pb')[0].nodes[0].value for _ in range(2)]
    assert values == ['sha256 ' + hashlib.sha256(b'\0'.join(b'word %d' % k for k in range(20))).hexdigest()[:8]] * 2


DAMAGES = {
    'cut off': lambda content: content[:len(content) // 2],
    'no GraphDef': lambda content: b'\x00\xff' * 100,
    'empty': lambda content: b'',
    'an input that is nowhere': lambda content: content.replace(b'Variable_3/read', b'Variable_x/read', 1),
}


@pytest.mark.parametrize('damage', DAMAGES)
def test_damaged_pb_is_refused(damage, exported, tmp_path):
    (tmp_path / 'damaged.pb').write_bytes(DAMAGES[damage](exported['.pb'].read_bytes()))
    assert_graph_fault(graph('diff', '1.15.5', tmp_path / 'damaged.pb'), 'damaged.pb')


@pytest.mark.parametrize('content', [b'node { name: "a" op', b'\xff\xfe', b''], ids=['cut off', 'not text', 'empty'])
def test_damaged_pbtxt_is_refused(content, tmp_path):
    (tmp_path / 'damaged.pbtxt').write_bytes(content)
    assert_graph_fault(graph('diff', tmp_path / 'damaged.pbtxt', '1.15.5'), 'damaged.pbtxt', 'GraphDef')


@pytest.mark.parametrize('word, words', [('nowhere.npz', ['nowhere.npz', 'no such file']),
                                         ('1.4.0', ['1.4.0', '1.15.5', '2.21.0', '--python'])])
def test_word_that_names_no_graph_is_refused(word, words):
    assert_graph_fault(graph('diff', word, '1.15.5'), *words)


@pytest.mark.parametrize('name', ['graph.txt', 'graph', 'graph.gz', 'graph.npz'])
def test_export_to_a_name_that_says_no_format_is_refused(name, tmp_path):
    assert_graph_fault(graph('export', tmp_path / name), name, '.pbtxt')
    assert list(tmp_path.iterdir()) == []


def test_export_into_a_folder_that_is_not_there_is_refused(tmp_path):
    assert_graph_fault(graph('export', tmp_path / 'nowhere' / 'graph.pb'), 'cannot write')


def test_export_that_fails_leaves_the_old_file(tmp_path):
    (tmp_path / 'tensorflow.py').write_text('raise ModuleNotFoundError("none", name="tensorflow")')
    (tmp_path / 'graph.pb').write_bytes(b'old')
    done = compat_run('graph', 'export', '--force', tmp_path / 'graph.pb', PYTHONPATH=str(tmp_path))
    assert_fault(done, 'TensorFlow')
    assert (tmp_path / 'graph.pb').read_bytes() == b'old'

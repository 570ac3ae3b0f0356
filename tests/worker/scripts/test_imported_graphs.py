"""Ops of an imported graph have a line of the script: the one that imports it."""
import pytest

from tests.worker.scripts import recording

MADE = '''
import tensorflow as tf
x = tf.placeholder(tf.float32, [2], name='x')
y = tf.multiply(x, tf.Variable(2., name='two'), name='y')
with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    tf.saved_model.simple_save(session, 'saved', {'x': x}, {'y': y})
    tf.train.Saver().save(session, 'weights')
    frozen = tf.graph_util.convert_variables_to_constants(session, session.graph_def, ['y'])
tf.reset_default_graph()
'''
ASKED = '''
    print(session.run('y:0', {'x:0': [1., 3.]}))
'''
WAYS = {
    'import_graph_def': '''
with tf.Session() as session:
    tf.import_graph_def(
        frozen, name='')''',
    'import_meta_graph': '''
with tf.Session() as session:

    tf.train.import_meta_graph('weights.meta').restore(session, 'weights')''',
    'saved_model': '''
with tf.Session(graph=tf.Graph()) as session:

    tf.saved_model.loader.load(session, ['serve'], 'saved')'''}


@pytest.mark.parametrize('way', WAYS)
def test_an_imported_op_has_the_line_of_the_import(way, fork, tmp_path):
    text = MADE + WAYS[way] + ASKED
    number = 1 + max(k for k, line in enumerate(text.splitlines()) if 'tf.import_graph_def(' in line
                     or 'import_meta_graph' in line or 'loader.load' in line)
    done, out = recording.run(fork, tmp_path, text)
    assert done.returncode == 0 and '[2. 6.]' in done.stdout, done.stderr
    from legacy.formats import graphtable, recordings
    found = recordings.load(str(out))
    tables = [graphtable.uncompressed(found.arrays[f'graph/{k}'].tobytes()) for k in range(found.header['graphs'])]
    assert f'script.py:{number}' in {node.line for table in tables for node in table.nodes if node.name == 'y'}

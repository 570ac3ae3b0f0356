"""Runs a model as a server would: loads it into a session, feeds it, and fetches what it gives.

A copy of this file is the script of `record --model`, which `check/models.py` calls with arguments that it has checked.
It imports nothing of this program. Runs on Python 3.6.
"""
import argparse
from typing import Any, List

import numpy as np
import tensorflow as tf

Session = Any  # these three are TensorFlow's, of any release
GraphDef = Any
Tensor = Any
Array = Any  # numpy's


def load(session: Session, kind: str, path: str, tags: List[str]) -> None:
    """Put the graph and its variables into the session, and fill its tables.

    kind: 'saved' of a SavedModel's folder, 'frozen' of a GraphDef, 'checkpoint' of a MetaGraph with its variables.
    """
    if kind == 'saved':
        tf.saved_model.loader.load(session, tags, path)
    elif kind == 'frozen':
        tf.import_graph_def(definition(path), name='')
    else:
        saver = tf.train.import_meta_graph(path + '.meta') or tf.train.Saver()
        saver.restore(session, path)
        session.run(tf.get_collection(tf.GraphKeys.TABLE_INITIALIZERS))


def definition(path: str) -> GraphDef:
    """The GraphDef of a .pb or .pbtxt file."""
    found = tf.GraphDef()
    with open(path, 'rb') as file:
        content = file.read()
    if path.endswith('.pbtxt'):
        from google.protobuf import text_format
        text_format.Parse(content.decode('utf-8'), found)
    else:
        found.ParseFromString(content)
    return found


def fed(value: Array, tensor: Tensor) -> Array:
    """An array as the tensor takes it: text as bytes, one row as a batch of one."""
    if value.dtype.kind == 'U':
        value = np.char.encode(value, 'utf-8')
    if value.dtype.kind == 'S':
        value = value.astype(object)
    dims = tensor.get_shape().ndims
    return value[np.newaxis] if dims is not None and value.ndim == dims - 1 else value


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('kind', choices=['saved', 'frozen', 'checkpoint'])
    parser.add_argument('model')
    parser.add_argument('--tags', nargs='*', default=[], help='of the MetaGraph in a SavedModel')
    parser.add_argument('--feed', nargs='*', default=[], metavar='NAME=TENSOR', help='an array, and what it is fed to')
    parser.add_argument('--fetch', nargs='+', metavar='TENSOR')
    parser.add_argument('--feeds', nargs='+', metavar='FILE', help='one run of each')
    asked = parser.parse_args()
    takes = [text.rpartition('=')[::2] for text in asked.feed]
    with tf.Session(graph=tf.Graph(), config=tf.ConfigProto(allow_soft_placement=True)) as session:
        with session.graph.as_default():
            load(session, asked.kind, asked.model, asked.tags)
        for path in asked.feeds:
            with np.load(path) as arrays:
                values = {tensor: fed(arrays[name], session.graph.get_tensor_by_name(tensor)) for name, tensor in takes}
            for name, value in zip(asked.fetch, session.run(asked.fetch, values)):
                print('%s: %s %s' % (path, name, np.shape(value)))


main()

"""Names for TensorFlow's objects in signatures. Runs on Python 3.6.

A type checker knows none of them: of which class they are depends on the release that is imported. So each is Any, and
its name says what is meant.
"""
from typing import Any

Graph = Any  # tf.Graph
Operation = Any  # tf.Operation
Tensor = Any  # tf.Tensor; its name as text is a `rewriting.nodes.TensorName`
Variable = Any  # tf.Variable, with a reference or a resource
Session = Any  # tf.Session
Fetches = Any  # what a session is asked for: tensors, ops, names, in lists and dictionaries as deep as one likes
Module = Any  # a part of TensorFlow, such as tf.train

# Messages of its protocol buffers
GraphDef = Any
NodeDef = Any
FunctionDef = Any
OpDef = Any
AttrValue = Any
TensorProto = Any
Config = Any  # tf.ConfigProto
Histogram = Any  # tf.HistogramProto
Message = Any  # any other

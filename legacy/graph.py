"""The graph as a table: every node's op type, name and inputs, and one fingerprint of them all. Runs on Python 3.6."""
import hashlib


def nodes(graph):
    """[[op type, name, [input, ...]], ...] in the order of creation; control inputs as '^name'."""
    return [[node.op, node.name, list(node.input)] for node in graph.as_graph_def().node]


def fingerprint(table):
    """SHA-256 over `nodes(graph)`: equal where the same ops were created in the same order on the same inputs."""
    lines = ''.join('%s\t%s\t%s\n' % (op_type, name, ' '.join(inputs)) for op_type, name, inputs in table)
    return hashlib.sha256(lines.encode('utf-8')).hexdigest()

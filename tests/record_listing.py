"""Run a copy of the article's own listing under the TensorFlow at hand and note its graph and its two histories.

    python tests/record_listing.py LISTING legacy/data

LISTING is the article's script as published, which is not part of this repository. Only its import line and its
windows are replaced. Runs on Python 3.6.
"""
import os
import sys

import tensorflow

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from legacy.formats import graphtable  # noqa: E402


class NoWindows(object):
    """Takes every call that the listing makes on pyplot, and does nothing."""

    def __getattr__(self, name):
        return self

    def __getitem__(self, name):
        return self

    def __call__(self, *args, **kwargs):
        return self


def main(listing, folder):
    """Write `listing-<release>.tsv`: histories, fingerprint, then op type and name of every node."""
    with open(listing, encoding='utf-8') as file:
        source = file.read()
    if tensorflow.__version__.startswith('1.'):
        tf = tensorflow
    else:
        tf = tensorflow.compat.v1
        tf.disable_v2_behavior()
    for line in ('import tensorflow as tf\n', 'import matplotlib.pyplot as plt\n'):
        assert source.count(line) == 1, line
        source = source.replace(line, '')
    names = {'tf': tf, 'plt': NoWindows()}
    exec(compile(source, listing, 'exec'), names)
    nodes = graphtable.nodes(tf.get_default_graph())
    lines = ['# tensorflow\t' + tensorflow.__version__, '# fingerprint\t' + graphtable.fingerprint(nodes)]
    for name, history in (('cost', 'cost_his'), ('cost_norm', 'cost_his_norm')):
        lines.append('# %s\t%s' % (name, ' '.join(str(value) for value in names[history])))
    lines += ['%s\t%s' % (op_type, name) for op_type, name, _ in nodes]
    with open(os.path.join(folder, 'listing-%s.tsv' % tensorflow.__version__), 'w') as file:
        file.write('\n'.join(lines) + '\n')


if __name__ == '__main__':
    main(*sys.argv[1:])

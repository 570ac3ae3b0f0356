"""Which scripts need TensorFlow 1.15.5's own Python files, known from their sources."""
import pytest

from legacy.check import article, suppliedsources


@pytest.mark.parametrize('source, needs', [
    ('x = tf.layers.dense(x, 3)', True), ('from tensorflow.contrib import slim', True),
    ('import tensorflow.python.ops.math_ops', True),
    ("found = {\n    'layers': 3}", True), ("getattr(tf, 'layers')", True), ('print "layers"', True),
    ('N = 3  # layers of the network', False), ('"""Two layers."""\ndef f():\n    "Its layers."\n    return 1', False)])
def test_a_script_is_asked_by_its_code_and_not_by_its_comments(source, needs, tmp_path):
    (tmp_path / 'train.py').write_text(source)
    assert suppliedsources._mentions(tmp_path / 'train.py') is needs


def test_the_experiment_needs_none_of_them():
    assert not any(map(suppliedsources._mentions, article.FILES.values()))

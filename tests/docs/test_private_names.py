"""The committed table of private names is what the two wheels give."""
import importlib.metadata

import pytest

from legacy.machine import tensorflow1
from tests.conftest import needs_tensorflow_1
from tests.docs import private_names


@needs_tensorflow_1
@pytest.mark.skipif(importlib.metadata.version('tensorflow') != '2.21.0', reason='the table is of 2.21.0')
def test_the_table_is_what_the_program_writes():
    assert private_names.TABLE.read_text(encoding='utf-8') == private_names.text(tensorflow1.folder())


@pytest.mark.parametrize('module, now, name', [
    ('framework.ops', 'tf:', 'Tensor'), ('training.tracking.base', 'trackable.base', 'Trackable'),
    ('training.training_ops', 'ops.gen_training_ops', 'apply_momentum')])
def test_a_name_that_moved_is_in_it(module, now, name):
    rows = [line.split('\t') for line in private_names.TABLE.read_text(encoding='utf-8').splitlines()]
    assert any(row[:2] == [module, now] and name in row[2].split() for row in rows if len(row) == 3)

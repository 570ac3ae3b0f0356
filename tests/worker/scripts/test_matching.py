"""Which of a script's runs are those of a recording, where releases give placeholders other names."""
import pytest

# A sparse placeholder of known shape: 1.15.5 feeds the constant itself, later releases a placeholder beside it.
SCRIPT = '''
from legacy.shim import tf
from legacy.worker.scripts import matching, kinds
placeholder = tf.placeholder_with_default
shape = placeholder(tf.constant([3, 4], tf.int64), [2])
rate = placeholder(0., [])
kind = kinds.Kind(tf.get_default_graph(), [], [rate * 2.], {shape, rate})
theirs = {'asked': kind.asked, 'feeds': ['Const:0', 'PlaceholderWithDefault:0'], 'sources': [], 'variables': []}
given = {'Const:0': ('<i8', [2]), 'PlaceholderWithDefault:0': GIVEN}
names = matching.renamed(theirs, kind, given)
print(sorted((name, names.get(name)) for name in theirs['feeds']))
'''


@pytest.mark.parametrize('given, names', [
    (('<f4', []), [('Const:0', 'PlaceholderWithDefault:0'),
                   ('PlaceholderWithDefault:0', 'PlaceholderWithDefault_1:0')]),
    (('<i8', [2]), [('Const:0', None), ('PlaceholderWithDefault:0', 'PlaceholderWithDefault:0')]),
], ids=['each goes to the one that can take it', 'none where one cannot'])
def test_what_is_fed_is_matched_by_what_it_takes(given, names, fork):
    done = fork.run('-m', 'timeit', '-n', '1', '-r', '1', SCRIPT.replace('GIVEN', repr(given)))
    assert done.stdout.splitlines()[:1] == [repr(names)], done.stderr[-2000:]

"""Whether the port is still the article's, and what of it is not."""
import pathlib
import zlib

import numpy as np
import pytest

from legacy import article
from legacy.formats.recordings import Recording
from legacy.reports import portchange
from legacy.shim import tf
from legacy.worker import port
from tests.conftest import DATA

RATE = 'GradientDescentOptimizer(0.001)'


@pytest.fixture
def edited(tmp_path, monkeypatch):
    """A function: the changes of a port in which one text is another."""
    def changes(old, new):
        text = pathlib.Path(article.__file__).read_text(encoding='utf-8')
        assert old in text
        path = tmp_path / 'article.py'
        path.write_text(text.replace(old, new, 1), encoding='utf-8')
        monkeypatch.setattr(port, 'SOURCE', str(path))
        return port.changes()
    return changes


def test_the_copy_is_the_port_byte_for_byte():
    assert (DATA / 'article.txt').read_bytes() == pathlib.Path(article.__file__).read_bytes()


def test_the_port_is_the_articles():
    assert port.changes() == []


def test_a_changed_number_is_named_with_its_line(edited):
    assert edited('N_LAYERS = 7', 'N_LAYERS = 3')[0] == {'line': 26, 'was': 'N_LAYERS = 7', 'now': 'N_LAYERS = 3'}


def test_a_changed_statement_is_named_with_its_line(edited):
    change, = edited(RATE, 'GradientDescentOptimizer(0.01)')
    assert change['line'] == 120 and RATE in change['was'] and '(0.01)' in change['now']


def test_a_statement_more_is_named(edited):
    change, = edited('    fix_seed(seed)\n\n', '    fix_seed(seed)\n    tf.random_normal([1])\n\n')
    assert (change['was'], change['now']) == ('', 'tf.random_normal([1])')


def test_a_statement_less_is_named(edited):
    change, = edited('    np.random.shuffle(x_data)\n', '')
    assert (change['was'], change['now']) == ('np.random.shuffle(x_data)', '')


def test_another_indentation_is_a_change(edited):
    change, = edited('            watch.costs(i, ', '        watch.costs(i, ')
    assert change['was'].startswith('watch.costs') and change['now'].endswith('# indented otherwise')


@pytest.mark.parametrize('old, new', [
    ('# axis 0 is the batch', '# the batch is axis 0'), ('"""Seed numpy', '"""It seeds numpy'),
    ('N_LAYERS = 7\n', 'N_LAYERS = 7  # hidden ones\n\n'), ('N_LAYERS = 7', 'N_LAYERS  =  7')])
def test_what_says_the_same_is_no_change(old, new, edited):
    assert edited(old, new) == []


def test_a_number_given_at_run_time_is_a_change(monkeypatch):
    monkeypatch.setattr(article, 'N_LAYERS', 3)
    assert port.changes() == [{'line': 0, 'was': 'N_LAYERS = 7', 'now': 'N_LAYERS = 3'}]


def test_the_copy_builds_the_graph_that_the_port_builds(experiment):
    with tf.Graph().as_default():
        found = port.nodes()
    built = [(op.type, op.name) for op in experiment.graph.get_operations()]
    assert found == built[:len(found)] and [name for _, name in built[len(found):]] == ['init']


def with_port(recording, text):
    """The recording with another text of the port."""
    number = [source['file'] for source in recording.header['script']['sources']].index('article.py')
    arrays = {name: recording.arrays[name] for name in recording.arrays}
    arrays[f'source/{number}'] = np.frombuffer(zlib.compress(text.encode()), np.uint8)
    return Recording(recording.header, arrays)


def test_a_recording_says_what_was_changed(article_recording):
    text = pathlib.Path(article.__file__).read_text(encoding='utf-8').replace('PICTURE_STEP = 50', 'PICTURE_STEP = 25')
    changed = with_port(article_recording, text)
    assert portchange.changes(changed) == [{'line': 31, 'was': 'PICTURE_STEP = 50', 'now': 'PICTURE_STEP = 25'}]
    assert '  legacy/article.py:31: PICTURE_STEP = 25   (the article: PICTURE_STEP = 50)' in portchange.as_text(changed)


def test_a_recording_of_the_article_says_nothing(article_recording):
    assert portchange.changes(article_recording) == portchange.as_text(article_recording) == []


def test_a_recording_without_the_text_does_not_say(article_recording):
    arrays = {name: article_recording.arrays[name] for name in article_recording.arrays
              if not name.startswith('source/')}
    assert portchange.changes(Recording(article_recording.header, arrays)) == []


def test_another_script_has_no_port(article_recording):
    header = {**article_recording.header, 'script': {**article_recording.header['script'], 'sources': []}}
    assert portchange.changes(Recording(header, article_recording.arrays)) == []

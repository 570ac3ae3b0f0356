"""The page "Change something" says what runs give: its numbers, its picture, its screens."""
import json

import numpy as np
import pytest
from matplotlib.testing.compare import compare_images

from legacy import article
from legacy.formats import recordings
from legacy.reports.figures import as_png
from legacy.worker import seedanswers
from legacy.worker.experiment import Experiment
from tests import changed_port
from tests.docs import changes
from tests.docs.manual import DOCS

PAGE = (DOCS / 'change.md').read_text(encoding='utf-8')
NUMBERS = json.loads(changes.NUMBERS.read_text(encoding='utf-8'))


def shown(text, name):
    """The three costs of a row of the page's first table."""
    row = next(line for line in text.splitlines() if line.startswith(f'| {name} |'))
    return [np.float32(cell) for cell in row.split('|')[2:5]]


def expected(name):
    costs = np.array(NUMBERS[name]['cost_norm'], 'f4')
    return [costs[0], costs[-1], costs.min()]


@pytest.mark.parametrize('name', changes.SHOWN)
def test_costs_on_the_page_are_those_that_were_measured(name):
    assert shown(PAGE, name) == expected(name)


def test_another_cost_on_the_page_is_seen():
    assert shown(PAGE.replace('407.3478', '407.3479'), 'learning rate 0.01') != expected('learning rate 0.01')


def test_the_picture_is_of_the_same_numbers(tmp_path):
    path = tmp_path / 'changes.png'
    path.write_bytes(as_png(changes.figure(NUMBERS)))
    assert compare_images(str(changes.PICTURE), str(path), 3) is None


def test_the_articles_curve_is_the_recorded_one(article_recording):
    assert NUMBERS['the article'] == changes.kept(article_recording)


# ---- the runs again

@pytest.fixture(scope='module')
def rate(tmp_path_factory):
    """The folder of this program with learning rate 0.01, in which it has run."""
    folder = tmp_path_factory.mktemp('rate')
    changed_port.copy_with(changes.SHOWN['learning rate 0.01'], folder)
    done = changed_port.run(folder, 'run', '--no-figures', '--quiet', '--out', 'runs/rate')
    assert (done.returncode, done.stderr) == (0, '')
    return folder


def test_a_larger_learning_rate_gives_these_costs_here(rate):
    recorded = recordings.load(rate / 'runs' / 'rate' / 'recording.npz')
    assert changes.kept(recorded) == NUMBERS['learning rate 0.01']


class ThreeLayersSeeds:
    """Answers with what 1.15.5 gave."""

    def op_seed(self, graph, k, own):
        return NUMBERS['three layers']['op_seeds'][k]


def test_three_layers_give_these_costs_here_from_the_op_seeds_of_1_15_5(tmp_path, monkeypatch):
    monkeypatch.setattr(seedanswers, 'answering', lambda op_seeds, trusted: ThreeLayersSeeds())
    with changed_port.changed(changes.SHOWN['three layers'], tmp_path):
        experiment = Experiment(arithmetic='portable')
        with experiment.session() as sess:
            sess.run(experiment.initializer)
            cost, cost_norm = experiment.train(sess, 250, article.Watch())
    expected_costs = {key: value for key, value in NUMBERS['three layers'].items() if key != 'op_seeds'}
    assert changes.of_costs(cost, cost_norm) == expected_costs
    assert f'lives one record longer: {cost[0]:.8g} at the first' in PAGE and np.isnan(cost[1])


# ---- the screens

def test_the_summary_on_the_page_is_printed(rate):
    summary = (rate / 'runs' / 'rate' / 'summary.txt').read_text()
    shown = PAGE[PAGE.index('the port was changed'):].split('```')[0]
    assert shown in summary and shown.count('\n') == 2


def test_each_answer_of_compare_on_the_page_is_given(rate):
    done = changed_port.run(rate, 'compare', 'legacy/data/article.npz', 'runs/rate')
    block = PAGE[PAGE.index('same      feeds'):].split('```')[0]
    answers = done.stdout.splitlines()
    assert done.returncode == 1 and set(block.splitlines()) <= set(answers) and block.count('DIFFERS') >= 1


def test_the_refusal_on_the_page_is_what_is_said(monkeypatch):
    monkeypatch.setattr(article, 'N_LAYERS', 3)
    with pytest.raises(seedanswers.SeedsUnknown) as refused:
        Experiment()
    assert f'error: article.py, line 70: {refused.value}\n' in PAGE

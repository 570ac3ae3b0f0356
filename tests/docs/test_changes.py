"""The page "Change something" says what runs give: its numbers, its picture, its screens."""
import json

import numpy as np
import pytest
from matplotlib.testing.compare import compare_images

from legacy import article
from legacy.formats import recording, references
from legacy.formats.graphtable import Table
from legacy.judge import comparison, ladder
from legacy.reports import portchange
from legacy.reports.figures import as_png
from legacy.worker import seeding
from legacy.worker.experiment import Experiment
from legacy.worker.record import record
from tests import changed_port
from tests.docs import changes
from tests.docs.manual import DOCS

PAGE = (DOCS / 'change.md').read_text(encoding='utf-8')
NUMBERS = json.loads(changes.NUMBERS.read_text(encoding='utf-8'))


def shown(text, name):
    """The four costs of a row of the page's first table."""
    row = next(line for line in text.splitlines() if line.startswith(f'| {name} |'))
    return [np.float32(cell) for cell in row.split('|')[2:6]]


def expected(name):
    costs = np.array(NUMBERS[name]['cost_norm'], 'f4')
    return [np.float32(NUMBERS[name]['before']), costs[0], costs[-1], costs.min()]


@pytest.mark.parametrize('name', changes.SHOWN)
def test_costs_on_the_page_are_those_that_were_measured(name):
    assert shown(PAGE, name) == expected(name)


def test_another_cost_on_the_page_is_seen():
    assert shown(PAGE.replace('407.3478', '407.3479'), 'learning rate 0.01') != expected('learning rate 0.01')


def test_the_picture_is_of_the_same_numbers(tmp_path):
    path = tmp_path / 'changes.png'
    path.write_bytes(as_png(changes.figure(NUMBERS)))
    assert compare_images(str(changes.PICTURE), str(path), 3) is None


def test_the_articles_curve_is_the_recorded_one(baseline):
    assert NUMBERS['the article'] == changes.kept(baseline['portable'])


# ---- the runs again

@pytest.fixture(scope='module')
def rate(tmp_path_factory):
    """A portable run at learning rate 0.01."""
    with changed_port.changed(changes.SHOWN['learning rate 0.01'], tmp_path_factory.mktemp('rate')):
        return record(arithmetic='portable')


def test_a_larger_learning_rate_gives_these_costs_here(rate):
    assert changes.kept(rate) == NUMBERS['learning rate 0.01']


def test_three_layers_give_these_costs_here_from_the_op_seeds_of_1_15_5(tmp_path):
    with changed_port.changed(changes.SHOWN['three layers'], tmp_path):
        drawn = record(steps=1, op_seeds='native')
        for call, seed in zip(drawn.header['seeded_calls'], NUMBERS['three layers']['op_seeds']):
            call['op_seed'] = seed
        drawn.header['settings']['op_seeds'] = seeding.RECORDED
        recording.save(drawn, tmp_path / 'three.npz')
        again = record(arithmetic='portable', op_seeds=str(tmp_path / 'three.npz'))
    assert changes.kept(again) == NUMBERS['three layers']
    costs = again.arrays['series/cost']
    assert f'lives one record longer: {costs[0]:.8g} at the first' in PAGE and np.isnan(costs[1])


# ---- the screens

def test_the_summary_on_the_page_is_printed(rate):
    assert '\n'.join(portchange.as_text(rate)[:2]) in PAGE


def test_each_answer_of_compare_on_the_page_is_given(rate, baseline):
    answers = [f'{finding.question:<20} {finding.text}' for finding in comparison.compare(baseline['portable'], rate)]
    block = PAGE[PAGE.index('same      data'):].split('```')[0]
    assert [line[10:] for line in block.splitlines()] == [
        answer for answer in answers if answer.split('  ')[0] in (
            'data', 'op seeds', 'initial weights', 'forward pass', 'gradients', 'overflow', 'portable history')]


def test_the_answer_of_check_on_the_page_is_given():
    listing = references.listing_graph('2.21.0')
    other = Table(listing.tensorflow, listing.arithmetic, listing.lines, [
        node._replace(value='0.01') if node.name.endswith('/learning_rate') else node for node in listing.nodes])
    said = ladder._other_node(listing, other)
    assert said.startswith('GradientDescent/learning_rate') and f'(reference: 1944); {said}\n' in PAGE


def test_the_refusal_on_the_page_is_what_is_said(monkeypatch):
    monkeypatch.setattr(article, 'N_LAYERS', 3)
    with pytest.raises(seeding.SeedsUnknown) as refused:
        Experiment()
    assert f'error: {refused.value}\n' in PAGE

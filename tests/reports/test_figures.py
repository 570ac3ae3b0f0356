"""The pictures against reference images, which the README shows, and against the article's own drawing.

New references: python -m tests.test_figures
"""

import numpy as np
import pytest
from matplotlib.testing.compare import compare_images
from PIL import Image

from legacy.formats import articlerun, recordings
from legacy.reports import figures
from tests.conftest import ROOT

REFERENCE = ROOT / 'tests' / 'reference'
TOLERANCE = 3  # root mean square of pixel values: another FreeType moves the edges of letters


def layers(recorded, picture):
    """The arguments of `figures.layer_inputs` for one of the five pictures."""
    noted = articlerun.pictures(recorded)
    return [int(noted.steps[picture]), *noted.counts[picture], *noted.finite[picture]]


def data(recorded):
    noted = articlerun.pictures(recorded)
    return noted.x, noted.y


DRAWN = {
    'data.png': lambda path, r: figures.scatter(path, *data(r)),
    'layer_inputs_000.png': lambda path, r: figures.layer_inputs(path, *layers(r, 0)),
    'layer_inputs_200.png': lambda path, r: figures.layer_inputs(path, *layers(r, 4)),
    'cost_history.png': lambda path, r: figures.cost_history(path, *articlerun.costs(r)),
}


@pytest.mark.parametrize('name', DRAWN)
def test_picture_is_the_reference(name, article_recording, tmp_path):
    DRAWN[name](tmp_path / name, article_recording)
    assert compare_images(str(REFERENCE / name), str(tmp_path / name), TOLERANCE) is None


def test_a_changed_history_is_not_the_reference(article_recording, tmp_path):
    steps, cost, cost_norm = articlerun.costs(article_recording)
    figures.cost_history(tmp_path / 'changed.png', steps, cost, np.where(steps > 100, cost_norm * 3, cost_norm))
    assert compare_images(str(REFERENCE / 'cost_history.png'), str(tmp_path / 'changed.png'), TOLERANCE) is not None


def test_a_changed_layer_is_not_the_reference(article_recording, tmp_path):
    step, counts, *rest = layers(article_recording, 0)
    counts = np.array(counts)
    counts[1] = counts[1][::-1]
    figures.layer_inputs(tmp_path / 'changed.png', step, counts, *rest)
    assert compare_images(str(REFERENCE / 'layer_inputs_000.png'), str(tmp_path / 'changed.png'), TOLERANCE) is not None


def test_outlines_have_the_heights_of_the_articles_bars(monkeypatch):
    import matplotlib.pyplot as plt

    from legacy import article
    from legacy.worker.scripts.articlewatch import histogram
    draw = np.random.default_rng(0)
    inputs, inputs_norm = [[draw.normal(0, 1, (500, 30)) for _ in range(8)] for _ in range(2)]
    monkeypatch.setattr(plt, 'pause', lambda seconds: None)
    plt.figure()
    article.plot_his(inputs, inputs_norm)
    bars = [[patch.get_height() for patch in axes.patches] for axes in plt.gcf().axes]
    plt.close()
    counts = [[histogram(k, values) for k, values in enumerate(layers)] for layers in (inputs, inputs_norm)]
    outlines = figures.layer_inputs_figure(0, *counts, [15000] * 8, [15000] * 8)
    assert [list(axes.patches[0].get_data().values) for axes in outlines.axes] == bars


def words(figure):
    return ' '.join(text.get_text() for axes in figure.axes for text in axes.texts)


def test_an_overflowing_network_is_said_in_words(article_recording):
    said = words(figures.cost_history_figure(*articlerun.costs(article_recording)))
    assert said == "Without BN: left float32's range at step 0 (inf),\nNaN from step 5 on"


def test_a_value_that_would_flatten_the_other_curve_is_said_in_words(article_recording):
    steps, cost, cost_norm = articlerun.costs(article_recording)
    figure = figures.cost_history_figure(steps, np.where(steps == 0, 2.2e96, np.nan), cost_norm)
    assert words(figure) == 'Without BN: 2.2e+96 at step 0, off the scale,\nNaN from step 5 on'
    assert figure.axes[0].get_ylim()[1] < 2000


def test_two_finite_histories_are_both_drawn_without_words():
    figure = figures.cost_history_figure(np.arange(3), np.array([3., 2, 1]), np.array([2., 1, 1]))
    assert (len(figure.axes[0].lines), words(figure)) == (2, '')


def test_a_finite_history_beside_one_that_is_not_is_drawn():
    histories = np.array([[3., 2, 1], [np.nan, np.inf, np.nan]], 'f4')
    figure = figures.cost_history_figure(np.arange(3), *histories)
    assert [line.get_label() for line in figure.axes[0].lines] == ['Without BN']
    assert words(figure) == "With BN: left float32's range at step 1 (inf),\nNaN at step 0"


def test_an_empty_histogram_says_why():
    empty, full = [np.zeros(15, int)] * 8, [np.ones(15, int)] * 8
    figure = figures.layer_inputs_figure(50, empty, full, [0] * 4 + [9] * 4, [15] * 8)
    assert words(figure) == ' '.join(['NaN'] * 4 + ['all\noutside'] * 4)


def test_draw_all_draws_what_the_references_show(article_recording, tmp_path):
    folder = tmp_path / 'not' / 'there'
    paths = figures.draw_all(folder, article_recording)
    assert [path.name for path in paths] == [
        'data.png', *[f'layer_inputs_{step:03d}.png' for step in (0, 50, 100, 150, 200)], 'layer_inputs.gif',
        'cost_history.png']
    assert sorted(folder.iterdir()) == sorted(paths)
    for name in DRAWN:
        assert compare_images(str(REFERENCE / name), str(folder / name), TOLERANCE) is None
    with Image.open(folder / 'layer_inputs.gif') as shown:
        assert (shown.n_frames, shown.info['duration'], shown.info['loop']) == (5, 1000, 0)


if __name__ == '__main__':
    for name, draw in DRAWN.items():
        draw(REFERENCE / name, recordings.load(articlerun.RECORDING))

"""The picture of what rounding alone makes of a history, which the README shows.

New references: python -m tests.reports.test_bandfigure
"""
import json

import numpy as np
import pytest
from matplotlib.testing.compare import compare_images

from legacy.formats import articlerun, recordings
from legacy.formats.files import write_whole
from legacy.formats.recordings import Recording
from legacy.reports import bandfigure, figures
from tests.article_runs import shortened
from tests.conftest import ROOT

REFERENCE = ROOT / 'tests' / 'reference'
TOLERANCE = 3  # root mean square of pixel values: another FreeType moves the edges of letters
HISTORIES = {release: np.array(history, 'f4')
             for release, history in json.loads((REFERENCE / 'histories.json').read_text()).items()}


def band(recorded):
    """The recorded costs, and those of two other releases on the processor of the baseline."""
    return bandfigure.costs_panel(recorded, {f'TensorFlow {release}, AMD EPYC (AVX2)': history
                                             for release, history in HISTORIES.items()})


def run_of_2_21(recorded):
    """The recording of a run of 2.21.0, on the processor of the baseline."""
    environment = {**recorded.header['environment'], 'tensorflow': '2.21.0'}
    arrays = {name: recorded.arrays[name] for name in recorded.arrays}
    return Recording({**recorded.header, 'environment': environment},
                     {**arrays, 'small/4/0': HISTORIES['2.21.0']})


def drawn(panels):
    return bandfigure.figure_of(panels)


DRAWN = {'band.png': lambda recorded: drawn([band(recorded)]),
         'reproduced.png': lambda recorded: drawn(bandfigure.reproduced_panels(recorded, run_of_2_21(recorded)))}


@pytest.mark.parametrize('name', DRAWN)
def test_picture_is_the_reference(name, article_recording, tmp_path):
    write_whole(tmp_path / name, figures.as_png(DRAWN[name](article_recording)))
    assert compare_images(str(REFERENCE / name), str(tmp_path / name), TOLERANCE) is None


def test_each_curve_has_its_release_and_processor(article_recording):
    for axes in DRAWN['reproduced.png'](article_recording).axes:
        labels = [text.get_text() for text in axes.get_legend().get_texts()]
        assert [label for label in labels if not label.startswith('what rounding')] == [
            'TensorFlow 1.15.5, recorded, AMD EPYC (AVX2)', 'TensorFlow 2.21.0, this run, AMD EPYC (AVX2)']


def test_the_title_says_whether_the_costs_are_the_same(article_recording):
    titles = [panel.title for panel in bandfigure.reproduced_panels(article_recording, run_of_2_21(article_recording))]
    assert titles == ['float32: other last bits, other costs', 'portable: the same costs, bit for bit']


@pytest.mark.parametrize('steps', [1, 7])
def test_a_shorter_run_is_drawn_over_as_much_of_the_recorded_one(steps, article_recording):
    panels = bandfigure.reproduced_panels(article_recording, shortened(article_recording, steps))
    assert {len(line.get_xdata()) for axes in drawn(panels).axes for line in axes.lines} == {(steps + 4) // 5}


def test_every_run_and_every_release_is_drawn(article_recording):
    axes = DRAWN['band.png'](article_recording).axes[0]
    runs = article_recording.header['noisy']
    assert len(axes.lines) == runs + len(HISTORIES) + 1 and runs >= 6
    assert axes.lines[runs].get_ydata().tolist() == articlerun.costs(article_recording).cost_norm.tolist()


def test_two_recordings_of_a_script_are_drawn_series_by_series(article_recording):
    panel, = bandfigure.compared_panels(article_recording, run_of_2_21(article_recording))
    assert panel.title == 'Mean_1:0: other last bits, other values' and panel.axes == ('time', 'article.py:160')
    assert [len(panel.recorded), len(panel.runs), len(panel.others)] == [50, article_recording.header['noisy'], 1]


def test_recordings_without_a_series_in_common_have_no_picture(article_recording, tmp_path):
    arrays = {name: article_recording.arrays[name] for name in article_recording.arrays
              if not name.startswith('small/')}
    with pytest.raises(ValueError, match='no series of numbers in common'):
        bandfigure.compared(tmp_path / 'x.png', article_recording, Recording(article_recording.header, arrays))


def test_many_series_are_drawn_in_rows_of_two(article_recording):
    assert len(drawn([band(article_recording)] * 3).axes) == 3


if __name__ == '__main__':
    for name, draw in DRAWN.items():
        write_whole(REFERENCE / name, figures.as_png(draw(recordings.load(articlerun.RECORDING))))

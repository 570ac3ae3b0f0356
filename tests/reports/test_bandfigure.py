"""The picture of what rounding alone makes of a history, which the README shows."""
import json

import numpy as np
import pytest
from matplotlib.testing.compare import compare_images

from legacy.formats.files import write_whole
from legacy.formats.recording import Recording
from legacy.judge.reproduction import cut
from legacy.reports import bandfigure, figures
from tests.conftest import ROOT

REFERENCE = ROOT / 'tests' / 'reference'
TOLERANCE = 3  # root mean square of pixel values: another FreeType moves the edges of letters


def others():
    """cost_norm of two other releases, on the processor of the baseline."""
    recorded = json.loads((REFERENCE / 'histories.json').read_text())
    return {f'TensorFlow {release}, AMD EPYC (AVX2)': np.array(history, 'f4') for release, history in recorded.items()}


def pairs(baseline):
    """A run of 2.21.0 over the recorded one, in float32 and in portable arithmetic."""
    history = np.array(json.loads((REFERENCE / 'histories.json').read_text())['2.21.0'], 'f4')

    def run(recorded, **arrays):
        environment = {**recorded.header['environment'], 'tensorflow': '2.21.0'}
        return Recording({**recorded.header, 'environment': environment}, {**recorded.arrays, **arrays})
    return [(baseline['float32'], run(baseline['float32'], **{'series/cost_norm': history})),
            (baseline['portable'], run(baseline['portable']))]


def test_picture_of_a_reproduced_run_is_the_reference(baseline, tmp_path):
    bandfigure.reproduced(tmp_path / 'reproduced.png', pairs(baseline))
    assert compare_images(str(REFERENCE / 'reproduced.png'), str(tmp_path / 'reproduced.png'), TOLERANCE) is None


def test_each_curve_has_its_release_and_processor(baseline):
    for axes in bandfigure.over(pairs(baseline), ('recorded', 'this run')).axes:
        labels = [text.get_text() for text in axes.get_legend().get_texts()]
        assert [label for label in labels if not label.startswith('what rounding')] == [
            'TensorFlow 1.15.5, recorded, AMD EPYC (AVX2)', 'TensorFlow 2.21.0, this run, AMD EPYC (AVX2)']


def test_the_title_says_whether_the_costs_are_the_same(baseline):
    titles = [axes.get_title() for axes in bandfigure.over(pairs(baseline), ('recorded', 'this run')).axes]
    assert titles == ['float32: other last bits, other costs', 'portable: the same costs, bit for bit']


@pytest.mark.parametrize('steps', [1, 7])
def test_a_shorter_run_is_drawn_over_as_much_of_the_recorded_one(steps, baseline):
    reference = baseline['float32']
    axes = bandfigure.over([(reference, cut(reference, steps))], 'AB').axes[0]
    assert {len(line.get_xdata()) for line in axes.lines} == {(steps + 4) // 5}


def test_picture_is_the_reference(baseline, tmp_path):
    write_whole(tmp_path / 'band.png', figures.as_png(bandfigure.band_figure(baseline['float32'], others())))
    assert compare_images(str(REFERENCE / 'band.png'), str(tmp_path / 'band.png'), TOLERANCE) is None


def test_every_run_and_every_release_is_drawn(baseline):
    axes = bandfigure.band_figure(baseline['float32'], others()).axes[0]
    runs = baseline['float32'].header['floor']['free_runs']
    assert len(axes.lines) == runs + len(others()) + 1
    assert axes.lines[runs].get_ydata().tolist() == baseline['float32'].arrays['series/cost_norm'].tolist()

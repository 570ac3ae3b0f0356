"""The picture of what rounding alone makes of a history, which the README shows."""
import json

import numpy as np
from matplotlib.testing.compare import compare_images

from legacy.formats.files import write_whole
from legacy.reports import bandfigure, figures
from tests.conftest import ROOT

REFERENCE = ROOT / 'tests' / 'reference'
TOLERANCE = 3  # root mean square of pixel values: another FreeType moves the edges of letters


def others():
    """cost_norm of two other releases."""
    recorded = json.loads((REFERENCE / 'histories.json').read_text())
    return {f'TensorFlow {release}': np.array(history, 'f4') for release, history in recorded.items()}


def test_picture_is_the_reference(baseline, tmp_path):
    write_whole(tmp_path / 'band.png', figures.as_png(bandfigure.band_figure(baseline['float32'], others())))
    assert compare_images(str(REFERENCE / 'band.png'), str(tmp_path / 'band.png'), TOLERANCE) is None


def test_every_run_and_every_release_is_drawn(baseline):
    axes = bandfigure.band_figure(baseline['float32'], others()).axes[0]
    runs = baseline['float32'].header['floor']['free_runs']
    assert len(axes.lines) == runs + len(others()) + 1
    assert axes.lines[-1].get_ydata().tolist() == baseline['float32'].arrays['series/cost_norm'].tolist()

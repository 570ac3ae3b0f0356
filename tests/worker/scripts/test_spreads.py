"""How often a run is made with noise, to measure its noise floor."""
import types

import numpy as np
import pytest

from legacy.formats.contents import reduced
from legacy.worker.scripts import spreads
from legacy.worker.scripts.steps import Given, Outcome


class _Noisy:
    """Stands for a StepGraph: each run gives a number that is off by 4 units."""
    kind = types.SimpleNamespace(is_narrow=lambda: False)
    runs = 0

    def run(self, before, fed):
        self.runs += 1
        return {'loss:0': np.array(1.0 + 4 * 2.0 ** -20, np.float32)}, {}


@pytest.mark.parametrize('arithmetic, work, times', [
    ('float32', 10 ** 6, 16), ('float32', 10 ** 8, 8), ('float64', 10 ** 6, 4), ('float64', 10 ** 8, 2)])
def test_a_large_run_is_made_with_noise_a_few_times_and_a_small_one_often(arithmetic, work, times):
    assert spreads.repetitions(arithmetic, work) == times


@pytest.mark.parametrize('times', [4, 16])
def test_a_spread_is_per_unit_in_the_last_place_however_often_the_run_is_made(times):
    graph, outcome = _Noisy(), Outcome({'loss:0': reduced(np.array(1.0, np.float32))}, {})
    found = spreads.spread(graph, Given({}, {}), outcome, {}, 'float32', times)
    assert graph.runs == times
    assert found['fetched'] == {'loss:0': pytest.approx(2.0 ** -20)}

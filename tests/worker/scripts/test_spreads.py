"""How often a run is made with noise, to measure its noise floor."""
import types

import numpy as np
import pytest

from legacy.formats.contents import reduced
from legacy.worker.scripts import spreads
from legacy.worker.scripts.replaying import Given, Outcome


class _Noisy:
    """Stands for a StepGraph: each run gives a number that is off by 4 units, and takes its time."""
    kind = types.SimpleNamespace(is_narrow=lambda: False)

    def __init__(self, seconds):
        self.clock, self.runs, self._seconds = 0.0, 0, seconds

    def run(self, before, fed):
        self.runs += 1
        self.clock += self._seconds
        return {'loss:0': np.array(1.0 + 4 * 2.0 ** -20, np.float32)}, {}


@pytest.mark.parametrize('arithmetic, seconds, runs', [
    ('float32', 0.01, 16), ('float32', 0.15, 14), ('float32', 0.5, 6), ('float32', 60.0, 6), ('float64', 0.01, 4)])
def test_a_long_run_is_made_with_noise_a_few_times_and_a_short_one_often(monkeypatch, arithmetic, seconds, runs):
    graph = _Noisy(seconds)
    monkeypatch.setattr(spreads.time, 'process_time', lambda: graph.clock)
    outcome = Outcome({'loss:0': reduced(np.array(1.0, np.float32))}, {})
    found = spreads.spread(graph, Given({}, {}), outcome, {}, arithmetic)
    assert graph.runs == runs
    assert found['fetched'] == {'loss:0': pytest.approx(2.0 ** -20)}

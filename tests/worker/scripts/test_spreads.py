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
    assert found.floor['fetched'] == {'loss:0': pytest.approx(2.0 ** -20)}


class _NoNumbers(_Noisy):
    """Of which noise makes no numbers all but a few times."""

    def run(self, before, fed):
        fetched, after = super().run(before, fed)
        return ({'loss:0': np.array(np.nan, np.float32)} if self.runs > 3 else fetched), after


@pytest.mark.parametrize('graph, scarce', [(_Noisy(), []), (_NoNumbers(), [('fetched', 'loss:0')])])
def test_what_noise_makes_no_number_most_times_is_told(graph, scarce):
    outcome = Outcome({'loss:0': reduced(np.array(1.0, np.float32))}, {})
    assert spreads.spread(graph, Given({}, {}), outcome, {}, 'float32', 16).scarce == scarce


def test_a_spread_of_smaller_noise_takes_the_place_of_one_of_few_repetitions():
    floors = [{'fetched': {'a': size, 'b': size}, 'after': {}, 'along': {}, 'whole': {}} for size in (1.0, 2.0)]
    found = spreads._completed(spreads.Spread(floors[0], [('fetched', 'a')]), spreads.Spread(floors[1], []))
    assert found['fetched'] == {'a': 2.0, 'b': 1.0}

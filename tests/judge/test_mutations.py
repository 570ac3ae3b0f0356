"""Every recording of a script, with one thing changed: somebody sees it.

Of each sort of thing and change one is tried here, chosen evenly; `python -m tests.judge.mutationchecks FILE` tries
all.
"""
import pytest

from tests.conftest import ROOT
from tests.judge import mutationchecks, mutations

RECORDINGS = sorted((ROOT / 'tests' / 'scripts' / 'recordings').glob('*.npz'))


@pytest.fixture(scope='module', params=RECORDINGS, ids=lambda path: path.stem)
def checks(request):
    return mutationchecks.Checks(request.param)


def test_the_recording_is_identical_to_itself_and_one_that_rounds_otherwise_is_not(checks):
    itself, rounded = (checks.usual[candidate][0] for candidate in (checks.baseline.side, checks.rounded))
    assert (itself, rounded) == ('identical', 'explained'), checks.usual


def test_every_change_is_seen_or_is_excepted_with_a_reason(checks):
    survived = []
    for mutant in mutationchecks.chosen(checks.baseline.side, 1):
        for side in mutationchecks.sides(mutant):
            found = checks.survives(mutant, side)
            if found and not mutations.exception(side, mutant.group, mutant.change):
                survived.append((side, mutant.group, mutant.change, mutant.what, found[0]))
    assert survived == []


def test_the_exceptions_are_few_enough_to_be_read_in_a_minute():
    assert len(mutations.EXCEPTIONS) <= 16

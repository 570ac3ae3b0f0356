"""The first release at which something changes, with the fewest rows, over outcomes made by hand."""
import pathlib
import typing

import pytest

from legacy.upgrade import bisection, borders, releasetable
from legacy.upgrade.bisection import ON, bisect
from legacy.upgrade.releasetable import TableError

KNOWN = releasetable.releases()
NAMES = [release.name for release in KNOWN]


class Outcome(typing.NamedTuple):
    label: str
    summary: dict | None
    verdict: str
    folder: pathlib.Path = pathlib.Path('nowhere')


def test_nightlies_are_those_that_the_index_offers_by_age(monkeypatch):
    asked = []
    said = 'tf-nightly (2.23.0.dev2)\nAvailable versions: 2.23.0.dev20261026, 2.22.0.dev20260924\n'
    monkeypatch.setattr(bisection.processes, 'run', lambda command, *_: asked.append(command) or said)
    found = bisection.nightlies(KNOWN)
    assert [release.name for release in found] == ['tf-nightly==2.22.0.dev20260924', 'tf-nightly==2.23.0.dev20261026']
    assert {release.python for release in found} == {KNOWN[-1].python}
    assert '--pre' in asked[0] and 'tf-nightly' in asked[0]


@pytest.mark.parametrize('said', ['', 'Available versions: 2.23.0.dev20261026'])
def test_one_nightly_cannot_be_compared(said, monkeypatch):
    monkeypatch.setattr(bisection.processes, 'run', lambda *_: said)
    with pytest.raises(TableError, match='offers [01] tf-nightly'):
        bisection.nightlies(KNOWN)


class Matrix:
    """Runs nothing: a release fetches something else from `changed` on, and cannot be run if it is in `absent`; those
    that are `silent` gave no answers of ops alone, of which others have other ones from `changed` on."""

    def __init__(self, changed, absent=(), silent=()):
        self.changed, self.absent, self.silent, self.ran = changed, absent, silent, []

    def run(self, releases):
        self.ran += [release.name for release in releases]
        return [self.outcome(release) for release in releases]

    def outcome(self, release):
        new = release.order >= releasetable.Version(self.changed)
        signatures = {'fetched': str(new)}
        if release.name not in self.silent:
            signatures['ops alone'] = str(new and bool(self.silent))
        summary = {'signatures': signatures, 'causes': [], 'report': {'formulas': []}}
        return Outcome(release.name, None if release.name in self.absent else summary, 'explained')


@pytest.mark.parametrize('changed', NAMES[1:])
def test_border_is_found_wherever_it_is_with_few_rows(changed):
    matrix = Matrix(changed)
    found = bisect(KNOWN, ON['history'], matrix)
    assert (found.before.label, found.after.label) == (NAMES[NAMES.index(changed) - 1], changed)
    assert len(matrix.ran) == len(set(matrix.ran)) <= 2 + 6  # two ends, and six halvings of 33


def test_row_that_cannot_be_run_is_passed_over_and_named():
    found = bisect(KNOWN, ON['history'], Matrix('2.2.3', absent=('2.1.4', '2.2.3')))
    assert (found.before.label, found.after.label, found.skipped) == ('2.0.4', '2.3.4', ['2.1.4', '2.2.3'])
    assert found.sentence.endswith('Between them not run: 2.1.4, 2.2.3.')


def test_sentence_says_what_changed():
    assert bisect(KNOWN, ON['history'], Matrix('2.2.3')).sentence == (
        'What is fetched changed at 2.2.3, after 2.1.4: other bits in fetched; the cause is not known.')


def test_nothing_changed_is_said_after_two_rows():
    matrix = Matrix('2.2.3')
    found = bisect(KNOWN, ON['verdict'], matrix)
    assert found.sentence == 'The verdict did not change between 1.0.1 and 2.21.0.'
    assert matrix.ran == ['1.0.1', '2.21.0']


def test_end_that_cannot_be_run_decides_nothing():
    found = bisect(KNOWN, ON['history'], Matrix('2.2.3', absent=('2.21.0',)))
    assert found.before is None and found.sentence == 'Not decided: 2.21.0 could not be run.'


def test_row_without_answers_of_the_kernels_decides_nothing_about_them():
    found = bisect(KNOWN, ON['kernels'], Matrix('2.2.3', silent=('2.21.0',)))
    assert found.sentence == "Not decided: 2.21.0 gave no answer about the ops' own answers."


def test_row_without_answers_of_the_kernels_is_passed_over():
    found = bisect(KNOWN, ON['kernels'], Matrix('2.2.3', silent=('2.1.4', '2.2.3')))
    assert (found.before.label, found.after.label, found.skipped) == ('2.0.4', '2.3.4', ['2.1.4', '2.2.3'])


def test_rows_between_two_releases_are_those_of_the_table():
    assert [release.name for release in bisection.between(KNOWN, '2.1.4', '2.3.4')] == ['2.1.4', '2.2.3', '2.3.4']


def test_every_release_that_the_index_offers_is_between(monkeypatch):
    monkeypatch.setattr(bisection.processes, 'run', lambda command, limit: (
        'tensorflow (2.3.4)\nAvailable versions: 2.4.0, 2.3.4, 2.3.0, 2.2.3, 2.2.0, 2.1.4, 2.1.0\n'))
    found = bisection.between(KNOWN, '2.1.4', '2.3.4', every=True)
    assert [release.name for release in found] == ['2.1.4', '2.2.0', '2.2.3', '2.3.0', '2.3.4']
    assert [bool(release.locks) for release in found] == [True, False, True, False, True]


@pytest.mark.parametrize('ends, words', [(('2.3.4', '2.1.4'), 'not older'), (('2.1.4', '9.9'), '9.9 is not in the')])
def test_ends_out_of_order_or_unknown_are_refused(ends, words):
    with pytest.raises(TableError, match=words):
        bisection.between(KNOWN, *ends)


def test_border_of_the_same_numbers_says_nothing():
    a, b = (Matrix('9').outcome(release) for release in KNOWN[:2])
    assert borders.border(a, b).words == ''

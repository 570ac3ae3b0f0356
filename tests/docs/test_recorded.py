"""The committed result of `upgrade --all`, and how it was rid of the machine it ran on."""
import json

import jsonschema
import pytest

from tests.conftest import DATA
from tests.docs import recorded


@pytest.fixture
def found():
    """As a machine prints it."""
    result = recorded.load()
    for row in result['rows']:
        row.update(host='builder', log=f'/home/me/runs/upgrade/{row["log"]}',
                   evidence=f'/home/me/runs/upgrade/results/{row["label"]}', signatures={'fetched': 'a' * 64})
        row['check'].update(rungs=[{'name': 'data'}], formulas=[])
        row['check']['references'] = '/home/me/checkout/legacy/data/article.npz'
    return result


def test_committed_results_are_as_the_schema_says():
    jsonschema.validate(recorded.load(), json.loads((DATA / 'upgrade.schema.json').read_text()))


def test_committed_results_are_small():
    assert recorded.PATH.stat().st_size < 150_000


def test_committed_results_are_without_the_machine(found):
    assert recorded.without_the_machine(found) == recorded.load()


def test_committed_text_is_as_it_is_written():
    assert recorded.as_text(recorded.load()) == recorded.PATH.read_text(encoding='utf-8')


def test_the_caller_keeps_what_it_gave(found):
    before = json.dumps(found)
    recorded.without_the_machine(found)
    assert json.dumps(found) == before


@pytest.mark.parametrize('change, words', [
    ({'fault': 'no CPython 3.6'}, 'not run'),
    ({'label': '1.0.1, builder'}, 'cluster'),
    ({'check': {'references': '/home/me/baselines/2.19.1.npz'}}, 'baselines/2.19.1'),
    ({'mend': 'rm -r /home/me/environments/1.0.1'}, 'a path is left'),
    ({'mend': r'del C:\Users\me'}, 'a path is left'),
])
def test_results_that_are_not_whole_or_name_the_machine_are_refused(found, change, words):
    found['rows'][0].update(change)
    with pytest.raises(ValueError, match=words):
        recorded.without_the_machine(found)

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
                   evidence=f'/home/me/runs/upgrade/{row["evidence"]}')
        row['check']['references'] = '/home/me/checkout/legacy/data'
    return result


def test_committed_results_are_as_their_schemas_say():
    jsonschema.validate(recorded.load(), json.loads((DATA / 'upgrade.schema.json').read_text()))
    check = jsonschema.Draft202012Validator(json.loads((DATA / 'check.schema.json').read_text()))
    for row in recorded.load()['rows'][::8]:
        check.validate(row['check'])


def test_committed_results_are_without_the_machine(found):
    assert recorded.without_the_machine(found) == recorded.load()


def test_the_caller_keeps_what_it_gave(found):
    before = json.dumps(found)
    recorded.without_the_machine(found)
    assert json.dumps(found) == before


@pytest.mark.parametrize('change, words', [
    ({'fault': 'no CPython 3.6'}, 'not run'),
    ({'seconds': {}}, 'kept'),
    ({'label': '1.0.1, builder'}, 'cluster'),
    ({'check': {'references': '/home/me/baselines/2.19.1'}}, 'baselines/2.19.1'),
    ({'mend': 'rm -r /home/me/environments/1.0.1'}, 'a path is left'),
    ({'mend': r'del C:\Users\me'}, 'a path is left'),
])
def test_results_that_are_not_whole_or_name_the_machine_are_refused(found, change, words):
    found['rows'][0].update(change)
    with pytest.raises(ValueError, match=words):
        recorded.without_the_machine(found)

"""What a script feeds, and what its sources gave, over recordings that are changed here: no TensorFlow."""
import copy
import json

import numpy as np
import pytest

from legacy.formats import contents, graphtable, recordings
from legacy.formats.causes import Cause
from legacy.formats.opseeds import NO_OP
from legacy.judge import causewords, fedarrays, ladder, sourcevalues
from legacy.judge.baseline import Baseline
from legacy.judge.pairing import Pairing
from legacy.reports import checkreport, verdictlines
from tests.conftest import ROOT

RECORDINGS = ROOT / 'tests' / 'scripts' / 'recordings'
KIND = 1


@pytest.fixture(scope='module')
def baseline():
    return Baseline(recordings.load(str(RECORDINGS / 'vae.npz')))


def fed(baseline, change, steps=(0, 1, 2, 3, 4, 5), group='feeds'):
    """A recording in which `change` of an array is what some steps were fed, or got from their first source."""
    there = baseline.side
    candidate = recordings.Recording(copy.deepcopy(there.header), dict(there.arrays))
    digests = there.arrays[f'kinds/{KIND}/feeds'].copy()
    for number in steps:
        step = candidate.header['steps'][number]
        name = candidate.kinds[step['kind']][group][0]
        array = np.asarray(change(there.content(step['fed'][name])), there.content(step['fed'][name]).dtype)
        candidate.arrays[f'changed/{number}'] = array
        step['fed'][name] = step['fed'][name]._replace(content=f'changed/{number}', digest=contents.digest(array))
        if group == 'feeds':
            digests[there.time(step), 0] = step['fed'][name].digest
    candidate.arrays[f'kinds/{KIND}/feeds'] = digests
    return ladder.Case(baseline, candidate)


def moved(ulps):
    return lambda array: array * np.float32(1 + ulps * 2.0 ** -23)


def test_feeds_that_round_otherwise_pass_and_are_told_in_ulp(baseline):
    finding = fedarrays.finding(fed(baseline, moved(2)))
    assert finding.passed and finding.compared == finding.expected
    assert 'differs by rounding, at 6 times, by ' in finding.text and 'ulp of its norm at most' in finding.text


@pytest.mark.parametrize('change', [moved(2000), lambda array: array + 0.1, np.zeros_like,
                                    lambda array: np.where(array == array.max(), np.nan, array)])
def test_a_feed_that_is_further_off_fails_with_its_run_and_line(baseline, change):
    finding = fedarrays.finding(fed(baseline, change, steps=(3,)))
    run = baseline.side.steps[3].run
    assert finding.passed is False and ', fed at vae.py:' in finding.text and f'first in run {run}' in finding.text


def test_a_case_with_feeds_that_round_says_so_in_its_verdict(baseline):
    case = fed(baseline, moved(2))
    report = ladder.ladder(baseline, case.here)
    assert report.verdict == 'explained' and 'numpy rounds otherwise' in report.sentence


def test_of_a_run_that_is_not_kept_its_measures_tell(baseline):
    name, there = baseline.side.kinds[KIND]['feeds'][0], baseline.side
    shape = len(there.arrays[f'kinds/{KIND}/feeds']), 1, contents.MEASURES
    for off, passed in ((1e-7, True), (1e-3, False)):
        case = fed(baseline, moved(2), steps=())
        recorded = Baseline(recordings.Recording(there.header, {
            **{key: there.arrays[key] for key in there.arrays}, f'measures/{KIND}': np.ones(shape)}))
        recorded.side.steps = []
        case.here.arrays[f'measures/{KIND}'] = np.ones(shape) + off
        case.here.arrays[f'kinds/{KIND}/feeds'][2, 0] += 1
        finding = fedarrays.finding(ladder.Case(recorded, case.here))
        assert finding.passed is passed and name in finding.text


def test_without_measures_a_feed_that_is_not_kept_is_not_compared(baseline):
    case = fed(baseline, moved(2), steps=())
    case.here.arrays[f'kinds/{KIND}/feeds'][2, 0] += 1
    recorded = Baseline(baseline.side)
    recorded.side.steps = []
    finding = fedarrays.finding(ladder.Case(recorded, case.here))
    assert finding.compared < finding.expected and finding.lacks[0].reason == 'no measure'


def test_sources_that_are_the_same_pass(baseline):
    finding = sourcevalues.finding(fed(baseline, moved(0), steps=()))
    assert finding.passed and finding.compared == finding.expected > 0


def test_a_source_that_gives_something_else_is_named_by_its_line_and_first_run(baseline):
    finding = sourcevalues.finding(fed(baseline, lambda array: array + 1, steps=(2, 4), group='sources'))
    run = baseline.side.steps[2].run
    assert finding.passed is False and ' at vae.py:' in finding.text
    assert f'gives something else from run {run} on' in finding.text


def test_a_source_in_another_order_is_told_as_such(baseline):
    finding = sourcevalues.finding(fed(baseline, lambda array: array[::-1].copy(), group='sources'))
    assert finding.passed is False and 'the same values in another order' in finding.text


@pytest.mark.parametrize('calls, graph_seed, told', [('4', 230, True), ('1', 230, False), ('4', None, False)])
def test_an_iterator_whose_threads_deal_out_random_numbers_is_told_as_such(baseline, calls, graph_seed, told):
    """A seed that no op of a graph has was asked for in a function, as that of a map; without one nothing is drawn."""
    there = baseline.side
    source = there.node(0, there.kinds[KIND]['sources'][0])
    table = there.tables[0]
    new = [node._replace(op_type='IteratorGetNext') if node == source else node for node in table.nodes]
    empty = source._replace(inputs=[], outputs=[], value='', line='')
    new += [empty._replace(op_type='Const', name='calls', value=calls),
            empty._replace(op_type='ParallelMapDataset', name='mapped', inputs=['calls'], line='vae.py:3')]
    header, arrays = copy.deepcopy(there.header), dict(there.arrays)
    header['seeds']['calls'].append({'argument': None, 'function': 'random_uniform', 'graph': 1, 'op_seed': 6,
                                     'graph_seed': graph_seed, 'scope': 'random_uniform'})
    arrays['graph/0'] = np.frombuffer(graphtable.to_bytes(graphtable.Table(
        table.tensorflow, table.arithmetic, table.lines, new), compressed=True), np.uint8)
    recorded = Baseline(recordings.Recording(header, arrays))
    finding = sourcevalues.finding(fed(recorded, lambda array: array + 1, group='sources'))
    assert finding.passed is False and ('the map at vae.py:3 makes several calls at once' in finding.text) is told


# ---- causes, as values

def cause_of(baseline, candidate):
    """The cause of the report, which survives JSON, and the lines of its verdict."""
    report = ladder.ladder(baseline, candidate)
    assert report.cause == Cause(**json.loads(json.dumps(checkreport.as_json(report, 'equivalent', 1)))['cause'])
    return report.cause, verdictlines.lines(report)


def test_another_feed_is_the_cause_with_its_line_its_run_and_both_values(baseline):
    cause, lines = cause_of(baseline, fed(baseline, lambda array: array + 1, steps=(3,)).here)
    kind = baseline.side.kinds[KIND]
    assert (cause.what, cause.line, cause.op, cause.run) == ('feed', kind['place'], kind['feeds'][0],
                                                             baseline.side.steps[3].run)
    (what, there, here), = cause.values
    assert what == 'element [0, 0]' and float(here) == float(there) + 1 and cause.size > 0.1
    assert lines[1].startswith(f'  the cause: {cause.op}, fed at {cause.line}, is another, first in run {cause.run}')


def test_another_source_is_the_cause_with_its_line_its_run_and_both_values(baseline):
    cause, lines = cause_of(baseline, fed(baseline, lambda array: array + 1, (2, 4), 'sources').here)
    step = baseline.side.steps[2]
    name = baseline.side.kind_of(step)['sources'][0]
    node = baseline.side.node(0, name)
    assert (cause.what, cause.line, cause.op, cause.types, cause.run) == (
        'source', node.line, name, [node.op_type], step.run)
    (_, there, here), = cause.values
    assert np.float32(here) == np.float32(there) + np.float32(1) and cause.text and not cause.ways
    assert f'the cause: {node.op_type} at {node.line}' in lines[1]


def test_a_source_that_is_missing_is_a_cause_that_says_so(baseline):
    case = fed(baseline, lambda array: array, steps=(), group='sources')
    step = case.here.header['steps'][2]
    del step['fed'][case.here.kinds[step['kind']]['sources'][0]]
    item, = sourcevalues.Sources(Pairing(baseline, case.here)).causes
    assert item.ways == [['missing', '']] and causewords.said(item).endswith('nothing is given here')


def test_another_seed_is_the_cause_with_its_line_and_both_seeds(baseline):
    candidate = fed(baseline, moved(0), steps=()).here
    calls = [call for call in candidate.header['seeds']['calls'] if call['function'] not in NO_OP]
    there = dict(calls[0])
    calls[0]['op_seed'] = 12345
    cause, lines = cause_of(baseline, candidate)
    assert (cause.what, cause.types, cause.recorded_line) == ('seed', [there['function']], cause.line)
    assert cause.line.startswith('vae.py:') and 'seed of' in lines[1]
    assert cause.values == [['it', f'{there["graph_seed"]}, {there["op_seed"]} ({there["function"]})',
                             f'{there["graph_seed"]}, 12345 ({there["function"]})']]


def test_a_source_departs_before_anything_that_follows_from_it(baseline):
    report = ladder.ladder(baseline, fed(baseline, lambda array: array + 1, group='sources').here)
    assert report.verdict == 'regression' and report.sentence.startswith('First at "sources"')

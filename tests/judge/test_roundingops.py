"""Which ops of a script's steps round otherwise, over recordings that are changed here: no TensorFlow."""
import copy

import pytest

from legacy.formats import recordings
from legacy.judge import ladder, roundingops, singleops
from legacy.judge.baseline import Baseline
from legacy.judge.pairing import Pairing
from tests.conftest import ROOT

RECORDINGS = ROOT / 'tests' / 'scripts' / 'recordings'
STEP = 1


@pytest.fixture(scope='module', params=['mlp', 'rnn'])
def recorded(request):
    return Baseline(recordings.load(str(RECORDINGS / f'{request.param}.npz')))


def changed(recorded, *names, step=STEP):
    """The recording, but for other bits of these tensors or variables in a step."""
    candidate = recordings.Recording(copy.deepcopy(recorded.side.header),
                                     dict(recorded.side.arrays))
    digests = candidate.arrays[f'rounded/{step}'] = candidate.arrays[f'rounded/{step}'].copy()
    for name in names:
        digests[places(recorded, step).index(name)] += 1
    return candidate


def places(recorded, step=STEP):
    kind = recorded.side.kind_of(recorded.side.steps[step])
    return [*kind['inner'], *kind['written']]


def a_chain(recorded):
    """Two inner tensors, one of which is computed from the other."""
    inner = [name for name in places(recorded) if ':' in name]  # in their order, else Python's hashes choose
    return next((f'{given}:0', name) for name in inner for given in recorded.side.node(0, name).inputs
                if f'{given}:0' in inner and all(roundingops.can_round(recorded.side.node(0, each))
                                                 for each in (given, name)))


def test_where_all_is_the_same_no_op_is_named(recorded):
    rounding = roundingops.Rounding(Pairing(recorded, changed(recorded)))
    assert (rounding.words, rounding.missing) == ('', 0)
    looked_into = [name for name in recorded.side.arrays if name.startswith('rounded/')]
    assert looked_into and rounding.results > 20 * len(looked_into)


def test_an_op_that_gives_other_bits_is_named_with_its_line(recorded):
    first, _ = a_chain(recorded)
    rounding = roundingops.Rounding(Pairing(recorded, changed(recorded, first)))
    node = recorded.side.node(0, first)
    assert rounding.words == f'{node.op_type} ({node.line})' and node.line


def test_what_follows_from_it_is_not_named(recorded):
    first, second = a_chain(recorded)
    rounding = roundingops.Rounding(Pairing(recorded, changed(recorded, first, second)))
    assert list(rounding.nodes) == [recorded.side.node(0, first).name]


def test_an_update_that_gives_other_bits_is_named_by_its_own_op(recorded):
    variable = next(name for name in places(recorded) if ':' not in name and recorded.side.giver(0, name))
    rounding = roundingops.Rounding(Pairing(recorded, changed(recorded, variable)))
    (node, _), = rounding.nodes.values()
    assert 'Apply' in node.op_type and variable in node.inputs


def test_another_op_under_the_same_name_is_not_one_that_rounds_otherwise(recorded, monkeypatch):
    first, _ = a_chain(recorded)
    candidate = changed(recorded, first)
    name = recorded.side.node(0, first).name
    pairing = Pairing(recorded, candidate)
    pairing.here._nodes[0, name] = pairing.here._nodes[0, name]._replace(op_type='Another')
    assert roundingops.Rounding(pairing).words == ''


def test_a_step_that_one_side_lacks_is_counted(recorded):
    candidate = changed(recorded)
    del candidate.arrays[f'rounded/{STEP}']
    rounding = roundingops.Rounding(Pairing(recorded, candidate))
    assert rounding.missing == 1
    case = ladder.Case(recorded, candidate)
    assert '1 runs are not on both sides' in singleops.finding(case).text


def test_an_op_that_cannot_round_is_never_named(recorded):
    side = recorded.side
    names = [name for name in places(recorded) if ':' in name and not roundingops.can_round(side.node(0, name))]
    types = {side.node(0, name).op_type for name in names}
    assert types & {'Shape', 'Neg', 'ReluGrad', 'Abs', 'Cast', 'FloorDiv', 'BroadcastGradientArgs'}
    assert roundingops.Rounding(Pairing(recorded, changed(recorded, *names))).words == ''


def test_what_comes_out_of_a_loop_says_so():
    recorded = Baseline(recordings.load(str(RECORDINGS / 'rnn.npz')))
    inner = [name for name in places(recorded) if ':' in name]
    behind = next(name for name in inner for given in recorded.side.node(0, name).inputs
                  if recorded.side.node(0, given) and recorded.side.node(0, given).op_type == 'Exit'
                  and roundingops.can_round(recorded.side.node(0, name)))
    words = roundingops.Rounding(Pairing(recorded, changed(recorded, behind))).words
    assert words.startswith('a loop or condition before ')


@pytest.mark.parametrize('inside, words', [(True, 'On the same inputs these round otherwise: '),
                                           (False, "TensorFlow's optimizer puts them together otherwise")])
def test_an_explained_run_says_what_rounds_otherwise(inside, words):
    recorded = Baseline(recordings.load(str(RECORDINGS / 'vae.npz')))
    candidate = changed(recorded, *[a_chain(recorded)[0]] * inside)
    outcomes = candidate.header['steps'][0]['outcomes']
    for arithmetic in ('run', 'float32', 'again'):
        after = outcomes[arithmetic]['after']
        name, noted = next(iter(after.items()))
        # as if one bit of a large array were another, that is not in its sample
        after[name] = noted._replace(digest=noted.digest + 1)
    report = ladder.ladder(recorded, candidate)
    assert report.verdict == 'explained' and words in report.sentence

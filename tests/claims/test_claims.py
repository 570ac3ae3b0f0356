"""From runs to verdicts: intervals, the five verdicts and that they flip, the committed results and their pictures.

New pictures from the committed results: python -m tests.test_claims
"""
import itertools
import json
import math

import jsonschema
import numpy as np
import pytest
from matplotlib.testing.compare import compare_images

from legacy.claims import (
    claimsreport,
    faster,
    generalises,
    intervals,
    large_rates,
    picturestyle,
    restores,
    results,
    saved_statistics,
)
from legacy.claims.claim import NOT, ONLY, SUPPORTED, rates_said
from tests.conftest import DATA, ROOT

REFERENCE = ROOT / 'tests' / 'reference'
TOLERANCE = 3  # root mean square of pixel values: another FreeType moves the edges of letters
SEEDS = range(1, 21)
NAN, INF = math.nan, math.inf


# ---- intervals

@pytest.mark.parametrize('n', range(1, 13))
def test_interval_of_a_median_covers_as_often_as_it_says(n):
    """Each value is below the true median or above, with probability 1/2: count the patterns that leave it outside."""
    k = intervals.rank(n)
    outside = sum(sum(below) < k or n - sum(below) < k for below in itertools.product((0, 1), repeat=n)) / 2 ** n
    wider = sum(sum(below) < k + 1 or n - sum(below) < k + 1 for below in itertools.product((0, 1), repeat=n)) / 2 ** n
    assert outside <= 0.05 < wider


def test_interval_of_twenty_is_from_the_sixth_to_the_sixth_last():
    found = intervals.of_median(np.random.default_rng(0).permutation(20))
    assert (found['low'], found['median'], found['high']) == (5, 9.5, 14)


def test_fewer_than_six_values_have_no_interval():
    found = intervals.of_median([1, 2, 3, 4, 5])
    assert (found['low'], found['median'], found['high']) == (-INF, 3, INF)


def test_runs_that_diverged_are_counted_and_worse_than_any():
    found = intervals.of_median([1.0] * 14 + [NAN, INF, NAN, INF, NAN, INF])
    assert (found['median'], found['high'], found['diverged'], found['number']) == (1, INF, 6, 20)


def test_half_diverged_has_no_finite_median():
    assert intervals.of_median([1.0] * 10 + [NAN] * 10)['median'] == INF


def test_ratio_of_a_diverged_run():
    found = [intervals.ratio([one], [other])['median'] for one, other in ((1, 2), (1, NAN), (NAN, 1), (NAN, INF))]
    assert found == [0.5, 0, INF, 1]


@pytest.mark.parametrize('wins, decided', [(20, True), (15, True), (14, False), (10, False)])
def test_sign_decides_as_the_sign_test_does(wins, decided):
    probability = 2 * sum(math.comb(20, k) for k in range(20 - wins + 1)) / 2 ** 20
    assert (intervals.sign([-1] * wins + [1] * (20 - wins))['high'] < 0) == decided == (probability <= 0.05)


def test_share_is_wilsons():
    found = intervals.share(15, 20)  # whose bounds are where the normal test just rejects
    for bound in (found['low'], found['high']):
        assert abs(15 / 20 - bound) == pytest.approx(1.959964 * math.sqrt(bound * (1 - bound) / 20))


# ---- verdicts

def verdict(module, gathered):
    return module.verdict(module.summarise(gathered)).word


def pairs(plain, norm, starts=('article', 'He'), rates=(1e-5, 1e-3, 1e-1)):
    """Runs of both networks; plain, norm: (start, rate) -> final cost; the same history for all seeds but a little."""
    def history(cost, seed):
        return (np.linspace(1000, cost, 50) + seed / 100).tolist()
    return {'convergence': [{'seed': seed, 'start': start, 'rate': rate, 'constant': 750.0,
                             'plain': history(plain(start, rate), seed), 'norm': history(norm(start, rate), seed)}
                            for start in starts for rate in rates for seed in SEEDS]}


def constant(value):
    return lambda start, rate: value


def only_he(start, rate):
    return 100.0 if start == 'He' else NAN


@pytest.mark.parametrize('plain, norm, word', [
    (constant(200.0), constant(100.0), SUPPORTED), (constant(NAN), constant(900.0), SUPPORTED),
    (constant(100.0), constant(200.0), NOT), (constant(NAN), constant(NAN), NOT), (only_he, constant(200.0), ONLY),
    (lambda start, rate: 100.0 if rate < 1e-4 else NAN, constant(200.0), ONLY),
])
def test_faster(plain, norm, word):
    assert verdict(faster, pairs(plain, norm)) == word


def test_faster_counts_steps_before_the_last_cost():
    gathered = pairs(constant(100.0), constant(100.0))
    for run in gathered['convergence']:
        run['norm'] = [100.0] * 49 + [120.0]
    assert verdict(faster, gathered) == SUPPORTED


def test_faster_is_not_decided_by_a_bare_majority():
    gathered = pairs(constant(200.0), constant(100.0))
    for run in gathered['convergence']:
        if run['seed'] <= 8:
            run['plain'], run['norm'] = run['norm'], run['plain']
    assert verdict(faster, gathered) == NOT


@pytest.mark.parametrize('plain, norm, word', [
    (lambda start, rate: 100.0 if rate < 1e-4 else NAN, lambda start, rate: 100.0 if rate < 1e-2 else NAN, SUPPORTED),
    (constant(100.0), constant(100.0), NOT), (constant(751.0), constant(752.0), NOT),
    (constant(751.0), only_he, ONLY), (constant(100.0), constant(751.0), NOT),
])
def test_large_rates(plain, norm, word):
    assert verdict(large_rates, pairs(plain, norm)) == word


def arms(**held_out):
    """Runs on few rows; held_out: 'network_regulariser' -> cost, 100 unless given."""
    return {'fewrows': [{'seed': seed, 'network': network, 'regulariser': regulariser, 'strength': 1.0, 'rate': rate,
                         'training': 50.0, 'validation': cost * (1 + 9 * (rate != 1e-3)),
                         'held_out': cost * (1 + seed / 1000)}
                        for network in ('plain', 'norm') for regulariser in ('none', 'dropout', 'L2')
                        for cost in [held_out.get(f'{network}_{regulariser}', 100.0)]
                        for rate in (1e-5, 1e-3) for seed in SEEDS]}


@pytest.mark.parametrize('costs, word', [
    (dict(plain_none=200.0), SUPPORTED), (dict(plain_none=NAN, plain_dropout=NAN, plain_L2=INF), SUPPORTED),
    (dict(plain_none=200.0, plain_L2=80.0), ONLY), (dict(plain_none=200.0, norm_dropout=80.0), ONLY), (dict(), NOT),
    (dict(norm_none=NAN), NOT), (dict(plain_none=90.0), NOT),
])
def test_generalises(costs, word):
    assert verdict(generalises, arms(**costs)) == word


@pytest.mark.parametrize('regularised, words', [(100.0, 'are not needed'), (80.0, 'help'), (None, 'may help or not')])
def test_whether_regularising_helps_beside_batch_normalisation(regularised, words):
    gathered = arms(norm_dropout=regularised or 100.0)
    for run in gathered['fewrows']:
        if regularised is None and (run['network'], run['regulariser']) == ('norm', 'none'):
            run['held_out'] *= 0.5 if run['seed'] <= 10 else 2
    assert f'dropout and L2 {words}' in generalises.remark(generalises.summarise(gathered))


def test_generalises_chooses_by_validation_and_not_by_what_is_held_out():
    gathered = arms(plain_none=200.0)
    for run in gathered['fewrows']:
        if run['rate'] == 1e-5:
            run['held_out'] = 1.0
    numbers = generalises.summarise(gathered)
    assert {arm['rate'] for arm in numbers['arms']} == {1e-3}
    assert min(arm['held_out']['median'] for arm in numbers['arms']) > 1


def evaluations(own=(750.0, 250.0, 100.0), **averages):
    """Runs of claim 4; averages: decay in hundredths -> cost."""
    return {'trained': [{'seed': seed, 'sizes': [1, 10, 2500], 'own': [cost + seed / 100 for cost in own],
                         'spread': [0.0, 80.0, 80.0]} for seed in SEEDS],
            'restored': [{'seed': seed, 'decay': int(decay[1:]) / 100, 'averages': [cost + seed / 100] * 3,
                          'difference': 0.0} for decay, cost in averages.items() for seed in SEEDS]}


@pytest.mark.parametrize('gathered, word', [
    (evaluations(_50=105.0, _90=95.0), SUPPORTED), (evaluations(_50=115.0, _90=95.0), ONLY),
    (evaluations(_50=115.0, _90=1e8), NOT), (evaluations(_50=NAN, _90=INF), NOT),
    (evaluations((90.0, 250.0, 100.0), _50=95.0), NOT),  # one row at a time is better
])
def test_saved_statistics(gathered, word):
    assert verdict(saved_statistics, gathered) == word


def test_saved_statistics_say_whether_one_row_alone_has_a_prediction_of_its_own():
    def sentence(gathered):
        return saved_statistics.verdict(saved_statistics.summarise(gathered)).sentence
    gathered = evaluations(_50=105.0)
    assert 'the same prediction for every row' in sentence(gathered)
    gathered['trained'][3]['spread'][0] = 7.0
    assert 'predictions within 7' in sentence(gathered)


def layers(batch, others):
    states = {'batch': batch, 'others': others, 'saved': batch, 'trained': 0.9, 'untrained': 1.0}
    return {'recovery': [{'seed': seed, 'initialisation': initialisation, 'network_batch': batch,
                          'network_others': others, 'network_saved': batch,
                          **{state: [value * (1 + seed / 1000)] * 8 for state, value in states.items()}}
                         for initialisation in ('article', 'He') for seed in SEEDS]}


@pytest.mark.parametrize('batch, others, word', [(1e-7, 1e-3, SUPPORTED), (1e-7, 0.4, ONLY), (1e-3, 1e-3, NOT)])
def test_restores(batch, others, word):
    assert verdict(restores, layers(batch, others)) == word


def test_restores_looks_at_the_worst_layer_of_the_worst_seed():
    gathered = layers(1e-7, 1e-3)
    gathered['recovery'][17]['batch'][5] = 1e-3
    assert verdict(restores, gathered) == NOT


def test_a_verdict_says_its_numbers():
    sentence = faster.verdict(faster.summarise(pairs(constant(205.0), constant(1070.0)))).sentence
    assert '1070, without it 205' in sentence and 'slower at 1e-5 and 0.001' in sentence


def test_rates_in_a_row_are_said_as_a_range():
    grid = [1e-5, 1e-4, 1e-3, 1e-2]
    assert rates_said([1e-2, 1e-3, 1e-4], grid) == '1e-4 to 0.01'
    assert rates_said([1e-5, 1e-2], grid) == '1e-5 and 0.01'
    assert rates_said([], grid) == 'no rate'


# ---- the committed results

def test_committed_results_are_as_their_schema_says():
    found = json.loads((DATA / 'claims.json').read_text())
    jsonschema.validate(found, json.loads((DATA / 'claims.schema.json').read_text()))


def test_committed_results_are_of_all_claims_over_enough_seeds(committed):
    assert [claim.module.NUMBER for claim in committed.claims] == [1, 2, 3, 4, 5]
    assert committed.seeds >= 20
    assert {cell['rate'] for cell in committed.claims[0].numbers['cells']} >= {1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1.0}


def test_committed_verdicts_follow_from_the_committed_numbers(committed):
    found = json.loads((DATA / 'claims.json').read_text())
    assert results.as_json(committed) == found


def doctored(claim):
    """The claim's numbers, changed so that its verdict must be another."""
    numbers = json.loads(json.dumps(claim.numbers))
    if claim.module is faster:
        for cell in numbers['cells']:
            cell['slower'].update(low=1, high=1)
    elif claim.module is large_rates:
        for row in numbers['largest']:
            row['larger'].update(low=0, high=0)
    elif claim.module is generalises:
        for ratio in numbers['ratios'].values():
            ratio.update(low=0.5, high=0.9)
    elif claim.module is saved_statistics:
        for row in numbers['decays']:
            row['ratios'][0]['high'] = 1.0
    else:
        numbers['states'][0]['largest'] = 0.5
    return numbers


@pytest.mark.parametrize('k', range(5))
def test_committed_verdict_flips_when_its_numbers_are_doctored(k, committed):
    claim = committed.claims[k]
    assert claim.module.verdict(doctored(claim)).word != claim.verdict.word


@pytest.mark.parametrize('k', range(5))
def test_picture_is_the_reference(k, committed, tmp_path):
    name = f'claim_{k + 1}.png'
    picturestyle.write(committed.claims[k].figure(), tmp_path / name)
    assert compare_images(str(REFERENCE / name), str(tmp_path / name), TOLERANCE) is None
    assert (REFERENCE / name).stat().st_size < 60_000


def test_picture_of_doctored_numbers_is_not_the_reference(committed, tmp_path):
    numbers = json.loads(json.dumps(committed.claims[3].numbers))
    for row in numbers['decays']:
        for interval in row['averages']:
            interval['median'] *= 1.5
    picturestyle.write(saved_statistics.figure(numbers), tmp_path / 'doctored.png')
    assert compare_images(str(REFERENCE / 'claim_4.png'), str(tmp_path / 'doctored.png'), TOLERANCE) is not None


def test_pictures_say_seeds_and_what_the_band_is(committed):
    for claim in committed.claims:
        title = claim.figure().get_suptitle()
        assert f'{committed.seeds} seeds' in title and '95 % interval' in title


def test_sentences_begin_with_their_word(committed):
    for claim in committed.claims:
        assert claim.verdict.sentence.lower().startswith(claim.verdict.word)


def test_text_holds_every_verdict_and_every_row(committed):
    text = ' '.join(claimsreport.as_text(committed, []).split())
    for claim in committed.claims:
        assert claim.verdict.sentence in text and claim.remark in text and claim.module.CRITERION in text
        for row in claim.table.rows:
            assert ' '.join(' '.join(row).split()) in text


def test_manual_says_the_committed_verdicts(committed):
    page = (DATA.parent / 'docs' / 'claims.md').read_text(encoding='utf-8')
    text = ' '.join(page.replace('\n> ', ' ').replace('**', '').split())
    for claim in committed.claims:
        assert claim.verdict.sentence in text


@pytest.mark.parametrize('damage', ['{}', 'not json', '[]', '{"schema": 2, "claims": []}'])
def test_other_files_are_refused(damage, tmp_path):
    (tmp_path / 'claims.json').write_text(damage)
    with pytest.raises(results.ResultError, match='claims.json'):
        results.load(tmp_path / 'claims.json')


if __name__ == '__main__':
    for claim in results.load(DATA / 'claims.json').claims:
        picturestyle.write(claim.figure(), REFERENCE / f'claim_{claim.module.NUMBER}.png')

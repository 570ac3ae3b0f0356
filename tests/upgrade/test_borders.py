"""What changed from one row to the next, and at which release its cause appears. Environments are stand-ins."""
import copy
import json

import jsonschema
import numpy as np
import pytest

from legacy.formats import causes, contents, recordings
from legacy.judge.baseline import Baseline
from legacy.machine import crew
from legacy.upgrade import advice, bisection, page, report, summary
from tests.conftest import DATA
from tests.stand_ins import run

EPSILON = causes.cause('formula', 'vae.py:13', op='norm/Rsqrt', types=['Norm'],
                       attributes=[['Norm', 'epsilon', ['1.001e-05'], ['1e-05']]])
OTHER = EPSILON._replace(line='vae.py:9')


def test_borders_name_the_cause_that_appears_and_that_which_is_gone(stand_in):
    found = run(stand_in, stand_in.release('1.15.5'), stand_in.release('2.1.4', wrong=1e-3, cause=EPSILON),
                stand_in.release('2.3.4', wrong=2e-3, cause=OTHER), stand_in.release('2.4.4'))
    words = [item.words for item in found.borders]
    assert words[0].startswith('the cause: Norm at vae.py:13: epsilon of Norm is 1e-05, recorded 1.001e-05; other bits')
    assert words[1].startswith('the cause: Norm at vae.py:9') and 'no longer: Norm at vae.py:13' in words[1]
    assert words[2].startswith('no longer: Norm at vae.py:9')
    html, told = page.page(found), report.as_json(found)
    assert all(word in html for word in words)
    assert [[item['line'] for item in border['causes']] for border in told['borders']] == [
        ['vae.py:13'], ['vae.py:9'], []]
    jsonschema.validate(json.loads(json.dumps(told)), json.loads((DATA / 'upgrade.schema.json').read_text()))


def test_row_and_advice_name_the_cause_before_the_question_that_failed(stand_in):
    found = run(stand_in, stand_in.release('1.15.5'), stand_in.release('2.1.4', wrong=1e-3, cause=EPSILON),
                stand_in.release('2.3.4', wrong=2e-3, cause=EPSILON))
    said = 'Norm at vae.py:13: epsilon of Norm is 1e-05, recorded 1.001e-05'
    assert [advice.short(outcome) for outcome in found.outcomes[1:]] == [said] * 2
    assert f'2.1.4, 2.3.4 are regressions: {said}' in found.advice


def test_bits_of_which_nobody_knows_the_cause_are_said_to_have_none(stand_in):
    found = run(stand_in, stand_in.release('1.15.5'), stand_in.release('2.1.4', wrong=1e-3))
    assert found.borders[0].words.endswith('; the cause is not known')


def bisected(stand_in, *releases, on='cause'):
    with crew.crew(jobs=1) as workers:
        return bisection.bisect(list(releases), bisection.ON[on], stand_in.matrix(workers))


def test_bisection_names_the_release_at_which_the_cause_of_the_last_appears(stand_in):
    found = bisected(stand_in, stand_in.release('1.15.5'), stand_in.release('2.1.4', wrong=1e-3, cause=OTHER),
                     stand_in.release('2.3.4', wrong=1e-3, cause=EPSILON),
                     stand_in.release('2.4.4', wrong=1e-3, cause=EPSILON._replace(size=0.1)))
    assert (found.before.label, found.after.label) == ('2.1.4', '2.3.4')
    assert found.sentence.startswith('The cause of 2.4.4 appeared at 2.3.4, after 2.1.4: the cause: Norm at vae.py:13')


def test_bisection_on_the_cause_passes_over_a_release_of_which_none_is_known(stand_in):
    found = bisected(stand_in, stand_in.release('1.15.5'), stand_in.release('2.1.4', wrong=1e-3),
                     stand_in.release('2.3.4', wrong=1e-3, cause=EPSILON))
    assert (found.before.label, found.after.label, found.skipped) == ('1.15.5', '2.3.4', ['2.1.4'])


def test_bisection_on_the_cause_is_not_decided_where_the_last_release_has_none(stand_in):
    found = bisected(stand_in, stand_in.release('1.15.5'), stand_in.release('2.1.4'))
    assert found.sentence == 'Not decided: 2.1.4 gave no answer about the cause.'


def test_borders_say_which_formula_changed_and_under_what_the_script_fails(stand_in):
    raises = 'sys.stderr.write("ValueError: no such axis\\n"); sys.exit(1)'
    found = run(stand_in, stand_in.release('1.15.5'), stand_in.release('2.3.4', ulps=1, op_type='Mul'),
                stand_in.release('2.10.1', wrong=1e-3), stand_in.release('2.15.1', before=raises))
    words = {item.after: item.words for item in found.borders}
    assert 'vae.py:13' in words['2.3.4'] and 'Mul here' in words['2.3.4']
    assert 'the recorded formula again: vae.py:13' in words['2.10.1']
    assert words['2.15.1'] == 'the script fails under 2.15.1'


def test_bisection_names_the_first_release_with_another_formula_and_its_line(stand_in):
    found = bisected(stand_in, stand_in.release('1.15.5'), stand_in.release('2.1.4'),
                     stand_in.release('2.3.4', op_type='Mul'), stand_in.release('2.4.4', op_type='Mul'), on='formula')
    assert found.sentence.startswith('The formulas changed at 2.3.4, after 2.1.4') and 'vae.py:13' in found.sentence


@pytest.mark.parametrize('on, words', [('history', 'What is fetched changed at 2.3.4, after 2.1.4'),
                                       ('verdict', 'The verdict changed at 2.3.4, after 2.1.4: explained after '),
                                       ('kernels', "The ops' own answers did not change between 1.15.5 and 2.4.4.")])
def test_bisection_on_numbers_and_verdicts(on, words, stand_in):
    found = bisected(stand_in, stand_in.release('1.15.5'), stand_in.release('2.1.4'), stand_in.release('2.3.4', ulps=1),
                     stand_in.release('2.4.4', ulps=1), on=on)
    assert found.sentence.startswith(words)


def test_what_is_not_judged_makes_no_row_another(stand_in):
    recorded = recordings.load(str(stand_in.recorded))
    recorded.header['kinds'][0]['racing'] = list(recorded.header['kinds'][0]['fetches'])
    recorded.header['varying'] = [{'what': 'variable', 'kind': -1, 'graph': 0, 'name': item['name'], 'since': 0,
                                   'by': 'again'} for item in recorded.header['initial']]
    recordings.save(recorded, str(stand_in.recorded))
    measure = summary.Measure(stand_in.recorded)
    one, other = (recordings.Recording(copy.deepcopy(recorded.header), dict(recorded.arrays))
                  for _ in range(2))
    other.arrays['kinds/0/fetched'] = other.arrays['kinds/0/fetched'] + 1
    for k, item in enumerate(other.header['initial']):
        noted = item['noted']
        other.arrays[f'other/{k}'] = np.full(noted.shape, 7, noted.dtype)
        item['noted'] = noted._replace(content=f'other/{k}', digest=contents.digest(other.arrays[f'other/{k}']))

    def signatures(candidate):
        for number, kind in enumerate(candidate.header['kinds']):
            kind['matched'] = number
        recordings.save(candidate, str(stand_in.folder / summary.RUN))
        return measure.summarise(stand_in.folder)['signatures']
    assert signatures(one) == signatures(other)
    there = recordings.Recording({**recorded.header, 'varying': []}, recorded.arrays)
    measure.baseline = Baseline(there)
    assert signatures(one)['initial values'] != signatures(other)['initial values']

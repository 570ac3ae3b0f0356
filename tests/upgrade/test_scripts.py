"""`upgrade --script`, with stand-ins for the environments: verdicts, what is kept, what is said."""
import copy
import json

import jsonschema
import junitparser
import numpy as np
import pytest

from legacy.formats import causes, contents, scriptrecording
from legacy.judge.scriptrecorded import Recorded
from legacy.machine import crew
from legacy.upgrade import (
    bisection,
    matrix,
    scriptrows,
    scriptrowspage,
    scriptsummary,
    upgradereport,
)
from tests import stand_in_scripts
from tests.conftest import DATA
from tests.pages import assert_self_contained, in_browser
from tests.stand_in_scripts import run

RACING = {'what': 'racing', 'place': '', 'count': 1, 'detail': 'q:0'}
HOSTILE = '<script>alert("&")</script>'
RAISES = 'sys.stderr.write("Traceback (most recent call last):\\nValueError: no such axis\\n"); sys.exit(1)'


@pytest.fixture
def stand_in(tmp_path):
    return stand_in_scripts.ScriptStandIns(tmp_path)


def test_each_row_gets_its_verdict(stand_in):
    found = run(stand_in, stand_in.release('1.15.5'), stand_in.release('2.3.4', ulps=1),
                stand_in.release('2.10.1', ulps=1, op_type='Mul'), stand_in.release('2.15.1', wrong=1e-3))
    assert [(outcome.label, outcome.verdict) for outcome in found.outcomes] == [
        ('1.15.5', 'identical'), ('2.3.4', 'explained'), ('2.10.1', 'explained'), ('2.15.1', 'regression')]


def test_a_script_that_raises_is_a_regression_with_its_last_line(stand_in):
    found = run(stand_in, stand_in.release('2.3.4', before=RAISES))
    assert found.code == 1 and 'ValueError: no such axis' in scriptrows.why(found.outcomes[0])


def refused(said):
    return f'ends.note(ending.REFUSED, {said!r}); sys.exit(2)'


def misses(module):
    said = f'ModuleNotFoundError: No module named {module!r}'
    return f'ends.note(ending.SCRIPT, {said!r}, missing={module!r}); sys.exit(1)'


@pytest.mark.parametrize('before, words', [
    (refused('tf.contrib.learn cannot be had on TensorFlow 2.3.4'), 'tf.contrib.learn cannot be had'),
    (misses('pandas'), 'pandas'),
    ('time.sleep(60)', 'took more than 1 s')])
def test_a_row_that_cannot_have_what_the_script_needs_is_not_run(before, words, stand_in):
    found = run(stand_in, stand_in.release('2.3.4', before=before), subject=stand_in.subject(timeout=1))
    assert found.code == 2 and words in found.outcomes[0].fault


@pytest.mark.parametrize('before, ends, mend', [
    (misses('scipy.stats'), "(No module named 'scipy.stats')", '--with scipy')])
def test_a_package_that_is_missing_is_named_as_the_option_that_brings_it(before, ends, mend, stand_in):
    outcome, = run(stand_in, stand_in.release('2.3.4', before=before)).outcomes
    assert outcome.fault.endswith(f'{ends}; {mend}') and outcome.mend == mend


def test_a_fault_of_this_program_is_not_the_scripts(stand_in):
    found = run(stand_in, stand_in.release('2.3.4', before='ends.note(ending.OURS, "TypeError: x"); sys.exit(2)'))
    assert found.code == 2 and 'fault of this program' in found.outcomes[0].fault


def test_words_of_ours_that_the_script_prints_are_its_own(stand_in):
    from legacy.worker.scripts import tracebacks
    line = f'Traceback:\\n  File "{tracebacks.OURS}worker/scripts/__main__.py", line 17\\nerror: x\\n'
    found = run(stand_in, stand_in.release('2.3.4', before=f"sys.stderr.write('''{line}'''); sys.exit(1)"))
    assert found.code == 1 and found.outcomes[0].verdict == 'regression'


def test_what_the_script_said_is_in_the_rows_log(stand_in):
    found = run(stand_in, stand_in.release('2.3.4', before='print("step 1 of 8")'))
    assert 'step 1 of 8' in found.outcomes[0].log.read_text()


def test_rows_work_in_copies_and_leave_no_file_to_the_user_or_each_other(stand_in):
    before = 'assert not os.path.exists("mine"), os.listdir("."); open("mine", "w").close(); os.remove("train.py")'
    found = run(stand_in, *[stand_in.release(version, before=before) for version in ('1.15.5', '2.3.4')])
    assert [outcome.verdict for outcome in found.outcomes] == ['identical'] * 2
    assert [path.name for path in stand_in.work.iterdir()] == ['train.py']


def test_a_folder_that_is_too_large_is_said_in_a_line(stand_in):
    (stand_in.work / 'data').write_bytes(bytes(2 << 20))
    found = run(stand_in, stand_in.release('2.3.4'), subject=stand_in.subject(files=1))
    assert 'more than 1 MB' in found.outcomes[0].fault and 'Error' not in found.outcomes[0].fault


# ---- what is said

@pytest.fixture(scope='module')
def result(tmp_path_factory):
    """An `upgradereport.Result` over rows of every kind; one fault is as hostile as can be."""
    stand_in = stand_in_scripts.ScriptStandIns(tmp_path_factory.mktemp('scripts'))
    return run(stand_in, stand_in.release('1.15.5'), stand_in.release('2.3.4', ulps=1, op_type='Mul', unseen=[RACING]),
               stand_in.release('2.10.1', wrong=1e-3), stand_in.release('2.15.1', before=RAISES),
               stand_in.release('2.18.1', before=refused(HOSTILE)))


def test_the_table_has_a_line_for_each_release(result):
    lines = upgradereport.as_text(result).splitlines()
    assert [(line.split()[0], line.split()[2]) for line in lines[3:8]] == [
        ('1.15.5', 'identical'), ('2.3.4', 'explained'), ('2.10.1', 'regression'), ('2.15.1', 'regression'),
        ('2.18.1', 'not')]
    assert 'vae.py:13' in lines[4] and '2.0' in lines[4].split()


def test_the_advice_is_the_newest_that_computes_the_same_and_says_why_none_newer(result):
    said = scriptrows.advice(result)
    assert said.startswith('Go to 2.3.4: explained (rounding alone differs') and 'at vae.py:13' in said
    assert '2.10.1 is a regression' in said and '2.18.1 was not run' in said


@pytest.mark.parametrize('labels, words', [
    (['1.15.5', '2.10.1'], 'Stay with 1.15.5'), (['2.18.1'], 'Nothing is known: no newer release could be run; 2.18.1'),
    (['1.15.5'], 'No release was run that is newer than 1.15.5')])
def test_there_is_no_advice_to_go_where_nothing_is_known_to_be_right(labels, words, result):
    some = copy.copy(result)
    some.outcomes = [outcome for outcome in result.outcomes if outcome.label in labels]
    assert scriptrows.advice(some).startswith(words)


def test_equivalent_is_taken_only_where_nothing_better_is(result):
    explained = result.outcomes[1]

    def changed(outcome, label, verdict):
        report = {**outcome.summary['report'], 'verdict': verdict}
        return outcome._replace(label=label, summary={**outcome.summary, 'report': report},
                                release=outcome.release._replace(version=label))
    some = copy.copy(result)
    some.outcomes = [changed(explained, '2.4.4', 'explained'), changed(explained, '2.5.3', 'equivalent')]
    assert scriptrows.advice(some).startswith('Go to 2.4.4: explained')
    some.outcomes = some.outcomes[1:]
    assert scriptrows.advice(some).startswith('Go to 2.5.3: equivalent')


def test_borders_say_which_formula_changed_and_under_what_the_script_fails(result):
    words = {item.after: item.words for item in result.borders}
    assert 'vae.py:13' in words['2.3.4'] and 'Mul here' in words['2.3.4']
    assert 'the recorded formula again: vae.py:13' in words['2.10.1']
    assert words['2.15.1'] == 'the script fails under 2.15.1'


def test_json_is_as_its_schema_says(result):
    found = json.loads(json.dumps(upgradereport.as_json(result)))
    jsonschema.validate(found, json.loads((DATA / 'upgrade.schema.json').read_text()))
    check = json.loads((DATA / 'check.schema.json').read_text())
    for row in found['rows'][:4]:
        jsonschema.validate(row['check'], check)
    assert found['rows'][1]['script']['not_compared'] == [
        {'what': 'not observed', 'which': ['q:0, which reads what the same run writes']}]


def test_junit_calls_a_script_that_raises_a_failure_and_a_row_not_run_an_error(result, tmp_path):
    (tmp_path / 'junit.xml').write_bytes(upgradereport.as_junit(result))
    suites = list(junitparser.JUnitXml.fromfile(str(tmp_path / 'junit.xml')))
    assert [suite.failures > 0 for suite in suites] == [False, False, True, True, False]
    assert suites[3].failures and 'no such axis' in ' '.join(
        case.result[0].message for case in suites[3] if case.result)
    assert suites[4].errors


def test_page_says_where_to_go_what_changed_and_what_was_not_compared(result):
    html = scriptrowspage.page(result)
    assert_self_contained(html)
    for words in ('Go to 2.3.4', 'vae.py:13', '<svg', 'not observed', '2 regression', '1 not run', '× 1.00'):
        assert words in html, words
    assert HOSTILE not in html and '&lt;script&gt;' in html


CLICKS = """<script>
const table = document.querySelector('table.sortable'), said = [];
const [release, verdict] = table.tHead.querySelectorAll('button');
const say = () => said.push([...table.tBodies[0].rows].filter(row => !row.hidden).map(row => row.cells[0].textContent));
const put = (selector, change) => {
  const input = document.querySelector(selector);
  change(input);
  input.dispatchEvent(new Event('input', {bubbles: true}));
  say();
};
for (const button of [verdict, verdict, release, release]) { button.click(); say(); }
put('input[value=regression]', box => { box.checked = false; });
put('input[type=search]', text => { text.value = 'VAE.py:13'; });
document.body.innerHTML = '<pre>' + JSON.stringify(said) + '</pre>';
</script></body>"""


def test_rows_of_the_page_are_sorted_and_chosen(result, tmp_path):
    shown = in_browser(scriptrowspage.page(result).replace('</body>', CLICKS), tmp_path)
    up, down = ['1.15.5', '2.3.4', '2.10.1', '2.15.1', '2.18.1'], ['2.18.1', '2.15.1', '2.10.1', '2.3.4', '1.15.5']
    assert json.loads(shown.partition('<pre>')[2].partition('</pre>')[0]) == [
        up, ['2.18.1', '2.10.1', '2.15.1', '2.3.4', '1.15.5'], up, down, ['2.18.1', '2.3.4', '1.15.5'], ['2.3.4']]


def test_bisection_names_the_first_release_with_another_formula_and_its_line(stand_in):
    releases = [stand_in.release('1.15.5'), stand_in.release('2.1.4'), stand_in.release('2.3.4', op_type='Mul'),
                stand_in.release('2.4.4', op_type='Mul')]
    with crew.crew(jobs=1) as workers:
        made = matrix.Matrix(workers, stand_in.options(), subject=stand_in.subject())
        made.subject.prepared = lambda release: release
        found = bisection.bisect(releases, bisection.ON['formula'], made)
    assert found.sentence.startswith('The formulas changed at 2.3.4, after 2.1.4') and 'vae.py:13' in found.sentence


# ---- causes

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
    html, told = scriptrowspage.page(found), upgradereport.as_json(found)
    assert all(word in html for word in words)
    assert [[item['line'] for item in border['causes']] for border in told['borders']] == [
        ['vae.py:13'], ['vae.py:9'], []]
    jsonschema.validate(json.loads(json.dumps(told)), json.loads((DATA / 'upgrade.schema.json').read_text()))


def test_bits_of_which_nobody_knows_the_cause_are_said_to_have_none(stand_in):
    found = run(stand_in, stand_in.release('1.15.5'), stand_in.release('2.1.4', wrong=1e-3))
    assert found.borders[0].words.endswith('; the cause is not known')


def bisected(stand_in, *releases):
    with crew.crew(jobs=1) as workers:
        made = matrix.Matrix(workers, stand_in.options(), subject=stand_in.subject())
        made.subject.prepared = lambda release: release
        return bisection.bisect(list(releases), bisection.ON['cause'], made)


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


def test_rows_say_which_scalar_left_its_band_and_when(result):
    bands = [outcome.summary['bands'] for outcome in result.outcomes[:3]]
    assert {time for _, time in bands[0].values()} == {None} and len(bands[0]) > 0
    assert all(set(found) == set(result.subject.measure.with_band()) for found in bands)


def test_plateaus_are_of_what_a_script_has(result):
    found = result.plateaus
    assert set(found) == set(scriptsummary.KINDS)
    assert [plateau.labels for plateau in found['initial values']] == [['1.15.5', '2.3.4', '2.10.1']]


def test_a_folder_that_is_not_on_the_host_is_said(stand_in):
    found = run(stand_in, stand_in.release('2.3.4'), subject=stand_in.subject(folder=str(stand_in.folder / 'work')))
    assert found.code == 0
    subject = stand_in.subject()
    subject.job = subject.job._replace(folder=str(stand_in.folder / 'elsewhere'))
    subject.__dict__['_key'] = 'another'
    assert 'is not on this host' in run(stand_in, stand_in.release('2.4.4'), subject=subject).outcomes[0].fault


def test_what_is_not_judged_makes_no_row_another(stand_in):
    recorded = scriptrecording.load(str(stand_in.recorded))
    recorded.header['kinds'][0]['racing'] = list(recorded.header['kinds'][0]['fetches'])
    recorded.header['varying'] = [{'what': 'variable', 'kind': -1, 'graph': 0, 'name': item['name'], 'since': 0,
                                   'by': 'again'} for item in recorded.header['initial']]
    scriptrecording.save(recorded, str(stand_in.recorded))
    measure = scriptsummary.Measure(stand_in.recorded)
    one, other = (scriptrecording.ScriptRecording(copy.deepcopy(recorded.header), dict(recorded.arrays))
                  for _ in range(2))
    other.arrays['kinds/0/fetched'] = other.arrays['kinds/0/fetched'] + 1
    for k, item in enumerate(other.header['initial']):
        noted = item['noted']
        other.arrays[f'other/{k}'] = np.full(noted[2], 7, noted[1])
        noted[0], noted[3] = f'other/{k}', contents.digest(other.arrays[f'other/{k}'])

    def signatures(candidate):
        for number, kind in enumerate(candidate.header['kinds']):
            kind['matched'] = number
        scriptrecording.save(candidate, str(stand_in.folder / scriptsummary.RUN))
        return measure.summarise(stand_in.folder)['signatures']
    assert signatures(one) == signatures(other)
    there = scriptrecording.ScriptRecording({**recorded.header, 'varying': []}, recorded.arrays)
    measure.recorded = Recorded(there)
    assert signatures(one)['initial values'] != signatures(other)['initial values']

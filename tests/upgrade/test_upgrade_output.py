"""What `upgrade` prints and writes, and its refusals. Environments are stand-ins."""
import copy
import io
import json
import re

import jsonschema
import junitparser
import pytest
from rich.console import Console

from legacy.upgrade import advice, page, report, summary, table, upgradeprogress
from legacy.upgrade.plateaus import Plateau
from tests import stand_ins
from tests.command_line import assert_fault, compat_run, compat_run_here
from tests.conftest import DATA
from tests.pages import assert_self_contained, in_browser
from tests.stand_ins import run

SCHEMA = json.loads((DATA / 'upgrade.schema.json').read_text())
RACING = {'what': 'racing', 'place': '', 'count': 1, 'detail': 'q:0'}
HOSTILE = '<script>alert("&")</script>'
RAISES = 'sys.stderr.write("Traceback (most recent call last):\\nValueError: no such axis\\n"); sys.exit(1)'


@pytest.fixture(scope='module')
def result(tmp_path_factory):
    """A report.Result over rows of every kind; one fault is as hostile as can be."""
    stand_in = stand_ins.StandIns(tmp_path_factory.mktemp('upgrade'))
    return run(stand_in, stand_in.release('1.15.5'), stand_in.release('2.3.4', ulps=1, op_type='Mul', unseen=[RACING]),
               stand_in.release('2.10.1', wrong=1e-3), stand_in.release('2.15.1', before=RAISES),
               stand_in.release('2.18.1', before=f'ends.note(ending.REFUSED, {HOSTILE!r} + chr(27)); sys.exit(2)'))


def test_table_has_a_line_for_each_release(result):
    lines = table.as_text(report.as_json(result)).splitlines()
    assert [(line.split()[0], line.split()[2]) for line in lines[3:8]] == [
        ('1.15.5', 'identical'), ('2.3.4', 'explained'), ('2.10.1', 'regression'), ('2.15.1', 'regression'),
        ('2.18.1', 'not')]
    assert 'vae.py:13' in lines[4] and '2.0' in lines[4].split()


def test_table_says_which_rows_have_the_same_bits(result):
    lines = table.as_text(report.as_json(result)).splitlines()
    assert lines[2].split()[4:8] == ['s', 'fetched', 'float32', 'portable']
    letters = [re.findall(r' ([A-Z])(?= )', line) for line in lines[3:6]]
    assert letters == [['A', 'A', 'A', 'A'], ['B', 'B', 'A', 'A'], ['A', 'C', 'B', 'B']]


def test_table_says_why_a_row_was_not_run_and_what_changed(result):
    text = table.as_text(report.as_json(result))
    assert re.search(r'Not run:\n  2.18.1: .*log: .*2.18.1.log', text)
    assert '2.10.1 to 2.15.1: the script fails under 2.15.1' in text


def test_json_is_as_its_schemas_say(result):
    found = json.loads(json.dumps(report.as_json(result)))
    jsonschema.validate(found, SCHEMA)
    check = json.loads((DATA / 'check.schema.json').read_text())
    for row in found['rows'][:4]:
        jsonschema.validate(row['check'], check)
    assert found['rows'][1]['not_compared'] == [
        {'what': 'not observed', 'which': ['q:0, which reads what the same run writes']}]


def test_junit_calls_a_script_that_raises_a_failure_and_a_row_not_run_an_error(result, tmp_path):
    (tmp_path / 'junit.xml').write_bytes(report.as_junit(result))
    suites = list(junitparser.JUnitXml.fromfile(str(tmp_path / 'junit.xml')))
    assert [(suite.failures > 0, suite.errors > 0) for suite in suites] == [
        (False, False), (False, False), (True, False), (True, True), (False, True)]
    assert 'no such axis' in ' '.join(case.result[0].message for case in suites[3] if case.result)
    assert HOSTILE in next(iter(suites[4])).result[0].message


@pytest.mark.parametrize('labels, strict, code', [
    (['1.15.5', '2.3.4'], 'equivalent', 0), (['1.15.5', '2.3.4'], 'identical', 1),
    (['1.15.5', '2.10.1'], 'explained', 1), (['1.15.5', '2.18.1'], 'equivalent', 2),
    (['2.10.1', '2.18.1'], 'equivalent', 1)])
def test_exit_code(labels, strict, code, result):
    outcomes = [outcome for outcome in result.outcomes if outcome.label in labels]
    assert report.exit_code(outcomes, strict) == code


def test_plateaus_are_of_what_a_row_has(result):
    found = result.plateaus
    assert set(found) == set(summary.KINDS) and not found['whole portable run']
    assert [plateau.labels for plateau in found['initial values']] == [['1.15.5', '2.3.4', '2.10.1']]
    assert [(plateau.letter, plateau.span) for plateau in found['formulas']] == [
        ('A', '1.15.5'), ('B', '2.3.4'), ('A', '2.10.1')]


def test_rows_say_which_scalar_left_its_band_and_when(result):
    bands = [outcome.summary['bands'] for outcome in result.outcomes[:3]]
    assert {time for _, time in bands[0].values()} == {None} and len(bands[0]) > 0
    assert all(set(found) == set(result.subject.measure.with_band()) for found in bands)


# ---- where to go

def with_rows(result, *labels):
    """A copy of a Result with these rows only."""
    outcomes = [outcome for outcome in result.outcomes if outcome.label in labels]
    return report.Result(outcomes, result.subject)


def test_advice_is_the_newest_that_computes_the_same_and_says_why_none_newer(result):
    said = result.advice
    assert said.startswith('Go to 2.3.4: explained (rounding alone differs') and 'at vae.py:13' in said
    assert '2.10.1 is a regression' in said and '2.18.1 was not run' in said


@pytest.mark.parametrize('labels, words', [
    (['1.15.5', '2.10.1'], 'Stay with 1.15.5'), (['2.18.1'], 'Nothing is known: no newer release could be run; 2.18.1'),
    (['1.15.5'], 'No release was run that is newer than 1.15.5')])
def test_there_is_no_advice_to_go_where_nothing_is_known_to_be_right(labels, words, result):
    assert with_rows(result, *labels).advice.startswith(words)


def test_equivalent_is_taken_only_where_nothing_better_is(result):
    explained = result.outcomes[1]

    def changed(outcome, label, verdict):
        found = {**outcome.summary['report'], 'verdict': verdict}
        return outcome._replace(label=label, summary={**outcome.summary, 'report': found},
                                release=outcome.release._replace(version=label))
    some = [changed(explained, '2.4.4', 'explained'), changed(explained, '2.5.3', 'equivalent')]
    assert advice.advice(some, '1.15.5').startswith('Go to 2.4.4: explained')
    assert advice.advice(some[1:], '1.15.5').startswith('Go to 2.5.3: equivalent')


# ---- the page

@pytest.fixture(scope='module')
def html(result):
    return page.page(result)


def test_page_escapes_what_came_from_a_worker(html):
    assert HOSTILE not in html
    assert '&lt;script&gt;' in html


def test_page_has_no_script_but_its_own_and_nothing_from_elsewhere(html):
    assert_self_contained(html)


@pytest.mark.parametrize('words', ['Go to 2.3.4', 'vae.py:13', '<svg', 'not observed', '1 identical', '1 explained',
                                   '2 regression', '1 not run', '× 1.00', 'the script fails under 2.15.1'])
def test_page_says(words, html):
    assert words in html


def test_page_lets_no_worker_choose_its_verdict(result):
    wrong = result.outcomes[2]
    told = {**wrong.summary['report']['environment'], 'verdict': 'identical', 'label': '9.9.9'}
    changed = copy.copy(result)
    changed.outcomes = [*result.outcomes[:2], wrong._replace(
        summary={**wrong.summary, 'report': {**wrong.summary['report'], 'environment': told}})]
    html = page.page(changed)
    assert '1 regression' in html and '9.9.9' not in html


def test_page_of_nothing_that_ran_says_so(result):
    html = page.page(with_rows(result, '2.18.1'))
    assert '1 not run' in html and 'Which releases are the same' not in html and 'Environments' not in html


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


def test_browser_shows_the_page_and_its_rows_are_sorted_and_chosen(html, tmp_path):
    shown = in_browser(html.replace('</body>', CLICKS), tmp_path)
    up, down = ['1.15.5', '2.3.4', '2.10.1', '2.15.1', '2.18.1'], ['2.18.1', '2.15.1', '2.10.1', '2.3.4', '1.15.5']
    assert json.loads(shown.partition('<pre>')[2].partition('</pre>')[0]) == [
        up, ['2.18.1', '2.10.1', '2.15.1', '2.3.4', '1.15.5'], up, down, ['2.18.1', '2.3.4', '1.15.5'], ['2.3.4']]


def test_rows_beside_each_other_with_one_verdict_for_one_reason_share_a_field(result):
    explained, wrong = result.outcomes[1:3]
    outcomes = [explained, explained._replace(label='2.4.4'), wrong]
    assert [(cell.wide, cell.look) for cell in page._verdicts(outcomes).cells] == [(2, 'explained'), (1, 'regression')]


def test_row_without_something_has_an_empty_cell_and_the_others_stand_under_their_rows():
    plateaus = [Plateau('portable runs', 'A', ['1.2.1']), Plateau('portable runs', 'B', ['1.4.1', '1.5.1'])]
    cells = page._cells(plateaus, ['1.0.1', '1.2.1', '1.3.0', '1.4.1', '1.5.1'], '1.5.1')
    assert [(cell.text, cell.wide) for cell in cells] == [('', 1), ('A', 1), ('', 1), ('B', 2)]
    assert [cell.look for cell in cells] == ['pnone', 'p0', 'pnone', 'same']


@pytest.mark.parametrize('size', [0, 3])
def test_ops_that_round_otherwise_are_a_table_of_op_types_and_releases(size, result):
    changed = copy.deepcopy(result.outcomes[:3])
    kernel = changed[1].summary['report']['kernels'][0]
    kernel.update(different=size, largest=size)
    found = page._kernels(changed)
    row = [kernel['op_type'], [0, size, 0]]
    assert (row in [[op_type, ulps] for op_type, ulps in found['drifting']]) is bool(size)
    assert (kernel['op_type'] in found['others']) is not bool(size)


def test_live_table_shows_a_label_in_brackets_as_it_is():
    rows = upgradeprogress.Rows()
    rows.tell('tensorflow[and-cuda]==2.21.0', 'running', '/logs/tensorflow[/].log')
    console = Console(file=io.StringIO(), width=200)
    console.print(rows.table())
    assert 'tensorflow[and-cuda]==2.21.0' in console.file.getvalue() and '[/].log' in console.file.getvalue()


# ---- the command line

@pytest.mark.parametrize('args, words', [
    (['2.1.4', '--all'], 'name releases, or one of'), (['--all', '--since', '2.0'], 'name releases, or one of'),
    (['--on', 'seeds'], '--bisect'), (['--every'], '--bisect'), (['--each-host'], '--scheduler'),
    (['--scheduler', 'tcp://127.0.0.1:9', '--jobs', '2'], '--jobs'), (['--python', '3.11'], 'need a RELEASE'),
    (['--lock'], 'needs a RELEASE'), (['banana==x'], 'no release number'), (['nowhere.whl'], 'no such wheel'),
    (['--bisect', '2.3.4', '2.1.4'], 'not older'), (['--bisect', '2.3.4', '9.9'], 'not in the table'),
    (['--since', 'yesterday'], 'no release number'), (['--jobs', '0'], '--jobs'), (['--on', 'luck'], '--on'),
    (['2.1.4', '--junit', 'nowhere/j.xml'], 'cannot write'), (['2.1.4', '--html', '.'], 'this is a folder'),
])
def test_contradictions_and_mistakes_are_refused_before_any_work(args, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert_fault(compat_run_here('upgrade', *args), words)
    assert not (tmp_path / 'runs').exists()


def test_folder_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / 'file').write_text('')
    assert_fault(compat_run('upgrade', '2.1.4', '--out', tmp_path / 'file' / 'out', '--quiet'), 'choose another folder')


def test_row_that_cannot_be_run_exits_with_2_and_says_so_in_json(tmp_path):
    empty = tmp_path / 'empty'
    empty.mkdir()
    done = compat_run('upgrade', '1.3.0', '--out', tmp_path / 'out', '--environments', tmp_path / 'environments',
                      '--json', PATH=str(empty), PYENV_ROOT=str(empty), HOME=str(empty))
    found = json.loads(done.stdout)
    jsonschema.validate(found, SCHEMA)
    assert done.returncode == found['exit_code'] == 2
    assert (found['rows'][0]['verdict'], found['rows'][0]['mend']) == ('not run', 'pyenv install 3.6')
    assert 'not run' in done.stderr

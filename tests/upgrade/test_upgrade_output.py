"""What `upgrade` prints and writes, and its refusals. Environments are stand-ins."""
import copy
import io
import json
import re
import shutil

import jsonschema
import junitparser
import pytest
from rich.console import Console

from legacy.formats import answers
from legacy.formats.archive import RecordingError
from legacy.formats.evidence import StoredEvidence
from legacy.machine import crew
from legacy.upgrade import rowsummary, upgradepage, upgradeprogress, upgradereport
from legacy.upgrade.matrix import Matrix
from legacy.upgrade.plateaus import Plateau
from tests import stand_ins
from tests.command_line import assert_fault, compat_run, compat_run_here
from tests.conftest import DATA
from tests.pages import assert_self_contained, in_browser

SCHEMA = json.loads((DATA / 'upgrade.schema.json').read_text())
HOSTILE = '<script>alert("&")</script>'


@pytest.fixture(scope='module')
def result(tmp_path_factory, short_references, short_evidence):
    """An `output.Result` over rows of every kind; one fault is as hostile as can be."""
    stand_in = stand_ins.StandIns(tmp_path_factory.mktemp('upgrade'), short_references, short_evidence)
    releases = [stand_in.release('1.15.5'), stand_in.release('2.0.4', stand_ins.other_op_seeds),
                stand_in.release('2.1.4', stand_ins.other_rsqrt, stand_ins.other_history),
                stand_in.release('2.2.3', stand_ins.other_averages),
                stand_in.release('2.3.4', before=f'print({HOSTILE!r} + chr(27)); sys.exit(1)')]
    with crew.crew(jobs=2) as workers:
        matrix = stand_in.matrix(workers)
        return upgradereport.Result(matrix.run(releases), matrix)


def test_table_has_a_row_for_each_release(result):
    lines = upgradereport.as_text(result).splitlines()
    assert [(line.split()[0], line.split()[2]) for line in lines[1:6]] == [
        ('1.15.5', 'identical'), ('2.0.4', 'identical'), ('2.1.4', 'explained'), ('2.2.3', 'regression'),
        ('2.3.4', 'not')]


def test_table_says_why_a_row_was_not_run_and_what_changed(result):
    text = upgradereport.as_text(result)
    assert re.search(r'Not run:\n  2.3.4: the worker under .*log: .*2.3.4.log', text)
    assert '1.15.5 to 2.0.4: op seeds of family 2.2 after 1.15' in text


def test_json_is_as_its_schemas_say(result):
    found = json.loads(json.dumps(upgradereport.as_json(result)))
    jsonschema.validate(found, SCHEMA)
    check = json.loads((DATA / 'check.schema.json').read_text())
    for row in found['rows'][:4]:
        jsonschema.validate(row['check'], check)


def test_junit_calls_a_regression_a_failure_and_a_row_not_run_an_error(result, tmp_path):
    (tmp_path / 'junit.xml').write_bytes(upgradereport.as_junit(result))
    suites = list(junitparser.JUnitXml.fromfile(str(tmp_path / 'junit.xml')))
    assert [(suite.failures > 0, suite.errors > 0) for suite in suites] == [
        (False, False), (False, False), (False, False), (True, False), (False, True)]
    assert HOSTILE in next(iter(suites[4])).result[0].message


@pytest.mark.parametrize('labels, strict, code', [
    (['1.15.5', '2.1.4'], 'equivalent', 0), (['1.15.5', '2.1.4'], 'identical', 1),
    (['1.15.5', '2.2.3'], 'explained', 1), (['1.15.5', '2.3.4'], 'equivalent', 2),
    (['2.2.3', '2.3.4'], 'equivalent', 1)])
def test_exit_code(labels, strict, code, result):
    outcomes = [outcome for outcome in result.outcomes if outcome.label in labels]
    assert upgradereport.exit_code(outcomes, strict) == code


# ---- a row whose kernels could not be run

@pytest.fixture(scope='module')
def without_kernels(tmp_path_factory, short_references, short_evidence):
    """An `upgradereport.Result` over three rows; the second gave no answers of the kernels."""
    stand_in = stand_ins.StandIns(tmp_path_factory.mktemp('kernels'), short_references, short_evidence)
    releases = [stand_in.release('1.15.5'), stand_in.release('2.0.4', stand_ins.failed_kernels),
                stand_in.release('2.1.4', stand_ins.other_rsqrt)]
    with crew.crew(jobs=2) as workers:
        matrix = stand_in.matrix(workers)
        return upgradereport.Result(matrix.run(releases), matrix)


def test_row_without_kernels_leaves_the_others_in_the_report(without_kernels):
    lines = upgradereport.as_text(without_kernels).splitlines()
    assert [line.split()[2] for line in lines[1:4]] == ['identical', 'regression', 'identical']
    jsonschema.validate(json.loads(json.dumps(upgradereport.as_json(without_kernels))), SCHEMA)


def test_border_of_a_row_without_kernels_says_so(without_kernels):
    assert {border.words for border in without_kernels.borders} == {
        'kernels not compared: 2.0.4 gave no answers'}


def test_table_says_of_which_row_the_kernels_were_not_run(without_kernels):
    assert [line.endswith('  not run') for line in upgradereport.as_text(without_kernels).splitlines()[1:4]] == [
        False, True, False]


def test_page_says_of_which_row_the_kernels_were_not_run(without_kernels):
    html = upgradepage.page(without_kernels)
    cells = re.findall(r'<th scope="row">Rsqrt</th>(.*)</tr>', html)[0]
    assert re.findall(r'>([^<]+)</td>', cells) == ['·', 'not run', '1']
    assert 'Not run: the kernels of 2.0.4.' in html and 'Bit-identical everywhere' not in html


@pytest.mark.parametrize('error', ['inf', 'nan'])
def test_page_names_a_kernel_whose_answer_alone_is_not_finite(error, without_kernels):
    wrong, ran = without_kernels.outcomes[2], without_kernels.outcomes[0]
    summary = json.loads(json.dumps(wrong.summary))
    kernel = next(kernel for kernel in summary['report']['kernels'] if kernel['op_type'] == 'Rsqrt')
    kernel['error'] = error
    changed = copy.copy(without_kernels)
    changed.outcomes = [ran, wrong._replace(summary=summary)]
    html = upgradepage.page(changed)
    assert 'the other way\nround: Rsqrt of 2.1.4.' in html and 'no other kernel' in html


def test_too_few_answers_are_not_taken_for_all(short_references, short_evidence, tmp_path):
    folder = tmp_path / 'evidence'
    shutil.copytree(short_evidence, folder)
    found = answers.load_kernels(folder / 'kernels.npz')
    answers.save_kernels(found._replace(outputs=found.outputs[:5]), folder / 'kernels.npz')
    with pytest.raises(RecordingError, match='5 answers to 1032 ops'):
        rowsummary._kernels(short_references.kernels, StoredEvidence(short_references, folder))


# ---- the page

@pytest.fixture(scope='module')
def html(result):
    return upgradepage.page(result)


def test_page_escapes_what_came_from_a_worker(html):
    assert HOSTILE not in html
    assert '&lt;script&gt;' in html


def test_page_has_no_script_but_its_own_and_nothing_from_elsewhere(html):
    assert_self_contained(html)


@pytest.mark.parametrize('words', ['2 identical', '1 explained', '1 regression', '1 not run', 'Rsqrt&nbsp;1',
                                   'op seeds of family 2.2 after 1.15', '<svg', '5 23 41 59'])
def test_page_says(words, html):
    assert words in html


def test_page_lets_no_worker_choose_its_verdict(result):
    wrong = result.outcomes[3]
    told = {**wrong.summary['environment'], 'verdict': 'identical', 'label': '9.9.9'}
    changed = copy.copy(result)
    changed.outcomes = [*result.outcomes[:3], wrong._replace(summary={**wrong.summary, 'environment': told})]
    html = upgradepage.page(changed)
    assert '1 regression' in html and '9.9.9' not in html


def test_page_of_nothing_that_ran_says_so(result):
    with crew.crew(jobs=1) as workers:
        nothing = upgradereport.Result(result.outcomes[4:], Matrix(workers, stand_ins.StandIns(
            result.outcomes[0].folder.parent.parent, None, None).options()))
    assert 'Not run' in upgradepage.page(nothing) and 'Plateaus' not in upgradepage.page(nothing)


def test_browser_shows_the_page_whole(html, tmp_path):
    shown = in_browser(html, tmp_path)
    assert shown.count('<details>') == 4 and '</html>' in shown
    from PIL import Image
    with Image.open(tmp_path / 'page.png') as shown:
        assert len(shown.convert('RGB').getcolors(1 << 24)) > 50  # tints, text and the chart's lines


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


def test_a_row_without_a_recording_has_an_empty_cell_and_the_others_stand_under_their_rows():
    plateaus = [Plateau('portable all', 'A', ['1.2.1']), Plateau('portable all', 'B', ['1.4.1', '1.5.1'])]
    cells = upgradepage._cells(plateaus, ['1.0.1', '1.2.1', '1.3.0', '1.4.1', '1.5.1'])
    assert [(cell['letter'], len(cell['labels'])) for cell in cells] == [('', 1), ('A', 1), ('', 1), ('B', 2)]

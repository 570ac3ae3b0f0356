"""`record` of the article's experiment; of scripts: test_scripts.py, test_overwriting.py."""
import pytest

from legacy.formats import articlerun, recordings
from tests.command_line import assert_fault, compat_run_here


def test_record_without_a_file_is_refused():
    assert_fault(compat_run_here('record'), '--out')


def test_record_with_an_interpreter_that_is_none_is_refused(tmp_path):
    assert_fault(compat_run_here('record', '--out', tmp_path / 'a.npz', '--python', tmp_path / 'none'), 'none')


@pytest.mark.parametrize('option', [('--steps', '0'), ('--steps', '251'), ('--seed', '-1'), ('--op-seeds', 'mine.npz')])
def test_an_experiment_that_nobody_can_run_is_refused(option, tmp_path):
    assert_fault(compat_run_here('record', '--out', tmp_path / 'a.npz', *option), option[0])


def test_the_experiment_is_recorded_with_its_whole_portable_run(article_recorded, article_recording):
    done, file = article_recorded
    assert done.returncode == 0, done.stderr
    found = recordings.load(file)
    assert articlerun.is_article(found) and articlerun.settings(found.header).steps == 1
    of_portable = [articlerun.costs(recording, 'whole/').cost_norm[0] for recording in (found, article_recording)]
    assert of_portable[0] == of_portable[1]

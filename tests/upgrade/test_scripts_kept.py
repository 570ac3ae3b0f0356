"""What `upgrade --script` keeps of a row, and when it runs it again; with stand-ins for the environments."""
import pytest

from legacy.check import sources
from tests import stand_in_scripts
from tests.stand_in_scripts import run


@pytest.fixture
def stand_in(tmp_path):
    return stand_in_scripts.ScriptStandIns(tmp_path)


def test_a_row_is_kept_and_not_run_again(stand_in):
    release = stand_in.release('1.15.5')
    first, second = run(stand_in, release), run(stand_in, release)
    assert stand_in.called() == ['1.15.5'] and second.outcomes[0].summary == first.outcomes[0].summary


@pytest.mark.parametrize('what', ['script', 'beside it', 'arguments', 'recording'])
def test_a_row_is_run_again_when_what_it_came_from_has_changed(what, stand_in):
    release, subject = stand_in.release('1.15.5'), None
    run(stand_in, release)
    if what == 'recording':
        stand_in_scripts.scriptrecording.save(stand_in_scripts.recording('1.15.5', ulps=2), stand_in.recorded)
    elif what == 'arguments':
        subject = stand_in.subject('--steps', '3')
    else:
        (stand_in.work / ('train.py' if what == 'script' else 'layers.py')).write_text('other = 1\n')
    run(stand_in, release, subject=subject)
    assert len(stand_in.called()) == 2


def test_environments_and_results_are_no_sources_of_the_script(stand_in):
    subject = stand_in.subject()
    for folder in ('venv/lib', '.hidden', 'runs'):
        (stand_in.work / folder).mkdir(parents=True)
        (stand_in.work / folder / 'module.py').write_text('')
    (stand_in.work / 'venv' / 'pyvenv.cfg').write_text('')
    assert list(sources.digests(subject.job, [stand_in.work / 'runs'])) == ['train.py']


def test_another_script_beside_the_first_is_no_row_of_the_first(stand_in):
    (stand_in.work / 'other.py').write_text('w = 2\n')
    release, subject = stand_in.release('1.15.5'), stand_in.subject()
    run(stand_in, release)
    subject.job = subject.job._replace(asked={**subject.job.asked, 'script': 'other.py'})
    run(stand_in, release, subject=subject)
    assert len(stand_in.called()) == 2

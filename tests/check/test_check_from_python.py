"""`from legacy.check import check` on a script, with a stand-in for the TensorFlow."""
import pytest

from legacy.check import check, jobs
from tests.stand_ins import StandIns


@pytest.fixture
def asked(tmp_path, monkeypatch):
    """asked(before='', **changes) is the Report on a script under a stand-in, as `StandIns.release` makes it."""
    stand_in = StandIns(tmp_path)
    monkeypatch.chdir(stand_in.work)

    def ask(**changes):
        stand_in.release('2.21.0', **changes)
        python, = (tmp_path / 'environments').glob('2.21.0-*/bin/python')
        return check(stand_in.recorded, python=str(python), script='train.py', arguments=['--epochs', '3'])
    return ask


@pytest.mark.parametrize('changes, verdict', [({}, 'identical'), ({'ulps': 1}, 'explained'),
                                              ({'wrong': 1e-3}, 'regression')])
def test_check_takes_a_script_from_python(changes, verdict, asked):
    report = asked(**changes)
    assert report.verdict == verdict, report.sentence


def test_a_script_that_fails_raises_with_its_last_line(asked):
    with pytest.raises(jobs.ScriptFault, match='ValueError: no such axis'):
        asked(before='sys.stderr.write("ValueError: no such axis\\n"); sys.exit(1)')


def test_the_script_gets_its_arguments(asked):
    report = asked(before='assert request["arguments"] == ["--epochs", "3"], request')
    assert report.verdict == 'identical'

"""What rows are judged against: a recording under one release, made once. Environments are stand-ins."""
import pytest

from legacy.check import article, jobs
from legacy.machine import environments
from legacy.upgrade import measures, releaseenvironment
from legacy.upgrade.measures import Wanted
from tests import stand_ins


@pytest.fixture
def scripts(stand_in, monkeypatch):
    monkeypatch.chdir(stand_in.work)
    return stand_in


def wanted(stand_in, **others):
    return Wanted(**{'job': stand_in.subject().job, 'baseline': stand_in.recorded, **others})


@pytest.fixture
def recorded(scripts, monkeypatch):
    """recorded(before='', **others): the Subject where a recording is made first, under a stand-in for 2.3.4; what was
    asked of `releaseenvironment.row`; and the stages that were told."""
    asked, told, made = [], [], []

    def record(before='', fresh=False, **others):
        made[:] = made or [scripts.release('2.3.4', before=before)]
        monkeypatch.setattr(releaseenvironment, 'row', lambda *args, **named: asked.append((args, named)) or made[0])
        monkeypatch.setattr(releaseenvironment, 'built', lambda *_: str(next(
            (scripts.folder / 'environments').glob('2.3.4-*/bin/python'))))
        subject = measures.subject(wanted(scripts, **{'against': '2.3.4', **others}), scripts.options(fresh=fresh),
                                   lambda label, stage, log: told.append(stage))
        return subject, asked, told
    return record


def test_a_recording_that_is_not_there_is_made_under_the_release_that_is_trusted(recorded, scripts):
    subject, asked, told = recorded(baseline=scripts.folder / 'new.npz', further=('pandas',))
    assert subject.baseline == '2.3.4' and (scripts.folder / 'new.npz').exists()
    assert asked == [(('2.3.4', ('pandas',)), {'script': True})]
    assert told == ['building', 'recording', 'recorded']
    assert len(scripts.called()) == 8  # once, once more, six times with noise


def test_a_script_that_fails_where_it_is_to_be_recorded_leaves_no_recording(recorded, scripts):
    with pytest.raises(environments.EnvironmentFault, match='ValueError: x .*which is to be recorded'):
        recorded(before='sys.stderr.write("ValueError: x\\n"); sys.exit(1)', baseline=scripts.folder / 'new.npz')
    assert not (scripts.folder / 'new.npz').exists()


def test_the_experiment_is_recorded_once_under_the_release_that_is_trusted(recorded, scripts, monkeypatch):
    made = []

    def record(job, path, folder, **how):
        made.append(how)
        stand_ins.recordings.save(stand_ins.recording('2.3.4'), path)
    monkeypatch.setattr(jobs, 'record', record)
    assert [recorded(baseline=None, is_article=True)[0].baseline for _ in range(2)] == ['2.3.4'] * 2
    assert made == [{'whole': True, 'replays': article.REPLAYS}]
    assert recorded(baseline=None, is_article=True, fresh=True)[0].is_article and len(made) == 2


def test_without_a_baseline_the_experiment_is_judged_by_the_committed_recording(scripts):
    subject = measures.subject(wanted(scripts, baseline=None, is_article=True), scripts.options(), None)
    assert subject.recorded == article.RECORDING and subject.baseline == '1.15.5'


def test_a_recording_that_is_there_is_taken_as_it_is(scripts):
    assert measures.subject(wanted(scripts), scripts.options(), None).baseline == '1.15.5'
    assert scripts.called() == []


@pytest.mark.parametrize('here, kind', [(True, str), (False, bytes)])
def test_a_recording_travels_only_to_other_hosts(here, kind, scripts):
    assert type(scripts.subject().wanted(here).baseline) is kind


def test_a_host_makes_the_experiments_folder_itself(scripts, tmp_path):
    before = f'open({str(tmp_path / "there")!r}, "w").write(" ".join(sorted(os.listdir("."))))'
    subject = scripts.subject(folder=str(tmp_path / 'of another host'), without=())
    subject.is_article, subject.job = True, subject.job._replace(asked={**subject.job.asked, 'data': []})
    subject.__dict__['_key'] = 'the experiment'
    stand_ins.run(scripts, scripts.release('2.3.4', before=before), subject=subject)
    assert (tmp_path / 'there').read_text() == 'article.py train.py'

"""What rows are judged against: a release's own numbers, made once. Environments are stand-ins."""
import pathlib
import shutil

import pytest

from legacy.formats import recording
from legacy.machine import crew, environments
from legacy.upgrade import matrix, measures, ready, rows, subjects
from tests import stand_in_scripts


@pytest.fixture
def against(stand_in, monkeypatch):
    """measures.article('2.15.1', ...), of a 2.15.1 that computes 1.15.5's numbers."""
    made = []

    def record(python, request, *_, **__):
        made.append(request)
        for path in pathlib.Path(stand_in.references.path).glob('*.npz'):
            shutil.copy(path, request['references'])
        for arithmetic in ('float32', 'portable', 'float64'):
            path = f'{request["references"]}/baseline-{arithmetic}.npz'
            recorded = recording.load(path)
            header = {**recorded.header, 'environment': {**recorded.header['environment'], 'tensorflow': '2.15.1'}}
            recording.save(recording.Recording(header, recorded.arrays), path)
    row = stand_in.release('2.15.1')
    monkeypatch.setattr(ready, 'row', lambda name: row)
    monkeypatch.setattr(ready, 'built', lambda *_: 'python')
    told = []

    def article(**options):
        with monkeypatch.context() as patched:
            patched.setattr(environments, 'run_worker', record)
            return measures.article('2.15.1', stand_in.options(**options), lambda label, stage, log: told.append(stage))
    return article, made, told


def test_the_release_is_recorded_once_and_is_the_measure(against):
    article, made, told = against
    assert [article().baseline, article().baseline] == ['2.15.1', '2.15.1']
    assert len(made) == 1 and told == ['building', 'recording', 'recorded', 'recorded']
    assert article(fresh=True).baseline and len(made) == 2


def test_without_against_the_measure_is_the_committed_one(stand_in):
    assert measures.article(None, stand_in.options(), None).baseline == '1.15.5'


def test_rows_are_asked_for_evidence_against_the_measure_and_judged_by_it(against, stand_in, monkeypatch):
    subject, wanted, run_worker = against[0](), [], environments.run_worker

    def noted(python, request, *args, **others):
        wanted.append((request, sorted(path.name for path in _folder(request).iterdir())))
        return run_worker(python, request, *args, **others)

    def _folder(request):
        return pathlib.Path(request['checked_against'])
    monkeypatch.setattr(rows.environments, 'run_worker', noted)
    with crew.crew(jobs=1) as workers:
        outcome, = matrix.Matrix(workers, stand_in.options(), subject=subject).run([stand_in.release('2.21.0')])
    assert outcome.summary['report']['reference']['tensorflow'] == '2.15.1'
    assert outcome.verdict == 'identical', outcome.summary['report']['sentence']
    assert 'baseline-float32.npz' in wanted[0][1] and 'kernels.npz' in wanted[0][1]


def test_a_row_kept_against_one_measure_is_not_taken_against_another(against):
    assert against[0]().key() != subjects.Article().key()


# ---- a script's

@pytest.fixture
def scripts(tmp_path, monkeypatch):
    stand_in = stand_in_scripts.ScriptStandIns(tmp_path)
    monkeypatch.chdir(stand_in.work)
    return stand_in


def asked(stand_in, **others):
    return {'script': {'script': 'train.py', 'arguments': [], 'as_module': False}, 'baseline': stand_in.recorded,
            'against': None, 'folder': None, 'further': (), 'onednn': False, 'timeout': 9, 'files': 9, 'linked': (),
            'out': stand_in.folder / 'out', 'environments': None, 'html': None, 'junit': None, **others}


def recorded(stand_in, monkeypatch, **others):
    """measures.script where there is no recording yet; what was asked of `ready.row`."""
    wanted = []
    release = stand_in.release('2.3.4', **others)
    monkeypatch.setattr(ready, 'row', lambda *args, **named: wanted.append((args, named)) or release)
    monkeypatch.setattr(ready, 'built', lambda *_: str(next(
        (stand_in.folder / 'environments').glob('2.3.4-*/bin/python'))))
    path = stand_in.folder / 'new.npz'
    subject = measures.script(asked(stand_in, baseline=path, against='2.3.4', further=('pandas',)), stand_in.options(),
                              lambda *_: None)
    return subject, wanted


def test_a_recording_that_is_not_there_is_made_under_the_release_that_is_trusted(scripts, monkeypatch):
    subject, wanted = recorded(scripts, monkeypatch)
    assert subject.baseline == '2.3.4' and (scripts.folder / 'new.npz').exists()
    assert wanted == [(('2.3.4', ('pandas',)), {'script': True})]
    assert len(scripts.called()) == 8  # once, once more, six times with noise


def test_a_script_that_fails_where_it_is_to_be_recorded_leaves_no_recording(scripts, monkeypatch):
    with pytest.raises(environments.EnvironmentFault, match='ValueError: x .*which is to be recorded'):
        recorded(scripts, monkeypatch, before='sys.stderr.write("ValueError: x\\n"); sys.exit(1)')
    assert not (scripts.folder / 'new.npz').exists()


def test_a_recording_that_is_there_is_taken_as_it_is(scripts):
    assert measures.script(asked(scripts), scripts.options(), None).baseline == '1.15.5'
    assert scripts.called() == []


def test_results_and_pages_are_no_part_of_the_scripts_folder(scripts):
    subject = measures.script(asked(scripts, html=scripts.work / 'page.html', out=scripts.work / 'runs'),
                              scripts.options(), None)
    without = subject.request(here=True)['script']['without']
    assert {str(scripts.work / 'page.html'), str(scripts.work / 'runs')} <= set(without)


@pytest.mark.parametrize('here, kind', [(True, str), (False, bytes)])
def test_a_recording_travels_only_to_other_hosts(here, kind, scripts):
    assert type(scripts.subject().request(here)['script']['baseline']) is kind

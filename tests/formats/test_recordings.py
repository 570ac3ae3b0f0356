"""Files of scripts' recordings: what is read back, and what is refused."""
import json
import shutil
import zipfile

import numpy as np
import pytest

from legacy.formats import archive, contents, recordings
from legacy.formats.archive import RecordingError
from tests.conftest import ROOT

RECORDED = ROOT / 'tests' / 'scripts' / 'recordings' / 'vae.npz'


@pytest.fixture(scope='module')
def recorded():
    return recordings.load(str(RECORDED))


def changed(tmp_path, change):
    """The path of a copy of the recording whose header was changed."""
    path = tmp_path / 'changed.npz'
    with zipfile.ZipFile(RECORDED) as source, zipfile.ZipFile(path, 'w') as target:
        for name in source.namelist():
            content = source.read(name)
            if name == 'header.json':
                header = json.loads(content)
                change(header)
                content = json.dumps(header).encode()
            target.writestr(name, content)
    return str(path)


def test_a_saved_recording_is_read_back(recorded, tmp_path):
    recordings.save(recorded, str(tmp_path / 'again.npz'))
    again = recordings.load(str(tmp_path / 'again.npz'))
    assert again.header == recorded.header
    assert all(np.array_equal(array, again.arrays[name]) for name, array in recorded.arrays.items())


def limited(monkeypatch, **limits):
    monkeypatch.setattr(recordings, 'LIMITS', recordings.LIMITS._replace(**limits))


def test_what_is_as_large_as_can_be_read_is_saved_and_read(recorded, tmp_path, monkeypatch):
    with zipfile.ZipFile(RECORDED) as file:
        limited(monkeypatch, header=file.getinfo('header.json').file_size)
    recordings.save(recorded, str(tmp_path / 'again.npz'))
    assert recordings.load(str(tmp_path / 'again.npz')).header == recorded.header


@pytest.mark.parametrize('limit, said', [({'header': 1000}, 'header'), ({'file': 1000}, 'bytes'),
                                         ({'content': 1000}, 'bytes of arrays')])
def test_what_could_not_be_read_is_not_written(limit, said, recorded, tmp_path, monkeypatch):
    limited(monkeypatch, **limit)
    with pytest.raises(RecordingError, match='%s.*smaller --budget' % said):
        recordings.save(recorded, str(tmp_path / 'again.npz'))
    assert not list(tmp_path.iterdir())


def test_zeros_that_would_not_be_believed_are_not_written(recorded, tmp_path, monkeypatch):
    monkeypatch.setattr(archive, 'TAKEN_ON_TRUST', 1 << 20)
    arrays = dict(recorded.arrays, **{'content/zeros': np.zeros(1 << 25, 'u1')})
    with pytest.raises(RecordingError, match='bytes of arrays'):
        recordings.save(recordings.Recording(recorded.header, arrays), str(tmp_path / 'again.npz'))


def test_every_run_has_a_digest_of_what_it_was_fed(recorded):
    assert sum(len(recorded.arrays[f'kinds/{k}/feeds']) for k in range(len(recorded.kinds))) == len(recorded.runs) > 0


def test_steps_hold_what_they_started_from_in_full(recorded):
    step = recorded.header['steps'][0]
    assert step['before']
    assert all(recorded.content(noted).shape == noted.shape for noted in step['before'].values())


@pytest.mark.parametrize('keep', [0, 30, 5000, -100])
def test_a_truncated_file_is_refused(keep, tmp_path):
    path = tmp_path / 'short.npz'
    path.write_bytes(RECORDED.read_bytes()[:keep])
    with pytest.raises(RecordingError, match='short.npz'):
        recordings.load(str(path))


@pytest.mark.parametrize('change', [
    lambda header: header.pop('steps'), lambda header: header.update(schema=99), lambda header: header.update(graphs=7),
    lambda header: header['kinds'].pop(), lambda header: header['steps'][0].update(run=10 ** 6),
    lambda header: header['initial'][0]['noted'].__setitem__(0, 'content/999999')],
    ids=['no steps', 'another schema', 'graphs that are not there', 'a kind less', 'a run that is not there',
         'an array that is not there'])
def test_a_header_that_contradicts_the_arrays_is_refused(change, tmp_path):
    with pytest.raises(RecordingError):
        recordings.load(changed(tmp_path, change))


def test_a_sample_of_a_large_array_has_elements_of_all_of_it():
    found = contents.sampled(np.arange(10 ** 6))
    assert len(found) == contents.SAMPLE == len(np.unique(found))
    assert np.histogram(found, 10, (0, 10 ** 6))[0].min() > contents.SAMPLE / 20


def test_digests_differ_by_one_bit_and_take_every_nan_for_the_same():
    a, b = np.array([1.0, np.nan], 'f4'), np.array([1.0, -np.nan], 'f4')
    assert contents.digest(a) == contents.digest(b)
    assert contents.digest(a) != contents.digest(np.nextafter(a, np.float32(2)))


def test_a_copy_is_one(tmp_path):
    shutil.copy(RECORDED, tmp_path / 'copy.npz')
    assert recordings.header_of(tmp_path / 'copy.npz') and not recordings.header_of(tmp_path / 'nothing.npz')

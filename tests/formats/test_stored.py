"""Arrays that are read when they are asked for: the same bits, little memory, and what is damaged is refused."""
import json
import os
import tracemalloc
import zipfile

import numpy as np
import pytest

from legacy.formats import archive, recordings, stored
from legacy.formats.archive import RecordingError
from legacy.judge import ladder, questions
from legacy.judge.baseline import Baseline
from tests.conftest import ROOT

RECORDINGS = sorted((ROOT / 'tests' / 'scripts' / 'recordings').glob('*.npz'))
VAE = ROOT / 'tests' / 'scripts' / 'recordings' / 'vae.npz'
LARGE = 4 << 20  # bytes
ODD = {'nothing': np.zeros((0, 3), 'f4'), 'one': np.array(-0.0, 'f8'), 'whole': np.arange(7, dtype='i8'),
       'rows/turned': np.arange(12, dtype='f4').reshape(3, 4).T, 'not numbers': np.array([0x7fc01234], 'u4').view('f4')}
LIMITS = archive.Limits(1 << 30, 1 << 30, 1 << 20, ('<f4', '<f8', '<i8'))


def lazily(path):
    return archive.read(str(path), lambda header: None, LIMITS)[1]


def written(path, arrays):
    archive.save(str(path), {}, arrays, LIMITS)
    return path


def noise():
    """An array that nothing makes smaller."""
    return np.frombuffer(np.random.RandomState(0).bytes(LARGE), 'i4').astype('i8')[:LARGE // 8]


def peak(make):
    """Megabytes that a call has in memory at once."""
    tracemalloc.start()
    try:
        make()
        return tracemalloc.get_traced_memory()[1] / (1 << 20)
    finally:
        tracemalloc.stop()


def same(a, b):
    return (a.dtype, a.shape, a.tobytes()) == (b.dtype, b.shape, b.tobytes())


# ---- reading

def test_arrays_that_are_asked_for_are_those_that_are_read_at_once():
    arrays = recordings.load(VAE).arrays
    with np.load(VAE) as file:
        whole = {name: file[name] for name in file.files if name != 'header.json'}
    assert list(arrays) == list(whole) and all(same(arrays[name], whole[name]) for name in whole)


@pytest.mark.parametrize('name', ODD)
def test_every_form_of_array_is_read_back(name, tmp_path):
    assert same(lazily(written(tmp_path / 'a.npz', ODD))[name], ODD[name])


def test_what_is_read_cannot_be_changed(tmp_path):
    arrays = lazily(written(tmp_path / 'a.npz', ODD))
    assert not any(arrays[name].flags.writeable for name in ODD)


def test_an_array_that_is_small_stays(tmp_path):
    arrays = lazily(written(tmp_path / 'a.npz', {'small': np.zeros(9), 'large': np.zeros(stored.SMALL)}))
    assert arrays['small'] is arrays['small'] and arrays['large'] is not arrays['large']


def test_loading_takes_little_memory_and_reading_at_once_takes_the_arrays(tmp_path):
    path = written(tmp_path / 'a.npz', {'a': noise(), 'b': noise() + 1})
    assert path.stat().st_size > LARGE
    assert peak(lambda: archive.checked(lazily(path))) < 2
    assert peak(lambda: list(lazily(path).values())) > 2 * LARGE >> 20  # or the peak above would say nothing


def test_one_array_at_a_time_is_read(tmp_path):
    arrays = lazily(written(tmp_path / 'a.npz', {str(k): noise() for k in range(3)}))
    assert peak(lambda: [arrays[name].sum() for name in arrays]) < 1.6 * LARGE / (1 << 20)


@pytest.mark.parametrize('change', [lambda path, new: os.replace(new, path), lambda path, new: os.unlink(path)],
                         ids=['replaced', 'deleted'])
def test_a_file_that_goes_away_is_read_to_the_end(change, tmp_path):
    arrays = lazily(written(tmp_path / 'a.npz', {'a': np.arange(5)}))
    change(tmp_path / 'a.npz', written(tmp_path / 'b.npz', {'a': np.arange(5) + 1}))
    assert arrays['a'].tolist() == [0, 1, 2, 3, 4]


def test_a_recording_that_nobody_has_any_more_is_closed():
    before = os.listdir('/proc/self/fd') if os.path.isdir('/proc/self/fd') else None
    arrays = recordings.load(VAE).arrays
    assert len(arrays['runs'])
    del arrays
    assert before is None or os.listdir('/proc/self/fd') == before


# ---- what is damaged

def damaged(path, member):
    """The file with a bit of a member's content turned, in place."""
    with zipfile.ZipFile(path) as file:
        info = file.getinfo(member + '.npy')
    with open(path, 'r+b') as file:
        file.seek(info.header_offset + 30 + len(info.filename) + info.compress_size // 2)
        byte = file.read(1)[0]
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte ^ 16]))


def copied(tmp_path):
    path = tmp_path / 'copy.npz'
    path.write_bytes(VAE.read_bytes())
    return path


@pytest.mark.parametrize('member', ['runs', 'content/3', 'graph/0'])
def test_a_damaged_array_is_refused_on_loading(member, tmp_path):
    damaged(copied(tmp_path), member)
    with pytest.raises(RecordingError, match='copy.npz: .*damaged'):
        recordings.load(tmp_path / 'copy.npz')


def test_an_array_that_is_damaged_after_loading_is_refused_by_name_when_it_is_asked_for(tmp_path):
    recorded = recordings.load(copied(tmp_path))
    largest = max(recorded.arrays.held, key=lambda name: recorded.arrays.held[name].nbytes)
    damaged(tmp_path / 'copy.npz', largest)
    assert len(recorded.arrays['runs'])
    with pytest.raises(RecordingError, match='copy.npz: .*damaged'):
        recorded.arrays[largest]


def test_a_recording_that_can_no_longer_be_read_is_no_regression(tmp_path):
    here = recordings.load(copied(tmp_path))
    recorded = Baseline(recordings.load(VAE))
    (tmp_path / 'copy.npz').write_bytes(b'')
    with pytest.raises(RecordingError, match='copy.npz'):
        ladder.ladder(recorded, here)


def test_another_fault_of_a_question_is_its_own_error():
    def ask(side):
        raise ValueError('of the answer')
    assert questions.answered(questions.Question('a question', ask), None).status == questions.ERROR


def with_member(path, content, way=zipfile.ZIP_DEFLATED):
    """An archive whose header declares array a of three float64, and whose member a is something else."""
    with zipfile.ZipFile(path, 'w', way) as file:
        file.writestr('header.json', json.dumps({'arrays': [['a', '<f8', [3]]]}), zipfile.ZIP_DEFLATED)
        file.writestr('a.npy', content)
    return path


def test_a_member_that_unpacks_to_more_than_declared_is_refused_without_memory(tmp_path):
    path = with_member(tmp_path / 'a.npz', bytes(64 << 20))

    def refuse():
        with pytest.raises(RecordingError, match='array a is not <f8'):
            lazily(path)
    assert path.stat().st_size < 1 << 17 and peak(refuse) < 8


@pytest.mark.parametrize('content, way, words', [
    (archive._npy_prefix('<f8', (3,)) + bytes(24), zipfile.ZIP_BZIP2, 'not <f8'),
    (archive._npy_prefix('<f4', (3,)) + bytes(24), zipfile.ZIP_DEFLATED, 'not <f8'),
    (archive._npy_prefix('<f8', (3,)) + bytes(23), zipfile.ZIP_DEFLATED, 'not <f8')],
    ids=['packed in another way', 'another dtype', 'a byte less'])
def test_a_member_that_is_something_else_is_refused(content, way, words, tmp_path):
    with pytest.raises(RecordingError, match=words):
        archive.checked(lazily(with_member(tmp_path / 'a.npz', content, way)))


def test_a_member_as_declared_is_not_refused(tmp_path):
    path = with_member(tmp_path / 'a.npz', archive._npy_prefix('<f8', (3,)) + np.arange(3.0).tobytes())
    assert archive.checked(lazily(path))['a'].tolist() == [0, 1, 2]


# ---- writing

@pytest.mark.parametrize('path', RECORDINGS, ids=lambda path: path.stem)
def test_a_recording_read_and_written_again_has_the_same_bytes_but_for_the_headers_layout(path, tmp_path):
    recordings.save(recordings.load(path), tmp_path / 'again.npz')
    with zipfile.ZipFile(path) as committed, zipfile.ZipFile(tmp_path / 'again.npz') as again:
        assert committed.namelist() == again.namelist()
        assert json.loads(committed.read('header.json')) == json.loads(again.read('header.json'))
        assert all(committed.read(name) == again.read(name) for name in again.namelist() if name != 'header.json')


def test_a_recording_written_twice_has_the_same_bytes(tmp_path):
    for name in ('once.npz', 'twice.npz'):
        recordings.save(recordings.load(RECORDINGS[0]), tmp_path / name)
    assert (tmp_path / 'once.npz').read_bytes() == (tmp_path / 'twice.npz').read_bytes()


def test_stored_arrays_are_written_as_those_in_memory(tmp_path):
    arrays, scratch = {'large': noise()[:1 << 18].reshape(2, -1), **ODD}, stored.Scratch()
    kept = {name: scratch.keep(array) for name, array in arrays.items()}
    assert isinstance(kept['large'], stored.Stored)
    assert written(tmp_path / 'a.npz', kept).read_bytes() == written(tmp_path / 'b.npz', arrays).read_bytes()


def test_writing_has_one_array_in_memory(tmp_path):
    scratch, arrays = stored.Scratch(), {}
    for k in range(3):
        arrays[str(k)] = scratch.keep(noise())
    assert peak(lambda: written(tmp_path / 'a.npz', arrays)) < 1.6 * LARGE / (1 << 20)


def test_a_file_that_cannot_be_written_to_the_end_leaves_nothing(tmp_path):
    class Gone(stored.Stored):
        def read(self):
            raise RecordingError('gone')
    with pytest.raises(RecordingError, match='gone'):
        written(tmp_path / 'a.npz', {'a': np.arange(3), 'b': Gone('f8', (3,))})
    assert os.listdir(tmp_path) == []


def test_what_could_not_be_read_is_not_written(tmp_path):
    with pytest.raises(RecordingError, match='dtype <c8'):
        written(tmp_path / 'a.npz', {'a': np.zeros(3, 'c8')})
    assert os.listdir(tmp_path) == []


def test_a_recording_that_is_too_large_to_be_read_is_not_written(tmp_path):
    class Huge(stored.Stored):
        def read(self):
            raise AssertionError('it must be refused before')
    with pytest.raises(RecordingError, match='too large'):
        written(tmp_path / 'a.npz', {'a': Huge('f8', (1 << 28,))})

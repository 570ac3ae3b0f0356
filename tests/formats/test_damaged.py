"""A damaged recording, or another file, is refused with a reason; what is read is what was written."""
import functools
import io
import json
import os
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from legacy.formats import recordings
from legacy.formats.archive import RecordingError
from legacy.formats.values import same_bits
from tests.conftest import DATA, ROOT

SMALL = (ROOT / 'tests' / 'scripts' / 'recordings' / 'sigmoids.npz').read_bytes()
LARGEST = 8_000_000  # bytes of the article's recording


@pytest.fixture(scope='module')
def loaded(tmp_path_factory):
    """loaded(CONTENT) is the Recording in a file of this content."""
    path = tmp_path_factory.mktemp('damaged') / 'a.npz'

    def loaded(content):
        path.write_bytes(content)
        return recordings.load(path)
    return loaded


@functools.lru_cache
def small():
    """(header, {name: array}) of the recording that is damaged."""
    recorded = recordings.load(ROOT / 'tests' / 'scripts' / 'recordings' / 'sigmoids.npz')
    return recorded.header, {name: recorded.arrays[name] for name in recorded.arrays}


def is_small(recorded):
    header, arrays = small()
    return recorded.header == header and set(recorded.arrays) == set(arrays) and all(
        np.all(same_bits(recorded.arrays[name], array) if array.dtype.kind == 'f' else recorded.arrays[name] == array)
        for name, array in arrays.items())


def test_the_articles_recording_is_small_enough():
    assert (DATA / 'article.npz').stat().st_size < LARGEST


def test_reading_and_writing_again_gives_the_same_header_and_arrays(loaded, tmp_path):
    recordings.save(loaded(SMALL), tmp_path / 'again.npz')
    assert is_small(recordings.load(tmp_path / 'again.npz'))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(SMALL) - 1))
def test_truncated_file_is_refused(loaded, length):
    with pytest.raises(RecordingError):
        loaded(SMALL[:length])


@settings(max_examples=120, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(SMALL) - 1), st.integers(1, 255)), min_size=1, max_size=3))
def test_flipped_bytes_are_refused_or_change_nothing(loaded, flips):
    damaged = bytearray(SMALL)
    for position, mask in flips:
        damaged[position] ^= mask
    try:
        read = loaded(bytes(damaged))
    except RecordingError:
        return
    assert is_small(read)  # a time stamp in the archive, say, means nothing


def zipped(**members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, 'w', zipfile.ZIP_DEFLATED) as archived:
        for name, content in members.items():
            archived.writestr(name.replace('__', '.'), content)
    return file.getvalue()


@pytest.mark.parametrize('content', [b'', b'no archive', zipped(readme__txt='hello'), zipped(header__json='{'),
                                     zipped(header__json='[' * 100_000), zipped(header__json='[]')])
def test_other_files_are_refused(content, loaded):
    with pytest.raises(RecordingError):
        loaded(content)


def test_pickled_objects_are_refused_unread(loaded):
    file = io.BytesIO()
    np.save(file, np.array([{'a': 1}], dtype=object), allow_pickle=True)
    header = {**small()[0], 'arrays': [['runs', '|O', [1]]]}
    with pytest.raises(RecordingError, match=r'\|O'):
        loaded(zipped(header__json=json.dumps(header), runs__npy=file.getvalue()))


def test_an_array_declared_too_large_is_refused_before_it_is_read(loaded):
    header = {**small()[0], 'arrays': [['runs', '<i4', [1 << 40]]]}
    with pytest.raises(RecordingError, match='too large'):
        loaded(zipped(header__json=json.dumps(header), runs__npy=b''))


@pytest.mark.parametrize('path', ['nowhere.npz', '.'])
def test_what_is_no_file_is_refused_by_name(path, tmp_path):
    with pytest.raises(RecordingError, match=str(tmp_path / path)):
        recordings.load(tmp_path / path)


def test_a_failed_save_leaves_the_old_file_and_nothing_else(loaded, tmp_path, monkeypatch):
    path, recorded = tmp_path / 'a.npz', loaded(SMALL)
    path.write_bytes(b'old')

    def full(*_):
        raise OSError('no space left')
    monkeypatch.setattr(os, 'replace', full)
    with pytest.raises(OSError, match='no space'):
        recordings.save(recorded, path)
    assert (path.read_bytes(), os.listdir(tmp_path)) == (b'old', ['a.npz'])

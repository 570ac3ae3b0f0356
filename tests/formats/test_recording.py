"""The recording's file: exact, whole, and refused with a reason if it is anything else."""
import functools
import io
import json
import os
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from legacy.formats import archive, packing, recording
from legacy.formats.recording import RecordingError
from legacy.formats.values import same_bits
from legacy.judge import comparison
from tests.conftest import DATA

LIMITS = {'float32': 2_000_000, 'portable': 2_000_000, 'float64': 4_000_000}  # bytes


@functools.lru_cache
def whole():
    return recording.load(DATA / 'baseline-float32.npz')


def small():
    """A whole recording cut down to a few kilobytes: the first network's first variables, three checkpoints."""
    header = json.loads(json.dumps(whole().header))
    header['graph']['variables'] = kept = header['graph']['variables'][:2]
    names = {variable['name'] for variable in kept}
    header['seeded_calls'] = header['seeded_calls'][:1]
    header['floor'] = None
    header['settings']['steps'] = 2
    arrays = {}
    for name, array in whole().computed.items():
        group, _, rest = name.partition('/')
        if group in ('gradients', 'checkpoints') and rest not in names and rest != 'steps' or '/norm/' in name:
            continue
        arrays[name] = array[:3] if group in ('checkpoints', 'data') else array
    return recording.Recording(header, arrays)


SMALL = recording.to_bytes(small())


@pytest.mark.parametrize('arithmetic', LIMITS)
def test_reading_and_writing_again_gives_the_same_header_and_arrays(arithmetic):
    committed = recording.from_bytes((DATA / f'baseline-{arithmetic}.npz').read_bytes())
    again = recording.from_bytes(recording.to_bytes(committed))
    assert again.header == committed.header and list(again.arrays) == list(committed.arrays)
    assert all(np.all(same_bits(again.arrays[name], array)) for name, array in committed.arrays.items())


def test_a_recording_that_was_read_is_written_as_the_same_bytes():
    assert recording.to_bytes(recording.from_bytes(SMALL)) == SMALL


@pytest.mark.parametrize('arithmetic', LIMITS)
def test_file_is_small_enough(arithmetic):
    assert (DATA / f'baseline-{arithmetic}.npz').stat().st_size < LIMITS[arithmetic]


@pytest.mark.parametrize('dtype', ['<f4', '<f8'])
@given(data=st.data())
def test_packing_keeps_every_bit(dtype, data):
    unsigned = '<u' + dtype[2]
    bits = data.draw(arrays_of.arrays(unsigned, st.tuples(st.integers(1, 4), st.integers(0, 5))))
    values = bits.view(dtype)  # NaN payloads, infinities and minus zero among them
    unpacked = packing.unpacked(packing.packed(values), dtype, values.shape)
    assert np.array_equal(unpacked.view(unsigned), bits)


@given(st.integers(0, len(SMALL) - 1))
def test_truncated_file_is_refused(length):
    with pytest.raises(RecordingError):
        recording.from_bytes(SMALL[:length])


@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(SMALL) - 1), st.integers(1, 255)), min_size=1, max_size=3))
def test_flipped_bytes_are_refused_or_change_nothing(flips):
    damaged = bytearray(SMALL)
    for position, mask in flips:
        damaged[position] ^= mask
    try:
        read = recording.from_bytes(bytes(damaged))
    except RecordingError:
        return
    original = recording.from_bytes(SMALL)  # a time stamp in the archive, say, means nothing
    assert read.header == original.header and comparison.identical(read, original)


def changed_header(**changes):
    part = small()
    return recording.Recording({**part.header, **changes}, part.arrays)


def changed_settings(**changes):
    return changed_header(settings={**small().settings, **changes})


def changed_arrays(**changes):
    part = small()
    merged = {**part.arrays, **{name.replace('__', '/'): array for name, array in changes.items()}}
    return recording.Recording(part.header, {name: array for name, array in merged.items() if array is not None})


@pytest.mark.parametrize('wrong, words', [
    (changed_header(schema=3), 'schema version 3'),
    (changed_header(surprise=1), 'does not have the keys'),
    (changed_header(settings={'seed': 1}), 'header.settings'),
    (changed_header(command=7), 'header.command'),
    (changed_settings(steps=10 ** 15), 'steps from seed 1; there are 1 to 250'),
    (changed_settings(steps=0), '0 steps from seed 1'),
    (changed_settings(steps=250), 'the header says 250 steps, the last checkpoint is after 2'),
    (changed_settings(seed=-1), '2 steps from seed -1'), (changed_settings(seed=2 ** 40), 'from seed 1099511627776'),
    (changed_settings(arithmetic='float16'), "no such arithmetic: 'float16'"),
    (changed_arrays(series__cost=None), 'series/cost'),
    (changed_arrays(surprise=np.zeros(3)), 'surprise'),
    (changed_arrays(gradients__Variable=np.zeros((1, 30))), 'gradients/Variable'),
    (changed_arrays(data__y=np.zeros((2, 1))), 'data/y'),
    (changed_arrays(checkpoints__steps=np.zeros(5, '<i4')), 'checkpoints/'),
    (changed_arrays(checkpoints__steps=np.array([0, 6, 1], '<i4')), 'out of order'),
    (changed_arrays(checkpoints__steps=np.array([1, 2, 6], '<i4')), 'before the first step'),
    (changed_header(overflow={'cost': 5, 'cost_norm': None}), 'overflows at step 5'),
    (changed_header(seeded_calls=[{'op_type': None, 'graph_seed': 1, 'op_seed': 5, 'variable': 'nobody'}]), 'nobody'),
], ids=lambda value: value if isinstance(value, str) else '')
def test_wrong_content_is_refused_on_both_ways(wrong, words, tmp_path):
    with pytest.raises(RecordingError, match=words):
        recording.to_bytes(wrong)
    path = tmp_path / 'wrong.npz'
    path.write_bytes(archive.to_bytes(wrong.header, wrong.arrays, recording._packed))
    with pytest.raises(RecordingError, match=words) as refused:
        recording.load(path)
    assert str(path) in str(refused.value)


def zipped(**members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, 'w', zipfile.ZIP_DEFLATED) as archived:
        for name, content in members.items():
            archived.writestr(name.replace('__', '.'), content)
    return file.getvalue()


@pytest.mark.parametrize('content', [b'', b'no archive', zipped(readme__txt='hello'), zipped(header__json='{'),
                                     zipped(header__json='[' * 100_000), zipped(header__json='[]')])
def test_other_files_are_refused(content):
    with pytest.raises(RecordingError):
        recording.from_bytes(content)


def test_pickled_objects_are_refused_unread():
    file = io.BytesIO()
    np.save(file, np.array([{'a': 1}], dtype=object), allow_pickle=True)
    part = small()
    content = zipped(header__json=json.dumps({**part.header, 'arrays': [['data/x', '|O', [1]]]}),
                     **{'data/x__npy': file.getvalue()})
    with pytest.raises(RecordingError, match=r'\|O'):
        recording.from_bytes(content)


def test_an_array_declared_too_large_is_refused_before_it_is_read():
    header = {**small().header, 'arrays': [['data/x', '<f8', [1 << 40]]]}
    with pytest.raises(RecordingError, match='too large'):
        recording.from_bytes(zipped(header__json=json.dumps(header), **{'data/x__npy': b''}))


@pytest.mark.parametrize('path', ['nowhere.npz', '.'])
def test_what_is_no_file_is_refused_by_name(path, tmp_path):
    with pytest.raises(RecordingError, match=str(tmp_path / path)):
        recording.load(tmp_path / path)


def test_a_failed_save_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / 'a.npz'
    path.write_bytes(b'old')

    def full(*_):
        raise OSError('no space left')
    monkeypatch.setattr(os, 'replace', full)
    with pytest.raises(OSError, match='no space'):
        recording.save(small(), path)
    assert (path.read_bytes(), os.listdir(tmp_path)) == (b'old', ['a.npz'])

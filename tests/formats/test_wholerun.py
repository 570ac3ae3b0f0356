"""A recording with a whole run: what is read again, and what is refused."""
import pytest

from legacy.formats import recordings
from legacy.formats.archive import RecordingError
from tests.judge import wholes


def test_a_recording_with_a_whole_run_is_read_as_it_was_written(tmp_path):
    written = wholes.with_whole()
    recordings.save(written, tmp_path / 'a.npz')
    read = recordings.load(tmp_path / 'a.npz')
    assert read.header['whole'] == written.header['whole']
    assert all((read.arrays[name] == written.arrays[name]).all() for name in written.arrays
               if name.startswith('whole/kinds'))


def removed(recording):
    del recording.arrays['whole/raised']


def unknown(recording):
    recording.arrays['whole/kinds/99/feeds'] = recording.arrays['whole/runs']


def shortened(recording):
    k, digests = wholes.fetched(recording)
    recording.arrays[f'whole/kinds/{k}/fetched'] = digests[1:]


def without_header(recording):
    del recording.header['whole']


def with_fault(recording):
    recording.header['whole']['fault'] = 'none'


def without_key(recording):
    del recording.header['whole']['last']


def of_another_kind(recording):
    recording.arrays['whole/runs'][0] = 99


def another_value(recording):
    name = next(name for name in recording.arrays if name.startswith('whole/small/'))
    recording.arrays[name] = recording.arrays[name] + 1


@pytest.mark.parametrize('damage', [removed, unknown, shortened, without_header, with_fault, without_key,
                                    of_another_kind, another_value])
def test_a_whole_run_that_is_not_whole_is_refused(damage):
    recording = wholes.with_whole()
    recordings.check(recording)
    damage(recording)
    with pytest.raises(RecordingError):
        recordings.check(recording)

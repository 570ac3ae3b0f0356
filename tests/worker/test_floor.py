"""The noise floor measured here: what it holds, that it is the same every time, and that it reads back."""
import numpy as np
import pytest

from legacy.formats import floors, recording
from legacy.formats.recording import RecordingError
from legacy.judge import comparison
from legacy.worker import floor, record, replay


@pytest.fixture(scope='module')
def short(experiment):
    """A recording of two steps, so of two pieces, without a floor."""
    return record.record(steps=2, experiment=experiment)


@pytest.fixture(scope='module')
def measured(experiment, short):
    return floor.measured(short, repetitions=3, free_runs=2)


def test_floor_reads_back_and_leaves_the_run_as_it_was(measured, short):
    read = recording.from_bytes(recording.to_bytes(measured))
    assert read.header['floor'] == measured.header['floor']
    assert comparison.identical(read, short)


def test_floor_is_the_same_every_time(measured, experiment, short):
    again = floor.measured(short, repetitions=3, free_runs=2)
    names = [name for name in measured.arrays if name.startswith(floors.PREFIX)]
    assert len(names) > 100
    assert [name for name in names if not np.array_equal(measured.arrays[name], again.arrays[name])] == []


def test_what_rounds_has_a_floor_and_what_is_exact_has_none(measured):
    found = measured.group(floors.PREFIX)
    assert found['before/layer_inputs/plain/0/rows'] == 0  # the data
    assert 0 < found['before/cost_norm'] / measured.arrays['before/cost_norm'] < 1e-4
    assert (found['after/Variable_18'] > 0).all() and (found['along/Variable_18'] > 0).all()
    assert (found['free/cost_norm'] != measured.arrays['series/cost_norm']).any()


def test_this_tensorflow_is_within_its_own_floor(measured, experiment):
    replayed = replay.replay(experiment, measured)
    finding = comparison.teacher_forced(measured, replayed)
    assert finding.passed and finding.deviation == 0 and finding.compared == finding.expected


def without_one(arrays):
    del arrays['floor/after/Variable_18']


def negative(arrays):
    arrays['floor/after/Variable_18'] = -arrays['floor/after/Variable_18']


def infinite(arrays):
    arrays['floor/before/cost'] = np.array(np.inf, 'f4')


def other_dtype(arrays):
    arrays['floor/before/cost'] = np.array(1.0)


def fewer_pieces(arrays):
    arrays['floor/along/Variable_18'] = arrays['floor/along/Variable_18'][:1]


@pytest.mark.parametrize('change, words', [
    (without_one, 'missing or unknown: floor/after/Variable_18'), (negative, 'negative'), (infinite, 'negative'),
    (other_dtype, 'floor/before/cost is <f8'), (fewer_pieces, 'floor/along/Variable_18 is <f4')])
def test_damaged_floor_is_refused(change, words, measured):
    arrays = dict(measured.arrays)
    change(arrays)
    with pytest.raises(RecordingError, match=words):
        recording.to_bytes(recording.Recording(measured.header, arrays))


def test_floor_arrays_without_a_header_are_refused(measured):
    with pytest.raises(RecordingError, match='missing or unknown'):
        recording.to_bytes(recording.Recording(dict(measured.header, floor=None), measured.arrays))


def test_floor_with_an_unknown_entry_is_refused(measured):
    header = dict(measured.header, floor=dict(measured.header['floor'], more=1))
    with pytest.raises(RecordingError, match='header.floor'):
        recording.to_bytes(recording.Recording(header, measured.arrays))


def test_recording_of_schema_1_is_refused_in_one_line(short):
    with pytest.raises(RecordingError, match='schema version 1; this program reads version 2: record it again'):
        recording.to_bytes(recording.Recording(dict(short.header, schema=1), short.arrays))

"""`record`, and how the baseline is replaced."""
import os
import sys
import tempfile

import pytest

from legacy.check import baseline as baseline_command
from legacy.formats import recording
from legacy.formats.errors import LegacyError
from legacy.judge import comparison
from tests import shortened
from tests.command_line import assert_fault, compat_run
from tests.conftest import DATA

BASELINE = DATA / 'baseline-float32.npz'


def test_baseline_from_another_release_is_refused_and_leaves_nothing(tmp_path):
    before = BASELINE.read_bytes()
    done = compat_run('record', '--baseline', '--reason', 'a test', '--accept', TMPDIR=str(tmp_path))
    assert_fault(done, '1.15.5')
    assert BASELINE.read_bytes() == before and os.listdir(tmp_path) == []


WORKER = """#!{python}
import json, os, shutil, sys
request = json.loads(sys.argv[3])
if 'environment' in request:
    json.dump({{'tensorflow': '1.15.5'}}, open(request['out'], 'w'))
else:
    {then}
"""


@pytest.fixture
def renew(tmp_path, monkeypatch):
    """A function: what `baseline.renew` says with a worker that does `then` for TensorFlow 1.15.5, and what of the
    temporary folder is left."""
    def run(then, accept):
        python, data, temporary = tmp_path / 'python', tmp_path / 'data', tmp_path / 'temporary'
        python.write_text(WORKER.format(python=sys.executable, then=then))
        python.chmod(0o755)
        data.mkdir()
        temporary.mkdir()
        monkeypatch.setattr(baseline_command, 'FOLDER', data)
        monkeypatch.setattr(tempfile, 'tempdir', str(temporary))
        said = []
        try:
            baseline_command.renew(str(python), 'a test', accept, said.append)
        except LegacyError as error:
            said.append(str(error))
        return said, sorted(os.listdir(data)), os.listdir(temporary)
    return run


COPIES = f"for name in {[*[f'baseline-{name}.npz' for name in recording.ARITHMETICS], 'kernels.npz']!r}: " \
         f"shutil.copy({str(DATA)!r} + '/' + name, request['references'])"


def test_candidates_stay_where_the_user_is_told(renew):
    said, data, (left,) = renew(COPIES, False)
    assert data == [] and left in said[-1] and said[0] == 'float32: new'


def test_candidates_that_are_accepted_replace_the_baseline_and_leave_nothing_else(renew):
    said, data, left = renew(COPIES, True)
    assert left == [] and said[-1].startswith('replaced') and len(data) == 7


def test_candidates_that_fail_leave_nothing(renew):
    said, data, left = renew("sys.exit('error: it is broken')", False)
    assert (data, left) == ([], []) and 'it is broken' in said[0]


def test_baseline_without_a_reason_is_refused():
    assert_fault(compat_run('record', '--baseline'), '--reason')


def test_record_with_an_interpreter_that_is_none_is_refused(tmp_path):
    assert_fault(compat_run('record', '--out', tmp_path / 'a.npz', '--python', tmp_path / 'none'), 'none')


def test_record_in_another_process_gives_the_same_numbers(tmp_path, baseline):
    steps = shortened.STEPS
    done = compat_run('record', '--out', tmp_path / 'a.npz', '--arithmetic', 'portable', '--steps', steps)
    assert done.returncode == 0, done.stderr
    assert comparison.identical(shortened.first_steps(baseline['portable'], steps), recording.load(tmp_path / 'a.npz'))

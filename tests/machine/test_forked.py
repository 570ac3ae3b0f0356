"""Copies of a process, with a stand-in for the one that has imported TensorFlow."""
import os
import sys
import threading
import time

import pytest

from legacy.machine.forked import Forked
from legacy.machine.processes import Group, ProcessFault
from tests.command_line import LONGEST
from tests.conftest import ROOT

# Serves as `legacy.worker.scripts --forking` does; a request is Python to run.
PROGRAM = """
import json, sys, types
sys.path.insert(0, {root!r})
sys.modules['legacy.worker.scripts.runner'] = types.ModuleType('running')
import legacy.worker.scripts
legacy.worker.scripts.runner = sys.modules['legacy.worker.scripts.runner']
{before}
from legacy.worker.scripts import forkserver
exec(json.loads(forkserver.requests())['run'])
"""
pytestmark = pytest.mark.skipif(not Forked.can_be(), reason='Linux alone')


@pytest.fixture
def started():
    """started(before='') is a Forked that has run this first."""
    found = []

    def start(before=''):
        found.append(Forked([sys.executable, '-c', PROGRAM.format(root=str(ROOT), before=before)], dict(os.environ)))
        return found[-1]
    yield start
    for forked in found:
        forked.close()


def run(forked, text, tmp_path, limit=LONGEST, log=None):
    return forked.run({'run': text}, limit, log, tmp_path)


def test_each_copy_begins_with_what_the_process_has(started, tmp_path):
    forked = started('imported = [1]')
    assert forked.is_ready(LONGEST)
    for _ in range(2):
        assert run(forked, 'imported.append(2); print(imported)', tmp_path) == '[1, 2]\n'


def test_a_copy_works_in_the_folder_that_it_is_given(started, tmp_path):
    forked = started()
    assert forked.is_ready(LONGEST)
    assert run(forked, 'import os; print(os.getcwd())', tmp_path).strip() == os.path.realpath(tmp_path)


def test_what_a_copy_says_is_where_the_next_command_clears_it(started, tmp_path, monkeypatch):
    monkeypatch.setattr('tempfile.tempdir', str(tmp_path))
    forked = started()
    assert forked.is_ready(LONGEST)
    found = run(forked, f'import os; print(os.listdir({str(tmp_path)!r}))', tmp_path)
    assert found.startswith("['compat_run-said-") and found.count(',') == 0
    assert not os.listdir(tmp_path)


def test_what_a_copy_writes_is_added_to_the_log(started, tmp_path):
    forked, log = started(), tmp_path / 'log'
    log.write_text('before\n')
    assert forked.is_ready(LONGEST)
    assert sorted(run(forked, 'import sys; print(1); sys.stderr.write("2\\n")', tmp_path, log=str(log)).split()) == [
        '1', '2']
    assert log.read_text().splitlines()[0] == 'before'


@pytest.mark.parametrize('text, words, code', [('raise SystemExit(3)', 'failed', 3), ('raise ValueError("x")', 'x', 1),
                                               ('import os; os.kill(os.getpid(), 9)', 'SIGKILL', None)])
def test_how_a_copy_ended_is_told(text, words, code, started, tmp_path):
    forked = started()
    assert forked.is_ready(LONGEST)
    with pytest.raises(ProcessFault, match=words) as caught:
        run(forked, text, tmp_path)
    assert caught.value.code == code
    assert run(forked, 'print(7)', tmp_path) == '7\n'


def test_a_copy_that_takes_too_long_is_ended(started, tmp_path):
    forked = started()
    assert forked.is_ready(LONGEST)
    with pytest.raises(ProcessFault, match='took more than 1 s'):
        run(forked, 'import time; time.sleep(600)', tmp_path, limit=1)


def test_a_copy_is_ended_with_its_group(started, tmp_path):
    forked, group, found = started(), Group(), []
    assert forked.is_ready(LONGEST)

    def work():
        group.enter()
        with pytest.raises(ProcessFault) as caught:
            run(forked, 'import time; open("begun", "w").close(); time.sleep(600)', tmp_path)
        found.append(caught)
    thread = threading.Thread(target=work)
    thread.start()
    while not (tmp_path / 'begun').exists():
        time.sleep(0.02)
    group.end()
    thread.join(LONGEST)
    assert found and not thread.is_alive()


@pytest.mark.parametrize('before', [
    'import threading; threading.Thread(target=threading.Event().wait, daemon=True).start()', 'raise SystemExit(1)'])
def test_a_process_that_is_not_fit_to_be_copied_says_so(before, started):
    assert not started(before).is_ready(LONGEST)

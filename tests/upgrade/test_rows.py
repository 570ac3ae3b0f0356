"""What a host is asked to do for one row."""
import json
import os
import sys

import pytest

from legacy.machine import environments
from legacy.upgrade import releasetable, rows
from tests.conftest import ROOT

ROW = releasetable.find(releasetable.releases(), '1.15.5').on('linux-x86_64')


def test_no_path_of_this_host_is_sent_unless_the_user_names_it():
    asked = rows.request(ROW)
    assert (asked.folder, asked.interpreters, asked.log) == (None, [], None)
    said = json.dumps(asked)
    assert str(ROOT) not in said and os.path.expanduser('~') not in said


def test_host_keeps_environments_in_its_own_cache(tmp_path, monkeypatch):
    monkeypatch.setattr(environments.platformdirs, 'user_cache_path', lambda *_, **__: tmp_path / 'cache')
    built = []

    def build(folder, *_):
        built.append(environments.kept_in(folder))
        raise environments.EnvironmentFault('far enough')
    monkeypatch.setattr(environments, 'build', build)
    monkeypatch.setattr(rows, 'find_python', lambda *_: sys.executable)
    assert rows.run(rows.request(ROW))['fault'] == 'far enough'
    assert built == [tmp_path / 'cache' / 'environments']


@pytest.mark.parametrize('error, words', [
    (OSError(28, 'No space left on device', '/folder/file'), 'No space left on device: /folder/file'),
    (OSError(28, 'No space left on device'), '[Errno 28] No space left on device')])
def test_full_disk_is_a_fault_in_words(error, words, tmp_path, monkeypatch):
    def full(*_):
        raise error
    monkeypatch.setattr(rows, 'find_python', full)
    assert rows.run(rows.request(ROW, folder=tmp_path))['fault'] == words


@pytest.mark.parametrize('writable', [True, False])
def test_environments_that_may_only_be_read_are_used_from_where_they_are(writable, tmp_path, monkeypatch):
    monkeypatch.setattr(rows.os, 'access', lambda *_: writable)
    worked = []

    def build(*_):
        worked.append(list(tmp_path.iterdir()))
        raise environments.EnvironmentFault('far enough')
    monkeypatch.setattr(environments, 'build', build)
    monkeypatch.setattr(rows, 'find_python', lambda *_: sys.executable)
    assert rows.run(rows.request(ROW, folder=tmp_path))['fault'] == 'far enough'
    assert [len(found) for found in worked] == [1 if writable else 0]


def test_command_that_may_help_can_be_pasted(stand_in, tmp_path):
    release = stand_in.release('2.0.4')._replace(version='2.1.4')
    folder = tmp_path / 'my environments'
    (stand_in.folder / 'environments').rename(folder)
    asked = rows.request(release, [sys.executable], folder, wanted=stand_in.subject().wanted(here=True))
    assert rows.run(asked)['mend'].startswith(f"rm -r '{folder}/2.0.4-")

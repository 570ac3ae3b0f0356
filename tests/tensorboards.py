"""A TensorBoard of one's own, asked as its pages ask it."""
import contextlib
import importlib.util
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

import pytest

from tests.command_line import LONGEST

needs_tensorboard = pytest.mark.skipif(importlib.util.find_spec('tensorboard') is None,
                                       reason='TensorBoard is not installed: pip install -r tests/requirements.txt')


@contextlib.contextmanager
def serving(logdir, runs):
    """ask(path, **parameters): the JSON, or text, that a TensorBoard on the log folder answers once it has found so
    many runs. It chooses a free port, and says which."""
    with tempfile.TemporaryDirectory(prefix='tensorboard-') as folder:
        said = pathlib.Path(folder, 'said')
        with open(said, 'wb') as file:
            process = subprocess.Popen([sys.executable, '-m', 'tensorboard.main', '--logdir', str(logdir), '--host',
                                        '127.0.0.1', '--port', '0'], start_new_session=True, stdout=file, stderr=file)
        try:
            _wait(process, said, runs)
            yield lambda path, **parameters: _ask(said, path, **parameters)
        finally:
            os.killpg(process.pid, signal.SIGKILL)  # its data server too
            process.wait()


def _wait(process, said, runs):
    deadline = time.monotonic() + LONGEST
    while True:
        try:
            if _address(said) and len(_ask(said, 'runs')) == runs:
                return
        except (urllib.error.URLError, ConnectionError):
            pass
        assert time.monotonic() < deadline and process.poll() is None, said.read_text(errors='replace')
        time.sleep(0.2)


def _address(said):
    found = re.search(r'http://127\.0\.0\.1:\d+/', said.read_text(errors='replace'))
    return found and found.group()


def _ask(said, path, **parameters):
    query = '?' + urllib.parse.urlencode(parameters) if parameters else ''
    with urllib.request.urlopen(f'{_address(said)}data/{path}{query}', timeout=30) as answer:
        content = answer.read().decode()
    return json.loads(content) if 'json' in answer.headers['Content-Type'] else content

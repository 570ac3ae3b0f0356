"""TensorFlow imported once for all runs of scripts."""
import pytest

from tests.worker.scripts.forking import Fork


@pytest.fixture(scope='session')
def run():
    """run(ARGS) is the finished process of `python compat_run.py run ARGS`."""
    fork = Fork()
    yield lambda *args, **more: fork.run('run', *args, **more)
    fork.close()

"""TensorFlow imported once for all runs of scripts."""
import pytest

from tests.worker.scripts.forking import Fork


@pytest.fixture(scope='session')
def fork():
    """A forking.Fork."""
    fork = Fork()
    yield fork
    fork.close()


@pytest.fixture(scope='session')
def run(fork):
    """run(ARGS) is the finished process of `python compat_run.py run ARGS`."""
    return lambda *args, **more: fork.run('run', *args, **more)

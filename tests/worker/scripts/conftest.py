"""Scripts run in copies of one process."""
import pytest


@pytest.fixture(scope='session')
def run(fork):
    """run(ARGS) is the finished process of `python compat_run.py run ARGS`."""
    return lambda *args, **more: fork.run('run', *args, **more)

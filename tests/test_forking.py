"""A copy stands in for a worker's process only where that would start as the process did of which it is a copy."""
import os
import sys

import pytest

from legacy.check import jobs


def variables(**others):
    """What a worker of a script gets, with others."""
    job = jobs.Job(sys.executable, {'script': 'train.py', 'arguments': [], 'as_module': False})
    return {**job.environment(), **others}


@pytest.mark.parametrize('others', [{}, {'PYTHONHASHSEED': '3'}, {'FAULT': 'rate'}])
def test_a_worker_that_starts_the_same_is_a_copy(others, fork):
    assert fork._is_like(variables(**others))


@pytest.mark.parametrize('others', [
    {'TF_ENABLE_ONEDNN_OPTS': '1'}, {'TF_NUM_INTRAOP_THREADS': '2'}, {'CUDA_VISIBLE_DEVICES': '0'},
    {'PYTHONOPTIMIZE': '1'}, {'PYTHONPATH': 'elsewhere'}], ids=lambda others: next(iter(others)))
def test_a_worker_with_other_settings_is_no_copy(others, fork):
    assert not fork._is_like(variables(**others))


def test_a_copy_has_its_variables_and_the_process_does_not(fork):
    code = 'import os; print("<%s>" % os.environ.get("FAULT", "none"))'
    for given, said in (({'FAULT': 'rate'}, '<rate>'), ({}, '<none>')):
        done = fork.run('-m', 'timeit', '-n', '1', '-r', '1', code, environment=given)
        assert done.returncode == 0 and said in done.stdout


def test_a_command_has_variables_that_are_gone_after_it(fork):
    done = fork.command('show', 'nowhere.npz', FAULT='rate')
    assert done.returncode == 2 and 'FAULT' not in os.environ

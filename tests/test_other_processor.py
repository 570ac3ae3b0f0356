"""The stand-in for another processor: what it has to show first, and that it is built or says why not."""
import os
import shutil
import subprocess

import numpy as np
import pytest

from tests.conftest import ROOT
from tests.other_processor import OPS, faults


def answers(name, salt):
    """As `answers` of a TensorFlow: float32 decided by the processor."""
    found = {f'kernel/{dtype}/{op}': np.arange(4, dtype=dtype) + (salt if dtype == 'float32' else 0)
             for op in OPS for dtype in ('float16', 'float32', 'float64')}
    for arithmetic in ('float32', 'portable', 'float64'):
        dtype = 'float64' if arithmetic == 'float64' else 'float32'
        found[f'run/{arithmetic}/series/cost_norm'] = np.array(
            [np.nan, 3 + (salt if arithmetic == 'float32' else 0)], dtype)
    return {**found, 'processor': np.array(name), 'fingerprint': np.array('2ddf')}


HERE, THERE = answers('AMD with AVX2', 0), answers('Stand-in', 1)


def test_other_float32_and_the_same_otherwise_passes():
    assert faults(HERE, THERE) == []


@pytest.mark.parametrize('name', [*(f'kernel/float32/{op}' for op in OPS), 'run/float32/series/cost_norm', 'processor'])
def test_float32_that_is_the_same_is_seen(name):
    assert faults(HERE, {**THERE, name: HERE[name]}) == [f'{name}: the same; it should be another']


@pytest.mark.parametrize('name', ['kernel/float64/Exp', 'kernel/float16/Mean', 'run/portable/series/cost_norm',
                                  'run/float64/series/cost_norm'])
def test_another_arithmetic_that_differs_is_seen(name):
    changed = {**THERE, name: np.nextafter(HERE[name], HERE[name].dtype.type(9))}
    assert faults(HERE, changed) == [f'{name}: differs; no processor may change it']


def test_another_graph_is_seen():
    assert faults(HERE, {**THERE, 'fingerprint': np.array('b04a')}) == [
        'fingerprint: differs; no processor may change it']


def test_missing_answers_are_seen():
    assert faults(HERE, {name: THERE[name] for name in THERE if name != 'processor'}) == [
        'not the same answers: processor']


def test_without_a_compiler_it_says_so(tmp_path):
    tools = tmp_path / 'bin'
    tools.mkdir()
    for tool in ('sh', 'mkdir', 'dirname', 'pwd'):
        if shutil.which(tool):
            (tools / tool).symlink_to(shutil.which(tool))
    done = subprocess.run(['sh', ROOT / 'tests' / 'other_processor.sh', tmp_path / 'out'], capture_output=True,
                          text=True, env={**os.environ, 'PATH': str(tools)})
    assert (done.returncode, done.stdout) == (2, '')
    assert done.stderr == 'no stand-in for another processor: there is no C++ compiler (Debian: g++)\n'

"""What is recorded of a processor, on Linux and elsewhere."""
import sys
import types

import numpy._core._multiarray_umath
import pytest

from legacy.formats import processor

ARM = """processor\t: 0
BogoMIPS\t: 243.75
Features\t: fp asimd evtstrm aes fphp asimdhp
CPU implementer\t: 0x41
"""


@pytest.fixture
def cpuinfo(tmp_path, monkeypatch):
    """A file in place of /proc/cpuinfo, which is not there until it is written."""
    monkeypatch.setattr(processor, 'CPUINFO', str(tmp_path / 'cpuinfo'))
    return tmp_path / 'cpuinfo'


def test_numpy_tells_what_linux_does(monkeypatch, tmp_path):
    asked = numpy._core._multiarray_umath.__cpu_features__
    known = {feature for name, feature in processor.NUMPY.items() if name in asked}
    by_linux = [feature for feature in processor.describe()['features'] if feature in known]
    monkeypatch.setattr(processor, 'CPUINFO', str(tmp_path / 'none'))
    assert by_linux and processor.describe()['features'] == by_linux


@pytest.mark.parametrize('module, other', [('numpy._core', 'numpy.core'), ('numpy.core', 'numpy._core')])
def test_features_are_found_in_numpy_1_and_2(module, other, cpuinfo, monkeypatch):
    stand_in = types.SimpleNamespace(__cpu_features__={'AVX': True, 'FMA3': True, 'AVX2': False, 'F16C': True})
    monkeypatch.setitem(sys.modules, f'{module}._multiarray_umath', stand_in)
    monkeypatch.setitem(sys.modules, f'{other}._multiarray_umath', None)
    assert processor.describe()['features'] == ['avx', 'fma']


def test_numpy_before_1_19_tells_no_feature(cpuinfo, monkeypatch):
    for module in ('numpy._core', 'numpy.core'):
        monkeypatch.setitem(sys.modules, f'{module}._multiarray_umath', types.SimpleNamespace())
    assert processor.describe()['features'] == []


def test_linux_on_arm_has_features_and_some_name(cpuinfo):
    cpuinfo.write_text(ARM)
    found = processor.describe()
    assert found['features'] == ['asimd'] and found['processor']


EPYC = {'processor': 'AMD EPYC', 'features': ['sse4_1', 'avx', 'fma', 'avx2'], 'platform': 'Linux-6.1-x86_64'}


@pytest.mark.parametrize('changed, expected', [
    ({}, 'AMD with AVX2'),
    ({'processor': 'AMD EPYC 9R14', 'features': ['avx2', 'avx512f']}, 'AMD with AVX-512'),
    ({'processor': 'Intel(R) Xeon(R) Platinum 8481C CPU @ 2.70GHz', 'features': ['avx2', 'avx512f']},
     'Intel with AVX-512'),
    ({'processor': 'aarch64', 'features': ['asimd'], 'platform': 'Linux-6.1-aarch64'}, 'Arm'),
    ({'processor': 'Neoverse-N1', 'features': [], 'platform': 'macOS-14-arm64'}, 'Arm'),
    ({'processor': 'Apple M2', 'features': ['asimd']}, 'Apple'),
    ({'processor': 'x86_64', 'features': []}, 'x86_64')])
def test_kind_is_maker_and_widest_vectors(changed, expected):
    assert processor.kind({**EPYC, **changed}) == expected


def test_processor_is_shown_with_its_vectors():
    assert processor.in_words(EPYC) == 'AMD EPYC (AVX2)'


AMD, INTEL = ({'processor': model, 'features': features, 'platform': 'Linux'} for model, features in (
    ('AMD EPYC', ['avx', 'avx2']), ('Intel(R) Xeon(R)', ['avx', 'avx2', 'avx512f'])))


def test_two_processors_are_named_and_told_apart_by_kind():
    assert processor.against(AMD, AMD) == 'AMD EPYC (AVX2), recorded on AMD EPYC (AVX2): the same kind'
    assert processor.against(INTEL, AMD) == ('Intel(R) Xeon(R) (AVX-512), recorded on AMD EPYC (AVX2): another kind')

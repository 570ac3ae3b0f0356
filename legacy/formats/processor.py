"""The machine at hand, as far as it changes bits. Runs on Python 3.6."""
import importlib
import platform

FEATURES = ('sse4_1', 'avx', 'fma', 'avx2', 'avx512f', 'avx512_vnni', 'avx512_bf16', 'amx_bf16', 'asimd')
CPUINFO = '/proc/cpuinfo'  # on Linux; elsewhere numpy, from 1.19 on, knows most of the features
NUMPY = {'SSE41': 'sse4_1', 'AVX': 'avx', 'FMA3': 'fma', 'AVX2': 'avx2', 'AVX512F': 'avx512f',
         'AVX512VNNI': 'avx512_vnni', 'AVX512BF16': 'avx512_bf16', 'ASIMD': 'asimd'}  # numpy's names of FEATURES


def describe():
    """{'platform': words, 'processor': its model, 'features': those of FEATURES that it has}."""
    try:
        model, flags = _from_linux()
    except OSError:
        model, flags = '', _from_numpy()
    return {'platform': platform.platform(), 'processor': model or platform.processor() or platform.machine(),
            'features': [feature for feature in FEATURES if feature in flags]}


def _from_linux():
    """(model or '', set of flags). Raises OSError where there is no such file."""
    model, flags = '', set()
    with open(CPUINFO, encoding='utf-8') as file:
        for line in file:
            key, _, value = line.partition(':')
            if key.strip() == 'model name':
                model = value.strip()
            if key.strip() in ('flags', 'Features'):
                flags.update(value.split())
    return model, flags


def _from_numpy():
    """The set of FEATURES that numpy has found."""
    for name in ('numpy._core._multiarray_umath', 'numpy.core._multiarray_umath'):  # since numpy 2; before
        try:
            found = importlib.import_module(name).__cpu_features__
        except (ImportError, AttributeError):
            continue
        return {feature for theirs, feature in NUMPY.items() if found.get(theirs)}
    return set()

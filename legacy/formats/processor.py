"""The machine at hand, as far as it changes bits. Runs on Python 3.6."""
import importlib
import platform
import re
from typing import Set, Tuple

from legacy.formats.values import JsonObject

FEATURES = ('sse4_1', 'avx', 'fma', 'avx2', 'avx512f', 'avx512_vnni', 'avx512_bf16', 'amx_bf16', 'asimd')
CPUINFO = '/proc/cpuinfo'  # on Linux; elsewhere numpy, from 1.19 on, knows most of the features
NUMPY = {'SSE41': 'sse4_1', 'AVX': 'avx', 'FMA3': 'fma', 'AVX2': 'avx2', 'AVX512F': 'avx512f',
         'AVX512VNNI': 'avx512_vnni', 'AVX512BF16': 'avx512_bf16', 'ASIMD': 'asimd'}  # numpy's names of FEATURES


def describe() -> JsonObject:
    """{'platform': words, 'processor': its model, 'features': those of FEATURES that it has}."""
    try:
        model, flags = _from_linux()
    except OSError:
        model, flags = '', _from_numpy()
    return {'platform': platform.platform(), 'processor': model or platform.processor() or platform.machine(),
            'features': [feature for feature in FEATURES if feature in flags]}


def _from_linux() -> Tuple[str, Set[str]]:
    """(model or '', set of flags). Raises OSError where there is no such file."""
    model = ''
    flags = set()  # type: Set[str]
    with open(CPUINFO, encoding='utf-8') as file:
        for line in file:
            key, _, value = line.partition(':')
            if key.strip() == 'model name':
                model = value.strip()
            if key.strip() in ('flags', 'Features'):
                flags.update(value.split())
    return model, flags


def _from_numpy() -> Set[str]:
    """The set of FEATURES that numpy has found."""
    for name in ('numpy._core._multiarray_umath', 'numpy.core._multiarray_umath'):  # since numpy 2; before
        try:
            found = importlib.import_module(name).__cpu_features__
        except (ImportError, AttributeError):
            continue
        return {feature for theirs, feature in NUMPY.items() if found.get(theirs)}
    return set()


MAKERS = ('AMD', 'Intel', 'Apple')  # as a model's name has them
VECTORS = (('avx512f', 'AVX-512'), ('avx2', 'AVX2'), ('avx', 'AVX'), ('sse4_1', 'SSE4.1'))  # widest first


def kind(environment: JsonObject) -> str:
    """Which processors give the same float32 bits, as far as is known: 'AMD with AVX2', 'Intel with AVX-512', 'Arm'.

    environment: what `describe` gives, also as a recording keeps it. The maker decides the estimate of a reciprocal
    square root, the widest vectors the order in which a long sum is added up. Measured under TensorFlow 1.15.5 and
    2.21.0: two AMD processors that differ in AVX-512 train the same weights and differ in the last bits of a cost on
    all rows; an AMD and an Intel processor differ from the first steps on.
    """
    model, features = environment['processor'], environment['features']
    maker = next((name for name in MAKERS if name in model), None)
    if maker is None and ('asimd' in features or re.search('aarch64|arm64', environment['platform'])):
        maker = 'Arm'
    vectors = next((words for feature, words in VECTORS if feature in features), None)
    return str(maker or model) + (' with ' + vectors if vectors else '')


def against(environment: JsonObject, recorded: JsonObject) -> str:
    """Both processors in words, and whether they are of one kind: of an environment and of the one recorded."""
    relation = 'the same kind' if kind(environment) == kind(recorded) else 'another kind'
    return '%s, recorded on %s: %s' % (in_words(environment), in_words(recorded), relation)


def in_words(environment: JsonObject) -> str:
    """The processor as it is shown beside a number: its model, and the kind where the model does not say it all."""
    model, vectors = environment['processor'], kind(environment).partition(' with ')[2]
    return str(model) + (' (%s)' % vectors if vectors else '')

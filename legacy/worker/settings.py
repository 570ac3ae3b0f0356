"""What TensorFlow reads from the process environment when it is imported. Runs on Python 3.6."""
import collections
import os
import sys
from typing import NamedTuple

from legacy.formats.values import JsonObject

Setting = NamedTuple('Setting', [('name', str), ('value', str), ('reason', str)])
SETTINGS = (
    Setting('TF_ENABLE_ONEDNN_OPTS', '0',
            'oneDNN kernels sum in another order than TensorFlow 1; since 2.9 their default depends on the processor'),
    Setting('TF_NUM_INTRAOP_THREADS', '1',
            'the same work split on every machine; the arrays are too small for threads to help'),
    Setting('TF_NUM_INTEROP_THREADS', '1',
            'leaves the other cores to whatever runs beside, such as drawing'),
    Setting('CUDA_VISIBLE_DEVICES', '-1',
            'the baseline was computed on a processor; a GPU has other kernels'),
    Setting('TF_USE_LEGACY_KERAS', '1',
            'since 2.16 keras 3 is imported with TensorFlow unless this is set; leaving it out saves most of a second'),
    Setting('TF_CPP_MIN_LOG_LEVEL', '3',
            'keeps remarks about missing GPUs off standard error (2.21 files them as errors); failures raise anyway'),
)
# Set by nobody here; what the user set is recorded, since it changes bits.
NOTED = ('ONEDNN_MAX_CPU_ISA', 'DNNL_MAX_CPU_ISA', 'TF_XLA_FLAGS')


def apply() -> JsonObject:
    """Put the missing `SETTINGS` into the environment; return what holds as {name: {'value', 'from'}}."""
    late = 'tensorflow' in sys.modules
    applied: JsonObject = collections.OrderedDict()
    for setting in SETTINGS:
        if setting.name in os.environ:
            source = 'user'
        elif late:
            source = 'unset: TensorFlow was imported before'
        else:
            os.environ[setting.name] = setting.value
            source = 'default'
        applied[setting.name] = {'value': os.environ.get(setting.name), 'from': source}
    applied.update((name, {'value': os.environ[name], 'from': 'user'}) for name in NOTED if name in os.environ)
    return applied

"""The machine at hand, as far as it changes bits. Runs on Python 3.6."""
import platform

FEATURES = ('sse4_1', 'avx', 'fma', 'avx2', 'avx512f', 'avx512_vnni', 'avx512_bf16', 'amx_bf16', 'asimd')


def describe():
    """{'platform': words, 'processor': its model, 'features': those of FEATURES that it has}.

    Where there is no /proc/cpuinfo the model is what Python says, and no feature is known.
    """
    model, flags = platform.processor(), set()
    try:
        with open('/proc/cpuinfo', encoding='utf-8') as file:
            for line in file:
                key, _, value = line.partition(':')
                if key.strip() == 'model name':
                    model = value.strip()
                if key.strip() in ('flags', 'Features'):
                    flags.update(value.split())
    except OSError:
        pass
    return {'platform': platform.platform(), 'processor': model,
            'features': [feature for feature in FEATURES if feature in flags]}


def limited_instructions(settings):
    """Whether recorded settings keep TensorFlow from using fused multiply-add."""
    return any(settings.get(name, {}).get('value') in ('SSE41', 'AVX')
               for name in ('ONEDNN_MAX_CPU_ISA', 'DNNL_MAX_CPU_ISA'))

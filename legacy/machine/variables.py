"""Environment variables: what other processes inherit."""
import os

PYTHON = ('PYTHON', 'VIRTUAL_ENV', 'CONDA_', '__PYVENV_LAUNCHER__')  # prefixes of what belongs to the Python here
# TensorFlow 2 leaves it behind in the process that imports it, and 1.15 obeys it.
LEFT_BEHIND = ('TF2_BEHAVIOR',)
TENSORFLOW = ('TF_', 'TF2_', 'XLA_', 'ONEDNN_', 'DNNL_', 'CUDA_', 'KMP_', 'OMP_')  # prefixes of its settings
# What would make uv check less, resolve otherwise, or build what a lock has a wheel for. Where packages come from
# (indexes, proxies, certificates, caches) is the user's: the hashes hold wherever they come from.
UV = frozenset((
    'UV_NO_VERIFY_HASHES', 'UV_REQUIRE_HASHES', 'UV_SKIP_WHEEL_FILENAME_CHECK', 'UV_INSECURE_NO_ZIP_VALIDATION',
    'UV_NO_BUILD_ISOLATION', 'UV_CONSTRAINT', 'UV_BUILD_CONSTRAINT', 'UV_OVERRIDE', 'UV_EXCLUDE', 'UV_EXCLUDE_NEWER',
    'UV_PRERELEASE', 'UV_RESOLUTION', 'UV_FORK_STRATEGY', 'UV_NO_BINARY', 'UV_NO_BINARY_PACKAGE', 'UV_NO_BUILD',
    'UV_NO_BUILD_PACKAGE', 'UV_TORCH_BACKEND', 'UV_PYTHON', 'UV_SYSTEM_PYTHON', 'UV_BREAK_SYSTEM_PACKAGES',
    'UV_WORKING_DIR', 'UV_WORKING_DIRECTORY', 'UV_PROJECT', 'UV_ENV_FILE', 'UV_CUSTOM_COMPILE_COMMAND'))


def inherited(own_settings: bool = True, same_python: bool = False) -> dict[str, str]:
    """The variables that another process gets. own_settings: the user's own for TensorFlow, or none. same_python: this
    Python's too; in another environment nothing of it."""
    dropped = LEFT_BEHIND + (() if own_settings else TENSORFLOW) + (() if same_python else PYTHON)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    return kept if same_python else {**kept, 'PYTHONNOUSERSITE': '1'}


def for_uv() -> dict[str, str]:
    """The variables that uv gets."""
    return {name: value for name, value in inherited().items() if name not in UV}

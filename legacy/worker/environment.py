"""Where this runs. Runs on Python 3.6."""
import platform

import numpy as np

from legacy import shim
from legacy.formats import processor
from legacy.formats.values import JsonObject


def environment() -> JsonObject:
    """Where this runs: releases, platform, processor and the settings that TensorFlow reads from the environment."""
    return dict(processor.describe(), tensorflow=shim.VERSION, numpy=np.__version__, python=platform.python_version(),
                settings=shim.settings)

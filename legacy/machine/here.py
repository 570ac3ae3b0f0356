"""The one door from this side into the TensorFlow of this process."""
import importlib
from typing import Any


def worker(name: str) -> Any:
    """The module of this name in `legacy.worker`, such as 'record' or 'graph.tasks'. To import it imports TensorFlow;
    raises shim.ShimError if there is none that can be used."""
    return importlib.import_module('legacy.worker.' + name)

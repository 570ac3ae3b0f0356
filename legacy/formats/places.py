"""Where this package's own files are. Runs on Python 3.6."""
import os
from typing import Union

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # the folder `legacy`
CHECKOUT = os.path.dirname(PACKAGE)
DATA = os.path.join(PACKAGE, 'data')
PathLike = Union[str, 'os.PathLike[str]']
RECORDING = 'recording.npz'  # in the folder of a run


def recording_of(path: PathLike) -> str:
    """The path of a recording: of a folder that `run` wrote, that of the one in it."""
    return os.path.join(str(path), RECORDING) if os.path.isdir(path) else str(path)

"""Recordings, for users: `from legacy.recording import load`. See `legacy.formats.recordings`. Runs on Python 3.6.
"""
from legacy.formats.archive import RecordingError  # noqa: F401
from legacy.formats.recordings import Recording, load, save  # noqa: F401

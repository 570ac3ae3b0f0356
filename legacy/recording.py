"""Recordings, for users: `from legacy.recording import load`. See `legacy.formats.scriptrecording`. Runs on Python 3.6.
"""
from legacy.formats.archive import RecordingError  # noqa: F401
from legacy.formats.scriptrecording import ScriptRecording, load, save  # noqa: F401

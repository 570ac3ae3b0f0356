"""What `run` leaves behind: recordings, summary and pictures in one folder that appears whole."""
import contextlib
import os
import pathlib
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

from legacy.formats import places, recording
from legacy.formats.files import write_whole
from legacy.formats.folders import whole_folder
from legacy.formats.recording import Recording
from legacy.judge.reproduction import Reproduction
from legacy.reports import recordingreport
from legacy.reports.pictures import Pictures


class Reproducing(Protocol):
    """What a check.reproducing.Reproducing gives: the same run again, in a process of its own."""

    def beside(self, folder: pathlib.Path) -> AbstractContextManager[None]: ...

    def answer(self, recording: Recording) -> tuple[Reproduction, Recording | None]: ...

    def recorded(self, arithmetic: str) -> Recording: ...


def run(out: str | os.PathLike[str], record: Callable[[Pictures | None], Recording], reproducing: Reproducing,
        figures: bool = True, force: bool = False) -> tuple[Recording, Reproduction, list[pathlib.Path], float | None]:
    """Record, compare, draw and write to the folder `out`; return the recording, the answer, the paths and the seconds
    waited for pictures.

    record: called with the Pictures to tell, or None without `figures`. reproducing: of the same settings. Raises
    FolderError, PicturesError, RecordingError, OSError and what `record` raises.
    """
    out = pathlib.Path(out)
    with whole_folder(out, force) as folder, contextlib.ExitStack() as stack:
        stack.enter_context(reproducing.beside(folder))
        pictures = stack.enter_context(Pictures(folder)) if figures else None
        recorded = record(pictures)
        drawing = time.perf_counter()
        if pictures:
            pictures.finish(recorded)
        recording.save(recorded, folder / places.RECORDING)
        comparing = time.perf_counter()
        found, portable = reproducing.answer(recorded)
        compared = time.perf_counter()
        if pictures:
            pictures.reproduced(found, recorded, portable, reproducing.recorded)
            pictures.wait()
        waited = round(time.perf_counter() - drawing - (compared - comparing), 3)
        names = sorted([*os.listdir(folder), 'summary.txt'])
        text = recordingreport.as_text(recorded, [out / name for name in names], found)
        write_whole(folder / 'summary.txt', text.encode())
    return recorded, found, [out / name for name in names], waited if figures else None

"""What `run` leaves behind: recording, summary and pictures in one folder that appears whole."""
import contextlib
import os
import pathlib
import time

from legacy.formats import recording
from legacy.formats.files import write_whole
from legacy.formats.folders import whole_folder
from legacy.reports import recordingreport
from legacy.reports.pictures import Pictures


def run(out, record, figures=True, force=False):
    """Record, draw and write to the folder `out`; return (recording, paths, seconds waited for pictures).

    record: called with the Pictures to tell, or None without `figures`; returns a Recording. Raises FolderError,
    PicturesError, OSError and what `record` raises.
    """
    out = pathlib.Path(out)
    with whole_folder(out, force) as folder, contextlib.ExitStack() as stack:
        pictures = stack.enter_context(Pictures(folder)) if figures else None
        recorded = record(pictures)
        started = time.perf_counter()
        if pictures:
            pictures.finish(recorded)
        recording.save(recorded, folder / 'recording.npz')
        if pictures:
            pictures.wait()
        waited = round(time.perf_counter() - started, 3)
        names = sorted([*os.listdir(folder), 'summary.txt'])
        text = recordingreport.as_text(recorded, [out / name for name in names])
        write_whole(folder / 'summary.txt', text.encode())
    return recorded, [out / name for name in names], waited if figures else None

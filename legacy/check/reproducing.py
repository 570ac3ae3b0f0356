"""Did a run reproduce the recorded one? Beside a float32 run another process trains the same networks in portable
arithmetic, of which there is one history on every machine, and all of it is compared with the recording."""
import contextlib
import os
import sys
from collections.abc import Iterator
from concurrent.futures import Future

from legacy.formats import recording
from legacy.formats.archive import RecordingError
from legacy.formats.places import PathLike
from legacy.formats.recording import Recording
from legacy.formats.references import BASELINE, file_name
from legacy.formats.values import JsonObject
from legacy.judge import reproduction
from legacy.judge.reproduction import Reproduction
from legacy.machine import environments
from legacy.machine.crew import crew
from legacy.machine.interpreters import EnvironmentFault

PORTABLE = 'portable.npz'  # in the run's folder


class Reproducing:
    """What a run with these settings is compared with, and the portable run beside it."""

    def __init__(self, settings: JsonObject, onednn: bool = False) -> None:
        """settings: seed, steps, op_seeds, arithmetic, command, as `record.record` takes them."""
        self.settings, self.onednn = settings, onednn
        self.missing = reproduction.not_recorded(settings)
        self._running: Future[object]  # these two are there where `beside` has started the run
        self._path: str
        self._recorded: dict[str, Recording] = {}  # by arithmetic

    @contextlib.contextmanager
    def beside(self, folder: PathLike) -> Iterator[None]:
        """Context manager: another process trains in portable arithmetic meanwhile, where that is of use, and writes
        its recording into the existing folder. It is ended if the block raises."""
        if self.missing or self.settings['arithmetic'] != 'float32':
            yield
            return
        self._path = os.path.join(folder, PORTABLE)
        with crew(jobs=1) as second:
            self._running = second.submit(environments.run_worker, sys.executable,
                                          {**self.settings, 'arithmetic': 'portable', 'out': self._path}, self.onednn)
            yield

    def recorded(self, arithmetic: str) -> Recording:
        """The committed Recording of TensorFlow 1.15.5, read once. Raises RecordingError."""
        if arithmetic not in self._recorded:
            self._recorded[arithmetic] = recording.load(os.path.join(BASELINE, file_name(arithmetic)))
        return self._recorded[arithmetic]

    def answer(self, recorded: Recording) -> tuple[Reproduction, Recording | None]:
        """(Reproduction, the portable Recording made beside it or None), when the run has ended. Waits for the portable
        one, whose failure is no failure of the run: it is told as what is missing. Raises RecordingError where the
        baseline cannot be read."""
        arithmetic = recorded.settings['arithmetic']
        reference = self.recorded('float32')
        told = Reproduction(reference.header['environment'], recorded.header['environment'],
                            recorded.settings['steps'], reference.settings['steps'], missing=self.missing)
        if self.missing:
            return told, None
        if arithmetic != 'float32':
            return told._replace(whole=reproduction.whole(self.recorded(arithmetic), recorded)), None
        told = told._replace(band=reproduction.band(reference, recorded))
        try:
            self._running.result()
            portable = recording.load(self._path)
        except (EnvironmentFault, RecordingError) as error:
            return told._replace(missing=f'no run in portable arithmetic ({error})'), None
        return told._replace(whole=reproduction.whole(self.recorded('portable'), portable)), portable

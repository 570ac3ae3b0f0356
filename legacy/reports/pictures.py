"""The article's pictures, drawn in a process of its own beside the import of TensorFlow and the training."""
import contextlib
import importlib.util
import multiprocessing
import multiprocessing.pool
import os
import pathlib
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from legacy.formats.errors import LegacyError, not_installed
from legacy.formats.recording import Recording
from legacy.formats.values import Array
from legacy.judge.reproduction import Reproduction

LONGEST_DRAWING = 120  # seconds
NEEDED = ('matplotlib', 'PIL')


class PicturesError(LegacyError):
    """The pictures cannot be drawn. The message is one line."""


@contextlib.contextmanager
def signals_held() -> Iterator[None]:
    """Context manager: signals that would end this process strike when the block has ended. In the main thread; there
    is nothing to hold in another."""
    numbers = [getattr(signal, name) for name in ('SIGINT', 'SIGTERM', 'SIGHUP') if hasattr(signal, name)]
    if threading.current_thread() is not threading.main_thread():
        numbers = []
    struck, before = [], {number: signal.signal(number, lambda number, _: struck.append(number)) for number in numbers
                          if callable(signal.getsignal(number))}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if struck:
            os.kill(os.getpid(), struck[0])


class Pictures:
    """Draws in a process of its own, started at once."""

    def __init__(self, folder: pathlib.Path) -> None:
        """Raises PicturesError where a package that draws is not installed: now, not after the training."""
        _require_packages()
        self.folder = folder
        with signals_held():  # a process whose parent goes while it starts says so in many lines
            self.pool = multiprocessing.get_context('spawn').Pool(
                1, signal.signal, (signal.SIGINT, signal.SIG_IGN))  # Ctrl-C is the parent's to handle
        self.results: list[multiprocessing.pool.AsyncResult[None]] = []

    def __enter__(self) -> 'Pictures':
        self._submit('ready')
        return self

    def __exit__(self, *_: object) -> None:
        self.pool.terminate()  # at once: all is drawn, or the run has failed and its folder goes away
        self.pool.join()

    def _submit(self, function: str, *args: Any) -> None:
        self.results.append(self.pool.apply_async(_draw, (function, args)))

    def data(self, x_data: Array, y_data: Array) -> None:
        """The scatter."""
        self._submit('scatter', self.folder / 'data.png', x_data, y_data)

    def layer_inputs(self, step: int, noted: Sequence[Sequence[tuple[Array, int]]]) -> None:
        """noted: for each network, [(counts, number of finite values), ...]."""
        (counts, finite), (counts_norm, finite_norm) = [zip(*layers) for layers in noted]
        path = self.folder / f'layer_inputs_{step:03d}.png'
        self._submit('layer_inputs', path, step, counts, counts_norm, finite, finite_norm)

    def finish(self, recorded: Recording) -> None:
        """What needs the whole run."""
        arrays = recorded.arrays
        self._submit('cost_history', self.folder / 'cost_history.png', arrays['series/steps'], arrays['series/cost'],
                     arrays['series/cost_norm'], recorded.settings['arithmetic'])
        pngs = [self.folder / f'layer_inputs_{step:03d}.png' for step in arrays['layer_inputs/steps']]
        self._submit('animation', self.folder / 'layer_inputs.gif', pngs)

    def reproduced(self, found: Reproduction, recorded: Recording, portable: Recording | None,
                   reference: Callable[[str], Recording]) -> None:
        """This run over the recorded one, where the two can be compared: of a float32 run also in portable arithmetic,
        if there is such a run. reference: function of an arithmetic that returns its recorded Recording."""
        if found.band:
            pairs = [(reference(run.settings['arithmetic']), run) for run in (recorded, portable) if run]
            self._submit('reproduced', self.folder / 'reproduced.png', pairs)

    def wait(self) -> None:
        """Until all is drawn; raises what drawing raised, or PicturesError if it does not end."""
        try:
            for result in self.results:
                result.get(LONGEST_DRAWING)
        except multiprocessing.TimeoutError:
            raise PicturesError(f'no pictures after {LONGEST_DRAWING} s: try --no-figures') from None


def _require_packages() -> None:
    for package in NEEDED:
        try:
            found = importlib.util.find_spec(package)
        except ModuleNotFoundError:
            found = None
        if not found:
            error = ModuleNotFoundError(name=package)
            raise PicturesError(f'{not_installed(error)}; without pictures: --no-figures')


def _draw(function: str, args: tuple[Any, ...]) -> None:
    from legacy.reports import bandfigure, figures
    getattr(bandfigure if function == 'reproduced' else figures, function)(*args)

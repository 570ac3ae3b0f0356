"""The `run` command: the article's experiment with its pictures, all in one folder that appears whole.

Drawing goes on in a process of its own beside the import of TensorFlow and the training, neither of which it needs.
"""
import contextlib
import json
import multiprocessing
import os
import pathlib
import signal
import sys
import time

from legacy import recording, summary
from legacy.errors import LegacyError
from legacy.files import write_whole
from legacy.folders import whole_folder

LONGEST_DRAWING = 120  # seconds


class RunError(LegacyError):
    """The request or the place to write to is at fault. The message is one line."""


def run(out, settings, figures=True, show=False, force=False, progress=None):
    """Train, draw and write to the folder `out`; return (recording, paths, seconds waited for pictures).

    settings: what `record.record` takes. progress: called with the number of steps done. Raises FolderError, RunError,
    OSError, shim.ShimError.
    """
    out = pathlib.Path(out)
    with whole_folder(out, force) as folder, contextlib.ExitStack() as stack:
        pictures = None
        if figures:
            pictures = stack.enter_context(Pictures(folder))
        from legacy import record  # imports TensorFlow, beside the other process's start
        watch = _watch(pictures, show, progress)
        recorded = record.record(watch=watch, **settings)
        started = time.perf_counter()
        if pictures:
            pictures.finish(recorded)
        recording.save(recorded, folder / 'recording.npz')
        if pictures:
            pictures.wait()
        waited = round(time.perf_counter() - started, 3)
        names = sorted([*os.listdir(folder), 'summary.txt'])
        text = summary.as_text(recorded, [out / name for name in names])
        write_whole(folder / 'summary.txt', text.encode())
    return recorded, [out / name for name in names], waited if figures else None


class Pictures:
    """Draws in a process of its own, started at once."""

    def __init__(self, folder):
        self.folder = folder
        self.pool = multiprocessing.get_context('spawn').Pool(
            1, signal.signal, (signal.SIGINT, signal.SIG_IGN))  # Ctrl-C is the parent's to handle
        self.results = []

    def __enter__(self):
        self._submit('ready')
        return self

    def __exit__(self, *_):
        self.pool.terminate()  # at once: all is drawn, or the run has failed and its folder goes away
        self.pool.join()

    def _submit(self, function, *args):
        self.results.append(self.pool.apply_async(_draw, (function, args)))

    def data(self, x_data, y_data):
        """The scatter."""
        self._submit('scatter', self.folder / 'data.png', x_data, y_data)

    def layer_inputs(self, step, noted):
        """noted: for each network, [(counts, number of finite values), ...]."""
        (counts, finite), (counts_norm, finite_norm) = [zip(*layers) for layers in noted]
        path = self.folder / f'layer_inputs_{step:03d}.png'
        self._submit('layer_inputs', path, step, counts, counts_norm, finite, finite_norm)

    def finish(self, recorded):
        """What needs the whole run."""
        arrays = recorded.arrays
        self._submit('cost_history', self.folder / 'cost_history.png', arrays['series/steps'], arrays['series/cost'],
                     arrays['series/cost_norm'], recorded.settings['arithmetic'])
        pngs = [self.folder / f'layer_inputs_{step:03d}.png' for step in arrays['layer_inputs/steps']]
        self._submit('animation', self.folder / 'layer_inputs.gif', pngs)

    def wait(self):
        """Until all is drawn; raises what drawing raised, or RunError if it does not end."""
        try:
            for result in self.results:
                result.get(LONGEST_DRAWING)
        except multiprocessing.TimeoutError:
            raise RunError(f'no pictures after {LONGEST_DRAWING} s: try --no-figures') from None


def _draw(function, args):
    from legacy import figures
    return getattr(figures, function)(*args)


def _watch(pictures, show, progress):
    """What is told of the training: pictures, windows, progress."""
    from legacy import article, observe

    class RunWatch(article.Watch):
        def data(self, x_data, y_data):
            if pictures:
                pictures.data(x_data, y_data)

        def layer_inputs(self, i, all_inputs, all_inputs_norm):
            if pictures:
                pictures.layer_inputs(i, [observe.noted(inputs) for inputs in (all_inputs, all_inputs_norm)])
            if show:
                article.plot_his(all_inputs, all_inputs_norm)

        def stepped(self, i):
            if progress:
                progress(i + 1)
    return RunWatch()


@contextlib.contextmanager
def windows():
    """matplotlib with windows, as the article shows them. Raises RunError where there is no display."""
    import matplotlib
    import matplotlib.pyplot as plt
    try:
        plt.ion()
        plt.figure(figsize=(7, 3))
        if matplotlib.get_backend().lower() == 'agg':
            raise ImportError('no display')
    except Exception as error:  # each toolkit has exceptions of its own
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise RunError(f'--show needs a display and a window toolkit ({reason}); without it pictures go to files') \
            from None
    yield
    plt.ioff()


def show_windows(recorded):
    """The article's last window: both cost histories, until it is closed."""
    import matplotlib.pyplot as plt
    steps = recorded.arrays['series/steps']
    plt.figure()
    plt.plot(steps, recorded.arrays['series/cost'], label='Without BN')
    plt.plot(steps, recorded.arrays['series/cost_norm'], label='With BN')
    plt.legend()
    plt.show()


def print_result(recorded, files, figures_seconds, as_json, quiet):
    """The JSON object on standard output, or the summary on it."""
    if as_json:
        json.dump(summary.as_json(recorded, files, figures_seconds), sys.stdout)
        sys.stdout.write('\n')
    elif not quiet:
        sys.stdout.write(summary.as_text(recorded, files))

"""The article's windows, for `run --show`."""
import contextlib
from collections.abc import Iterator

from legacy.formats.recording import Recording
from legacy.reports.pictures import PicturesError


@contextlib.contextmanager
def shown() -> Iterator[None]:
    """matplotlib with windows, as the article shows them. Raises PicturesError where there is no display."""
    import matplotlib
    import matplotlib.pyplot as plt
    try:
        plt.ion()
        plt.figure(figsize=(7, 3))
        if matplotlib.get_backend().lower() == 'agg':
            raise ImportError('no display')
    except Exception as error:  # each toolkit has exceptions of its own
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise PicturesError(
            f'--show needs a display and a window toolkit ({reason}); without it pictures go to files') from None
    yield
    plt.ioff()


def show_histories(recorded: Recording) -> None:
    """The article's last window: both cost histories, until it is closed."""
    import matplotlib.pyplot as plt
    steps = recorded.arrays['series/steps']
    plt.figure()
    plt.plot(steps, recorded.arrays['series/cost'], label='Without BN')
    plt.plot(steps, recorded.arrays['series/cost_norm'], label='With BN')
    plt.legend()
    plt.show()

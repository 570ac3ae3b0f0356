"""The article's windows, for `run --show`: the program that trains draws into one of its own."""
from legacy.formats import articlerun
from legacy.formats.recordings import Recording
from legacy.reports.pictures import PicturesError


def require_display() -> None:
    """Raises PicturesError where there is no display: before the training, which another process does."""
    import matplotlib
    import matplotlib.pyplot as plt
    try:
        plt.close(plt.figure(figsize=(7, 3)))
        if matplotlib.get_backend().lower() == 'agg':
            raise ImportError('no display')
    except Exception as error:  # each toolkit has exceptions of its own
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise PicturesError(
            f'--show needs a display and a window toolkit ({reason}); without it pictures go to files') from None


def show_histories(recording: Recording) -> None:
    """The article's last window: both cost histories, until it is closed."""
    import matplotlib.pyplot as plt
    costs = articlerun.costs(recording)
    if costs is None:
        return
    plt.figure()
    plt.plot(costs.steps, costs.cost, label='Without BN')
    plt.plot(costs.steps, costs.cost_norm, label='With BN')
    plt.legend()
    plt.show()

"""The article's experiment, as a script like any other: `worker/scripts/trained.py` and the port in a folder of their
own. It is the subject of `check`, `record` and `upgrade` where no script is named."""
import contextlib
import pathlib
import shutil
import typing
from collections.abc import Sequence

from legacy.check.stage import Staged
from legacy.formats import articlerun, recordings
from legacy.formats.places import PACKAGE, PathLike
from legacy.machine import scratch

RECORDING = pathlib.Path(articlerun.RECORDING)
SCRIPT = articlerun.SCRIPT
REPLAYS = 8  # runs of each kind that are made again, spread over the training
NOISY_RUNS = 6  # all of them whole: their costs are drawn
# What the folder holds: {name: of which file a copy}
FILES = {SCRIPT: pathlib.Path(PACKAGE, 'worker', 'scripts', 'trained.py'),
         articlerun.PORT: pathlib.Path(PACKAGE, 'article.py')}


@contextlib.contextmanager
def staged(arguments: Sequence[str] = ()) -> typing.Iterator[Staged]:
    """Context manager: the Staged of the experiment, whose folder is gone at the end. arguments: of `trained.py`."""
    with scratch.temporary('article') as folder:
        for name, path in FILES.items():
            shutil.copyfile(path, folder / name)
        yield Staged(SCRIPT, list(arguments), [], str(folder), (), [str(path) for path in FILES.values()])


def arguments(seed: int | None = None, steps: int | None = None, op_seeds: str | None = None) -> list[str]:
    """The arguments of `trained.py`; those that are None are the article's."""
    given = {'--seed': seed, '--steps': steps, '--op-seeds': op_seeds}
    return [word for name, value in given.items() if value is not None for word in (name, str(value))]


def recorded_arguments(path: PathLike) -> list[str]:
    """With what arguments the experiment was recorded, with which a check runs it; none where the file at `path` is no
    recording, which whoever reads it says."""
    header = recordings.header_of(path)
    return list(header['script']['arguments']) if header else []

"""How far the measurement is, on standard error: a bar on a terminal, else a line for each chunk."""
import contextlib
import sys
import time
from collections.abc import Callable, Iterator, Sequence

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from legacy.claims.plan import Chunk


@contextlib.contextmanager
def shown(chunks: Sequence[Chunk]) -> Iterator[Callable[[Chunk, str], None]]:
    """A function to tell a `chunkresults.Gathering`, that shows what it is told as long as this holds."""
    console, total = Console(stderr=True), sum(chunk.trainings for chunk in chunks)
    if console.is_terminal:
        columns = (TextColumn('trainings'), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn('left'),
                   TimeRemainingColumn(), TextColumn('{task.description}'))
        with Progress(*columns, console=console) as progress:
            task = progress.add_task('', total=total)
            yield lambda chunk, how: progress.update(task, advance=chunk.trainings, description=chunk.label)
    else:
        started = time.perf_counter()
        done: list[int] = []

        def line(chunk: Chunk, how: str) -> None:
            done.append(chunk.trainings)
            seconds = time.perf_counter() - started
            sys.stderr.write(f'{seconds:6.1f} s  {sum(done):>5} of {total} trainings  {chunk.label}: {how}\n')
        yield line

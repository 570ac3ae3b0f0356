"""What is going on, on standard error: a live table on a terminal, else a line for each change."""
import contextlib
import pathlib
import sys
import time
from collections.abc import Iterator

from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.table import Table

from legacy.formats.printable import printable
from legacy.judge.verdict import VERDICTS
from legacy.upgrade.matrix import NOT_RUN, WAITING, Tell
from legacy.upgrade.measures import RECORDED

COLOURS = {**dict.fromkeys([*VERDICTS, RECORDED], 'green'), 'undecided': 'yellow', 'regression': 'bold red',
           NOT_RUN: 'yellow', WAITING: 'dim'}
AT_REST = {WAITING, NOT_RUN, RECORDED, *VERDICTS}
REFRESHES = 4  # a second


class Rows:
    """{label: (stage, since when, log)}, and how long each row has been at work."""

    def __init__(self) -> None:
        self.started = time.perf_counter()
        self.stages: dict[str, tuple[str, pathlib.Path]] = {}
        self.begun: dict[str, float] = {}
        self.ended: dict[str, float] = {}

    def tell(self, label: str, stage: str, log: pathlib.Path) -> None:
        now = time.perf_counter()
        self.stages[label] = stage, log
        if stage not in AT_REST:
            self.begun.setdefault(label, now)
        elif label in self.begun:
            self.ended.setdefault(label, now)

    def seconds(self, label: str) -> float | None:
        """At work, or None if there was nothing to do."""
        if label not in self.begun:
            return None
        return self.ended.get(label, time.perf_counter()) - self.begun[label]

    def table(self) -> Table:
        done = sum(stage in AT_REST - {WAITING} for stage, _ in self.stages.values())
        table = Table(title=f'{done} of {len(self.stages)} rows, {time.perf_counter() - self.started:.0f} s',
                      title_justify='left', box=None, pad_edge=False)
        for name in ('release', 'state', 'seconds', 'log'):
            table.add_column(name, justify='right' if name == 'seconds' else 'left', no_wrap=name != 'log')
        for label, (stage, log) in list(self.stages.items()):
            seconds = self.seconds(label)
            table.add_row(escape(printable(label)), f'[{COLOURS.get(stage, "cyan")}]{escape(stage)}[/]',
                          '' if seconds is None else f'{seconds:.0f}', escape(printable(str(log))),
                          style='dim' * (stage == WAITING))
        return table


@contextlib.contextmanager
def shown(quiet: bool = False) -> Iterator[Tell]:
    """A function to tell a `matrix.Matrix`, that shows what it is told as long as this holds."""
    rows = Rows()
    console = Console(stderr=True)
    if quiet:
        yield rows.tell
    elif console.is_terminal:
        with Live(get_renderable=rows.table, console=console, refresh_per_second=REFRESHES):
            yield rows.tell
    else:
        def line(label: str, stage: str, log: pathlib.Path) -> None:
            rows.tell(label, stage, log)
            if stage != WAITING:
                took = time.perf_counter() - rows.started
                sys.stderr.write(printable(f'{took:6.1f} s  {label:<8}  {stage:<11}  {log}\n'))
        yield line

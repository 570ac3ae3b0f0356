"""Options that several commands share."""
import shlex
import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

from legacy.formats.articlerun import ARITHMETICS, LARGEST_SEED, MOST_STEPS
from legacy.formats.values import JsonObject

F = TypeVar('F', bound=Callable[..., Any])  # a function that becomes a command

MOST_JOBS = 256


FORCE = click.option('--force', is_flag=True, help='Replace files that this command did not make.')


def experiment_options(command: F, op_seeds: 'click.ParamType[Any]' = click.Choice(['1.15', 'native']),
                       arithmetic: bool = True) -> F:
    """The options that say which experiment. op_seeds: the type of --op-seeds. arithmetic: whether --arithmetic is one
    of them."""
    for option in reversed([
            click.option('--seed', type=click.IntRange(0, LARGEST_SEED), default=1, show_default=True,
                         help="Of numpy and of both networks; 1 is the article's."),
            click.option('--steps', type=click.IntRange(1, MOST_STEPS), default=MOST_STEPS, show_default=True,
                         help='Training steps, of ten rows each.'),
            click.option('--op-seeds', type=op_seeds, default='1.15', show_default=True,
                         help="TensorFlow 1.15's op seeds, or the installed release's own" + (
                             '.' if isinstance(op_seeds, click.Choice) else ", or a recording's FILE.")),
            *([click.option('--arithmetic', type=click.Choice(ARITHMETICS), default='float32', show_default=True,
                            help='How the networks compute: see legacy/docs/arithmetics.md.')] if arithmetic else []),
            click.option('--onednn', is_flag=True, help="With oneDNN's kernels, which give other bits.")]):
        command = option(command)
    return command


def crew_options(what: str) -> Callable[[F], F]:
    """A decorator: the options that say where the work is done. what: in words, as in 'Releases'."""
    def options(command: F) -> F:
        command = click.option('--scheduler', metavar='ADDRESS',
                               help=f'{what} go to the workers of this dask cluster.')(command)
        return click.option('--jobs', type=click.IntRange(1, MOST_JOBS),
                            help=f'{what} at a time, on this machine.  [default: one for each processor core]')(command)
    return options


def refuse_jobs_of_a_cluster(asked: JsonObject) -> None:
    """Raises click.UsageError if both `crew_options` are given."""
    if asked['scheduler'] and asked['jobs']:
        raise click.UsageError('--jobs is for this machine; a cluster has its own number of threads')


def command_line() -> str:
    """What the user typed."""
    return shlex.join(['compat_run.py', *sys.argv[1:]])

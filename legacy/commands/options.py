"""Options that several commands share."""
import click

from legacy.recording import ARITHMETICS


def experiment_options(command):
    """The options that say which experiment."""
    for option in reversed([
            click.option('--seed', type=click.IntRange(0, 2**31 - 1), default=1, show_default=True),
            click.option('--steps', type=click.IntRange(1, 250), default=250, show_default=True),
            click.option('--op-seeds', type=click.Choice(['1.15', 'native']), default='1.15', show_default=True,
                         help="TensorFlow 1.15's op seeds, or the installed release's own."),
            click.option('--arithmetic', type=click.Choice(ARITHMETICS), default='float32', show_default=True),
            click.option('--onednn', is_flag=True, help="With oneDNN's kernels, which give other bits.")]):
        command = option(command)
    return command

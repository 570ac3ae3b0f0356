"""`fetch`: TensorFlow 1.15.5's own Python files, from which scripts get what TensorFlow 2 dropped."""
import pathlib

import click


@click.command()
@click.option('--environments', type=click.Path(path_type=pathlib.Path),
              help="Where `upgrade` keeps its environments.  [default: in the user's cache]")
def fetch(environments: pathlib.Path | None) -> None:
    """Fetch what scripts need of TensorFlow 1 once, or see that it is whole; print the folder.

    `run`, `record`, `check` and `upgrade` do so by themselves when a script first needs it; this is for a machine that
    will have no network then.
    """
    from legacy.machine import tensorflow1
    path = tensorflow1.fetch(lambda text: click.echo(text, err=True), environments, read=True)
    click.echo(path)

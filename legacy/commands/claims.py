"""`claims`: what the article says of batch normalisation, measured."""
import pathlib

import click

from legacy.commands.options import FORCE, command_line, crew_options, refuse_jobs_of_a_cluster
from legacy.formats.values import Json

PATH = click.Path(path_type=pathlib.Path)


@click.command()
@click.argument('claims', nargs=-1, metavar='[CLAIM]...', type=click.Choice(['1', '2', '3', '4', '5']))
@click.option('--seeds', type=click.IntRange(6, 10_000), default=20, show_default=True,
              help='Seeds 1 to this; with fewer than 6 there is no 95 % interval of a median.')
@crew_options('Processes')
@click.option('--out', type=PATH, default=pathlib.Path('runs/claims'), show_default=True,
              help='Folder of results, kept for the next time.')
@click.option('--fresh', is_flag=True, help='Run again what was run before.')
@click.option('--html', type=PATH, help='A page to write.')
@FORCE
@click.option('--json', 'as_json', is_flag=True, help='One JSON object on standard output.')
def claims(**asked: Json) -> int:
    """The article's claims about batch normalisation, each measured over seeds and learning rates. [CLAIM]... is of
    1 it converges faster, 2 it allows a large learning rate, 3 it generalises better, 4 saved statistics serve in
    testing, 5 scale and shift can restore the original distribution. Without any: all."""
    refuse_jobs_of_a_cluster(asked)
    from legacy.claims import measurement
    asked['command'] = command_line()
    return measurement.claims(asked)

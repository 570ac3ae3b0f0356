"""`show`: what a recording holds, without TensorFlow."""
import pathlib

import click


@click.command()
@click.argument('file', type=click.Path(path_type=pathlib.Path))
@click.option('--json', 'as_json', is_flag=True, help='One JSON object on standard output.')
def show(file, as_json):
    """What a recording holds. Needs no TensorFlow."""
    from legacy.formats import recording
    from legacy.reports import recordingreport
    click.echo(recordingreport.printed(recording.load(file), [file], None, as_json), nl=False)

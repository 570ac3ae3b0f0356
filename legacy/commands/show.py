"""`show`: what a recording holds, without TensorFlow."""
import json
import pathlib

import click


@click.command()
@click.argument('file', type=click.Path(path_type=pathlib.Path))
@click.option('--json', 'as_json', is_flag=True, help='One JSON object on standard output.')
def show(file: str, as_json: bool) -> None:
    """What a recording holds. FILE may be the folder of a run. Needs no TensorFlow."""
    from legacy.formats import places, recordings
    from legacy.reports import recordingreport
    file = places.recording_of(file)
    recorded = recordings.load(str(file))
    if as_json:
        click.echo(json.dumps({**recorded.header, 'series': recordingreport.series(recorded)}))
    else:
        click.echo(recordingreport.recorded(recorded, file), nl=False)

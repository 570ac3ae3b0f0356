"""`show`: what a recording holds, without TensorFlow."""
import json
import pathlib

import click


@click.command()
@click.argument('file', type=click.Path(path_type=pathlib.Path))
@click.option('--json', 'as_json', is_flag=True, help='One JSON object on standard output.')
def show(file: str, as_json: bool) -> None:
    """What a recording holds, of the article or of a script. FILE may be the folder of a run. Needs no TensorFlow."""
    from legacy.formats import places, recording, scriptrecording
    from legacy.reports import recordingreport, scriptreport
    file = places.recording_of(file)
    if scriptrecording.is_one(file):
        recorded = scriptrecording.load(str(file))
        return click.echo(json.dumps({**recorded.header, 'series': scriptreport.series(recorded)}) if as_json else
                          scriptreport.recorded(recorded, file).rstrip())
    click.echo(recordingreport.printed(recording.load(file), [pathlib.Path(file)], None, as_json), nl=False)

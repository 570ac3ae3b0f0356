"""`compare`: where two recordings part, without TensorFlow."""
import json
import pathlib
import typing
from collections.abc import Sequence

import click

from legacy.formats.values import JsonObject

if typing.TYPE_CHECKING:  # slow to import
    from legacy.judge.findings import Finding

WORDS = {False: 'DIFFERS', None: 'reported'}
# The headers of both, what was found, and whether all is the same.
Compared: typing.TypeAlias = 'tuple[tuple[JsonObject, JsonObject], list[Finding], bool]'


@click.command()
@click.argument('a', type=click.Path(path_type=pathlib.Path))
@click.argument('b', type=click.Path(path_type=pathlib.Path))
@click.option('--plot', type=click.Path(path_type=pathlib.Path),
              help='A picture (.png) to write: B over A, of the article.')
@click.option('--json', 'as_json', is_flag=True, help='One JSON object on standard output.')
def compare(a: str, b: str, plot: pathlib.Path | None, as_json: bool) -> int:
    """Where recording B parts from recording A. Each may be the folder of a run. Needs no TensorFlow. Exit code 1 if
    they differ by more than rounding. Of scripts: their runs as they went; `check` makes them again."""
    from legacy.formats import places, scriptrecording
    a, b = places.recording_of(a), places.recording_of(b)
    of_scripts = [scriptrecording.is_one(file) for file in (a, b)]
    if of_scripts[0] != of_scripts[1]:
        raise click.UsageError(f'{b if of_scripts[1] else a} is a recording of a script, and the other is not')
    if plot and of_scripts[0]:
        raise click.UsageError('--plot is for the article; of a script: check --html FILE')
    headers, findings, same = (_of_scripts if of_scripts[0] else _of_the_article)(a, b, plot)
    failed = [finding.question for finding in findings if finding.passed is False]
    verdict = 'different: ' + failed[0] if failed else 'identical' if same else 'the same within tolerances'
    if as_json:
        print(json.dumps({'verdict': verdict, 'findings': [finding.as_json() for finding in findings]}))
    else:
        _print(headers, findings, verdict)
    return 1 if failed else 0


def _print(headers: Sequence[JsonObject], findings: 'list[Finding]', verdict: str) -> None:
    from legacy.formats import processor
    for name, header in zip('AB', headers):
        environment = header['environment']
        print(f'{name} = TensorFlow {environment["tensorflow"]}, {processor.in_words(environment)}')
    for finding in findings:
        print(f'{WORDS.get(finding.passed) or ("within" if finding.deviation else "same"):<9} {finding.question:<20} '
              f'{finding.text}')
    print(verdict)


def _of_the_article(a: str, b: str, plot: pathlib.Path | None) -> Compared:
    from legacy.formats import recording
    from legacy.formats.files import writable
    from legacy.judge import comparison
    reference, candidate = recording.load(a), recording.load(b)
    if plot:
        if plot.suffix != '.png':
            raise click.UsageError(f'--plot writes a PNG file: {plot} does not end in .png')
        writable(plot)
    findings = comparison.compare(reference, candidate)
    if plot:
        from legacy.reports import bandfigure
        bandfigure.compared(plot, reference, candidate)
    headers = reference.header, candidate.header
    return headers, findings, comparison.identical(reference, candidate)


def _of_scripts(a: str, b: str, plot: pathlib.Path | None) -> Compared:
    from legacy.formats import scriptrecording
    from legacy.judge import scriptcompared, scriptrecorded
    reference, candidate = scriptrecording.load(a), scriptrecording.load(b)
    return (reference.header, candidate.header), *scriptcompared.compare(scriptrecorded.Recorded(reference), candidate)

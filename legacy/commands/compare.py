"""`compare`: where two recordings part, without TensorFlow."""
import json
import pathlib
import typing
from collections.abc import Sequence

import click

from legacy.formats.errors import NotComparable
from legacy.formats.values import JsonObject

if typing.TYPE_CHECKING:  # slow to import
    from legacy.formats.recordings import Recording
    from legacy.judge.findings import Finding

WORDS = {False: 'DIFFERS', None: 'reported'}


@click.command()
@click.argument('a', type=click.Path(path_type=pathlib.Path))
@click.argument('b', type=click.Path(path_type=pathlib.Path))
@click.option('--plot', type=click.Path(path_type=pathlib.Path),
              help='A picture (.png) to write: the numbers that both fetched again and again, B over A.')
@click.option('--json', 'as_json', is_flag=True, help='One JSON object on standard output.')
def compare(a: str, b: str, plot: pathlib.Path | None, as_json: bool) -> int:
    """Where recording B parts from recording A. Each may be the folder of a run. Needs no TensorFlow. Exit code 1 if
    they differ by more than rounding. It compares their runs as they went; `check` makes them again."""
    from legacy.formats import places, recordings
    from legacy.judge import tworecordings
    from legacy.judge.baseline import Baseline
    reference, candidate = (recordings.load(places.recording_of(file)) for file in (a, b))
    arithmetics = [side.header.get('arithmetic', 'float32') for side in (reference, candidate)]
    if arithmetics[0] != arithmetics[1]:
        raise NotComparable(f'different arithmetics cannot be compared: A is in {arithmetics[0]}, B in '
                            f'{arithmetics[1]}')
    if plot:
        _plot(plot, reference, candidate)
    findings, same = tworecordings.compare(Baseline(reference, is_complete=False), candidate)
    failed = [finding.question for finding in findings if finding.passed is False]
    verdict = 'different: ' + failed[0] if failed else 'identical' if same else 'the same within tolerances'
    if as_json:
        print(json.dumps({'verdict': verdict, 'findings': [finding.as_json() for finding in findings]}))
    else:
        _print((reference.header, candidate.header), findings, verdict)
    return 1 if failed else 0


def _plot(path: pathlib.Path, reference: 'Recording', candidate: 'Recording') -> None:
    from legacy.formats.files import writable
    if path.suffix != '.png':
        raise click.UsageError(f'--plot writes a PNG file: {path} does not end in .png')
    writable(path)
    from legacy.reports import bandfigure
    try:
        bandfigure.compared(path, reference, candidate)
    except ValueError as error:
        raise NotComparable(f'--plot: {error}') from None


def _print(headers: Sequence[JsonObject], findings: 'list[Finding]', verdict: str) -> None:
    from legacy.formats import processor
    for name, header in zip('AB', headers):
        environment = header['environment']
        print(f'{name} = TensorFlow {environment["tensorflow"]}, {processor.in_words(environment)}')
    for finding in findings:
        print(f'{WORDS.get(finding.passed) or ("within" if finding.deviation else "same"):<9} {finding.question:<20} '
              f'{finding.text}')
    print(verdict)

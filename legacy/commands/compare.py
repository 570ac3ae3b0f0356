"""`compare`: where two recordings part, without TensorFlow."""
import json
import pathlib

import click


@click.command()
@click.argument('a', type=click.Path(path_type=pathlib.Path))
@click.argument('b', type=click.Path(path_type=pathlib.Path))
@click.option('--json', 'as_json', is_flag=True, help='One JSON object on standard output.')
def compare(a, b, as_json):
    """Where recording B parts from recording A. Needs no TensorFlow. Exit code 1 if they differ by more
    than rounding. Of scripts: their runs as they went; `check` makes them again."""
    from legacy.formats import scriptrecording
    of_scripts = [scriptrecording.is_one(file) for file in (a, b)]
    if of_scripts[0] != of_scripts[1]:
        raise click.UsageError(f'{b if of_scripts[1] else a} is a recording of a script, and the other is not')
    findings, same = (_of_scripts if of_scripts[0] else _of_the_article)(a, b)
    failed = [finding.question for finding in findings if finding.passed is False]
    verdict = 'different: ' + failed[0] if failed else 'identical' if same else 'the same within tolerances'
    if as_json:
        print(json.dumps({'verdict': verdict, 'findings': [finding.as_json() for finding in findings]}))
    else:
        words = {True: 'same', False: 'DIFFERS', None: 'reported'}
        for finding in findings:
            print(f'{words[finding.passed]:<9} {finding.question:<20} {finding.text}')
        print(verdict)
    return 1 if failed else 0


def _of_the_article(a, b):
    from legacy.formats import recording
    from legacy.judge import comparison
    reference, candidate = recording.load(a), recording.load(b)
    return comparison.compare(reference, candidate), comparison.identical(reference, candidate)


def _of_scripts(a, b):
    from legacy.formats import scriptrecording
    from legacy.judge import scriptcompared, scriptrecorded
    return scriptcompared.compare(scriptrecorded.Recorded(scriptrecording.load(str(a))),
                                  scriptrecording.load(str(b)))

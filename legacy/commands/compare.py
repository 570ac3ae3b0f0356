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
    than rounding."""
    from legacy.formats import recording
    from legacy.judge import comparison
    reference, candidate = recording.load(a), recording.load(b)
    findings = comparison.compare(reference, candidate)
    same = comparison.identical(reference, candidate)
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

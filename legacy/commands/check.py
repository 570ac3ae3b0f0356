"""`check`: one TensorFlow against a baseline."""
import json
import pathlib

import click


@click.command()
@click.option('--baseline', type=click.Path(path_type=pathlib.Path),
              help='A recording, or a folder of them.  [default: TensorFlow 1.15.5]')
@click.option('--python', help="Interpreter of an environment whose TensorFlow is checked.  [default: this one's]")
@click.option('--strict', type=click.Choice(['identical', 'explained', 'equivalent']), default='equivalent',
              show_default=True, help='The worst verdict that exits with 0.')
@click.option('--onednn', is_flag=True, help="With oneDNN's kernels, which give other bits.")
@click.option('--json', 'as_json', is_flag=True, help='One JSON object on standard output.')
@click.option('--junit', 'junit_file', type=click.Path(path_type=pathlib.Path), help='A JUnit XML file to write.')
@click.option('--power', is_flag=True, help='Try known faults: how small a one would be seen? Takes minutes.')
def check(baseline, python, strict, onednn, as_json, junit_file, power):
    """Does this TensorFlow compute what TensorFlow 1.15.5 computed, and if not, where does it depart?"""
    if power:
        if baseline or python or onednn or junit_file:
            raise click.UsageError('--power tries the installed TensorFlow against 1.15.5: only --json goes with it')
        return _power(as_json)
    from legacy.check import check as ask
    from legacy.formats.files import writable, write_whole
    from legacy.judge import verdict
    from legacy.reports import checkreport, junit
    if junit_file:
        writable(junit_file)
    report = ask(baseline, python, onednn, tell=None if as_json else _print_row)
    code = 0 if verdict.reached(report.verdict, strict) else 1
    found = checkreport.as_json(report, strict, code)
    if junit_file:
        write_whole(junit_file, junit.document([checkreport.junit_suite(found)]))
    print(json.dumps(found) if as_json else checkreport.ending(report))
    return code


def _power(as_json):
    from legacy.check import power
    found = power.power(lambda item: click.echo(power.row(item), err=as_json))
    if as_json:
        print(json.dumps(power.as_json(found)))
    return 0 if power.sound(found) else 1


def _print_row(rung):
    from legacy.reports import checkreport
    if rung.name == 'settings':
        print(checkreport.HEADING)
    print(checkreport.row(rung), flush=True)

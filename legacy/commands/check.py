"""`check`: one TensorFlow against a baseline, of the article or of a script."""
import json
import os
import pathlib
import sys

import click

from legacy.commands import scripts
from legacy.commands.options import FORCE
from legacy.judge import verdict


@click.command(cls=scripts.TakesScript)
@scripts.script_options
@scripts.model_options
@click.option('--baseline', type=click.Path(path_type=pathlib.Path),
              help="A recording, or a folder of them; a script's recording.  [default: TensorFlow 1.15.5]")
@click.option('--python', help="Interpreter of an environment whose TensorFlow is checked.  [default: this one's]")
@click.option('--strict', type=click.Choice(verdict.STRICT), default='equivalent',
              show_default=True, help='The worst verdict that exits with 0.')
@click.option('--onednn', is_flag=True, help="With oneDNN's kernels, which give other bits.")
@click.option('--json', 'as_json', is_flag=True, help='One JSON object on standard output.')
@click.option('--junit', 'junit_file', type=click.Path(path_type=pathlib.Path), help='A JUnit XML file to write.')
@click.option('--html', type=click.Path(path_type=pathlib.Path), help='A script: a page to write.')
@FORCE
@click.option('--power', is_flag=True, help='Try known faults: how small a one would be seen? Takes minutes.')
@scripts.child_options
@click.pass_context
def check(ctx, script, module, model, feeds, signature, fetch, baseline, python, strict, onednn, as_json, junit_file,
          html, force, power, timeout, files, linked):
    """Does this TensorFlow compute what TensorFlow 1.15.5 computed, and if not, where does it depart? With SCRIPT or
    --model: what its recording has.

    What stands after SCRIPT is the script's own. It runs once, in a copy of the current folder.
    """
    with scripts.subject(ctx, tuple(ctx.params)) as subject:
        return _check(ctx, subject, baseline, python, strict, onednn, as_json, junit_file, html, force, power, timeout,
                      files)


def _check(ctx, subject, baseline, python, strict, onednn, as_json, junit_file, html, force, power, timeout, files):
    if subject and (power or not baseline):
        raise click.UsageError('a script is checked against its recording: --baseline FILE (`record` makes one), and '
                               '--power is for the article')
    if not subject:
        for name in ('html', 'timeout', 'files', 'linked'):
            if scripts.is_given(ctx, name):
                raise click.UsageError(f'--{name} goes with a SCRIPT or --model')
    if power:
        if baseline or python or onednn or junit_file:
            raise click.UsageError('--power tries the installed TensorFlow against 1.15.5: only --json goes with it')
        return _power(as_json)
    from legacy.formats.files import writable, write_whole
    from legacy.reports import checkreport, junit
    outputs = [file for file in (junit_file, html) if file]
    for k, file in enumerate(outputs):
        writable(file, force, 'check', [*_inputs(baseline, subject), *outputs[:k]])
    tell = None if as_json else _print_row
    if subject:
        from legacy.check import scripting
        job = scripting.Job(os.path.abspath(python) if python else sys.executable, subject.asked, onednn, timeout,
                            files, subject.folder, linked=subject.linked)
        try:
            report = _script(job, baseline, tell, html)
        except scripting.ScriptFault as error:
            return scripts.script_failed(error)
    else:
        from legacy.check import check as ask
        report = ask(baseline, python, onednn, tell=tell)
    code = verdict.exit_code(report.verdict, strict)
    found = checkreport.as_json(report, strict, code)
    if junit_file:
        write_whole(junit_file, junit.document([checkreport.junit_suite(found)], 'check'))
    print(json.dumps(found) if as_json else checkreport.ending(report))
    return code


def _inputs(baseline, subject):
    """Paths of the files that a check reads."""
    from legacy.formats import references
    return [*references.files(baseline or references.BASELINE), *(subject.inputs if subject else [])]


def _script(job, baseline, tell, html):
    from legacy.check import scripting
    from legacy.machine import scratch
    with scratch.temporary('check') as folder:
        recorded, candidate, report = scripting.check(job, baseline, folder, tell,
                                                      lambda line: click.echo(f'remark: {line}', err=True),
                                                      tell and (lambda line: click.echo(line, err=True)))
        if html:
            from legacy.formats.files import write_whole
            from legacy.reports import scriptpage
            write_whole(html, scriptpage.page(recorded, candidate, report, _folder(job)).encode('utf-8'))
        return report


def _folder(job):
    folder = job.folder or os.getcwd()
    return folder if job.asked['as_module'] else os.path.dirname(os.path.join(folder, job.asked['script']))


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

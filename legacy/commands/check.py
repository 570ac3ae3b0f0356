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
@click.option('--case', type=click.Path(path_type=pathlib.Path), metavar='FOLDER',
              help='A script: a folder to write, with a script for the cause that needs TensorFlow and numpy only, to '
                   'send to its maintainers.')
@click.option('--environments', type=click.Path(path_type=pathlib.Path),
              help="With --case: folder of environments, in which the recorded release is looked for and built.  "
                   "[default: in the user's cache]")
@FORCE
@click.option('--power', is_flag=True, help='Try known errors: how small a one would be seen? Takes minutes.')
@scripts.child_options
@click.pass_context
def check(ctx, script, module, model, feeds, signature, fetch, baseline, python, strict, onednn, as_json, junit_file,
          html, case, environments, force, power, timeout, files, linked):
    """Does this TensorFlow compute what TensorFlow 1.15.5 computed, and if not, where does it depart? With SCRIPT or
    --model: what its recording has.

    What stands after SCRIPT is the script's own. It runs once, in a copy of the current folder.
    """
    with scripts.subject(ctx, tuple(ctx.params)) as subject:
        return _check(ctx, subject, baseline, python, strict, onednn, as_json, junit_file, html, case, environments,
                      force, power, timeout, files)


def _check(ctx, subject, baseline, python, strict, onednn, as_json, junit_file, html, case, environments, force, power,
           timeout, files):
    if subject and not baseline:
        raise click.UsageError('a script is checked against its recording: --baseline FILE (`record` makes one)')
    if not subject:
        for name in ('html', 'case', 'environments', 'timeout', 'files', 'linked'):
            if scripts.is_given(ctx, name):
                raise click.UsageError(f'--{name} goes with a SCRIPT or --model')
    if power:
        if junit_file or html or case or not subject and (baseline or python or onednn):
            raise click.UsageError('--power makes a table of its own: --html, --junit and --case do not go with it; '
                                   'without a script it tries the installed TensorFlow against 1.15.5, and only '
                                   '--json goes with it')
        if not subject:
            return _power(as_json)
    from legacy.formats.files import writable, write_whole
    from legacy.formats.folders import refuse_occupied
    from legacy.reports import checkreport, junit
    outputs = [file for file in (junit_file, html) if file]
    for k, file in enumerate(outputs):
        writable(file, force, 'check', [*_inputs(baseline, subject), *outputs[:k]])
    if case:
        refuse_occupied(case, force, '--case')
    elif environments:
        raise click.UsageError('--environments goes with --case')
    tell = None if as_json else _print_row
    if subject:
        from legacy.check import scripting
        job = scripting.Job(os.path.abspath(python) if python else sys.executable, subject.asked, onednn, timeout,
                            files, subject.folder, linked=subject.linked)
        try:
            if power:
                return _power_of_script(job, baseline, as_json)
            report = _script(job, baseline, tell, html, case, force, environments)
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


def _script(job, baseline, tell, html, case, force, environments):
    from legacy.check import scripting
    from legacy.machine import scratch
    with scratch.temporary('check') as folder:
        recorded, candidate, report = scripting.check(job, baseline, folder, tell,
                                                      lambda line: click.echo(f'remark: {line}', err=True),
                                                      tell and (lambda line: click.echo(line, err=True)),
                                                      **({'case': True} if case else {}))
        if html:
            from legacy.formats.files import write_whole
            from legacy.reports import scriptpage
            write_whole(html, scriptpage.page(recorded, candidate, report, _folder(job)).encode('utf-8'))
        if case:
            _write_case(case, force, candidate, report, job.python, environments, folder)
        return report


def _write_case(out, force, candidate, report, python, environments, folder):
    """Write the case, or say why there is none: the verdict is the same."""
    from legacy.check import casefolder
    from legacy.formats.casedraft import NoCase
    from legacy.upgrade import ready

    def tell(text):
        click.echo(text, err=True)
    try:
        casefolder.write(out, force, candidate, report, python,
                         lambda release: ready.interpreter(release, folder=environments, tell=tell), folder)
    except NoCase as why:
        tell(f'no case is written to {out}: {why}')
    else:
        tell(f'a case to send is in {out}: {", ".join(sorted(path.name for path in out.iterdir()))}')


def _folder(job):
    folder = job.folder or os.getcwd()
    return folder if job.asked['as_module'] else os.path.dirname(os.path.join(folder, job.asked['script']))


def _power(as_json):
    from legacy.check import power
    found = power.power(lambda item: click.echo(power.row(item), err=as_json))
    if as_json:
        print(json.dumps(power.as_json(found)))
    return 0 if power.sound(found) else 1


def _power_of_script(job, baseline, as_json):
    from legacy.check import scriptpower
    from legacy.reports import verdictlines
    heading = iter([scriptpower.HEADING])
    found = scriptpower.power(job, baseline, lambda item: click.echo('\n'.join([*heading, scriptpower.row(item)]),
                                                                     err=as_json))
    if as_json:
        print(json.dumps(scriptpower.as_json(found)))
    else:
        print('\n'.join(['', scriptpower.ending(found), *verdictlines.lines(found.report)]))
    if found.report.verdict not in verdict.GOOD:
        return verdict.exit_code(found.report.verdict, 'equivalent')
    return 0 if found.is_sound else 1


def _print_row(rung):
    from legacy.reports import checkreport
    if rung.name == 'settings':
        print(checkreport.HEADING)
    print(checkreport.row(rung), flush=True)

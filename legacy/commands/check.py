"""`check`: one TensorFlow against a baseline, of the article or of a script."""
import json
import os
import pathlib
import sys
import typing
from collections.abc import Callable

import click

from legacy.commands import scripts
from legacy.commands.options import FORCE
from legacy.formats.places import PathLike
from legacy.formats.values import Json
from legacy.judge import verdict

if typing.TYPE_CHECKING:  # slow to import
    from legacy.check.scripting import Job
    from legacy.formats.scriptrecording import ScriptRecording
    from legacy.judge.asking import Report, Rung


class CheckRequest(typing.NamedTuple):
    """What `check` is asked, beside its subject: its options, each under the name of its parameter."""
    baseline: pathlib.Path | None
    python: str | None
    strict: str
    onednn: bool
    as_json: bool
    junit_file: pathlib.Path | None
    html: pathlib.Path | None
    case: pathlib.Path | None
    environments: pathlib.Path | None
    force: bool
    power: bool
    timeout: int
    files: int


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
def check(ctx: click.Context, /, **given: Json) -> int:
    """Does this TensorFlow compute what TensorFlow 1.15.5 computed, and if not, where does it depart? With SCRIPT or
    --model: what its recording has.

    What stands after SCRIPT is the script's own. It runs once, in a copy of the current folder.
    """
    with scripts.subject(ctx, tuple(ctx.params)) as subject:
        asked = CheckRequest(**{name: given[name] for name in CheckRequest._fields})
        _refuse_contradictions(ctx, subject, asked)
        return _check(subject, asked)


def _refuse_contradictions(ctx: click.Context, subject: scripts.Subject | None, asked: CheckRequest) -> None:
    """Raises click.UsageError."""
    if subject and not asked.baseline:
        raise click.UsageError('a script is checked against its recording: --baseline FILE (`record` makes one)')
    if not subject:
        for name in ('html', 'case', 'environments', 'timeout', 'files', 'linked'):
            if scripts.is_given(ctx, name):
                raise click.UsageError(f'--{name} goes with a SCRIPT or --model')
    if asked.environments and not asked.case:
        raise click.UsageError('--environments goes with --case')
    if asked.power:
        if asked.junit_file or asked.html or asked.case or not subject and (
                asked.baseline or asked.python or asked.onednn):
            raise click.UsageError('--power makes a table of its own: --html, --junit and --case do not go with it; '
                                   'without a script it tries the installed TensorFlow against 1.15.5, and only '
                                   '--json goes with it')


def _check(subject: scripts.Subject | None, asked: CheckRequest) -> int:
    if asked.power and not subject:
        return _power(asked.as_json)
    from legacy.formats.files import writable, write_whole
    from legacy.formats.folders import refuse_occupied
    from legacy.reports import checkreport, junit
    outputs = [file for file in (asked.junit_file, asked.html) if file]
    for k, file in enumerate(outputs):
        writable(file, asked.force, 'check', [*_inputs(asked.baseline, subject), *outputs[:k]])
    if asked.case:
        refuse_occupied(asked.case, asked.force, '--case')
    tell = None if asked.as_json else _print_row
    if subject and asked.baseline:
        from legacy.check import scripting
        from legacy.check.scriptfault import ScriptFault
        job = scripting.Job(os.path.abspath(asked.python) if asked.python else sys.executable, subject.asked,
                            asked.onednn, asked.timeout, asked.files, subject.folder, linked=subject.linked)
        try:
            if asked.power:
                return _power_of_script(job, asked.baseline, asked.as_json)
            report = _script(job, asked.baseline, tell, asked)
        except ScriptFault as error:
            return scripts.script_failed(error)
    else:
        from legacy.check import check as ask
        report = ask(asked.baseline, asked.python, asked.onednn, tell=tell)
    code: int = verdict.exit_code(report.verdict, asked.strict)
    found = checkreport.as_json(report, asked.strict, code)
    if asked.junit_file:
        write_whole(asked.junit_file, junit.document([checkreport.junit_suite(found)], 'check'))
    print(json.dumps(found) if asked.as_json else checkreport.ending(report))
    return code


def _inputs(baseline: pathlib.Path | None, subject: scripts.Subject | None) -> list[PathLike]:
    """Paths of the files that a check reads."""
    from legacy.formats import references
    return [*references.files(baseline or references.BASELINE), *(subject.inputs if subject else [])]


def _script(job: 'Job', baseline: pathlib.Path, tell: 'Callable[[Rung], None] | None', asked: CheckRequest) -> 'Report':
    from legacy.check import scripting
    from legacy.machine import scratch
    with scratch.temporary('check') as folder:
        recorded, candidate, report = scripting.check(job, baseline, folder, tell,
                                                      lambda line: click.echo(f'remark: {line}', err=True),
                                                      tell and (lambda line: click.echo(line, err=True)),
                                                      **({'case': True} if asked.case else {}))
        if asked.html:
            from legacy.formats.files import write_whole
            from legacy.reports import scriptpage
            write_whole(asked.html, scriptpage.page(recorded, candidate, report, _folder(job)).encode('utf-8'))
        if asked.case:
            _write_case(asked.case, asked.force, candidate, report, job.python, asked.environments, folder)
        return report


def _write_case(out: pathlib.Path, force: bool, candidate: 'ScriptRecording', report: 'Report', python: str,
                environments: pathlib.Path | None, folder: pathlib.Path) -> None:
    """Write the case, or say why there is none: the verdict is the same."""
    from legacy.check import casefolder
    from legacy.formats.casedraft import NoCase
    from legacy.upgrade import ready

    def tell(text: str) -> None:
        click.echo(text, err=True)
    try:
        casefolder.write(out, force, candidate, report, python,
                         lambda release: ready.interpreter(release, folder=environments, tell=tell), folder)
    except NoCase as why:
        tell(f'no case is written to {out}: {why}')
    else:
        tell(f'a case to send is in {out}: {", ".join(sorted(path.name for path in out.iterdir()))}')


def _folder(job: 'Job') -> str:
    folder = job.folder or os.getcwd()
    return folder if job.asked['as_module'] else os.path.dirname(os.path.join(folder, job.asked['script']))


def _power(as_json: bool) -> int:
    from legacy.check import power
    found = power.power(lambda item: click.echo(power.row(item), err=as_json))
    if as_json:
        print(json.dumps(power.as_json(found)))
    return 0 if power.sound(found) else 1


def _power_of_script(job: 'Job', baseline: pathlib.Path, as_json: bool) -> int:
    from legacy.check import scriptpower
    from legacy.reports import verdictlines
    heading = iter([scriptpower.HEADING])
    found = scriptpower.power(job, baseline, lambda item: click.echo('\n'.join([*heading, scriptpower.row(item)]),
                                                                     err=as_json))
    if as_json:
        print(json.dumps(scriptpower.as_json(found)))
    else:
        print('\n'.join(['', scriptpower.ending(found), *verdictlines.lines(found.report)]))
    code: int = verdict.exit_code(found.report.verdict, 'equivalent')
    return code if found.report.verdict not in verdict.GOOD else 0 if found.is_sound else 1


def _print_row(rung: 'Rung') -> None:
    from legacy.reports import checkreport
    if rung.name == 'settings':
        print(checkreport.HEADING)
    print(checkreport.row(rung), flush=True)

"""`check`: one TensorFlow against the recording of a subject: the article's experiment, a script or a model."""
import json
import os
import pathlib
import sys
import typing
from collections.abc import Callable

import click

from legacy.commands import scripts
from legacy.commands.options import FORCE
from legacy.formats.values import Json
from legacy.judge import verdict

if typing.TYPE_CHECKING:  # slow to import
    from legacy.check.jobs import Job
    from legacy.formats.recordings import Recording
    from legacy.judge.questions import Report, Rung


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
              help="The subject's recording.  [default: of the article's experiment, TensorFlow 1.15.5's]")
@click.option('--python', help="Interpreter of an environment whose TensorFlow is checked.  [default: this one's]")
@click.option('--strict', type=click.Choice(verdict.STRICT), default='equivalent',
              show_default=True, help='The worst verdict that exits with 0.')
@click.option('--onednn', is_flag=True, help="With oneDNN's kernels, which give other bits.")
@click.option('--json', 'as_json', is_flag=True, help='One JSON object on standard output.')
@click.option('--junit', 'junit_file', type=click.Path(path_type=pathlib.Path), help='A JUnit XML file to write.')
@click.option('--html', type=click.Path(path_type=pathlib.Path), help='A page to write.')
@click.option('--case', type=click.Path(path_type=pathlib.Path), metavar='FOLDER',
              help='A folder to write, with a script for the cause that needs TensorFlow and numpy only, to '
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
    asked = CheckRequest(**{name: given[name] for name in CheckRequest._fields})
    with scripts.subject(ctx, tuple(ctx.params), lambda: _of_article(asked)) as subject:
        baseline = _baseline(subject, asked)
        _refuse_contradictions(asked)
        return _check(subject, asked._replace(baseline=baseline))


def _of_article(asked: CheckRequest) -> list[str]:
    """The arguments of the article's experiment: those with which it was recorded."""
    from legacy.check import article
    return article.recorded_arguments(asked.baseline) if asked.baseline else []


def _baseline(subject: scripts.Subject, asked: CheckRequest) -> pathlib.Path:
    """Path of the recording. Raises click.UsageError where it must be named."""
    from legacy.check import article
    from legacy.formats import places
    if not asked.baseline and not subject.is_article:
        raise click.UsageError('a script is checked against its recording: --baseline FILE (`record` makes one)')
    return pathlib.Path(places.recording_of(asked.baseline)) if asked.baseline else article.RECORDING


def _refuse_contradictions(asked: CheckRequest) -> None:
    """Raises click.UsageError."""
    if asked.environments and not asked.case:
        raise click.UsageError('--environments goes with --case')
    if asked.power and (asked.junit_file or asked.html or asked.case):
        raise click.UsageError('--power makes a table of its own: --html, --junit and --case do not go with it')


def _check(subject: scripts.Subject, asked: CheckRequest) -> int:
    from legacy.check import jobs
    from legacy.check.scriptfault import ScriptFault
    from legacy.formats.files import writable, write_whole
    from legacy.formats.folders import refuse_occupied
    from legacy.reports import checkreport, junit
    baseline = typing.cast(pathlib.Path, asked.baseline)
    outputs = [file for file in (asked.junit_file, asked.html) if file]
    for k, file in enumerate(outputs):
        writable(file, asked.force, 'check', [baseline, *subject.inputs, *outputs[:k]])
    if asked.case:
        refuse_occupied(asked.case, asked.force, '--case')
    job = jobs.Job(os.path.abspath(asked.python) if asked.python else sys.executable, subject.asked,
                   asked.onednn, asked.timeout, asked.files, subject.folder, linked=subject.linked)
    try:
        if asked.power:
            return _power(job, baseline, asked.as_json)
        report = _report(job, baseline, None if asked.as_json else _print_row, asked)
    except ScriptFault as error:
        return scripts.script_failed(error)
    code: int = verdict.exit_code(report.verdict, asked.strict)
    found = checkreport.as_json(report, asked.strict, code)
    if asked.junit_file:
        write_whole(asked.junit_file, junit.document([checkreport.junit_suite(found)], 'check'))
    print(json.dumps(found) if asked.as_json else checkreport.ending(report))
    return code


def _report(job: 'Job', baseline: pathlib.Path, tell: 'Callable[[Rung], None] | None', asked: CheckRequest) -> 'Report':
    from legacy.check import jobs
    from legacy.machine import scratch
    with scratch.temporary('check') as folder:
        recorded, candidate, report = jobs.check(job, baseline, folder, tell,
                                                 lambda line: click.echo(f'remark: {line}', err=True),
                                                 tell and (lambda line: click.echo(line, err=True)),
                                                 **({'case': True} if asked.case else {}))
        if asked.html:
            from legacy.formats.files import write_whole
            from legacy.reports import checkpage
            write_whole(asked.html, checkpage.page(recorded, candidate, report, _folder(job)).encode('utf-8'))
        if asked.case:
            _write_case(asked.case, asked.force, candidate, report, job.python, asked.environments, folder)
        return report


def _write_case(out: pathlib.Path, force: bool, candidate: 'Recording', report: 'Report', python: str,
                environments: pathlib.Path | None, folder: pathlib.Path) -> None:
    """Write the case, or say why there is none: the verdict is the same."""
    from legacy.check import casefolder
    from legacy.formats.casedraft import NoCase
    from legacy.upgrade import releaseenvironment

    def tell(text: str) -> None:
        click.echo(text, err=True)
    try:
        casefolder.write(
            out, force, candidate, report, python,
            lambda release: releaseenvironment.interpreter(release, folder=environments, tell=tell), folder)
    except NoCase as why:
        tell(f'no case is written to {out}: {why}')
    else:
        tell(f'a case to send is in {out}: {", ".join(sorted(path.name for path in out.iterdir()))}')


def _folder(job: 'Job') -> str:
    folder = job.folder or os.getcwd()
    return folder if job.asked['as_module'] else os.path.dirname(os.path.join(folder, job.asked['script']))


def _power(job: 'Job', baseline: pathlib.Path, as_json: bool) -> int:
    from legacy.check import power
    from legacy.reports import verdictlines
    heading = iter([power.HEADING])
    found = power.power(job, baseline, lambda item: click.echo('\n'.join([*heading, power.row(item)]), err=as_json))
    if as_json:
        print(json.dumps(power.as_json(found)))
    else:
        print('\n'.join(['', power.ending(found), *verdictlines.lines(found.report)]))
    code: int = verdict.exit_code(found.report.verdict, 'equivalent')
    return code if found.report.verdict not in verdict.GOOD else 0 if found.is_sound else 1


def _print_row(rung: 'Rung') -> None:
    from legacy.reports import checkreport
    if rung.name == 'settings':
        print(checkreport.HEADING)
    print(checkreport.row(rung), flush=True)

"""`record`: a recording without pictures, a baseline of your own, a new baseline of 1.15.5, or a script's recording."""
import functools
import os
import pathlib
import sys
import typing

import click

from legacy.commands import scripts
from legacy.commands.options import command_line, experiment_options
from legacy.formats.errors import LegacyError
from legacy.formats.values import Json, JsonObject

OF_SCRIPTS = ('out', 'python', 'onednn', 'release', 'further', 'budget', 'noisy', 'timeout', 'files', 'linked',
              'force', 'quiet', 'whole')
EXPERIMENT = ('seed', 'steps', 'op_seeds', 'arithmetic')  # parameters, see `experiment_options`
# {parameter: option} of those that go with a script alone
SCRIPTS_OWN = {'further': 'with', 'budget': 'budget', 'noisy': 'noisy', 'timeout': 'timeout', 'files': 'files',
               'linked': 'linked', 'quiet': 'quiet', 'whole': 'whole'}


class RecordRequest(typing.NamedTuple):
    """What `record` is asked, beside its subject and the experiment's settings: its options, each under the name of its
    parameter."""
    out: pathlib.Path | None
    complete: bool
    python: str | None
    baseline: bool
    reason: str | None
    accept: bool
    onednn: bool
    release: str | None
    further: tuple[str, ...]
    budget: int
    noisy: int
    timeout: int
    files: int
    force: bool
    quiet: bool
    whole: bool


@click.command(cls=scripts.TakesScript)
@scripts.script_options
@scripts.model_options
@functools.partial(experiment_options, op_seeds=scripts.OpSeeds())
@click.option('--out', type=click.Path(path_type=pathlib.Path), help='File to write, or folder with --complete.')
@click.option('--complete', is_flag=True, help='All arithmetics and the kernels: a baseline of your own for check.')
@click.option('--python', help="Interpreter of an environment whose TensorFlow is recorded.  [default: this one's]")
@click.option('--baseline', is_flag=True, help='Baseline candidates, under TensorFlow 1.15.5 only.')
@click.option('--reason', help='Why a new baseline is needed; kept in the recording. With --baseline.')
@click.option('--accept', is_flag=True, help='Replace the baseline by the candidates. With --baseline.')
@click.option('--release', help='In an environment of this TensorFlow release, which is built if need be.')
@click.option('--with', 'further', multiple=True, metavar='REQUIREMENT',
              help='A script: a package that it imports, installed beside TensorFlow. With --release.')
@click.option('--budget', type=click.IntRange(1, 1024), default=64, show_default=True, metavar='MB',
              help='A script: of variables that are kept, from which its runs are made again.')
@click.option('--noisy', type=click.IntRange(0, 100), default=6, show_default=True,
              help='A script: whole runs with noise in the last place, for the band of its series.')
@click.option('--force', is_flag=True,
              help='Replace what is there; of a script, a recording of another script or release.')
@click.option('--quiet', is_flag=True, help='A script: say nothing while it is recorded.')
@click.option('--whole', is_flag=True,
              help='A script: with its whole run in portable arithmetic, which `check` compares, too.')
@scripts.child_options
@click.pass_context
def record(ctx: click.Context, /, **given: Json) -> int | None:
    """A recording without pictures; a baseline of your own; or new baselines of TensorFlow 1.15.5. With SCRIPT or
    --model: a recording of it, which `check` compares another TensorFlow with.

    What stands after SCRIPT is the script's own. It runs several times, each time in a copy of the current folder.
    """
    asked = RecordRequest(**{name: given[name] for name in RecordRequest._fields})
    with scripts.subject(ctx, OF_SCRIPTS) as subject:
        if subject:
            return _script(subject, asked)
    for name, option in SCRIPTS_OWN.items():
        if scripts.is_given(ctx, name):
            raise click.UsageError(f'--{option} goes with a SCRIPT or --model')
    if asked.release and (asked.python or asked.baseline):
        raise click.UsageError('name --release or --python; --baseline goes with --python')
    _article(asked, {name: given[name] for name in EXPERIMENT})
    return None


def _script(subject: scripts.Subject, request: RecordRequest) -> int:
    from legacy.check import scripting
    from legacy.check.scriptfault import ScriptFault
    from legacy.formats.files import writable
    from legacy.machine import scratch
    from legacy.reports import scriptreport
    asked = subject.asked
    out, python = request.out, request.python
    if not out or request.release and python or request.further and not request.release:
        raise click.UsageError('--out FILE is needed; name --release or --python, and --with belongs to --release')
    if asked['op_seeds']:
        raise click.UsageError('--op-seeds is for `run`: a recording has those of the TensorFlow that is recorded')
    writable(out, force=True, others=subject.inputs)  # see `_require_same`

    def tell(text: str) -> None:
        if not request.quiet:
            click.echo(text, err=True)

    def allowed(script: str, version: str | None) -> None:
        if not request.force:
            _require_same(out, script, version)
    allowed(asked['script'] if asked['as_module'] else os.path.basename(asked['script']), request.release)
    if request.release:
        from legacy.upgrade import ready
        python = ready.interpreter(request.release, request.further, tell=tell)
    asked['seed'] = 1 if asked['seed'] is None else asked['seed']
    job = scripting.Job(os.path.abspath(python) if python else sys.executable, asked, request.onednn,
                        request.timeout, request.files, subject.folder, linked=subject.linked)
    with scratch.temporary('recording') as folder:
        try:
            recorded = scripting.record(job, out.absolute(), folder, request.budget << 20, request.noisy, tell,
                                        lambda first: allowed(first.header['script']['name'],
                                                              first.header['environment']['tensorflow']), request.whole)
        except ScriptFault as error:
            return scripts.script_failed(error)
    click.echo(scriptreport.recorded(recorded, out), nl=False)
    if not scriptreport.can_be_judged(recorded):
        click.echo('error: nothing can ever be judged by this recording: see "not judged" above, and '
                   'scripts.md, "What is not compared"', err=True)
        return 2
    return 0


def _tell(text: str) -> None:
    click.echo(text, err=True)


def _require_same(out: pathlib.Path, script: str, version: str | None) -> None:
    """Raises LegacyError where there is a file that is no recording of this script under this TensorFlow, as far as
    that is known: None for a version that is not."""
    if not out.exists():
        return
    from legacy.formats import scriptrecording
    there = scriptrecording.header_of(out)
    if there is None:
        raise LegacyError(f'{out} is there, and is no recording of a script: --force replaces it')
    known = there['script']['name'], there['environment']['tensorflow']
    if known[0] != script or version and known[1] != version:
        raise LegacyError(f'{out} is a recording of {known[0]} under TensorFlow {known[1]}: --force replaces it by one '
                          f'of {script}{f" under {version}" if version else ""}')


def _article(asked: RecordRequest, settings: JsonObject) -> None:
    from legacy.check.baseline import renew
    from legacy.formats import references
    from legacy.formats.files import writable
    from legacy.machine import environments
    out, python = asked.out, asked.python or sys.executable
    if asked.baseline:
        if not asked.reason or out or asked.complete:
            raise click.UsageError('--baseline needs --reason "...", and takes no --out and no --complete')
        renew(python, asked.reason, asked.accept, _tell)
        return
    if not out or asked.reason or asked.accept:
        raise click.UsageError('--out FILE is needed; --reason and --accept belong to --baseline')
    if asked.release:
        from legacy.upgrade import ready
        python = ready.interpreter(asked.release, tell=_tell)
    settings['command'] = command_line()
    for path in [out] if not asked.complete else [out / name for name in references.names() if out.is_dir()]:
        writable(path, asked.force)
    if asked.complete:
        del settings['arithmetic']
        out.mkdir(parents=True, exist_ok=True)
        settings['references'] = str(out)
    else:
        settings['out'] = str(out)
    environments.run_worker(python, settings, asked.onednn)

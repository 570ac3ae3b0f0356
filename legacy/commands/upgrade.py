"""`upgrade`: the same check across TensorFlow releases, of the article's experiment, a script or a model."""
import contextlib
import os
import pathlib
import shlex
import typing
from collections.abc import Iterator

import click

from legacy.commands import scripts
from legacy.commands.options import FORCE, crew_options, refuse_jobs_of_a_cluster
from legacy.commands.scripts import Subject
from legacy.formats.values import Json, JsonObject
from legacy.judge import verdict

PATH = click.Path(path_type=pathlib.Path)
OF_A_SCRIPT = {'further': '--with', 'linked': '--linked'}  # which the article's experiment has no use for
ON = ('seeds', 'kernels', 'history', 'formula', 'loss', 'cause', 'verdict')


class UpgradeRequest(typing.NamedTuple):
    """What `upgrade` is asked, beside its subject: its options, each under the name of its parameter."""
    releases: tuple[str, ...]
    everything: bool
    since: str | None
    bisect: tuple[str, str] | None
    nightly: bool
    on: str | None
    scalar: str | None
    every: bool
    scheduler: str | None
    jobs: int | None
    each_host: bool
    interpreters: tuple[pathlib.Path, ...]
    against: str | None
    baseline: pathlib.Path | None
    further: tuple[str, ...]
    timeout: int
    files: int
    python: str | None
    pin: tuple[str, ...]
    onednn: bool
    strict: str
    out: pathlib.Path
    environments: pathlib.Path | None
    fresh: bool
    lock: bool
    html: pathlib.Path | None
    junit: pathlib.Path | None
    force: bool
    as_json: bool
    quiet: bool


@click.command()
@click.argument('releases', nargs=-1, metavar='[RELEASE]...')
@click.option('--all', 'everything', is_flag=True, help='Every release of the table.')
@click.option('--since', metavar='RELEASE', help='Every release of the table from this one on.')
@click.option('--bisect', nargs=2, metavar='GOOD BAD', help='The first release between two that differs.')
@click.option('--nightly', is_flag=True,
              help='The first day that differs, of the nightlies that the package index offers; two rows if none does.')
@click.option('--on', type=click.Choice(ON),
              help='With --bisect or --nightly: what is looked at; cause is that of the last release.  '
                   '[default: verdict]')
@click.option('--scalar', metavar='NAME',
              help='With --on loss: a fetch, or the line of the script that fetches it.  [default: all]')
@click.option('--every', is_flag=True,
              help='With --bisect: every release on the package index, not those of the table alone.')
@crew_options('Releases')
@click.option('--each-host', is_flag=True, help='Every release on every worker of the cluster.')
@click.option('--interpreters', type=PATH, multiple=True, metavar='DIR',
              help="Where to look for Pythons before uv's own, PATH and pyenv's.")
@click.option('--against', metavar='RELEASE',
              help="The release whose numbers are the measure, recorded first.  [default: 1.15.5]")
@click.option('--script', type=PATH, metavar='SCRIPT',
              help="This script's runs are checked, in place of the article's experiment.")
@click.option('-m', 'module', metavar='MODULE', help='In place of --script: this module, as `python -m` runs it.')
@click.option('--args', metavar='"ARG..."', default='', help="The script's own arguments, as a shell splits them.")
@click.option('--baseline', type=PATH, metavar='FILE',
              help="The subject's recording; recorded first if there is no such file.  [default: of the article's "
                   "experiment, TensorFlow 1.15.5's]")
@click.option('--with', 'further', multiple=True, metavar='REQUIREMENT',
              help='A package that the script imports, resolved for each release.')
@scripts.model_options
@scripts.child_options
@click.option('--python', metavar='X.Y', help="CPython for the releases named, in place of the table's.")
@click.option('--pin', multiple=True, metavar='REQUIREMENT',
              help="A package to install beside TensorFlow, such as 'numpy<2'; in place of the table's.")
@click.option('--onednn', is_flag=True, help="With oneDNN's kernels, which give other bits.")
@click.option('--strict', type=click.Choice(verdict.STRICT), default='equivalent',
              show_default=True, help='The worst verdict that exits with 0.')
@click.option('--out', type=PATH, default=pathlib.Path('runs/upgrade'), show_default=True,
              help='Folder of results, kept for the next time.')
@click.option('--environments', type=PATH, help="Folder of environments, on each host.  [default: in the user's cache]")
@click.option('--fresh', is_flag=True, help='Run again what was run before.')
@click.option('--lock', is_flag=True, help="Resolve these releases' packages anew into the table; run nothing.")
@click.option('--html', type=PATH, help='A page to write.')
@click.option('--junit', type=PATH, help='A JUnit XML file to write.')
@FORCE
@click.option('--json', 'as_json', is_flag=True, help='One JSON object on standard output.')
@click.option('--quiet', is_flag=True, help='No progress.')
@click.pass_context
def upgrade(ctx: click.Context, /, **given: Json) -> int:
    """The same check in an environment for each TensorFlow release: what changes, and where? [RELEASE]... is a
    release, a package such as tf-nightly or a wheel file. Without any: 1.15.5, the pinned release, and the newest of
    each minor between.

    With --script the check is of a script, or with --model of a model, against its recording, a script's in a copy of
    the current folder for each release.
    What a row gave is kept for as long as the script's Python files are the same: --fresh after its data has
    changed."""
    asked = UpgradeRequest(**{name: given[name] for name in UpgradeRequest._fields})
    _refuse_contradictions(ctx, asked)
    if asked.lock:
        return _lock(asked)
    from legacy.commands import upgraderun
    with _subject(ctx, asked, given) as subject:
        return upgraderun.upgrade(subject, asked)


def _refuse_contradictions(ctx: click.Context, asked: UpgradeRequest) -> None:
    """Raises click.UsageError."""
    if sum(map(bool, (asked.releases, asked.everything, asked.since, asked.bisect, asked.nightly))) > 1:
        raise click.UsageError('name releases, or one of --all, --since, --bisect and --nightly')
    if asked.every and not asked.bisect or asked.on and not (asked.bisect or asked.nightly):
        raise click.UsageError('--on belongs to --bisect or --nightly, --every to --bisect')
    if asked.each_host and not asked.scheduler:
        raise click.UsageError('--each-host needs --scheduler')
    refuse_jobs_of_a_cluster(asked._asdict())
    if (asked.python or asked.pin) and not asked.releases:
        raise click.UsageError('--python and --pin need a RELEASE')
    if asked.scalar and asked.on != 'loss':
        raise click.UsageError('--scalar goes with --on loss')
    if asked.lock and any(ctx.params[name] for name in ('script', 'module', 'model')):
        raise click.UsageError('--lock runs nothing: it takes no --script and no --model')
    if asked.lock and not asked.releases:
        raise click.UsageError('--lock needs a RELEASE')
    for text in asked.further:
        _refuse_unless_a_requirement(text)


def _refuse_unless_a_requirement(text: str) -> None:
    from packaging.requirements import InvalidRequirement, Requirement
    try:
        Requirement(text)
    except InvalidRequirement as error:
        raise click.UsageError(f'--with {text!r}: {str(error).splitlines()[0]}') from None


@contextlib.contextmanager
def _subject(ctx: click.Context, asked: UpgradeRequest, given: JsonObject) -> Iterator[Subject]:
    """Context manager: the Subject. Raises click.UsageError, LegacyError."""
    model = {name: given[name] for name in scripts.MODEL}
    script = _script(given)
    if script and model['model'] or model['model'] and given['args']:
        raise click.UsageError('--script or --model, not both; a model takes no --args')
    if (script or model['model']) and not asked.baseline:
        raise click.UsageError('--script or --model needs --baseline FILE, which is recorded first if it is not there')
    if not model['model']:
        scripts.refuse_of_a_model(model)
    if script:
        yield Subject(script, None, tuple(given['linked']), [] if script['as_module'] else [script['script']])
        return
    if not model['model']:
        for name, option in OF_A_SCRIPT.items():
            if scripts.is_given(ctx, name):
                raise click.UsageError(f'{option} goes with --script or --model')
    from legacy.check import article
    arguments = article.recorded_arguments(asked.baseline) if asked.baseline and asked.baseline.exists() else []
    with scripts.staged_model(model, given['linked']) if model['model'] else article.staged(arguments) as staged:
        yield Subject(staged.asked, staged.folder, staged.linked, staged.inputs, not model['model'])


def _script(given: JsonObject) -> JsonObject | None:
    """What a jobs.Job is asked of --script or -m; None where neither is given. Raises click.UsageError."""
    script, module = given['script'], given['module']
    if not script and not module:
        if given['args']:
            raise click.UsageError('--args goes with --script')
        return None
    if script and module:
        raise click.UsageError('--script or -m, not both')
    if not module and not script.is_file():
        raise click.UsageError(f'there is no script {script}')
    try:
        arguments = shlex.split(given['args'])
    except ValueError as error:
        raise click.UsageError(f'--args: {error}') from None
    return {'script': module or os.fspath(script), 'arguments': arguments, 'as_module': bool(module)}


def _lock(asked: UpgradeRequest) -> int:
    from legacy.upgrade import locks
    locks.write(asked.releases, asked.python, asked.pin, lambda text: click.echo(text, err=True))
    return 0

"""`upgrade`: the same check across TensorFlow releases, of the article or of a script."""
import contextlib
import os
import pathlib
import shlex
from collections.abc import Iterator

import click

from legacy.commands import scripts
from legacy.commands.options import FORCE, crew_options, refuse_jobs_of_a_cluster
from legacy.formats.values import Json, JsonObject
from legacy.judge import verdict

PATH = click.Path(path_type=pathlib.Path)
OF_SCRIPTS = {'further': '--with', 'baseline': '--baseline', 'timeout': '--timeout',
              'files': '--files', 'linked': '--linked'}
OF_A_SCRIPT = ('formula', 'loss', 'cause')  # what --on may look at of a script alone


@click.command()
@click.argument('releases', nargs=-1, metavar='[RELEASE]...')
@click.option('--all', 'everything', is_flag=True, help='Every release of the table.')
@click.option('--since', metavar='RELEASE', help='Every release of the table from this one on.')
@click.option('--bisect', nargs=2, metavar='GOOD BAD', help='The first release between two that differs.')
@click.option('--nightly', is_flag=True,
              help='The first day that differs, of the nightlies that the package index offers; two rows if none does.')
@click.option('--on', type=click.Choice(['seeds', 'kernels', 'history', 'formula', 'loss', 'cause', 'verdict']),
              help='With --bisect or --nightly: what is looked at; of a script formula, loss, verdict or cause, that '
                   'of the last release.  '
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
              help="The script's recording; recorded first if there is no such file.")
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
def upgrade(ctx: click.Context, /, **asked: Json) -> int:
    """The same check in an environment for each TensorFlow release: what changes, and where? [RELEASE]... is a
    release, a package such as tf-nightly or a wheel file. Without any: 1.15.5, the pinned release, and the newest of
    each minor between.

    With --script the check is of a script, or with --model of a model, against its recording, a script's in a copy of
    the current folder for each release.
    What a row gave is kept for as long as the script's Python files are the same: --fresh after its data has
    changed."""
    from legacy.upgrade import upgrading
    _refuse_contradictions(asked)
    with _subject(ctx, asked):
        return upgrading.lock(asked) if asked['lock'] else upgrading.upgrade(asked)


@contextlib.contextmanager
def _subject(ctx: click.Context, asked: JsonObject) -> Iterator[None]:
    """Context manager: puts into asked['script'] what `scripting.Job` takes, or None; into asked['folder'] where that
    lies, and into asked['linked'] what is a link there."""
    given = {name: asked.pop(name) for name in scripts.MODEL}
    asked['folder'] = None
    if not given['model']:
        if any(given.values()):
            raise click.UsageError('--feeds, --signature and --fetch go with --model')
        _refuse_what_goes_with_a_script(ctx, asked)
        yield
        return
    if asked['script'] or asked.pop('module') or asked['args']:
        raise click.UsageError('--script or --model, not both; a model takes no --args')
    with scripts.staged_model(given, asked['linked']) as staged:
        _refuse_beside_a_script(asked)
        asked.update(script=staged.asked, folder=staged.folder, linked=staged.linked)
        yield


def _refuse_contradictions(asked: JsonObject) -> None:
    chosen = [name for name in ('releases', 'everything', 'since', 'bisect', 'nightly') if asked[name]]
    if len(chosen) > 1:
        raise click.UsageError('name releases, or one of --all, --since, --bisect and --nightly')
    if asked['every'] and not asked['bisect'] or asked['on'] and not (asked['bisect'] or asked['nightly']):
        raise click.UsageError('--on belongs to --bisect or --nightly, --every to --bisect')
    if asked['each_host'] and not asked['scheduler']:
        raise click.UsageError('--each-host needs --scheduler')
    refuse_jobs_of_a_cluster(asked)
    if (asked['python'] or asked['pin']) and not asked['releases']:
        raise click.UsageError('--python and --pin need a RELEASE')


def _refuse_what_goes_with_a_script(ctx: click.Context, asked: JsonObject) -> None:
    """Puts into asked['script'] what `scripting.Job` takes, or None."""
    script, module = asked['script'], asked.pop('module')
    if asked['scalar'] and asked['on'] != 'loss':
        raise click.UsageError('--scalar goes with --on loss')
    if not script and not module:
        given = [option for name, option in OF_SCRIPTS.items() if scripts.is_given(ctx, name)]
        given += ['--args'] * bool(asked['args']) + [f'--on {asked["on"]}'] * (asked['on'] in OF_A_SCRIPT)
        if given:
            raise click.UsageError(f'{given[0]} goes with --script' + ' or --model' * (given[0] != '--args'))
        return
    if script and module:
        raise click.UsageError('--script or -m, not both')
    if not module and not script.is_file():
        raise click.UsageError(f'there is no script {script}')
    _refuse_beside_a_script(asked)
    try:
        arguments = shlex.split(asked['args'])
    except ValueError as error:
        raise click.UsageError(f'--args: {error}') from None
    asked['script'] = {'script': module or os.fspath(script), 'arguments': arguments, 'as_module': bool(module)}


def _refuse_beside_a_script(asked: JsonObject) -> None:
    """What contradicts a script or a model."""
    if asked['lock']:
        raise click.UsageError('--lock runs nothing: it takes no --script and no --model')
    if asked['on'] in ('seeds', 'kernels', 'history'):
        raise click.UsageError('--on of a script is formula, loss, cause or verdict')
    if not asked['baseline']:
        raise click.UsageError('--script or --model needs --baseline FILE, which is recorded first if it is not there')
    for text in asked['further']:
        _refuse_unless_a_requirement(text)


def _refuse_unless_a_requirement(text: str) -> None:
    from packaging.requirements import InvalidRequirement, Requirement
    try:
        Requirement(text)
    except InvalidRequirement as error:
        raise click.UsageError(f'--with {text!r}: {str(error).splitlines()[0]}') from None

"""`upgrade`: the same check across TensorFlow releases."""
import pathlib

import click

from legacy.commands.options import crew_options, refuse_jobs_of_a_cluster

PATH = click.Path(path_type=pathlib.Path)


@click.command()
@click.argument('releases', nargs=-1, metavar='[RELEASE]...')
@click.option('--all', 'everything', is_flag=True, help='Every release of the table.')
@click.option('--since', metavar='RELEASE', help='Every release of the table from this one on.')
@click.option('--bisect', nargs=2, metavar='GOOD BAD', help='The first release between two that differs.')
@click.option('--on', type=click.Choice(['seeds', 'kernels', 'history', 'verdict']),
              help='With --bisect: what is looked at.  [default: verdict]')
@click.option('--every', is_flag=True,
              help='With --bisect: every release on the package index, not those of the table alone.')
@crew_options('Releases')
@click.option('--each-host', is_flag=True, help='Every release on every worker of the cluster.')
@click.option('--interpreters', type=PATH, multiple=True, metavar='DIR',
              help="Where to look for Pythons before uv's own, PATH and pyenv's.")
@click.option('--python', metavar='X.Y', help="CPython for the releases named, in place of the table's.")
@click.option('--pin', multiple=True, metavar='REQUIREMENT',
              help="A package to install beside TensorFlow, such as 'numpy<2'; in place of the table's.")
@click.option('--onednn', is_flag=True, help="With oneDNN's kernels, which give other bits.")
@click.option('--strict', type=click.Choice(['identical', 'explained', 'equivalent']), default='equivalent',
              show_default=True, help='The worst verdict that exits with 0.')
@click.option('--out', type=PATH, default=pathlib.Path('runs/upgrade'), show_default=True,
              help='Folder of results, kept for the next time.')
@click.option('--environments', type=PATH, help="Folder of environments, on each host.  [default: in the user's cache]")
@click.option('--fresh', is_flag=True, help='Run again what was run before.')
@click.option('--lock', is_flag=True, help="Resolve these releases' packages anew into the table; run nothing.")
@click.option('--html', type=PATH, help='A page to write.')
@click.option('--junit', type=PATH, help='A JUnit XML file to write.')
@click.option('--json', 'as_json', is_flag=True, help='One JSON object on standard output.')
@click.option('--quiet', is_flag=True, help='No progress.')
def upgrade(**asked):
    """The same check in an environment for each TensorFlow release: what changes, and where? [RELEASE]... is a
    release, a package such as tf-nightly or a wheel file. Without any: 1.15.5, the pinned release, and the newest of
    each minor between."""
    from legacy.upgrade import upgrading
    _refuse_contradictions(asked)
    return upgrading.lock(asked) if asked['lock'] else upgrading.upgrade(asked)


def _refuse_contradictions(asked):
    chosen = [name for name in ('releases', 'everything', 'since', 'bisect') if asked[name]]
    if len(chosen) > 1:
        raise click.UsageError('name releases, or one of --all, --since and --bisect')
    if (asked['on'] or asked['every']) and not asked['bisect']:
        raise click.UsageError('--on and --every belong to --bisect')
    if asked['each_host'] and not asked['scheduler']:
        raise click.UsageError('--each-host needs --scheduler')
    refuse_jobs_of_a_cluster(asked)
    if (asked['python'] or asked['pin']) and not asked['releases']:
        raise click.UsageError('--python and --pin need a RELEASE')

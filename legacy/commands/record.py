"""`record`: a recording without pictures, a baseline of your own, a new baseline of 1.15.5, or a script's recording."""
import functools
import os
import pathlib
import sys

import click

from legacy.commands import scripts
from legacy.commands.options import FORCE, command_line, experiment_options

OF_SCRIPTS = ('out', 'python', 'onednn', 'release', 'further', 'budget', 'noisy', 'timeout', 'files', 'linked',
              'force')


@click.command(cls=scripts.TakesScript)
@scripts.script_options
@functools.partial(experiment_options, op_seeds=scripts.OpSeeds())
@click.option('--out', type=click.Path(path_type=pathlib.Path), help='File to write, or folder with --complete.')
@click.option('--complete', is_flag=True, help='All arithmetics and the kernels: a baseline of your own for check.')
@click.option('--python', help="Interpreter of an environment whose TensorFlow is recorded.  [default: this one's]")
@click.option('--baseline', is_flag=True, help='Baseline candidates, under TensorFlow 1.15.5 only.')
@click.option('--reason', help='Why a new baseline is needed; kept in the recording. With --baseline.')
@click.option('--accept', is_flag=True, help='Replace the baseline by the candidates. With --baseline.')
@click.option('--release', help='A script: in an environment of this TensorFlow release, which is built if need be.')
@click.option('--with', 'further', multiple=True, metavar='REQUIREMENT',
              help='A script: a package that it imports, installed beside TensorFlow. With --release.')
@click.option('--budget', type=click.IntRange(1, 1024), default=64, show_default=True, metavar='MB',
              help='A script: of variables that are kept, from which its runs are made again.')
@click.option('--noisy', type=click.IntRange(0, 100), default=6, show_default=True,
              help='A script: whole runs with noise in the last place, for the band of its series.')
@FORCE
@scripts.child_options
@click.pass_context
def record(ctx, script, module, out, complete, python, baseline, reason, accept, onednn, release, further, budget,
           noisy, force, timeout, files, linked, **settings):
    """A recording without pictures; a baseline of your own; or new baselines of TensorFlow 1.15.5. With SCRIPT: a
    recording of it, which `check` compares another TensorFlow with.

    What stands after SCRIPT is the script's own. It runs several times, each time in a copy of the current folder.
    """
    asked = scripts.requested(ctx, OF_SCRIPTS)
    if asked:
        return _script(asked, out, python, onednn, release, further, budget, noisy, force, timeout, files, linked)
    for name in ('release', 'further', 'budget', 'noisy', 'timeout', 'files', 'linked'):
        if scripts.is_given(ctx, name):
            raise click.UsageError(f'--{"with" if name == "further" else name} goes with a SCRIPT')
    return _article(out, complete, python or sys.executable, baseline, reason, accept, onednn, force, settings)


def _script(asked, out, python, onednn, release, further, budget, noisy, force, timeout, files, linked):
    from legacy.check import scripting
    from legacy.formats.files import writable
    from legacy.machine import scratch
    from legacy.reports import scriptreport
    if not out or release and python or further and not release:
        raise click.UsageError('--out FILE is needed; name --release or --python, and --with belongs to --release')
    if asked['op_seeds']:
        raise click.UsageError('--op-seeds is for `run`: a recording has those of the TensorFlow that is recorded')
    writable(out, force, others=[] if asked['as_module'] else [asked['script']])

    def tell(text):
        click.echo(text, err=True)
    if release:
        from legacy.upgrade import ready
        python = ready.interpreter(release, further, tell=tell)
    asked['seed'] = 1 if asked['seed'] is None else asked['seed']
    job = scripting.Job(os.path.abspath(python) if python else sys.executable, asked, onednn, timeout, files,
                        linked=linked)
    with scratch.temporary('recording') as folder:
        try:
            recorded = scripting.record(job, out.absolute(), folder, budget << 20, noisy, tell)
        except scripting.ScriptFault as error:
            return scripts.script_failed(error)
    click.echo(scriptreport.recorded(recorded, out), nl=False)


def _article(out, complete, python, baseline, reason, accept, onednn, force, settings):
    from legacy.check.baseline import renew
    from legacy.formats import files, references
    from legacy.machine import environments
    if baseline:
        if not reason or out or complete:
            raise click.UsageError('--baseline needs --reason "...", and takes no --out and no --complete')
        return renew(python, reason, accept, lambda line: click.echo(line, err=True))
    if not out or reason or accept:
        raise click.UsageError('--out FILE is needed; --reason and --accept belong to --baseline')
    settings['command'] = command_line()
    for path in [out] if not complete else [out / name for name in references.names() if out.is_dir()]:
        files.writable(path, force)
    if complete:
        del settings['arithmetic']
        out.mkdir(parents=True, exist_ok=True)
        settings['references'] = str(out)
    else:
        settings['out'] = str(out)
    environments.run_worker(python, settings, onednn)

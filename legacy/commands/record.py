"""`record`: a recording without pictures, a baseline of your own, or a new baseline of TensorFlow 1.15.5."""
import pathlib
import sys

import click

from legacy.commands.options import command_line, experiment_options


@click.command()
@experiment_options
@click.option('--out', type=click.Path(path_type=pathlib.Path), help='File to write, or folder with --complete.')
@click.option('--complete', is_flag=True, help='All arithmetics and the kernels: a baseline of your own for check.')
@click.option('--python', default=sys.executable,
              help="Interpreter of an environment whose TensorFlow is recorded.  [default: this one's]")
@click.option('--baseline', is_flag=True, help='Baseline candidates, under TensorFlow 1.15.5 only.')
@click.option('--reason', help='Why a new baseline is needed; kept in the recording. With --baseline.')
@click.option('--accept', is_flag=True, help='Replace the baseline by the candidates. With --baseline.')
def record(out, complete, python, baseline, reason, accept, onednn, **settings):
    """A recording without pictures; a baseline of your own; or new baselines of TensorFlow 1.15.5."""
    from legacy.check.baseline import renew
    from legacy.machine import environments
    if baseline:
        if not reason or out or complete:
            raise click.UsageError('--baseline needs --reason "...", and takes no --out and no --complete')
        return renew(python, reason, accept, lambda line: click.echo(line, err=True))
    if not out or reason or accept:
        raise click.UsageError('--out FILE is needed; --reason and --accept belong to --baseline')
    settings['command'] = command_line()
    if complete:
        del settings['arithmetic']
        out.mkdir(parents=True, exist_ok=True)
        settings['references'] = str(out)
    else:
        settings['out'] = str(out)
    environments.run_worker(python, settings, onednn)

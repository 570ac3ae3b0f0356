"""`run` and `record`: the article's experiment on a TensorFlow."""
import contextlib
import datetime
import pathlib
import sys

import click

from legacy.commands.options import command_line, experiment_options


@click.command()
@experiment_options
@click.option('--out', type=click.Path(path_type=pathlib.Path), help='Folder to write to.  [default: runs/<time>]')
@click.option('--show', is_flag=True, help='Windows, as in the article.')
@click.option('--no-figures', is_flag=True, help='The recording and the summary only.')
@click.option('--force', is_flag=True, help='Write into a folder that is not empty.')
@click.option('--quiet', is_flag=True, help='No progress bar and no summary.')
@click.option('--json', 'as_json', is_flag=True, help='One JSON object on standard output.')
def run(out, show, no_figures, force, quiet, as_json, onednn, **settings):
    """The article's experiment: both networks, pictures, one recording."""
    from legacy import environments
    from legacy import run as experiment
    out = out or pathlib.Path('runs') / datetime.datetime.now().strftime('%Y-%m-%d-%H%M%S-%f')
    environments.choose_kernels(onednn)
    settings['command'] = command_line()
    bar = click.progressbar(length=settings['steps'], label='training', file=sys.stderr) \
        if sys.stderr.isatty() and not quiet else contextlib.nullcontext()
    with experiment.windows() if show else contextlib.nullcontext(), bar as shown:
        recorded, files, seconds = experiment.run(
            out, settings, not no_figures, show, force, shown and (lambda done: shown.update(done - shown.pos)))
    experiment.print_result(recorded, files, seconds, as_json, quiet)
    if show:
        experiment.show_windows(recorded)


@click.command()
@experiment_options
@click.option('--out', type=click.Path(path_type=pathlib.Path), help='File to write, or folder with --complete.')
@click.option('--complete', is_flag=True, help='All arithmetics and the kernels: a baseline of your own for check.')
@click.option('--python', default=sys.executable, help='Interpreter of an environment with TensorFlow.  [this one]')
@click.option('--baseline', is_flag=True, help='Baseline candidates, under TensorFlow 1.15.5 only.')
@click.option('--reason', help='Why a new baseline is needed.')
@click.option('--accept', is_flag=True, help='Replace the baseline by the candidates.')
def record(out, complete, python, baseline, reason, accept, onednn, **settings):
    """A recording without pictures; a baseline of your own; or new baselines of TensorFlow 1.15.5."""
    from legacy import environments
    from legacy.baseline import renew
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

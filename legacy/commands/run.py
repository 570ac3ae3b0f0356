"""`run`: the article's experiment, or a script, on the TensorFlow installed here."""
import contextlib
import datetime
import functools
import pathlib
import sys
import typing

import click

from legacy.commands import scripts
from legacy.commands.options import command_line, experiment_options
from legacy.formats.recording import Recording
from legacy.formats.values import Json

if typing.TYPE_CHECKING:  # slow to import
    from legacy.reports.pictures import Pictures


@click.command(cls=scripts.TakesScript)
@scripts.script_options
@functools.partial(experiment_options, op_seeds=scripts.OpSeeds())
@click.option('--out', type=click.Path(path_type=pathlib.Path), help='Folder to write to.  [default: runs/<time>]')
@click.option('--show', is_flag=True, help='Windows, as in the article.')
@click.option('--no-figures', is_flag=True, help='The recording and the summary only.')
@click.option('--force', is_flag=True, help='Write into a folder that is not empty.')
@click.option('--quiet', is_flag=True, help='No progress bar and no summary.')
@click.option('--json', 'as_json', is_flag=True, help='One JSON object on standard output.')
@click.pass_context
def run(ctx: click.Context, /, script: tuple[str, ...], module: str | None, out: pathlib.Path | None, show: bool,
        no_figures: bool, force: bool, quiet: bool, as_json: bool, onednn: bool, **settings: Json) -> int | None:
    """A TensorFlow 1 script as it is; or the article's experiment: both networks, pictures, one recording.

    What stands after SCRIPT is the script's own. --op-seeds, --seed, --arithmetic, --onednn, --quiet and --json go with
    a script; its op seeds are the installed release's own unless a recording's FILE is given.
    """
    from legacy.machine import environments, here
    asked = scripts.requested(ctx, ('onednn', 'quiet', 'arithmetic', 'as_json'))
    if asked:
        environments.choose_kernels(onednn)
        scripts.provide(asked)
        code: int | None = here.worker('scripts.starting').prepare(
            quiet=quiet, arithmetic=settings['arithmetic'], as_json=as_json, **asked)
        return code
    from legacy.check.reproducing import Reproducing
    from legacy.reports import recordingreport, runfolder, windows
    out = out or pathlib.Path('runs') / datetime.datetime.now().strftime('%Y-%m-%d-%H%M%S-%f')
    environments.choose_kernels(onednn)
    settings['command'] = command_line()
    bar = click.progressbar(length=settings['steps'], label='training', file=sys.stderr) \
        if sys.stderr.isatty() and not quiet else contextlib.nullcontext()
    with windows.shown() if show else contextlib.nullcontext(), bar as shown:
        def record(pictures: 'Pictures | None') -> Recording:
            progress = shown and (lambda done: shown.update(done - shown.pos))
            teller = here.worker('observe').Teller(pictures, show, progress)
            made: Recording = here.worker('record').record(watch=teller, **settings)
            return made
        recorded, found, files, seconds = runfolder.run(out, record, Reproducing(settings, onednn), not no_figures,
                                                        force)
    if as_json or not quiet:
        click.echo(recordingreport.printed(recorded, files, seconds, as_json, found), nl=False)
    if show:
        windows.show_histories(recorded)
    return None

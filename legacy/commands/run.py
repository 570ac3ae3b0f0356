"""`run`: the article's experiment, or a script, on the TensorFlow installed here."""
import contextlib
import datetime
import functools
import json
import pathlib
import sys

import click

from legacy.commands import scripts
from legacy.commands.options import command_line, experiment_options
from legacy.formats.values import Json


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
        code: int | None = here.worker('scripts.startup').prepare(
            quiet=quiet, arithmetic=settings['arithmetic'], as_json=as_json, **asked)
        return code
    from legacy.check import reproduction
    from legacy.check.scriptfault import ScriptFault
    from legacy.formats.articlerun import Settings
    from legacy.reports import windows
    out = out or pathlib.Path('runs') / datetime.datetime.now().strftime('%Y-%m-%d-%H%M%S-%f')
    environments.choose_kernels(onednn)
    request = reproduction.RunRequest(Settings(*[settings[name] for name in Settings._fields]), settings['arithmetic'],
                                      command_line(), onednn, show, not no_figures)
    bar = click.progressbar(length=settings['steps'], label='training', file=sys.stderr) \
        if sys.stderr.isatty() and not quiet else contextlib.nullcontext()
    try:
        with bar as shown:
            made = reproduction.run(out, request, force, None if shown is None else lambda done: shown.update(
                done - shown.pos))
    except ScriptFault as error:  # of a port that was changed
        return scripts.script_failed(error)
    if as_json:
        click.echo(json.dumps(reproduction.as_json(made, request)))
    elif not quiet:
        click.echo(reproduction.as_text(made, request), nl=False)
    if show:
        windows.show_histories(made.recording)
    return None

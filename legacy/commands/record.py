"""`record`: a recording of a subject: the article's experiment, a script or a model."""
import functools
import os
import pathlib
import sys
import typing

import click

from legacy.commands import scripts
from legacy.commands.options import experiment_options
from legacy.formats.errors import LegacyError
from legacy.formats.values import Json


class RecordRequest(typing.NamedTuple):
    """What `record` is asked, beside its subject: its options, each under the name of its parameter."""
    out: pathlib.Path | None
    python: str | None
    onednn: bool
    release: str | None
    further: tuple[str, ...]
    budget: int
    noisy: int | None
    replays: int | None
    timeout: int
    files: int
    force: bool
    quiet: bool
    whole: bool


@click.command(cls=scripts.TakesScript)
@scripts.script_options
@scripts.model_options
@functools.partial(experiment_options, arithmetic=False)
@click.option('--out', type=click.Path(path_type=pathlib.Path), help='File to write.')
@click.option('--python', help="Interpreter of an environment whose TensorFlow is recorded.  [default: this one's]")
@click.option('--release', help='In an environment of this TensorFlow release, which is built if need be.')
@click.option('--with', 'further', multiple=True, metavar='REQUIREMENT',
              help='A package that the script imports, installed beside TensorFlow. With --release.')
@click.option('--budget', type=click.IntRange(1, 1024), default=64, show_default=True, metavar='MB',
              help='Of variables that are kept, from which runs are made again.')
@click.option('--noisy', type=click.IntRange(0, 100), metavar='NUMBER',
              help='Whole runs with noise in the last place, for the band of the series.  [default: 6, of a long '
                   'script not all of them whole]')
@click.option('--replays', type=click.IntRange(0, 250), metavar='NUMBER',
              help="Runs of each kind that are made again at least.  [default: 4, and more where they are cheap; of "
                   "the article's experiment 8]")
@click.option('--force', is_flag=True, help='Replace what is there, such as a recording of another script or release.')
@click.option('--quiet', is_flag=True, help='Say nothing meanwhile.')
@click.option('--whole', is_flag=True,
              help="With the whole run in portable arithmetic, which `check` compares, too; always of the article's "
                   'experiment.')
@scripts.child_options
@click.pass_context
def record(ctx: click.Context, /, **given: Json) -> int | None:
    """A recording of the article's experiment, of SCRIPT or of a --model, which `check` compares another TensorFlow
    with.

    What stands after SCRIPT is the script's own. It runs several times, each time in a copy of the current folder.
    """
    from legacy.check import article
    asked = RecordRequest(**{name: given[name] for name in RecordRequest._fields})
    chosen = {name: given[name] for name in ('seed', 'steps', 'op_seeds') if scripts.is_given(ctx, name)}
    with scripts.subject(ctx, RecordRequest._fields, lambda: article.arguments(**chosen)) as subject:
        if subject.is_article:
            replays = article.REPLAYS if asked.replays is None else asked.replays
            noisy = article.NOISY_RUNS if asked.noisy is None else asked.noisy
            asked = asked._replace(whole=True, replays=replays, noisy=noisy)
        return _record(subject, asked)


def _record(subject: scripts.Subject, request: RecordRequest) -> int:
    from legacy.check import jobs
    from legacy.check.scriptfault import ScriptFault
    from legacy.formats.files import writable
    from legacy.machine import scratch
    from legacy.reports import recordingreport
    asked = subject.asked
    out, python = request.out, request.python
    if not out or request.release and python or request.further and not request.release:
        raise click.UsageError('--out FILE is needed; name --release or --python, and --with belongs to --release')
    if asked['op_seeds']:
        raise click.UsageError('--op-seeds FILE is for `run`: a recording has those of the TensorFlow that is recorded')
    writable(out, force=True, others=subject.inputs)  # see `_require_same`

    def tell(text: str) -> None:
        if not request.quiet:
            click.echo(text, err=True)

    def allowed(script: str, version: str | None) -> None:
        if not request.force:
            _require_same(out, script, version)
    allowed(asked['script'] if asked['as_module'] else os.path.basename(asked['script']), request.release)
    if request.release:
        from legacy.upgrade import releaseenvironment
        python = releaseenvironment.interpreter(request.release, request.further, tell=tell)
    asked['seed'] = 1 if asked['seed'] is None else asked['seed']
    job = jobs.Job(os.path.abspath(python) if python else sys.executable, asked, request.onednn,
                   request.timeout, request.files, subject.folder, linked=subject.linked)
    with scratch.temporary('recording') as folder:
        try:
            recorded = jobs.record(job, out.absolute(), folder, request.budget << 20, request.noisy, tell,
                                   lambda first: allowed(first.header['script']['name'],
                                                         first.header['environment']['tensorflow']),
                                   request.whole, request.replays or 0)
        except ScriptFault as error:
            return scripts.script_failed(error)
    click.echo(recordingreport.recorded(recorded, out), nl=False)
    if not recordingreport.can_be_judged(recorded):
        click.echo('error: nothing can ever be judged by this recording: see "not judged" above, and '
                   'scripts.md, "What is not compared"', err=True)
        return 2
    return 0


def _require_same(out: pathlib.Path, script: str, version: str | None) -> None:
    """Raises LegacyError where there is a file that is no recording of this script under this TensorFlow, as far as
    that is known: None for a version that is not."""
    if not out.exists():
        return
    from legacy.formats import recordings
    there = recordings.header_of(out)
    if there is None:
        raise LegacyError(f'{out} is there, and is no recording of a script: --force replaces it')
    known = there['script']['name'], there['environment']['tensorflow']
    if known[0] != script or version and known[1] != version:
        raise LegacyError(f'{out} is a recording of {known[0]} under TensorFlow {known[1]}: --force replaces it by one '
                          f'of {script}{f" under {version}" if version else ""}')

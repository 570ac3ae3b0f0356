"""A script on the command line: what stands after it is its own; or a model, which a script of ours runs."""
import contextlib
import os
import sys
import typing
from collections.abc import Callable, Iterable, Iterator, Sequence

import click

from legacy.commands.options import F
from legacy.formats.printable import printable
from legacy.formats.values import JsonObject

if typing.TYPE_CHECKING:  # slow to import
    from legacy.check.scriptfault import ScriptFault
    from legacy.check.stage import Staged

MODEL = ('model', 'feeds', 'signature', 'fetch')  # parameters, see `model_options`


class TakesScript(click.Command):
    """A command whose options end where a script begins, or the name of a module after -m."""

    allow_interspersed_args = False

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        own = []
        if '-m' in args:
            end = args.index('-m') + 2
            _, before, _ = self.make_parser(ctx).parse_args(args=args[:end - 2])
            if not before and end <= len(args):  # else -m is the script's
                args, own = args[:end], args[end:]
        rest = super().parse_args(ctx, args)
        ctx.params['script'] += tuple(own)
        return rest


class OpSeeds(click.ParamType[str]):
    """One of the article's choices, or a recording's file."""

    name = 'op seeds'
    choices = ('1.15', 'native')

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        return '[1.15|native|FILE]'

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        return value  # whether there is such a file is asked when the command runs: see `requested`


def script_options(command: F) -> F:
    """The parameters that say which script. The command's class must be TakesScript."""
    command = click.option('-m', 'module', metavar='MODULE', help='Run this module as a script.')(command)
    return click.argument('script', nargs=-1, type=click.UNPROCESSED, metavar='[SCRIPT [ARG]...]')(command)


def requested(ctx: click.Context, also: Iterable[str] = ()) -> JsonObject | None:
    """What is asked of a script, as `startup.prepare` takes it, or None if no script is named.

    also: names of parameters, beside --seed and --op-seeds, that go with a script. Raises click.UsageError where an
    option is given that is the article's, or the other way round.
    """
    script, module, op_seeds = ctx.params['script'], ctx.params['module'], ctx.params.get('op_seeds', 'native')
    if op_seeds not in OpSeeds.choices and not os.path.isfile(op_seeds):
        raise click.UsageError(f'--op-seeds: {op_seeds!r} is neither {" nor ".join(OpSeeds.choices)} nor a file')
    if not script and module is None:
        return None
    for parameter in ctx.command.params:
        if parameter.name not in ('script', 'module', 'seed', 'op_seeds', *also) and is_given(ctx, parameter.name):
            raise click.UsageError(f"{parameter.opts[-1]} is for the article's experiment, not for a script")
    if op_seeds == '1.15' and is_given(ctx, 'op_seeds'):
        raise click.UsageError("1.15's op seeds of a script are in a recording made under 1.15: --op-seeds FILE")
    return {'script': module or script[0], 'arguments': list(script if module else script[1:]),
            'as_module': bool(module), 'seed': ctx.params.get('seed') if is_given(ctx, 'seed') else None,
            'op_seeds': None if op_seeds in OpSeeds.choices else op_seeds}


def model_options(command: F) -> F:
    """The parameters that say which model, in place of a script."""
    for option in reversed([
            click.option('--model', type=click.Path(), metavar='PATH',
                         help="In place of a script: a SavedModel's folder, a frozen graph (.pb), a MetaGraph (.meta) "
                              'or a checkpoint.'),
            click.option('--feeds', multiple=True, type=click.Path(), metavar='FILE.npz',
                         help='Arrays that a model is fed, by input of its signature or by tensor; one run of each '
                              'file.'),
            click.option('--signature', metavar='NAME', help="Which of a model's.  [default: serving_default]"),
            click.option('--fetch', multiple=True, metavar='NAME', help='A tensor to fetch, in place of what the '
                                                                        'signature gives.')]):
        command = option(command)
    return command


class Subject(typing.NamedTuple):
    """What is run. asked: as `requested` returns it. folder, linked: as a jobs.Job has them; of a model and of the
    article's experiment, these are made for it. inputs: paths of the files that it is made of. is_article: whether
    neither a script nor a model was named."""
    asked: JsonObject
    folder: str | None
    linked: tuple[str, ...]
    inputs: list[str]
    is_article: bool = False


@contextlib.contextmanager
def subject(ctx: click.Context, also: Iterable[str] = (),
            of_article: Callable[[], list[str]] = list) -> Iterator[Subject]:
    """Context manager: the Subject that the command line names: a script, a model or, where there is neither, the
    article's experiment. also: as of `requested`. of_article: returns the arguments of that experiment. Raises
    click.UsageError, LegacyError."""
    asked = requested(ctx, (*also, *MODEL))
    model = {name: ctx.params[name] for name in MODEL}
    linked = tuple(ctx.params['linked'])
    if asked and model['model']:
        raise click.UsageError('name a script or --model, not both')
    if asked:
        refuse_of_a_model(model)
        yield Subject(asked, None, linked, [] if asked['as_module'] else [asked['script']])
        return
    if not model['model']:
        refuse_of_a_model(model)
        if linked:
            raise click.UsageError('--linked goes with a SCRIPT')
    from legacy.check import article
    with staged_model(model, linked) if model['model'] else article.staged(of_article()) as staged:
        yield Subject({**staged.asked, 'seed': ctx.params.get('seed'), 'op_seeds': None}, staged.folder,
                      staged.linked, staged.inputs, not model['model'])


def refuse_of_a_model(given: JsonObject) -> None:
    """Raises click.UsageError where there is what goes with a model alone."""
    for name in MODEL:
        if given[name]:
            raise click.UsageError(f'--{name} goes with --model')


def staged_model(given: JsonObject, linked: Sequence[str] = ()) -> 'contextlib.AbstractContextManager[Staged]':
    """Context manager: the models.Staged of the `model_options` that are given, {name: value}. linked: of --linked,
    which a model has no use for. Raises click.UsageError, LegacyError."""
    from legacy.check import models
    if not given['feeds'] or linked:
        raise click.UsageError('--model needs --feeds FILE.npz, and takes no --linked: it is not copied')
    return models.staged(models.Asked(given['model'], tuple(given['feeds']), given['signature'], tuple(given['fetch'])))


def provide(asked: JsonObject) -> None:
    """Let this process know where TensorFlow 1.15.5's files are, which are fetched if the script needs them. asked: as
    `requested` returns it. Raises EnvironmentFault."""
    from legacy.check import jobs, suppliedsources
    if asked['as_module'] or os.path.isfile(asked['script']):
        os.environ.update(suppliedsources.environment(jobs.Job(sys.executable, asked)))


def is_given(ctx: click.Context, name: str) -> bool:
    """Whether an option stands on the command line."""
    return ctx.get_parameter_source(name) == click.core.ParameterSource.COMMANDLINE


def child_options(command: F) -> F:
    """The options of commands that run a script in a process of its own."""
    command = click.option('--timeout', type=click.IntRange(1, 7 * 24 * 3600), default=3600, show_default=True,
                           metavar='SECONDS', help='That each run of a script may take.')(command)
    command = click.option('--linked', multiple=True, metavar='PATH',
                           help='In the copy that a script works in, a link to this file or folder, which it only '
                                'reads.')(command)
    return click.option('--files', type=click.IntRange(1, 1 << 20), default=200, show_default=True, metavar='MB',
                        help="That the current folder may hold: each run of a script gets a copy of it.")(command)


def script_failed(error: 'ScriptFault') -> int:
    """Say how a script ended under the TensorFlow that was asked, of a jobs.ScriptFault; return the exit code."""
    for line in error.said[:-1]:
        click.echo(printable(f'    {line}'), err=True)
    click.echo(printable(f'the script failed: {error}'), err=True)
    return 1

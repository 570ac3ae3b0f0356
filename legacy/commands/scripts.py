"""A script on the command line: what stands after it is its own."""
import os

import click


class TakesScript(click.Command):
    """A command whose options end where a script begins, or the name of a module after -m."""

    allow_interspersed_args = False

    def parse_args(self, ctx, args):
        own = []
        if '-m' in args:
            end = args.index('-m') + 2
            _, before, _ = self.make_parser(ctx).parse_args(args=args[:end - 2])
            if not before and end <= len(args):  # else -m is the script's
                args, own = args[:end], args[end:]
        rest = super().parse_args(ctx, args)
        ctx.params['script'] += tuple(own)
        return rest


class OpSeeds(click.ParamType):
    """One of the article's choices, or a recording's file."""

    name = 'op seeds'
    choices = ('1.15', 'native')

    def get_metavar(self, param, ctx=None):
        return '[1.15|native|FILE]'

    def convert(self, value, param, ctx):
        return value  # whether there is such a file is asked when the command runs: see `requested`


def script_options(command):
    """The parameters that say which script. The command's class must be TakesScript."""
    command = click.option('-m', 'module', metavar='MODULE', help='Run this module as a script.')(command)
    return click.argument('script', nargs=-1, type=click.UNPROCESSED, metavar='[SCRIPT [ARG]...]')(command)


def requested(ctx, also=()):
    """What is asked of a script, as `starting.prepare` takes it, or None if no script is named.

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


def is_given(ctx, name):
    """Whether an option stands on the command line."""
    return ctx.get_parameter_source(name) == click.core.ParameterSource.COMMANDLINE


def child_options(command):
    """The options of commands that run a script in a process of its own."""
    command = click.option('--timeout', type=click.IntRange(1, 7 * 24 * 3600), default=3600, show_default=True,
                           metavar='SECONDS', help='That each run of a script may take.')(command)
    return click.option('--files', type=click.IntRange(1, 1 << 20), default=200, show_default=True, metavar='MB',
                        help="That the current folder may hold: each run of a script gets a copy of it.")(command)


def script_failed(error):
    """Say how a script ended under the TensorFlow that was asked, of a scripting.ScriptFault; return the exit code."""
    for line in error.said[:-1]:
        click.echo(f'    {line}', err=True)
    click.echo(f'the script failed: {error}', err=True)
    return 1

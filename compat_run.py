"""A TensorFlow 1 article's batch-normalisation experiment on a current TensorFlow, and the comparison of its numbers.

    python compat_run.py [run]        the article's experiment: costs, pictures, one recording
    python compat_run.py show FILE    what a recording holds
    python compat_run.py check        is this TensorFlow's answer 1.15.5's? where does it depart?
    python compat_run.py compare A B  where two recordings part
    python compat_run.py record       a recording without pictures, also of another environment's TensorFlow
    python compat_run.py upgrade V... the same check in an environment for each TensorFlow release
    python compat_run.py graph ...    the graph: list, seeds, diff, tensorboard, export, step
    python compat_run.py fetch        what scripts need of TensorFlow 1, for a machine without a network
    python compat_run.py claims       what the article says of batch normalisation, measured
    python compat_run.py environments the environments that were built: their sizes, and their end

Exit code 0: as it should be. 1: a regression, or recordings that differ. 2: the request, the environment or this
program is at fault. 130: Ctrl-C. 143: ended by SIGTERM. 129: its terminal was closed (SIGHUP).
"""
import atexit
import contextlib
import os
import sys
import traceback

from legacy import __version__
from legacy.formats import endings
from legacy.formats.errors import LegacyError, not_installed
from legacy.formats.printable import Guarded, printable

try:
    import click

    from legacy.commands import (
        check,
        claims,
        compare,
        elsewhere,
        environments,
        fetch,
        graph,
        record,
        run,
        show,
        upgrade,
    )
except ModuleNotFoundError as error:  # what every command needs
    if not not_installed(error):
        raise
    sys.stderr.write(f'error: {not_installed(error)}\n')
    raise SystemExit(2) from None


class DefaultRun(click.Group):
    """`run` where no command is named, but perhaps a script."""

    def parse_args(self, ctx, args):
        if not args or args[0].startswith('-') and args[0] not in ('--help', '-h', '--version') \
                or args[0] not in self.commands and (args[0].endswith('.py') or os.path.isfile(args[0])):
            args = ['run', *args]
        elif args[0] not in self.commands:
            elsewhere.refuse_command(args[0])
        return super().parse_args(ctx, args)


@click.group(cls=DefaultRun, help=__doc__.replace('\n    python', '\n\n\b\n    python', 1),
             context_settings={'help_option_names': ['-h', '--help']})
@click.version_option(__version__, message='compat_run.py %(version)s')
def cli():
    pass


for command in (run.run, show.show, check.check, compare.compare, record.record, upgrade.upgrade, graph.graph,
                fetch.fetch, claims.claims, environments.environments):
    cli.add_command(command)


def main():
    """Run the command line; return the exit code, with one line on standard error for every fault; or a function that
    runs a script, and ends as the script ends."""
    endings.heed()
    try:
        with contextlib.redirect_stdout(Guarded(sys.stdout)):
            code = cli.main(standalone_mode=False) or 0
            sys.stdout.flush()  # a full disk is known here at the latest
        return code
    except (click.exceptions.Abort, KeyboardInterrupt):
        click.echo('interrupted', err=True)
        return 130
    except endings.Terminated as ended:
        return 128 + ended.args[0]
    except click.NoSuchOption as error:
        message = elsewhere.instead_of_option(error)
    except click.ClickException as error:
        message = error.format_message()
    except LegacyError as error:
        message = str(error)
    except OSError as error:
        message = f'{error.strerror}: {error.filename}' if error.filename else str(error)
    except Exception as error:
        message = not_installed(error)
        if not message:
            traceback.print_exc()
            message = ('a fault of this program, which says nothing about any TensorFlow: please report it with the '
                       'lines above')
    click.echo(printable('error: ' + ' '.join(message.split())), err=True)
    return 2


if __name__ == '__main__':
    code = main()
    if callable(code):
        endings.let_go()
        code()  # out here, where nothing of ours stands between the script and Python
        sys.exit()
    atexit._run_exitfuncs()  # multiprocessing's, or Python 3.10 warns of semaphores left behind
    with contextlib.suppress(OSError):  # standard error is closed
        sys.stderr.flush()
    os._exit(code)  # files are written, helpers ended: taking TensorFlow's objects apart would cost most of a second

"""A TensorFlow 1 article's batch-normalisation experiment on a current TensorFlow, and the comparison of its numbers.

    python compat_run.py [run]        the article's experiment: costs, pictures, one recording
    python compat_run.py show FILE    what a recording holds
    python compat_run.py check        is this TensorFlow's answer 1.15.5's? where does it depart?
    python compat_run.py compare A B  where two recordings part
    python compat_run.py record       a recording without pictures, also of another environment's TensorFlow

Exit code 0: as it should be. 1: a regression, or recordings that differ. 2: the request or the environment is at
fault. 130: Ctrl-C.
"""
import atexit
import datetime
import json
import os
import pathlib
import shlex
import sys

import click

ARITHMETICS = click.Choice(['float32', 'exact-rsqrt', 'float64'])


class DefaultRun(click.Group):
    """`run` where no command is named."""

    def parse_args(self, ctx, args):
        if not args or args[0].startswith('-') and args[0] not in ('--help', '-h'):
            args = ['run', *args]
        return super().parse_args(ctx, args)


@click.group(cls=DefaultRun, help=__doc__.replace('\n    python', '\n\n\b\n    python', 1),
             context_settings={'help_option_names': ['-h', '--help']})
def cli():
    pass


def experiment_options(command):
    """The options that say which experiment."""
    for option in reversed([
            click.option('--seed', type=click.IntRange(0, 2**31 - 1), default=1, show_default=True),
            click.option('--steps', type=click.IntRange(1, 250), default=250, show_default=True),
            click.option('--op-seeds', type=click.Choice(['1.15', 'native']), default='1.15', show_default=True,
                         help="TensorFlow 1.15's op seeds, or the installed release's own."),
            click.option('--arithmetic', type=ARITHMETICS, default='float32', show_default=True),
            click.option('--onednn', is_flag=True, help="With oneDNN's kernels, which give other bits.")]):
        command = option(command)
    return command


@cli.command()
@experiment_options
@click.option('--out', type=click.Path(path_type=pathlib.Path), help='Folder to write to.  [default: runs/<time>]')
@click.option('--show', is_flag=True, help='Windows, as in the article.')
@click.option('--no-figures', is_flag=True, help='The recording and the summary only.')
@click.option('--force', is_flag=True, help='Write into a folder that is not empty.')
@click.option('--quiet', is_flag=True, help='No progress bar and no summary.')
@click.option('--json', 'as_json', is_flag=True, help='One JSON object on standard output.')
def run(out, show, no_figures, force, quiet, as_json, onednn, **settings):
    """The article's experiment: both networks, pictures, one recording."""
    from contextlib import nullcontext

    from legacy import environments
    from legacy import run as experiment
    out = out or pathlib.Path('runs') / datetime.datetime.now().strftime('%Y-%m-%d-%H%M%S-%f')
    environments.choose_kernels(onednn)
    settings['command'] = shlex.join(['compat_run.py', *sys.argv[1:]])
    bar = click.progressbar(length=settings['steps'], label='training', file=sys.stderr) \
        if sys.stderr.isatty() and not quiet else nullcontext()
    with experiment.windows() if show else nullcontext(), bar as shown:
        recorded, files, seconds = experiment.run(
            out, settings, not no_figures, show, force, shown and (lambda done: shown.update(done - shown.pos)))
    experiment.print_result(recorded, files, seconds, as_json, quiet)
    if show:
        experiment.show_windows(recorded)


@cli.command()
@click.argument('file', type=click.Path(path_type=pathlib.Path))
@click.option('--json', 'as_json', is_flag=True)
def show(file, as_json):
    """What a recording holds. Needs no TensorFlow."""
    from legacy import recording
    from legacy.run import print_result
    print_result(recording.load(file), [file], None, as_json, quiet=False)


@cli.command()
@click.argument('a', type=click.Path(path_type=pathlib.Path))
@click.argument('b', type=click.Path(path_type=pathlib.Path))
@click.option('--json', 'as_json', is_flag=True)
def compare(a, b, as_json):
    """Where recording B parts from recording A. Needs no TensorFlow. Exit code 1 if a claim fails."""
    from legacy import comparison, recording
    reference, candidate = recording.load(a), recording.load(b)
    findings = comparison.compare(reference, candidate)
    same = comparison.identical(reference, candidate)
    failed = [finding.claim for finding in findings if finding.passed is False]
    verdict = 'different: ' + failed[0] if failed else 'identical' if same else 'the same within tolerances'
    if as_json:
        print(json.dumps({'verdict': verdict, 'findings': [finding.as_json() for finding in findings]}))
    else:
        words = {True: 'same', False: 'DIFFERS', None: 'reported'}
        for finding in findings:
            print(f'{words[finding.passed]:<9} {finding.claim:<20} {finding.text}')
        print(verdict)
    return 1 if failed else 0


@cli.command()
@click.option('--baseline', type=click.Path(path_type=pathlib.Path),
              help='A recording, or a folder of them.  [default: TensorFlow 1.15.5]')
@click.option('--python', help="Interpreter of an environment whose TensorFlow is checked.  [default: this one's]")
@click.option('--strict', type=click.Choice(['identical', 'explained', 'equivalent']), default='equivalent',
              show_default=True, help='The worst verdict that exits with 0.')
@click.option('--onednn', is_flag=True, help="With oneDNN's kernels, which give other bits.")
@click.option('--json', 'as_json', is_flag=True, help='One JSON object on standard output.')
@click.option('--junit', type=click.Path(path_type=pathlib.Path), help='A JUnit XML file to write.')
@click.option('--power', is_flag=True, help='Try known faults: how small a one would be seen? Takes minutes.')
def check(baseline, python, strict, onednn, as_json, junit, power):
    """Does this TensorFlow compute what TensorFlow 1.15.5 computed, and if not, where does it depart?"""
    if power:
        if baseline or python or onednn or junit:
            raise click.UsageError('--power tries the installed TensorFlow against 1.15.5: only --json goes with it')
        return _power(as_json)
    from legacy import checkreport, verdict
    from legacy.check import check as ask
    from legacy.files import writable, write_whole
    if junit:
        writable(junit)
    report = ask(baseline, python, onednn, tell=None if as_json else _print_row)
    code = 0 if verdict.reached(report.verdict, strict) else 1
    if junit:
        write_whole(junit, checkreport.as_junit(report, code))
    print(json.dumps(checkreport.as_json(report, strict, code)) if as_json else checkreport.ending(report))
    return code


def _power(as_json):
    from legacy import power
    found = power.power(lambda item: click.echo(power.row(item), err=as_json))
    if as_json:
        print(json.dumps(power.as_json(found)))
    return 0 if power.sound(found) else 1


def _print_row(rung):
    from legacy import checkreport
    if rung.name == 'settings':
        print(checkreport.HEADING)
    print(checkreport.row(rung), flush=True)


@cli.command()
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
    settings['command'] = shlex.join(['compat_run.py', *sys.argv[1:]])
    if complete:
        del settings['arithmetic']
        out.mkdir(parents=True, exist_ok=True)
        settings['references'] = str(out)
    else:
        settings['out'] = str(out)
    environments.run_worker(python, settings, onednn)


def main():
    """Run the command line; return the exit code, with one line on standard error for every fault."""
    try:
        return cli.main(standalone_mode=False) or 0
    except click.exceptions.Abort:
        click.echo('interrupted', err=True)
        return 130
    except KeyboardInterrupt:
        click.echo('interrupted', err=True)
        return 130
    except click.ClickException as error:
        message = error.format_message()
    except Exception as error:
        if type(error).__name__ not in FAULTS:
            raise
        message = f'{error.strerror}: {error.filename}' if isinstance(error, OSError) and error.filename else str(error)
    click.echo('error: ' + ' '.join(message.split()), err=True)
    return 2


# by name: importing shim to catch its error would import TensorFlow
FAULTS = {'ShimError', 'RunError', 'RecordingError', 'ComparisonError', 'EnvironmentFault', 'BaselineError', 'OSError',
          'PermissionError', 'FileNotFoundError', 'NotADirectoryError', 'IsADirectoryError', 'FileExistsError'}

if __name__ == '__main__':
    code = main()
    atexit._run_exitfuncs()  # multiprocessing's, or Python 3.10 warns of semaphores left behind
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # files are written, helpers ended: taking TensorFlow's objects apart would cost most of a second

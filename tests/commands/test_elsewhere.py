"""Options and commands that people try: they exist, or the refusal names what does."""
import pytest

import compat_run as program
from legacy.commands import elsewhere
from legacy.formats import articlerun
from tests.command_line import assert_fault, compat_run_here

BASELINE = articlerun.RECORDING


@pytest.mark.parametrize('args, words', [
    (['run', '--release', '1.15.5'], 'record --release'), (['--learning-rate', '0.01'], 'legacy/article.py'),
    (['run', '--layers', '3'], 'legacy/article.py'), (['show', BASELINE, '--plot', 'x.png'], 'compare A B --plot'),
    (['explain'], 'check says what differs'), (['clean'], 'environments --unused'),
    (['environments', '--delete'], '--remove'), (['graph', 'export', '--png', 'x.png'], 'graph tensorboard'),
    (['tensorboard'], 'graph tensorboard'),
    (['graph', 'export', 'graph.png'], 'graph tensorboard'), (['run', '--nothing-like-it'], 'No such option'),
    (['nothing-like-it'], 'No such command')])
def test_what_does_not_exist_is_refused_with_what_does(args, words):
    assert_fault(compat_run_here(*args), words)


def test_what_is_answered_so_does_not_exist():
    assert not set(elsewhere.COMMANDS) & set(program.cli.commands)
    assert not {option for option in elsewhere.OPTIONS for parameter in program.cli.commands['run'].params
                if option in parameter.opts}


def test_compare_plot_writes_a_picture(tmp_path):
    done = compat_run_here('compare', BASELINE, BASELINE, '--plot', tmp_path / 'both.png')
    assert done.returncode == 0 and (tmp_path / 'both.png').read_bytes().startswith(b'\x89PNG')


@pytest.mark.parametrize('plot', ['both.svg', 'nowhere/both.png'])
def test_a_picture_that_cannot_be_written_is_refused(plot, tmp_path):
    assert_fault(compat_run_here('compare', BASELINE, BASELINE, '--plot', tmp_path / plot), plot)

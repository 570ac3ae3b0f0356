"""Options and commands that people try: they exist, or the refusal names what does."""
import pytest

import compat_run as program
from legacy.commands import elsewhere
from tests.command_line import assert_fault, compat_run_here
from tests.conftest import DATA

BASELINE = DATA / 'baseline-float32.npz'


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


def test_compare_names_the_owner_of_each_side_and_tells_same_from_within(candidate, tmp_path):
    from legacy.formats import processor, recording
    recording.save(candidate['float32'], tmp_path / 'recording.npz')
    lines = compat_run_here('compare', BASELINE, tmp_path).stdout.splitlines()
    assert lines[0] == 'A = TensorFlow 1.15.5, AMD EPYC (AVX2)'
    assert lines[1].startswith('B = TensorFlow ') and lines[1].endswith(processor.in_words(processor.describe()))
    words = {line[10:].split('  ')[0]: line.split()[0] for line in lines[2:-1]}
    assert (words['initial weights'], words['forward pass'], words['free run']) == ('same', 'within', 'within')
    assert any(' of the cost at most;' in line for line in lines)

"""A run of a script looks from outside as `python SCRIPT` does."""
import signal
import subprocess
import sys
import textwrap

import pytest

from tests.command_line import LONGEST, compat_run
from tests.conftest import ROOT

SCRIPTS = ROOT / 'tests' / 'scripts'


@pytest.fixture
def script(tmp_path):
    """script(SOURCE) is a file with this source."""
    def write(source, name='own.py'):
        path = tmp_path / name
        path.write_text(textwrap.dedent(source))
        return path
    return write


def test_arguments_standard_input_exit_code_and_a_module_beside_it_are_the_scripts_own(run):
    done = run(SCRIPTS / 'arguments.py', '--name', 'Bo', '-q', 'x', '--', '--seed', stdin='hi\n')
    assert (done.returncode, done.stdout) == (3, "hello Bo, says 1.15.5 True ['x', '--seed'] hi\n")


def test_options_of_ours_after_the_script_are_the_scripts_own(run, script):
    done = run('--quiet', script('import sys; print(sys.argv[1:])'), '--quiet', '-m', '--help')
    assert done.stdout == "['--quiet', '-m', '--help']\n"


@pytest.mark.parametrize('name', ['types', 'random', 'queue', 'tempfile', 'signal', 'json'])
def test_a_script_that_is_named_like_a_module_of_pythons_own_runs(name, run, script):
    done = run('--quiet', script('import tensorflow as tf; print(tf.__version__)', name + '.py'))
    assert (done.returncode, done.stdout) == (0, '1.15.5\n'), done.stderr


def test_a_module_runs_with_m_and_takes_all_that_follows(run):
    done = run('-m', 'tests.scripts.flags', '--steps', '7', '-1', cwd=ROOT)
    assert (done.returncode, done.stdout) == (0, "steps 7 rest ['-1']\n")


def test_a_module_that_is_not_there_is_one_line(run):
    done = run('-m', 'tests.scripts.nothing')
    assert (done.returncode, done.stderr) == (2, 'error: there is no module tests.scripts.nothing to run\n')


def test_tf_app_run_calls_the_scripts_main_with_its_flags(run):
    assert run(SCRIPTS / 'flags.py', '--steps=5', 'a').stdout == "steps 5 rest ['a']\n"


def test_a_traceback_has_the_scripts_lines_and_none_of_ours(run):
    done = run(SCRIPTS / 'raises.py')
    lines = [line for line in done.stderr.splitlines() if line.startswith(('Traceback', '  File', 'AttributeError'))]
    assert done.returncode == 1
    assert lines == ['Traceback (most recent call last):',
                     f'  File "{SCRIPTS}/raises.py", line 9, in <module>',
                     f'  File "{SCRIPTS}/raises.py", line 6, in build',
                     "AttributeError: module 'tensorflow' has no attribute 'no_such_name'"]


def test_a_syntax_error_shows_the_line_alone(run, script):
    done = run(script('print "loss", 3\n'))
    assert done.returncode == 1
    assert 'own.py", line 1' in done.stderr and 'legacy' not in done.stderr and 'Traceback' not in done.stderr


def test_an_exception_hook_of_the_scripts_own_is_called(run, script):
    done = run(script("""
        import sys
        sys.excepthook = lambda kind, error, traceback: print('caught', kind.__name__, traceback.tb_lineno)
        1 / 0
        """))
    assert (done.returncode, done.stdout) == (1, 'caught ZeroDivisionError 4\n')


@pytest.mark.parametrize('ending, code, message', [
    ('sys.exit()', 0, ''), ('sys.exit(7)', 7, ''), ('sys.exit("no data")', 1, 'no data\n'),
    ('raise SystemExit(None)', 0, ''), ('os._exit(9)', 9, '')])
def test_the_exit_code_is_the_scripts(run, script, ending, code, message):
    done = run(script(f'import os, sys\n{ending}\n'))
    assert (done.returncode, done.stderr) == (code, message)


def test_what_a_script_leaves_for_the_end_is_done_at_the_end(run, script):
    done = run(script("""
        import atexit, threading, time
        atexit.register(print, 'last')
        threading.Thread(target=lambda: (time.sleep(0.05), print('thread'))).start()
        print('first')
        """))
    assert done.stdout == 'first\nthread\nlast\n'


def test_the_script_is_main(run, script):
    done = run(script("""
        import pickle, sys
        class Point: pass
        assert sys.modules['__main__'].Point is Point and __name__ == '__main__'
        assert pickle.loads(pickle.dumps(Point())).__class__ is Point
        assert sys.path[0] == __file__[:-len('/own.py')] and __package__ is None and __spec__ is None
        print(sys.argv == [__file__])
        """))
    assert done.stdout == 'True\n', done.stderr


def test_a_spawned_process_finds_tensorflow_1(run):
    assert run(SCRIPTS / 'pickles.py').stdout == "__main__ [(8, '1.15.5')]\n"


def test_a_script_that_is_not_there_is_one_line():
    done = compat_run('run', 'nothing.py')
    assert (done.returncode, done.stderr) == (2, 'error: there is no script nothing.py\n')


def test_the_word_run_may_be_left_out():
    assert compat_run('nothing.py').stderr == 'error: there is no script nothing.py\n'


@pytest.mark.parametrize('args, words', [
    (['--steps', '3', 'x.py'], "--steps is for the article's experiment, not for a script"),
    (['--op-seeds', '1.15', 'x.py'], "--op-seeds FILE"),
    (['--op-seeds', __file__], 'not a recording'),
    (['--op-seeds', ROOT / 'tests' / 'scripts' / 'recordings' / 'mlp.npz'], 'it is of another graph'),
    (['--op-seeds', __file__, str(SCRIPTS / 'mlp.py')], 'not a recording, or damaged')])
def test_options_that_do_not_go_together_are_one_line(args, words):
    done = compat_run('run', *args)
    assert done.returncode == 2 and done.stderr.count('\n') == 1 and words in done.stderr


def test_ctrl_c_ends_a_script_as_it_would_end_python(script):
    path = script('import time\nprint("here", flush=True)\ntime.sleep(60)\n')
    process = subprocess.Popen([sys.executable, ROOT / 'compat_run.py', 'run', path], text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout.readline() == 'here\n'
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=LONGEST)
    assert process.returncode == -signal.SIGINT  # a shell says 130
    assert err.splitlines()[-1] == 'KeyboardInterrupt' and 'legacy' not in err


def test_a_real_process_ends_with_the_scripts_exit_code_and_traceback(script):
    done = compat_run('run', script('import tensorflow as tf\nraise ValueError(tf.__version__)\n'))
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == 'ValueError: 1.15.5' and 'compat_run' not in done.stderr

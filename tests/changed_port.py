"""Does `--op-seeds 1.15` tell the truth about a changed port? Asks a real TensorFlow 1.15.5.

    python tests/changed_port.py PYTHON

PYTHON: the interpreter of an environment with TensorFlow 1.15.5. Each change is made to a copy of this program; 1.15.5
records it, and the TensorFlow installed here runs it with `--op-seeds 1.15`: it must either start from 1.15.5's op
seeds or refuse, and with the recording's op seeds it must start from 1.15.5's weights. Exit code 1 if it does not.
"""
import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
from unittest import mock

ROOT = pathlib.Path(__file__).resolve().parent.parent
WIDTH = ('N_HIDDEN_UNITS = 30', 'layers_inputs[-1], 30, 1')
START = '    fix_seed(seed)\n\n'
COST = '    cost = tf.reduce_mean('
# what is changed: ([(text of the port, its replacement), ...], whether the recorded op seeds stay 1.15.5's)
CHANGES = {
    'learning rate 0.01': ([('Optimizer(0.001)', 'Optimizer(0.01)')], True),
    'layers of 20 units': ([(WIDTH[0], 'N_HIDDEN_UNITS = 20'), (WIDTH[1], 'layers_inputs[-1], 20, 1')], True),
    'layers of 1 unit': ([(WIDTH[0], 'N_HIDDEN_UNITS = 1'), (WIDTH[1], 'layers_inputs[-1], 1, 1')], True),
    'three layers': ([('N_LAYERS = 7', 'N_LAYERS = 3')], False),
    'four layers': ([('N_LAYERS = 7', 'N_LAYERS = 4')], False),
    'a random op more': ([(START, START + '    tf.random_normal([1])\n')], False),
    'an op more': ([(COST, '    prediction = tf.identity(prediction)\n' + COST)], False),
    'moments that keep their axis': ([('axes=[0])\n            scale', 'axes=[0], keep_dims=True)\n            scale')],
                                     False),
}


def copy_with(changes, folder):
    """A copy of this program in `folder` whose port has other text."""
    shutil.copytree(ROOT / 'legacy', folder / 'legacy', ignore=shutil.ignore_patterns('__pycache__'))
    shutil.copy(ROOT / 'compat_run.py', folder)
    (folder / 'legacy' / 'article.py').write_text(text_with(changes), encoding='utf-8')


def text_with(changes):
    """The port's text with other text in it. Raises ValueError unless each is there once."""
    text = (ROOT / 'legacy' / 'article.py').read_text(encoding='utf-8')
    for old, new in changes:
        if text.count(old) != 1:
            raise ValueError(f'{old!r} is {text.count(old)} times in the port')
        text = text.replace(old, new)
    return text


@contextlib.contextmanager
def changed(changes, folder):
    """Context manager: in this process the port has other text, as if a user had changed it. folder: to write to."""
    from legacy import article
    from legacy.worker import port
    path = folder / 'article.py'
    path.write_text(text_with(changes), encoding='utf-8')
    before = dict(vars(article))
    # what `legacy.article` holds is the unchanged port's
    with mock.patch.object(port, 'SOURCE', str(path)), mock.patch.object(port, '_numbers', lambda source: {}):
        exec(compile(path.read_text(encoding='utf-8'), str(path), 'exec'), vars(article))
        try:
            yield
        finally:
            vars(article).clear()
            vars(article).update(before)


def run(folder, *args):
    return subprocess.run([sys.executable, 'compat_run.py', *args], cwd=folder, text=True, capture_output=True)


def fault(change, python):
    """None if this program tells the truth of a change, else what is wrong."""
    changes, stays = CHANGES[change]
    with tempfile.TemporaryDirectory(prefix='changed-port-') as name:
        folder = pathlib.Path(name)
        copy_with(changes, folder)
        recorded = run(folder, 'record', '--python', python, '--steps', '1', '--out', 'theirs.npz')
        if recorded.returncode:
            return recorded.stderr
        theirs = json.loads(run(folder, 'show', '--json', 'theirs.npz').stdout)
        op_seeds = [call['op_seed'] for call in theirs['seeds']['calls']]
        first = {item['name']: str(item['noted'][3]) for item in theirs['initial']}
        here = run(folder, 'run', '--no-figures', '--steps', '1', '--json', '--out', 'first')
        print(f'{change}: 1.15.5 {op_seeds}, here {"as it" if not here.returncode else here.stderr.strip()}')
        if stays and (here.returncode or json.loads(here.stdout)['op_seeds'] != op_seeds):
            return 'not the op seeds of 1.15.5'
        if not stays and (here.returncode != 2 or 'only, and this is another' not in here.stderr):
            return 'not refused'
        given = run(folder, 'run', '--no-figures', '--steps', '1', '--json',
                    '--out', 'again', '--op-seeds', 'theirs.npz')
        if given.returncode or first != {
                item['name']: item['digest'] for item in json.loads(given.stdout)['initial_values']}:
            return f'other weights with the seeds of the recording: {given.stderr}'
    return None


def main(python):
    found = {change: fault(change, os.path.abspath(python)) for change in CHANGES}
    for change, wrong in found.items():
        print(f'{change}: {wrong or "true"}')
    return 1 if any(found.values()) else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1]))

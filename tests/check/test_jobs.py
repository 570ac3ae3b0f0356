"""Scripts recorded under real TensorFlow 1.15.5, checked on the TensorFlow installed, as they are and with a fault.

A fault is a change of the script's text; all faults are tried in copies of one process that has imported TensorFlow.
"""
import json
import shutil
import sys

import pytest

from legacy.check import jobs
from legacy.formats import recordings
from legacy.judge import ladder
from legacy.judge.baseline import Baseline
from tests.conftest import ROOT, without_tensorflow_1

SCRIPTS = ROOT / 'tests' / 'scripts'
# {script: verdict on the pinned release}. mlp: 1.15's dropout multiplies by 1 / keep_prob, where 2.21's divides by it.
VERDICTS = {'mlp': 'equivalent', 'vae': 'explained', 'cnn_layers': 'explained', 'rnn': 'explained',
            'keras_fit': 'explained', 'estimator': 'explained'}
ADAM, RMSPROP = 'AdamOptimizer(0.01)', 'RMSPropOptimizer(0.01)'
TRAIN = '_, value = sess.run([train_op, loss],'
# (script, what is wrong, text, text in its place, first rung that must fail, the line that must be named)
FAULTS = [
    ('mlp', 'learning rate x 1.001', ADAM, 'AdamOptimizer(0.01001)', 'first runs', 'the update at mlp.py:27'),
    ('mlp', 'learning rate x 1.0001', ADAM, 'AdamOptimizer(0.010001)', 'first runs', 'the update at mlp.py:27'),
    ('mlp', 'epsilon x 10', ADAM, 'AdamOptimizer(0.01, epsilon=1e-7)', 'first runs', 'the update at mlp.py:27'),
    ('mlp', 'a ReLU that leaks', 'tf.nn.relu)', 'lambda t, name=None: tf.nn.relu(t) - 1e-4 * tf.nn.relu(-t))',
     'first runs', 'at mlp.py:23'),
    ('mlp', 'dropout 1 % off', 'keep: 0.8', 'keep: 0.808', 'feeds', 'keep:0'),
    ('mlp', 'another initializer', 'stddev=0.3', 'stddev=0.301', 'initial values', 'hidden/weights'),
    ('vae', 'a seed call more', 'z = mean', 'more = tf.random_normal([2]); z = mean', 'op seeds', 'random_normal_1'),
    ('vae', 'a batch swapped', 'data[8 * step:8 * step + 8]', 'data[8 * (step ^ (step in (2, 3))):][:8]', 'feeds',
     'vae.py:23'),
    ('vae', 'a step less', 'range(6)', 'range(5)', 'runs', 'vae.py:23'),
    ('vae', 'a run more', TRAIN, f'step == 4 and sess.run(loss, {{x: data[:8]}}); {TRAIN}', 'runs',
     'vae.py:23'),
    ('vae', 'a variable frozen', '.minimize(loss)', '.minimize(loss, var_list=tf.trainable_variables()[1:])', 'graph',
     'encoder/w/RMSProp'),
    ('vae', 'another sigma', 'log_variance / 2)', 'log_variance / 2.0001)', 'first runs', 'at vae.py:13'),
    ('vae', 'learning rate x 1.0001', RMSPROP, 'RMSPropOptimizer(0.010001)', 'first runs', 'the update at vae.py:19'),
    ('cnn_layers', 'momentum x 1.001', '(0.05, 0.9)', '(0.05, 0.9009)', 'every recorded run', 'ApplyMomentum'),
]


@pytest.fixture(scope='module')
def ask(fork, tmp_path_factory):
    """ask(script, text, other text) is the questions.Report on a script with the one in place of the other."""
    def ask(name, old='', new=''):
        if name != 'mlp' and without_tensorflow_1:
            pytest.skip(without_tensorflow_1)
        folder = tmp_path_factory.mktemp(name)
        text = (SCRIPTS / f'{name}.py').read_text()
        assert old in text
        (folder / f'{name}.py').write_text(text.replace(old, new) if old else text)
        baseline = SCRIPTS / 'recordings' / f'{name}.npz'
        done = fork.run('-m', 'legacy.worker.scripts', json.dumps({
            'script': str(folder / f'{name}.py'), 'quiet': True, 'op_seeds': str(baseline),
            'out': str(folder / 'here.npz')}), cwd=folder)
        assert done.returncode == 0, done.stderr
        recorded = Baseline(recordings.load(str(baseline)), str(baseline))
        return ladder.ladder(recorded, recordings.load(str(folder / 'here.npz')))
    return ask


@pytest.fixture(scope='module')
def reports(ask):
    """{script: Report} of the scripts as they are, each asked once."""
    found = {}

    def report(name):
        if name not in found:
            found[name] = ask(name)
        return found[name]
    return report


@pytest.mark.parametrize('name', VERDICTS)
def test_a_script_as_it_is_gets_its_verdict(reports, name):
    assert reports(name).verdict == VERDICTS[name], reports(name).sentence


@pytest.mark.parametrize('name', VERDICTS)
def test_a_script_starts_from_the_recorded_bits(reports, name):
    rung = next(rung for rung in reports(name).rungs if rung.name == 'initial values')
    assert rung.status == 'passed' and rung.finding.compared > 0


@pytest.mark.parametrize('name', VERDICTS)
def test_some_runs_of_a_script_were_made_again(reports, name):
    rung = next(rung for rung in reports(name).rungs if rung.name == 'every recorded run')
    assert rung.finding.compared > 5


def test_another_formula_is_named_with_its_line(reports):
    assert 'at mlp.py:23: 2 Mul recorded; SelectV2 here' in reports('mlp').sentence


def test_portable_arithmetic_pins_all_of_a_loop(reports):
    assert reports('rnn').verdict == 'explained' and 'But for' not in reports('rnn').sentence


def test_an_op_that_has_no_float64_is_said(reports):
    rung = next(rung for rung in reports('cnn_layers').rungs if rung.name == 'float64 runs')
    assert 'FusedBatchNormV3' in rung.finding.text


@pytest.mark.parametrize('name, fault, old, new, rung, place', FAULTS, ids=[f'{item[0]}: {item[1]}' for item in FAULTS])
def test_a_fault_is_a_regression_at_its_place(ask, name, fault, old, new, rung, place):
    report = ask(name, old, new)
    broken = [item for item in report.rungs if item.status in ('failed', 'error')]
    assert (report.verdict, broken[0].name) == ('regression', rung), report.sentence
    assert place in report.sentence


def test_the_recording_is_not_copied_for_a_check(tmp_path):
    (tmp_path / 'work').mkdir()
    for path in (SCRIPTS / 'vae.py', SCRIPTS / 'recordings' / 'vae.npz'):
        shutil.copy(path, tmp_path / 'work')
    python = tmp_path / 'python'  # a stand-in, that answers only where the script is alone
    python.write_text(f'#!{sys.executable}\nimport json, os, shutil, sys\nassert os.listdir() == ["vae.py"]\n'
                      f'shutil.copy({str(SCRIPTS / "recordings" / "vae.npz")!r}, json.loads(sys.argv[-1])["out"])\n')
    python.chmod(0o755)
    job = jobs.Job(str(python), {'script': 'vae.py', 'arguments': []}, folder=str(tmp_path / 'work'))
    _, candidate, _ = jobs.check(job, tmp_path / 'work' / 'vae.npz', tmp_path)
    assert len(candidate.runs)

"""The recording of TensorFlow 1.15.5, and the same run on the TensorFlow installed here, made once."""
import importlib.metadata
import importlib.util
import os
import pathlib
import shutil
import signal

import pytest

from legacy.formats import articlerun, processor, recordings
from legacy.machine import tensorflow1

# Under `nohup` and in some CIs a process starts with SIGINT ignored, and so do all that it starts: no Ctrl-C is seen.
signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = pathlib.Path(__file__).resolve().parent.parent
DATA = ROOT / 'legacy' / 'data'


# Why tests that need TensorFlow 1.15.5's own Python files are skipped, or ''
without_tensorflow_1 = ('' if tensorflow1.is_there(tensorflow1.folder()) else
                        "TensorFlow 1.15.5's Python files are not on this machine: python compat_run.py fetch")
needs_tensorflow_1 = pytest.mark.skipif(bool(without_tensorflow_1), reason=without_tensorflow_1)


@pytest.fixture(scope='session')
def article_recording():
    """The committed recording of the article's experiment under TensorFlow 1.15.5, with the whole portable run."""
    return recordings.load(articlerun.RECORDING)


@pytest.fixture(scope='session')
def for_all(tmp_path_factory):
    """A folder that all processes of pytest share."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if 'PYTEST_XDIST_WORKER' in os.environ else own


@pytest.fixture(scope='session')
def article_made(for_all):
    """(finished process of `--out runs/first`, the same with --json, the folder in which it ran): one whole run of the
    TensorFlow installed here, with pictures."""
    from tests import shared
    out, folder = ['--out', 'runs/first'], for_all / 'article-run'
    text, as_json = shared.once(folder, lambda: shared.commands(
        folder, ('legacy.check.reproduction', 'run'), [out, [*out, '--json']]))
    assert text.returncode == 0, text.stderr
    return text, as_json, folder


@pytest.fixture(scope='session')
def article_checked(for_all):
    """(finished process of `check`, the same with --json): one whole check of it, under another hash seed than the
    recording's."""
    from tests import shared
    folder = for_all / 'article-check'
    return shared.once(folder, lambda: shared.commands(
        folder, ('legacy.commands.check', '_report'), [['check'], ['check', '--json']], PYTHONHASHSEED='2'))


@pytest.fixture(scope='session')
def article_recorded(fork, for_all):
    """(finished process of `record`, the file): the article's experiment of one step, without runs with noise."""
    from tests import shared
    folder = for_all / 'article-record'
    done, = shared.once(folder, lambda: [
        fork.command('record', '--out', 'a.npz', '--steps', '1', '--noisy', '0', '--quiet', cwd=folder)])
    return done, folder / 'a.npz'


@pytest.fixture(scope='session')
def power_of_mlp(for_all):
    """(finished process of `check --power`, the same with --json) of a script that passes."""
    from tests import shared
    folder, scripts = for_all / 'power', pathlib.Path('tests', 'scripts')
    asked = ['--power', '--baseline', str(scripts / 'recordings' / 'mlp.npz'), str(scripts / 'mlp.py')]

    def make():
        shutil.copytree(ROOT / scripts, folder / scripts)
        return shared.commands(folder, ('legacy.check.power', 'power'),
                               [['check', *asked], ['check', '--json', *asked]])
    return shared.once(folder, make)


@pytest.fixture(scope='session')
def article_run(article_made):
    """The recording of the whole run of the TensorFlow installed here, without runs that can be made again."""
    return recordings.load(str(article_made[-1] / 'runs' / 'first' / 'recording.npz'))


@pytest.fixture(scope='session')
def experiment():
    """The article's graph in float32, built on this TensorFlow."""
    from legacy.worker.experiment import Experiment
    return Experiment()


@pytest.fixture(scope='session')
def described(experiment):
    """The same as a Table."""
    from legacy.worker.graph import origin
    return origin.describe(experiment)


@pytest.fixture(scope='session')
def committed():
    """The committed results of the claims."""
    from legacy.claims import results
    return results.load(DATA / 'claims.json')


@pytest.fixture(scope='session')
def fork():
    """A forking.Fork: TensorFlow is imported once for all that runs in copies of it."""
    from tests.forking import Fork
    fork = Fork()
    yield fork
    fork.close()


# Files that take longest, the longest first: the workers begin with these, so that they end at about the same time.
LONGEST = (
    'check/test_article_faults.py', 'docs/test_manual.py', 'check/test_jobs.py', 'docs/test_ci.py',
    'judge/test_mutations.py', 'check/test_faults_from_outside.py', 'check/test_causes.py', 'check/test_article.py',
    'machine/test_platforms.py', 'docs/test_changes.py', 'worker/test_seedanswers.py', 'worker/test_claims_networks.py',
    'commands/test_ending.py', 'worker/scripts/test_namespace.py', 'worker/scripts/test_as_python_would.py',
    'claims/test_claims_command.py', 'check/test_power.py', 'commands/test_run.py', 'worker/test_graph_tensorboard.py',
    'worker/test_graph_step.py', 'worker/test_building.py')


def pytest_collection_modifyitems(items):
    """The files of LONGEST first. xdist gives out whole files, in their order."""
    place = {ROOT / 'tests' / name: k for k, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path, len(LONGEST)))


def pytest_addoption(parser, pluginmanager):
    """What .pytest.ini asks of xdist, where that is switched off (-p no:xdist): everything runs in one process."""
    if not pluginmanager.hasplugin('xdist'):
        parser.addoption('--numprocesses', help='not used without xdist')
        parser.addoption('--dist', help='not used without xdist')
        parser.addoption('--no-loadscope-reorder', action='store_true', help='not used without xdist')


def pytest_report_header():
    """Versions, and the user's own settings. Nothing is imported for it: TensorFlow takes seconds, in every process."""
    versions = [f'{package} {importlib.metadata.version(package)}' for package in ('tensorflow', 'numpy', 'matplotlib')
                if importlib.util.find_spec(package)]
    versions.append(f'on {processor.kind(processor.describe())}')
    own = [f'{name}={value}' for name, value in os.environ.items() if name.startswith(('TF_', 'ONEDNN_', 'DNNL_'))]
    return [', '.join(versions), 'settings of yours: ' + (' '.join(own) or 'none')]


@pytest.fixture
def stand_in(tmp_path):
    """Environments that answer without TensorFlow."""
    from tests import stand_ins
    return stand_ins.StandIns(tmp_path)

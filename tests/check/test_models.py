"""A model that was exported is recorded and judged as a script is, by its inference alone; and what is refused."""
import copy
import pathlib
import shutil

import numpy as np
import pytest

from legacy.check import jobs, models
from legacy.formats import contents, recordings
from legacy.formats.errors import LegacyError
from legacy.judge import ladder
from legacy.judge.baseline import Baseline
from legacy.shim import tf
from tests.command_line import assert_fault, compat_run_here

ROWS = np.random.RandomState(0).randn(5, 8).astype('f4')


def exported(folder, factor=1.0):
    """Write a SavedModel with two signatures, a frozen graph and a checkpoint of one small network. factor: of a
    weight."""
    folder.mkdir(exist_ok=True)
    with tf.Graph().as_default() as graph, tf.Session(graph=graph) as session:
        rows = tf.placeholder(tf.float32, [None, 8], 'rows')
        words = tf.placeholder(tf.string, [None], 'words')
        weights = tf.get_variable('weights', initializer=(np.random.RandomState(1).randn(8, 4) * factor).astype('f4'))
        chances = tf.nn.softmax(tf.tanh(tf.matmul(rows, weights)), name='chances')
        classes = tf.argmax(chances, 1, name='classes')
        lengths = tf.cast(tf.strings.length(words), tf.float32, name='lengths') * 0.1
        session.run(tf.global_variables_initializer())
        signature = tf.saved_model.signature_def_utils.predict_signature_def
        builder = tf.saved_model.builder.SavedModelBuilder(str(folder / 'saved'))
        builder.add_meta_graph_and_variables(session, ['serve'], {
            'serving_default': signature({'features': rows}, {'chances': chances, 'classes': classes}),
            'text': signature({'words': words}, {'lengths': lengths})})
        builder.save()
        tf.train.Saver().save(session, str(folder / 'checkpoint' / 'model'))
        frozen = tf.graph_util.convert_variables_to_constants(session, graph.as_graph_def(), ['classes'])
        (folder / 'frozen.pb').write_bytes(frozen.SerializeToString())
    np.savez(folder / 'features.npz', features=ROWS)
    np.savez(folder / 'rows.npz', rows=ROWS)
    np.savez(folder / 'one.npz', features=ROWS[0])
    np.savez(folder / 'words.npz', words=np.array(['one', 'three']))
    return folder


@pytest.fixture(scope='module', autouse=True)
def in_copies(fork):
    """Models run in copies of one process."""
    with fork.workers():
        yield


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    return exported(tmp_path_factory.mktemp('models') / 'exported')


def job(staged):
    import sys
    return jobs.Job(sys.executable, staged.asked, folder=staged.folder, linked=staged.linked)


@pytest.fixture(scope='module')
def recorded(folder, tmp_path_factory):
    """{'saved' or 'frozen': path of a recording}"""
    work, found = tmp_path_factory.mktemp('recordings'), {}
    for name, model, feeds in (('saved', 'saved', ('features.npz', 'one.npz')), ('frozen', 'frozen.pb', ('rows.npz',))):
        (work / name).mkdir()
        found[name] = work / f'{name}.npz'
        with models.staged(models.Asked(str(folder / model), tuple(str(folder / feed) for feed in feeds))) as staged:
            jobs.record(job(staged), found[name], work / name, noisy=2)
    return found


def check(recorded, tmp_path, model, *feeds):
    """The (Baseline, Recording here, Report, [remark])."""
    remarks = []
    with models.staged(models.Asked(str(model), tuple(map(str, feeds)))) as staged:
        return *jobs.check(job(staged), recorded, tmp_path, remark=remarks.append), remarks


@pytest.fixture(scope='module')
def same(recorded, folder, tmp_path_factory):
    """{'saved' or 'frozen': what `check` gives of the model that was recorded}"""
    return {'saved': check(recorded['saved'], tmp_path_factory.mktemp('saved'), folder / 'saved',
                           folder / 'features.npz', folder / 'one.npz'),
            'frozen': check(recorded['frozen'], tmp_path_factory.mktemp('frozen'), folder / 'frozen.pb',
                            folder / 'rows.npz')}


# ---- judged

@pytest.mark.parametrize('name, runs', [('saved', 2), ('frozen', 1)])
def test_the_same_model_is_identical_and_every_run_is_made_again(name, runs, same):
    there, _, report, remarks = same[name]
    rungs = {rung.name: rung for rung in report.rungs}
    assert (report.verdict, remarks) == ('identical', [])
    assert rungs['coverage'].status == 'passed' and rungs['coverage'].finding.expected == 1
    assert len(there.side.steps) == runs
    assert {rungs[name].status for name in ('every recorded run', 'portable runs', 'float64 runs')} == {'passed'}


def test_a_recording_names_no_path_of_this_machine(recorded, folder):
    header = recordings.load(str(recorded['saved'])).header
    assert str(folder.parent) not in str(header)
    assert [source['file'] for source in header['script']['sources']] == [
        'serve_saved.py', 'saved/saved_model.pb', 'saved/variables/variables.data-00000-of-00001',
        'saved/variables/variables.index', 'features.npz', 'one.npz']


@pytest.mark.parametrize('name, model, feeds', [('saved', 'saved', ['features.npz', 'one.npz']),
                                                ('frozen', 'frozen.pb', ['rows.npz'])])
def test_a_weight_that_is_another_is_a_regression(name, model, feeds, recorded, folder, tmp_path):
    other = exported(tmp_path / 'exported', factor=1.0001)
    for feed in feeds:
        shutil.copy(folder / feed, other / feed)
    _, _, report, remarks = check(recorded[name], tmp_path, other / model, *[other / feed for feed in feeds])
    assert report.verdict == 'regression' and any('has changed since it was recorded' in line for line in remarks)


def faulty(recording, arithmetics):
    """The Recording, but that what was fetched in these arithmetics is off by a ten thousandth, as where a kernel
    is."""
    header, arrays = copy.deepcopy(recording.header), dict(recording.arrays)
    for arithmetic in arithmetics:
        fetched = header['steps'][0]['outcomes'][arithmetic]['fetched']
        for name, noted in fetched.items():
            if noted.is_float:
                content = f'changed/{len(arrays)}'
                arrays[content] = (arrays[noted.content] * 1.0001).astype(noted.dtype)
                fetched[name] = noted._replace(content=content, digest=contents.digest(arrays[content]))
    return recordings.Recording(header, arrays)


@pytest.mark.parametrize('arithmetics, rung', [
    (('run', 'own', 'float32', 'again'), 'first runs'), (('again',), 'repeatable'), (('run',), 'own runs'),
    (('float64',), 'float64 runs')])
def test_a_kernel_that_is_off_is_a_regression(arithmetics, rung, same):
    there, here, _, _ = same['frozen']
    report = ladder.ladder(there, faulty(here, arithmetics))
    assert report.verdict == 'regression'
    assert rung in [item.name for item in report.rungs if item.status == 'failed']


@pytest.mark.parametrize('arithmetic', ['float32', 'again', 'portable', 'float64'])
def test_what_was_not_made_again_leaves_the_verdict_undecided(arithmetic, same):
    there, here, _, _ = same['frozen']
    header = copy.deepcopy(there.side.header)
    for step in header['steps']:
        step['outcomes'][arithmetic] = None
        step['outcomes']['own'] = step['outcomes']['float32']
    lacking = Baseline(recordings.Recording(header, there.side.arrays))
    report = ladder.ladder(lacking, here)
    assert report.verdict == 'undecided' and 'coverage' in [
        item.name for item in report.rungs if item.status == 'undecided']


def test_a_model_without_any_kept_run_is_undecided(same):
    there, here, _, _ = same['frozen']
    header = copy.deepcopy(there.side.header)
    header['kinds'][-1]['stepless'], header['steps'] = 'no run of it is kept', []
    for key in ('tensors', 'kernels'):
        header[key] = {}
    bare = Baseline(recordings.Recording(header, there.side.arrays))
    assert ladder.ladder(bare, here).verdict == 'undecided'


# ---- what is fed and fetched

def staged(model, *feeds, **asked):
    with models.staged(models.Asked(str(model), tuple(map(str, feeds)), **asked)) as found:
        return found


def test_of_a_frozen_graph_the_numbers_before_an_argmax_are_fetched_too(folder):
    arguments = staged(folder / 'frozen.pb', folder / 'rows.npz').arguments
    assert arguments[arguments.index('--fetch') + 1:arguments.index('--feeds')] == ['chances:0', 'classes:0']


@pytest.mark.parametrize('model', ['checkpoint', 'checkpoint/model', 'checkpoint/model.meta', 'checkpoint/model.index'])
def test_a_checkpoint_has_several_names(model, folder):
    found = staged(folder / model, folder / 'rows.npz', fetch=('chances',))
    assert found.data == ['model.data-00000-of-00001', 'model.index', 'model.meta', 'rows.npz']


def test_another_signature_is_taken_where_it_is_named(folder):
    assert 'words=words:0' in staged(folder / 'saved', folder / 'words.npz', signature='text').arguments


def refused(*words):
    return pytest.raises(LegacyError, match='.*'.join(words))


@pytest.mark.parametrize('model, feeds, asked, words', [
    ('nothing', ['rows.npz'], {}, ['there is no model']),
    ('rows.npz', ['rows.npz'], {}, ['is no model']),
    ('.', ['rows.npz'], {}, ['holds no saved_model.pb', 'saved']),
    ('saved', ['nothing.npz'], {}, ['there is no file']),
    ('saved', ['frozen.pb'], {}, ['no .npz file']),
    ('saved', ['words.npz'], {}, ['needed for', 'chances:0']),
    ('saved', ['features.npz', 'rows.npz'], {}, ['rows.npz has other arrays']),
    ('saved', ['features.npz'], {'signature': 'other'}, ['no signature other', 'serving_default, text']),
    ('saved', ['features.npz'], {'fetch': ('nothing',)}, ['no tensor nothing']),
    ('checkpoint', ['rows.npz'], {}, ['no signature', '--fetch'])])
def test_what_is_wrong_is_said_in_one_line(model, feeds, asked, words, folder):
    with refused(*words) as raised:
        staged(folder / model, *[folder / feed for feed in feeds], **asked)
    assert '\n' not in str(raised.value)


@pytest.mark.parametrize('arrays, words', [
    ({'features': ROWS[:, :3]}, ['the shape', r'\(5, 3\)', r'\(\?, 8\)']),
    ({'features': ROWS.astype('c8')}, ['complex64', 'float32']),
    ({'features': np.array(['a'])}, ['<U1', 'float32']),
    ({'other': ROWS}, ['neither an input', 'features']),
    ({'features': np.array([None])}, ['no .npz file of plain arrays'])])
def test_an_array_that_the_model_does_not_take_is_refused(arrays, words, folder, tmp_path):
    np.savez(tmp_path / 'feeds.npz', **arrays)
    with refused(*words):
        staged(folder / 'saved', tmp_path / 'feeds.npz')


@pytest.mark.parametrize('name', ['variables.index', 'variables.data-00000-of-00001'])
def test_a_missing_file_of_variables_is_named(name, folder, tmp_path):
    shutil.copytree(folder / 'saved', tmp_path / 'saved')
    (tmp_path / 'saved' / 'variables' / name).unlink()
    with refused(name, 'is missing'):
        staged(tmp_path / 'saved', folder / 'features.npz')


@pytest.mark.parametrize('content', [b'', b'\x08\x01', b'\x00\xff' * 100])
def test_a_damaged_model_is_refused(content, folder, tmp_path):
    (tmp_path / 'saved_model.pb').write_bytes(content)
    with refused('not a GraphDef or a model'):
        staged(tmp_path, folder / 'features.npz')


# ---- on the command line

@pytest.mark.parametrize('options, words', [
    (['--model', 'x'], ['--feeds']), (['--feeds', 'x.npz', 'train.py'], ['--model']),
    (['--model', 'x', '--feeds', 'x.npz', 'train.py'], ['not both'])])
def test_options_that_contradict_are_refused(options, words):
    assert_fault(compat_run_here('record', '--out', 'x.npz', *options), *words)


def test_a_recording_does_not_replace_the_arrays_that_it_is_made_of(folder):
    feeds = folder / 'features.npz'
    before = pathlib.Path(feeds).read_bytes()
    assert_fault(compat_run_here('record', '--out', feeds, '--force', '--model', folder / 'saved', '--feeds', feeds))
    assert feeds.read_bytes() == before

"""Files that somebody made to do harm: each is one line, in little time and memory. See `fuzz` for those that chance
makes."""
import gzip
import io
import json
import resource
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from legacy.formats import archive, graphtable, recordings
from legacy.formats.archive import RecordingError
from legacy.reports import checkpage, figures
from tests.conftest import DATA, ROOT
from tests.formats import fuzzed

RECORDED = ROOT / 'tests' / 'scripts' / 'recordings' / 'vae.npz'
# Loads a file in a process of its own; prints what is refused, and by how many megabytes memory grew.
LOADING = '''
import sys
from legacy.formats import {module} as module
def peak():
    lines = open('/proc/self/status').read().splitlines()
    return next(int(line.split()[1]) >> 10 for line in lines if line.startswith('VmHWM'))
before = peak()
try:
    module.load(sys.argv[1])
    print('accepted')
except Exception as error:
    print(type(error).__name__, error)
print(peak() - before)
'''


def loaded(module, path):
    """(what is said, megabytes) of loading a file, which may have ten seconds of processor time."""
    def limited():
        resource.setrlimit(resource.RLIMIT_CPU, (10, 10))
    done = subprocess.run([sys.executable, '-c', LOADING.format(module=module), str(path)], cwd=ROOT, text=True,
                          capture_output=True, preexec_fn=limited)
    assert done.returncode == 0, done.stderr
    *said, megabytes = done.stdout.splitlines()
    return ' '.join(said), int(megabytes)


def rewritten(path, change, source=RECORDED):
    """A copy of a recording after `change(header, {name: content})`."""
    with zipfile.ZipFile(source) as file:
        members = {name: file.read(name) for name in file.namelist()}
    header = json.loads(members.pop('header.json'))
    change(header, members)
    with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as target:
        target.writestr('header.json', json.dumps(header))
        for name, content in members.items():
            target.writestr(name, content)
    return path


def zeros(name, dtype, *shape):
    """A change: an array becomes so many zeros."""
    def change(header, members):
        (entry,) = [entry for entry in header['arrays'] if entry[0] == name]
        entry[1:] = [dtype, list(shape)]
        size = int(np.prod(shape, dtype='i8')) * np.dtype(dtype).itemsize
        members[name + '.npy'] = archive._npy_prefix(dtype, shape) + bytes(size)
    return change


@pytest.mark.parametrize('change', [
    lambda header, members: header.update(graphs=10 ** 9),
    zeros('runs', '<i4', 50_000_000),
    lambda header, members: header['steps'][0].update(outcomes={'fetched': [1]}),
    lambda header, members: header['steps'][0]['before'].update(x=[['unhashable'], '<f4', [], 1]),
    lambda header, members: header['initial'][0].update(noted=[{}, '<f4', [], 1]),
    lambda header, members: header['kernels'].update({'0': [7]}),
    lambda header, members: header.update(tensors={'0': [['a', 'b']]}),
    lambda header, members: header.update(unknown={'portable': 7}),
    lambda header, members: header['faults'].append({'arithmetic': 'portable', 'step': 99, 'why': 'no'}),
    lambda header, members: header['arrays'].append(['small/a/b', '<f4', [1]]) or members.update(
        {'small/a/b.npy': archive._npy_prefix('<f4', (1,)) + bytes(4)}),
], ids=['graphs', 'runs', 'outcomes', 'an unhashable name', 'another', 'kernels', 'tensors', 'unknown', 'faults',
        'series'])
def test_a_recording_of_a_script_that_lies_is_one_line(change, tmp_path):
    said, megabytes = loaded('recordings', rewritten(tmp_path / 'a.npz', change))
    assert said.startswith('RecordingError') and 'a.npz' in said and megabytes < 300


def test_zeros_that_no_file_of_its_size_carries_are_refused_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, 'TAKEN_ON_TRUST', 1 << 20)
    path = rewritten(tmp_path / 'a.npz', zeros('runs', '<i4', 20_000_000))
    with pytest.raises(RecordingError, match='bytes of arrays: too large'):
        recordings.load(str(path))


# ---- tables of graphs

@pytest.mark.parametrize('content', [b'\n' * (200 << 20), b'a\tb\n' * (50 << 20), b'x' * (200 << 20)],
                         ids=['lines', 'short lines', 'one line'])
def test_a_small_file_that_unpacks_to_a_large_table_is_refused(content, tmp_path):
    packed = io.BytesIO()
    with gzip.GzipFile('', 'wb', 9, packed) as file:
        file.write(content)
    (tmp_path / 'a.tsv.gz').write_bytes(packed.getvalue())
    said, megabytes = loaded('graphtable', tmp_path / 'a.tsv.gz')
    assert said.startswith('TableError') and megabytes < 300


def test_lines_without_nodes_are_refused_before_they_are_parted(tmp_path):
    (tmp_path / 'a.tsv').write_bytes(b'\n' * (50 << 20))
    said, megabytes = loaded('graphtable', tmp_path / 'a.tsv')
    assert 'lines without nodes' in said and megabytes < 300


@pytest.mark.parametrize('change', [{'op_type': ''}, {'op_type': ' '}, {'name': 'a\nb'}, {'inputs': ['no\nwhere']}],
                         ids=['no type', 'a blank type', 'two lines as a name', 'two lines as an input'])
def test_a_node_whose_words_are_none_is_refused_in_one_line(change):
    table = fuzzed.table()
    wrong = graphtable.Table(table.tensorflow, table.arithmetic, table.lines,
                             [table.nodes[0]._replace(**change), *table.nodes[1:]])
    with pytest.raises(graphtable.TableError) as error:
        graphtable.check_inputs(wrong)
    assert '\n' not in str(error.value)


def test_a_table_with_the_ends_of_lines_of_windows_is_read():
    table = graphtable.load(DATA / 'graph-1.15.5.tsv.gz')
    content = graphtable.to_bytes(table, compressed=False)
    assert graphtable.parsed(content.replace(b'\n', b'\r\n')).fingerprint == table.fingerprint


# ---- pages

def test_a_page_shows_no_lines_of_another_file_than_the_scripts(tmp_path):
    (tmp_path / 'secret.py').write_text('password = 1\n')
    (tmp_path / 'train.py').write_text('import secret\n')
    sources = [{'file': 'train.py', 'sha256': ''}]
    for file in (f'{tmp_path}/secret.py', 'secret.py', '../' + tmp_path.name + '/secret.py'):
        assert checkpage._source([(file, 1)], tmp_path, sources) == []
    assert checkpage._source([('train.py', 1)], tmp_path, sources) == [
        ('train.py', [(1, 'import secret', True)])]


@pytest.mark.parametrize('name', [r'$\foo$', '$', r'\frac', '<script>', '$a$ and $b'])
def test_a_name_is_no_mathematics_and_no_markup(name):
    values = np.arange(3.0)
    drawn = figures.as_svg(checkpage._figure(name, values, values, [values, values]))
    assert '<script>' not in drawn

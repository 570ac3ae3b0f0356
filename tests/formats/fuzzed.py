"""The kinds of files that `fuzz` changes: an example of each, what may become of it, what commands do with it."""
import functools
import json
import os
import pathlib
import typing

from legacy.formats import archive, graphtable, kernelset, recording, scriptrecording
from legacy.formats.evidence import EvidenceError, StoredEvidence
from legacy.formats.references import References
from tests.conftest import DATA, ROOT
from tests.formats import mutations

SCRIPT = pathlib.Path(os.environ.get('FUZZED_RECORDING', ROOT / 'tests' / 'scripts' / 'recordings' / 'vae.npz'))
NODES, OPS = 120, 40  # of a graph's table, of a kernel set


class Kind(typing.NamedTuple):
    """file: its name. example: a function that returns its content. ways: mutations, one of which is
    drawn. read: a function of a path, which does what commands do."""
    name: str
    file: str
    example: typing.Callable
    ways: tuple
    read: typing.Callable

    def changed(self, chance):
        return chance.choice(self.ways)(chance, self.example())

    def written(self, folder):
        """The path of the example as it is, in a folder."""
        path = folder / self.file
        path.write_bytes(self.example())
        return path


# ---- recordings

@functools.lru_cache
def script():
    return SCRIPT.read_bytes()


@functools.lru_cache
def the_script():
    from legacy.judge import scriptrecorded
    return scriptrecorded.Recorded(scriptrecording.load(str(SCRIPT)), str(SCRIPT))


def read_script(path):
    """`show`, `compare`, `graph list`, and the verdict and page of `check`, as the recording and as what is checked."""
    from legacy.judge import scriptcompared, scriptladder, scriptrecorded
    from legacy.reports import checkreport, recordingreport, scriptpage
    found = scriptrecording.load(str(path))
    recordingreport.recorded(found, path)
    for number in range(found.header['graphs']):
        graphtable.uncompressed(found.arrays[f'graph/{number}'].tobytes())
    scriptcompared.compare(the_script(), found)
    for recorded, candidate in ((the_script(), found), (scriptrecorded.Recorded(found), the_script().recording)):
        report = scriptladder.ladder(recorded, candidate)
        checkreport.as_json(report, 'equivalent', 0)
        scriptpage.page(recorded, candidate, report, path.parent)


@functools.lru_cache
def article():
    from tests.formats.test_recording import SMALL
    return SMALL


def read_article(path):
    """`show` and `compare`."""
    from legacy.judge import comparison
    from legacy.reports import recordingreport
    found, whole = recording.load(path), recording.from_bytes(article())
    for in_json in (True, False):
        recordingreport.printed(found, [path], None, in_json)
    comparison.compare(whole, found)
    comparison.compare(found, whole)


# ---- kernel sets

@functools.lru_cache
def kernels():
    whole = kernelset.load(DATA / 'kernels.npz')
    ops = whole.header['ops'][:OPS]
    names = dict.fromkeys(name for op in ops for name in [*op['inputs'], op['output']])
    arrays = {name: whole.arrays[name] for name in names}
    return archive.to_bytes({**whole.header, 'ops': ops}, arrays, lambda name: False)


def read_kernels(path):
    """Each op is run."""
    from legacy.worker.kernels import run
    run(kernelset.load(path))


# ---- graphs

@functools.lru_cache
def table():
    whole = graphtable.load(DATA / 'graph-1.15.5.tsv.gz')
    return graphtable.Table(whole.tensorflow, whole.arithmetic, whole.lines, whole.nodes[:NODES])


def read_table(path):
    look_at(graphtable.load(path))


def look_at(found):
    """`graph list` and `graph diff`."""
    from legacy.graph import difference, differencereport, overview, overviewreport
    for nodes, of in overview.chosen_of({0: found}).values():
        overviewreport.as_text(nodes, of)
        overviewreport.as_json(nodes, of, True)
    differencereport.as_text(difference.difference(table(), found), ('a', 'b'), True)


@functools.lru_cache
def definition(as_text):
    from legacy.shim import tf
    from legacy.worker.graph import definition as module
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [None, 8], 'x')
        w = tf.Variable(tf.truncated_normal([8, 4], stddev=0.3), name='w')
        loss = tf.reduce_mean(tf.square(tf.nn.tanh(tf.matmul(x, w)) - 1))
        tf.train.AdamOptimizer(0.01).minimize(loss)
        tf.constant(['a', 'b'])
    return module.to_bytes(graph, as_text)


def read_definition(path):
    from legacy.worker.graph import definition as module
    for found in module.from_bytes(path.read_bytes(), str(path)):
        look_at(found)


# ---- JSON

def failed():
    return json.dumps({'portable': 'ValueError: x (record.py, line 7)', 'kernels': 'no'}).encode()


def json_text(chance, content):
    return json.dumps(mutations.of_json(chance, json.loads(content))).encode()


def read_evidence(path):
    """A worker's answer, from whatever machine."""
    found = StoredEvidence(the_references(), path.parent)
    for name in list(found.failed):
        try:
            found.part(name)
        except EvidenceError as error:
            str(error)


@functools.lru_cache
def the_references():
    return References(DATA / 'baseline-float32.npz')


@functools.lru_cache
def claims():
    return (DATA / 'claims.json').read_bytes()


def read_claims(path):
    from legacy.claims import results
    results.load(path)


KINDS = (
    Kind('script', 'changed.npz', script, (mutations.of_archive,) * 4 + (mutations.of_bytes,), read_script),
    Kind('article', 'changed.npz', article, (mutations.of_archive,) * 4 + (mutations.of_bytes,), read_article),
    Kind('kernels', 'changed.npz', kernels, (mutations.of_archive,) * 4 + (mutations.of_bytes,), read_kernels),
    Kind('table', 'changed.tsv', lambda: graphtable.to_bytes(table(), compressed=False),
         (mutations.of_text, mutations.of_bytes), read_table),
    Kind('gzipped', 'changed.tsv.gz', lambda: graphtable.to_bytes(table(), compressed=True), (mutations.of_gzip,),
         read_table),
    Kind('binary', 'changed.pb', lambda: definition(False), (mutations.of_bytes,), read_definition),
    Kind('text', 'changed.pbtxt', lambda: definition(True), (mutations.of_text, mutations.of_bytes), read_definition),
    Kind('failed', 'failed.json', failed, (json_text, mutations.of_bytes), read_evidence),
    Kind('claims', 'claims.json', claims, (json_text,) * 4 + (mutations.of_bytes,), read_claims),
)

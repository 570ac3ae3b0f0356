"""The kinds of files that `fuzz` changes: an example of each, what may become of it, what commands do with it."""
import functools
import json
import os
import pathlib
import typing

from legacy.formats import graphtable, recordings
from tests.conftest import DATA, ROOT
from tests.formats import mutations

SCRIPT = pathlib.Path(os.environ.get('FUZZED_RECORDING', ROOT / 'tests' / 'scripts' / 'recordings' / 'vae.npz'))
NODES = 120  # of a graph's table


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
    from legacy.judge.baseline import Baseline
    return Baseline(recordings.load(str(SCRIPT)), str(SCRIPT))


def read_script(path):
    """`show`, `compare`, `graph list`, and the verdict and page of `check`, as the recording and as what is checked."""
    from legacy.judge import ladder, tworecordings
    from legacy.judge.baseline import Baseline
    from legacy.reports import checkpage, checkreport, recordingreport
    found = recordings.load(str(path))
    recordingreport.recorded(found, path)
    for number in range(found.header['graphs']):
        graphtable.uncompressed(found.arrays[f'graph/{number}'].tobytes())
    tworecordings.compare(the_script(), found)
    for recorded, candidate in ((the_script(), found), (Baseline(found), the_script().side)):
        report = ladder.ladder(recorded, candidate)
        checkreport.as_json(report, 'equivalent', 0)
        checkpage.page(recorded, candidate, report, path.parent)


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

def json_text(chance, content):
    return json.dumps(mutations.of_json(chance, json.loads(content))).encode()


@functools.lru_cache
def claims():
    return (DATA / 'claims.json').read_bytes()


def read_claims(path):
    from legacy.claims import results
    results.load(path)


KINDS = (
    Kind('script', 'changed.npz', script, (mutations.of_archive,) * 4 + (mutations.of_bytes,), read_script),
    Kind('table', 'changed.tsv', lambda: graphtable.to_bytes(table(), compressed=False),
         (mutations.of_text, mutations.of_bytes), read_table),
    Kind('gzipped', 'changed.tsv.gz', lambda: graphtable.to_bytes(table(), compressed=True), (mutations.of_gzip,),
         read_table),
    Kind('binary', 'changed.pb', lambda: definition(False), (mutations.of_bytes,), read_definition),
    Kind('text', 'changed.pbtxt', lambda: definition(True), (mutations.of_text, mutations.of_bytes), read_definition),
    Kind('claims', 'claims.json', claims, (json_text,) * 4 + (mutations.of_bytes,), read_claims),
)

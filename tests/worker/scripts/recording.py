"""Scripts that are run and recorded by a copy of one process, as `record` does it."""
import json

from legacy.formats import graphtable, recordings


def recorded(fork, folder, text, **asked):
    """The Recording of a script of this text. asked: what `startup.prepare` takes."""
    done, out = run(fork, folder, text, **asked)
    assert done.returncode == 0, done.stderr
    return recordings.load(str(out))


def run(fork, folder, text, **asked):
    """(finished process, path of its recording)"""
    (folder / 'script.py').write_text(text)
    request = {'script': str(folder / 'script.py'), 'quiet': True, 'out': str(folder / 'out.npz'), 'seed': 1, **asked}
    return fork.run('-m', 'legacy.worker.scripts', json.dumps(request), cwd=folder), folder / 'out.npz'


def facts(recording):
    """{code: count} of what was not seen."""
    found = {}
    for fact in recording.header['unseen']:
        found[fact['what']] = found.get(fact['what'], 0) + fact['count']
    return found


def places(recording):
    """{op name: line} of the first graph."""
    table = graphtable.uncompressed(recording.arrays['graph/0'].tobytes())
    return {node.name: node.line for node in table.nodes}

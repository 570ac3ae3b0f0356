"""`legacy/data/upgrade.json`: what `upgrade --all --json` printed, without what is of the machine it ran on.

    python compat_run.py upgrade --all --fresh --json > /tmp/upgrade.json
    python -m tests.docs.recorded /tmp/upgrade.json
    python -m tests.docs.generate
"""
import copy
import json
import pathlib
import re
import sys

from legacy.formats.files import write_whole
from tests.conftest import DATA

PATH = DATA / 'upgrade.json'
ABSOLUTE = re.compile(r'(?:^|[\s"\'(=])(?:/|[A-Za-z]:\\)\w')


def without_the_machine(found):
    """A copy of what `upgrade --json` printed: hosts null; paths of logs and evidence relative to the folder of
    results; the baseline's path relative to the checkout.

    Raises ValueError if a row was not run, or not just now, or was run on a host of a cluster, or was compared with
    another baseline, and if a path is left: the manual's tables are to be made of whole results.
    """
    found = copy.deepcopy(found)
    for row in found['rows']:
        if row['fault'] or not row['seconds']:
            raise ValueError(f'{row["label"]}: not run, or kept from before: upgrade --all --fresh')
        if row['label'] != row['release']:
            raise ValueError(f'{row["label"]}: a row of a cluster')
        if pathlib.PurePath(row['check']['references']).parts[-2:] != ('legacy', 'data'):
            raise ValueError(f'{row["label"]}: compared with {row["check"]["references"]}')
        row['host'] = None
        for key in ('log', 'evidence'):
            row[key] = '/'.join(pathlib.PurePath(row[key]).parts[-2:])
        row['check']['references'] = 'legacy/data'
    left = [text for text in _strings(found) if ABSOLUTE.search(text)]
    if left:
        raise ValueError(f'a path is left: {left[0]}')
    return found


def _strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _strings(item)


def load():
    """The committed results."""
    return json.loads(PATH.read_text(encoding='utf-8'))


if __name__ == '__main__':
    content = without_the_machine(json.loads(pathlib.Path(sys.argv[1]).read_text(encoding='utf-8')))
    write_whole(PATH, json.dumps(content, indent=0).encode() + b'\n')

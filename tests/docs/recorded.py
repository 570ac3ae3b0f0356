"""`legacy/data/upgrade.json`: what the manual's tables need of what `upgrade --all --json` printed, and nothing of the
machine it ran on.

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
# Of what `check --json` says of a row.
REPORT = ('schema', 'verdict', 'sentence', 'references')
ENVIRONMENT = ('tensorflow', 'processor', 'features', 'platform')
KERNEL = ('op_type', 'different', 'largest')
BASELINE = 'legacy/data/article.npz'
ABSOLUTE = re.compile(r'(?:^|[\s"\'(=])(?:/|[A-Za-z]:\\)\w')


def without_the_machine(found):
    """A copy of what `upgrade --json` printed, with less of each row's report (REPORT, ENVIRONMENT, KERNEL): hosts,
    evidence and signatures null, since the plateaus tell what is the same; paths of logs relative to the folder of
    results; the baseline's path relative to the checkout.

    Raises ValueError if a row was not run, or was run on a host of a cluster, or was compared with
    another baseline, and if a path is left: the manual's tables are to be made of whole results.
    """
    found = copy.deepcopy(found)
    for row in found['rows']:
        if row['fault']:
            raise ValueError(f'{row["label"]}: not run: {row["fault"]}')
        if row['label'] != row['release']:
            raise ValueError(f'{row["label"]}: a row of a cluster')
        if not pathlib.PurePath(row['check']['references']).as_posix().endswith(f'/{BASELINE}'):
            raise ValueError(f'{row["label"]}: compared with {row["check"]["references"]}')
        row.update(host=None, evidence=None, signatures=None, check=_shortened(row['check']),
                   log='/'.join(pathlib.PurePath(row['log']).parts[-2:]))
    left = [text for text in _strings(found) if ABSOLUTE.search(text)]
    if left:
        raise ValueError(f'a path is left: {left[0]}')
    return found


def _shortened(report):
    environment, reference = ({key: report[side][key] for key in ENVIRONMENT} for side in ('environment', 'reference'))
    return {**{key: report[key] for key in REPORT}, 'references': BASELINE, 'environment': environment,
            'reference': reference,
            'kernels': [{key: kernel[key] for key in KERNEL} for kernel in report['kernels']]}


def _strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _strings(item)


def load():
    """The committed results."""
    return json.loads(PATH.read_text(encoding='utf-8'))


def as_text(found):
    """The file's text: a row on a line, so that a change can be read."""
    rows = ',\n'.join(json.dumps(row) for row in found['rows'])
    rest = json.dumps({key: value for key, value in found.items() if key != 'rows'}, indent=0)
    return f'{{"rows": [\n{rows}\n],\n{rest[2:]}\n'


if __name__ == '__main__':
    printed = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding='utf-8'))
    write_whole(PATH, as_text(without_the_machine(printed)).encode())

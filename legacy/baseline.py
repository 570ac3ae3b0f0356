"""The baseline: recordings of real TensorFlow 1.15.5, and how they are replaced."""
import pathlib
import tempfile

from legacy import comparison, environments, recording
from legacy.files import write_whole

RELEASE = '1.15.5'
ARITHMETICS = ('float32', 'exact-rsqrt', 'float64')
FOLDER = pathlib.Path(__file__).resolve().parent / 'data'


class BaselineError(Exception):
    """What was asked for cannot become a baseline. The message is one line."""


def path_of(arithmetic):
    """The committed baseline of this arithmetic."""
    return FOLDER / f'baseline-{arithmetic}.npz'


def history_text(recorded):
    """Both histories as tab-separated lines for a reviewer: the shortest decimals that read back exactly."""
    lines = ['# TensorFlow {tensorflow}, numpy {numpy}, Python {python}'.format(**recorded.header['environment']),
             f'# {recorded.settings["arithmetic"]}; {recorded.header["reason"]}', 'step\tcost\tcost_norm']
    columns = [recorded.arrays['series/' + name] for name in ('steps', *recording.SERIES)]
    lines += ['\t'.join(str(value) for value in row) for row in zip(*columns)]
    return '\n'.join(lines) + '\n'


def renew(python, reason, accept, say):
    """Record candidates in all arithmetics with this interpreter, say what would change, replace only if `accept`.

    Raises BaselineError if its TensorFlow is not 1.15.5, environments.EnvironmentFault if the run fails.
    """
    folder = pathlib.Path(tempfile.mkdtemp(prefix='baseline-'))
    candidates = {}
    for arithmetic in ARITHMETICS:
        out = folder / path_of(arithmetic).name
        environments.run_worker(python, {'arithmetic': arithmetic, 'reason': reason, 'out': str(out),
                                         'command': 'compat_run.py record --baseline'})
        candidates[arithmetic] = recorded = recording.load(out)
        release = recorded.header['environment']['tensorflow']
        if release != RELEASE:
            raise BaselineError(f'{python} has TensorFlow {release}; a baseline comes from {RELEASE} only')
        out.with_suffix('.tsv').write_text(history_text(recorded), encoding='utf-8')
        say(f'{arithmetic}: {_change(path_of(arithmetic), recorded)}')
    if not accept:
        say(f'candidates are in {folder}; nothing was replaced (--accept replaces)')
        return
    for arithmetic, recorded in candidates.items():
        recording.save(recorded, path_of(arithmetic))
        write_whole(path_of(arithmetic).with_suffix('.tsv'), history_text(recorded).encode())
    say(f'replaced the baseline in {FOLDER}')


def _change(path, recorded):
    if not path.exists():
        return 'new'
    old = recording.load(path)
    if comparison.identical(old, recorded):
        return 'the same numbers, bit for bit'
    changed = [finding for finding in comparison.compare(old, recorded) if not finding.passed]
    return '; '.join(f'{finding.claim}: {finding.text}' for finding in changed)

"""The baseline: recordings of real TensorFlow 1.15.5, and how they are replaced."""
import json
import pathlib
import shutil
import tempfile
import typing
from collections.abc import Callable

from legacy.formats import kernelset, recording, references
from legacy.formats.errors import LegacyError
from legacy.formats.files import write_whole
from legacy.formats.kernelset import KernelSet
from legacy.formats.recording import Recording
from legacy.formats.references import References
from legacy.judge import comparison
from legacy.machine import environments, scratch

RELEASE = '1.15.5'
FOLDER = pathlib.Path(references.BASELINE)


class BaselineError(LegacyError):
    """What was asked for cannot become a baseline. The message is one line."""


def history_text(recorded: Recording) -> str:
    """Both histories as tab-separated lines for a reviewer: the shortest decimals that read back exactly."""
    lines = ['# TensorFlow {tensorflow}, numpy {numpy}, Python {python}'.format(**recorded.header['environment']),
             f'# {recorded.settings["arithmetic"]}; {recorded.header["reason"]}', 'step\tcost\tcost_norm']
    columns = [recorded.arrays['series/' + name] for name in ('steps', *recording.SERIES)]
    lines += ['\t'.join(str(value) for value in row) for row in zip(*columns)]
    return '\n'.join(lines) + '\n'


def renew(python: str, reason: str, accept: bool, say: Callable[[str], None]) -> None:
    """Record candidates in all arithmetics with this interpreter, say what would change, replace only if `accept`.

    Candidates that are not accepted stay in a folder, which is said. Raises BaselineError if its TensorFlow is not
    1.15.5, environments.EnvironmentFault if the run fails; nothing is left then.
    """
    _require_release(python)
    folder = pathlib.Path(tempfile.mkdtemp(prefix='baseline-'))
    kept = False
    try:
        environments.run_worker(python, {'references': str(folder), 'reason': reason,
                                         'command': 'compat_run.py record --baseline'})
        _say_changes(folder, references.References(folder), say)
        if accept:
            for path in sorted(folder.iterdir()):
                write_whole(FOLDER / path.name, path.read_bytes())
            say(f'replaced the baseline in {FOLDER}')
        else:
            say(f'candidates are in {folder}; nothing was replaced (--accept replaces)')
            kept = True
    finally:
        if not kept:
            shutil.rmtree(folder, ignore_errors=True)


def _require_release(python: str) -> None:
    """Raises BaselineError unless this interpreter's TensorFlow is RELEASE."""
    with scratch.temporary('baseline') as folder:
        out = folder / 'environment.json'
        environments.run_worker(python, {'environment': True, 'out': str(out)})
        release = json.loads(out.read_text(encoding='ascii'))['tensorflow']
    if release != RELEASE:
        raise BaselineError(f'{python} has TensorFlow {release}; a baseline comes from {RELEASE} only')


def _say_changes(folder: pathlib.Path, candidates: References, say: Callable[[str], None]) -> None:
    for arithmetic, recorded in candidates.recordings.items():
        path = folder / references.file_name(arithmetic)
        path.with_suffix('.tsv').write_text(history_text(recorded), encoding='utf-8')
        say(f'{arithmetic}: {_change(FOLDER / path.name, recorded)}')
    say(f'kernels: {_kernel_change(FOLDER / "kernels.npz", typing.cast(KernelSet, candidates.kernels))}')


def _change(path: pathlib.Path, recorded: Recording) -> str:
    if not path.exists():
        return 'new'
    old = recording.load(path)
    if comparison.identical(old, recorded):
        return 'the same numbers, bit for bit'
    changed = [finding for finding in comparison.compare(old, recorded) if not finding.passed]
    return '; '.join(f'{finding.question}: {finding.text}' for finding in changed)


def _kernel_change(path: pathlib.Path, kernels: KernelSet) -> str:
    if not path.exists():
        return 'new'
    old = kernelset.load(path)
    same = old.header['ops'] == kernels.header['ops'] and all(
        old.arrays[name].tobytes() == kernels.arrays[name].tobytes() for name in kernels.arrays)
    return f'{len(kernels.header["ops"])} ops, ' + ('the same numbers, bit for bit' if same else 'other than before')

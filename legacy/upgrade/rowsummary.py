"""What a row's evidence amounts to: the verdict of `check`, and what it takes to compare rows with each other.

A summary is a JSON object, kept beside the evidence, so that a matrix that was run before is shown without reading 16
megabytes a row again:

    report       as `check --json` prints it
    environment  of the worker
    op_seeds     the release's own
    signatures   {kind: SHA-256}, equal where what it says is bit-identical (see KINDS)
    kernels      {op type: SHA-256 of all answers}, empty where they could not be run
    histories    {recording: {'steps', 'cost', 'cost_norm'}}, non-finite numbers as words
"""
import hashlib
import json
import typing
from collections.abc import Iterable, Mapping

import numpy as np

from legacy.formats.archive import RecordingError
from legacy.formats.evidence import NATIVE, StoredEvidence
from legacy.formats.kernelset import KernelSet
from legacy.formats.places import PathLike
from legacy.formats.recording import ARITHMETICS, SERIES, Recording, sha256
from legacy.formats.references import References
from legacy.formats.values import Array, JsonObject, finite
from legacy.judge import verdict
from legacy.judge.ladder import ladder
from legacy.reports import checkreport

FILE = 'summary.json'
# What two releases can have in common, as {kind: words}.
KINDS = {'op seeds': "the release's own op seeds",
         'initial weights': "what TensorFlow 1.15's op seeds give",
         **{f'{arithmetic} {what}': f'{words} in {arithmetic}' for arithmetic in ARITHMETICS for what, words in (
             ('weights', 'weights with batch normalisation at every checkpoint'), ('costs', 'both cost histories'),
             ('all', 'everything recorded'))},
         'native costs': "both cost histories from the release's own op seeds"}


def summarise(folder: PathLike, references: References | None = None) -> JsonObject:
    """The summary of the evidence in a folder. Raises RecordingError if that is damaged."""
    references = references or References()
    evidence = StoredEvidence(references, folder)
    report = ladder(references, evidence)
    recordings = {name: evidence.part(name) for name in [*ARITHMETICS, NATIVE + 'float32']
                  if name not in evidence.failed}
    native = recordings.get(NATIVE + 'float32')
    summary: JsonObject = finite({
        'report': checkreport.as_json(report, 'equivalent', verdict.exit_code(report.verdict, 'equivalent')),
        'environment': report.environment, 'failed': evidence.failed,
        'op_seeds': [call['op_seed'] for call in native.header['seeded_calls']] if native else None,
        'signatures': _signatures(recordings, native),
        'kernels': {} if 'kernels' in evidence.failed else _kernels(
            typing.cast(KernelSet, references.kernels), evidence),
        'histories': {name: {series: recorded.arrays['series/' + series].tolist() for series in ('steps', *SERIES)}
                      for name, recorded in recordings.items()}})
    return summary


def _signatures(recordings: Mapping[str, Recording], native: Recording | None) -> dict[str, str]:
    found = {}
    if 'float32' in recordings:
        first = recordings['float32'].checkpoint(0)
        found['initial weights'] = _signature([first[variable['name']] for variable in recordings['float32'].variables
                                               if variable['trainable']])
    for arithmetic in ARITHMETICS:
        if arithmetic not in recordings:
            continue
        recorded = recordings[arithmetic]
        weights = ['checkpoints/' + variable['name'] for variable in recorded.variables
                   if variable['network'] == 'norm' and variable['trainable']]
        for what, names in (('weights', weights), ('costs', ['series/' + name for name in SERIES]),
                            ('all', sorted(recorded.computed))):
            found[f'{arithmetic} {what}'] = _signature([recorded.arrays[name] for name in names])
    if native:
        found['op seeds'] = hashlib.sha256(json.dumps(native.header['seeded_calls']).encode()).hexdigest()
        found['native costs'] = _signature([native.arrays['series/' + name] for name in SERIES])
    return found


def _signature(arrays: Iterable[Array]) -> str:
    lines = [f'{array.dtype.str} {array.shape} {_hash(array)}\n' for array in arrays]
    return hashlib.sha256(''.join(lines).encode()).hexdigest()


def _hash(array: Array) -> str:
    return sha256(array) if array.dtype.kind == 'f' else hashlib.sha256(array.tobytes()).hexdigest()


def _kernels(kernels: KernelSet, evidence: StoredEvidence) -> dict[str, str]:
    by_type: dict[str, list[Array]] = {}
    ops, outputs = kernels.header['ops'], evidence.part('kernels').outputs
    if len(ops) != len(outputs):
        raise RecordingError(f'{evidence.folder}: {len(outputs)} answers to {len(ops)} ops')
    for op, output in zip(ops, outputs):
        output = np.asarray(output)
        by_type.setdefault(op['type'], []).append(output + np.zeros((), output.dtype))  # minus zero counts as zero
    return {op_type: _signature(outputs) for op_type, outputs in sorted(by_type.items())}

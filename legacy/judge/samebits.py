"""Whether a script's run is the recorded one, bit for bit, in all that its own release repeats."""
from legacy.formats.recordings import Recording
from legacy.formats.values import JsonObject
from legacy.judge import recordedside, runorder
from legacy.judge.noted import digest_of
from legacy.judge.recordedside import Recorded


def identical(recorded: Recorded, candidate: Recording) -> bool:
    """Whether all that was fetched, and all that every step had and gave in every arithmetic, are the same bits."""
    if not same_fetches(recorded, candidate):
        return False
    here = recordedside.found_here(candidate)
    return all(step['step'] in here and _same_outcome(recorded, step, here[step['step']]) for step in recorded.steps)


def same_fetches(recorded: Recorded, candidate: Recording) -> bool:
    """Whether every run fetched the same bits, of what its own release repeats."""
    there = recorded.recording
    if there.runs.shape != candidate.runs.shape:
        return False
    for column in runorder.columns(recorded, candidate, 'fetches', 'fetched'):
        if not repeats(recorded, column.kind, column.name):
            continue
        if column.here is None or column.here.tolist() != column.there.tolist():
            return False
    return True


def repeats(recorded: Recorded, k: int, name: str) -> bool:
    """Whether a fetch is the same when the script runs again under the same TensorFlow."""
    return not recorded.by_luck(k, name) and not any(
        item['what'] == 'fetch' and (item['kind'], item['name']) == (k, name) and item['by'] == 'again'
        for item in recorded.recording.header['varying'])


def _same_outcome(recorded: Recorded, step: JsonObject, other: JsonObject) -> bool:
    """In runs that are made again from what was recorded nothing is by luck but what `Recorded.names` leaves out."""
    for arithmetic in ('run', 'own', 'float32', 'portable', 'float64'):
        for group, name, noted in recorded.names(step, arithmetic):
            item = recordedside.obtained(other, arithmetic, group, name)
            repeated = arithmetic not in ('run', 'own') or repeats(recorded, step['kind'], name)
            if repeated and (item is None or digest_of(item) != digest_of(noted)):
                return False
    return all(name in other['before'] and digest_of(other['before'][name]) == digest_of(noted)
               for name, noted in step['before'].items() if not recorded.by_luck(step['kind'], name))

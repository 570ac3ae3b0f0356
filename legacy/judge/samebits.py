"""Whether a script's run is the recorded one, bit for bit, in all that its own release repeats."""
from legacy.formats.stepnotes import StepNote
from legacy.judge.pairing import Pairing


def identical(pairing: Pairing) -> bool:
    """Whether all that was fetched, and all that every step had and gave in every arithmetic, are the same bits."""
    return same_fetches(pairing) and all(_same_outcome(pairing, step) for step in pairing.there.steps)


def same_fetches(pairing: Pairing) -> bool:
    """Whether every run fetched the same bits, of what its own release repeats."""
    if pairing.there.runs.shape != pairing.here.runs.shape:
        return False
    for column in pairing.columns('fetches', 'fetched'):
        if not pairing.baseline.repeats(column.kind, column.name):
            continue
        if column.here is None or column.here.tolist() != column.there.tolist():
            return False
    return True


def _same_outcome(pairing: Pairing, step: StepNote) -> bool:
    """In runs that are made again from what was recorded nothing is by luck but what `Baseline.names` leaves out."""
    baseline, made = pairing.baseline, pairing.step(step)
    if made is None:
        return False
    for arithmetic in ('run', 'own', 'float32', 'portable', 'float64'):
        for group, name, noted in baseline.names(step, arithmetic):
            item = made.noted(arithmetic, group, name)
            repeated = arithmetic not in ('run', 'own') or baseline.repeats(step.kind, name)
            if repeated and (item is None or item.digest != noted.digest):
                return False
    return all(name in made.before and made.before[name].digest == noted.digest
               for name, noted in step.before.items() if not baseline.by_luck(step.kind, name))

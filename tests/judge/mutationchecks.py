"""Which of the changed recordings (`mutations`) a check sees.

    python -m tests.judge.mutationchecks tests/scripts/recordings/mlp.npz      # every one of them, which takes minutes
"""
import sys

import numpy as np

from legacy.formats import contents, recordings, stored
from legacy.formats.archive import RecordingError
from legacy.judge import ladder, verdict
from legacy.judge.baseline import Baseline
from tests.judge.mutations import SIDES, ULP, exception, mutants


def spread(items, most):
    """At most so many of the items, evenly spread."""
    places = np.unique(np.linspace(0, len(items) - 1, min(most, len(items))).round().astype(int)) if items else []
    return [items[place] for place in places]


def chosen(recording, most):
    """Of each group and change at most so many Mutants."""
    groups = {}
    for mutant in mutants(recording):
        groups.setdefault((mutant.group, mutant.change), []).append(mutant)
    return [mutant for found in groups.values() for mutant in spread(found, most)]


def is_limit(mutant):
    """Whether only a recording has what was changed, and needs it where bits differ."""
    return mutant.group.startswith(('floor', 'state', 'series of a run with noise', 'varying'))


def rounded(baseline):
    """A candidate in which whatever noise moves has floats that are one unit in the last place off, its variables,
    fetches and series included; everything else is as recorded."""
    there, arrays = baseline.side, dict(baseline.side.arrays.held)
    wholes, steps, names = dict(there.header['wholes']), [], {}

    def up(noted):
        if not noted.is_float or there.arrays[noted.content].dtype.kind != 'f':
            return noted
        values = there.comparable(noted)
        moved = either_way(values)
        digest = contents.digest(moved) if moved.size == noted.size else noted.digest ^ 5
        if str(noted.digest) in wholes:
            wholes[str(digest)] = wholes[str(noted.digest)]
        name = names.setdefault(digest, f'content/rounded/{len(names)}')
        arrays[name] = moved
        return noted._replace(content=name, digest=digest)
    for step in there.header['steps']:
        def moves(group, name, step=step):
            return not step['state'][group][name]['steady']
        outcomes = {arithmetic: outcome if arithmetic == 'portable' or outcome is None else {
            group: {name: up(noted) for name, noted in outcome[group].items()} for group in outcome}
            for arithmetic, outcome in step['outcomes'].items()}
        before = {name: up(noted) if moves('before', name) else noted for name, noted in step['before'].items()}
        outcomes['run'] = {group: {name: up(noted) if moves(group, name) else noted
                                   for name, noted in step['outcomes']['run'][group].items()}
                           for group in ('fetched', 'after')}
        steps.append({**step, 'before': before, 'outcomes': outcomes})
    for (k, j), values in there.series().items():
        arrays[f'small/{k}/{j}'] = moved = either_way(values)
        digests = np.array(there.arrays[f'kinds/{k}/fetched'])
        digests[:, j] = [contents.digest(row) for row in moved]
        arrays[f'kinds/{k}/fetched'] = digests
    return recordings.Recording({**there.header, 'steps': steps, 'wholes': wholes}, stored.Arrays(arrays))


def either_way(values):
    """Floats of which each third or so is one unit in the last place off, upwards or downwards."""
    drawn = np.random.RandomState(contents.digest(values) % 2 ** 32).randint(6, size=values.shape)
    drawn.reshape(-1)[:1] = 0
    up, down = (np.nextafter(values, values.dtype.type(end)) for end in (np.inf, -np.inf))
    return np.where(drawn == 0, up, np.where(drawn == 1, down, values)).astype(values.dtype)


class Checks:
    """Checks in which a mutant is one side. usual: {candidate: (verdict, sentence)} without a change, of the recording
    itself and of one that rounds otherwise."""

    def __init__(self, path):
        loaded = recordings.load(str(path))
        in_memory = stored.Arrays({name: np.array(array) for name, array in loaded.arrays.items()})
        self.baseline = Baseline(recordings.Recording(loaded.header, in_memory), str(path))
        self.rounded = rounded(self.baseline)
        self.usual = {candidate: self._asked(self.baseline, candidate)
                      for candidate in (self.baseline.side, self.rounded)}

    def _asked(self, *pair):
        report = ladder.ladder(*pair)
        return report.verdict, report.sentence

    def survives(self, mutant, side):
        """(verdict, sentence) where nobody sees a mutant: that exits with 0, or, of one unit in the last place, is the
        usual one; None where it is seen, or refused."""
        candidate = self.rounded if is_limit(mutant) else self.baseline.side
        try:
            changed = mutant.make()
            recordings.check(changed)
            pair = (self.baseline, changed) if side == 'candidate' else (Baseline(changed), candidate)
        except RecordingError:
            return None
        found = self._asked(*pair)
        seen = found != self.usual[candidate] if mutant.change == ULP else found[0] not in verdict.GOOD
        return None if seen else found


def sides(mutant):
    """What only a recording has is changed there alone."""
    return SIDES[1:] if is_limit(mutant) else SIDES


def main(path):
    checks, counts = Checks(path), {}
    for mutant in mutants(checks.baseline.side):
        for side in sides(mutant):
            key = side, mutant.group, mutant.change
            counts[key] = counts.get(key, np.zeros(2, int)) + [1, checks.survives(mutant, side) is not None]
    for (side, group, change), (count, survived) in sorted(counts.items()):
        excepted = '' if not survived else f'  {exception(side, group, change) or "<-- seen by nobody"}'
        print(f'{side:<10} {group:<32} {change:<16} {count:>6} {survived:>6} survive{excepted}')
    print(f'{sum(count for count, _ in counts.values())} mutants')


if __name__ == '__main__':
    main(sys.argv[1])

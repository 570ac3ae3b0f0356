"""Tensors of a script's steps, here against there: bits where these are exact, else deviations in units of a floor."""
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from legacy.formats import contents
from legacy.formats.arraynotes import ArrayNote
from legacy.formats.recordings import Recording
from legacy.formats.stepnotes import StepNote
from legacy.formats.values import Array
from legacy.judge import units
from legacy.judge.coverage import Lacks, in_words
from legacy.judge.findings import Compared, Deviation, Finding, alike, bits, deviation, largest
from legacy.judge.floors import Units
from legacy.judge.pairing import Pair, Pairing

OTHER_ELEMENTS = 'other elements than those of the sample'
FINEST = 2.0 ** -52  # epsilon of float64, in which norms and projections are kept


class Asked:
    """What one question compares. expected: how many things the recording has. compared: of how many it is known
    whether they are as they should be. lacks: why not of the others. left_out: what need not be compared, and is not.
    deviations: [Deviation]. wrong: [(name, expected, obtained or None)] of what must be the same bits and is not;
    place: the line of the first of these. exact: how many are. nearer: how many are nearer to the exact value than the
    recorded ones."""

    def __init__(self) -> None:
        self.expected = self.compared = self.exact = self.nearer = 0
        self.lacks, self.left_out = Lacks(), Lacks()
        self.deviations: list[Deviation] = []
        self.wrong: list[Compared] = []
        self.place = ''

    def same(self, exact: bool = False) -> None:
        self.compared += 1
        self.exact += exact

    def differs(self, what: str, ours: Array, theirs: Array | None, place: str = '') -> None:
        """It must be the same bits, and is not. place: its line."""
        self.compared += theirs is not None
        self.place = self.place if self.wrong else place
        self.wrong.append((what, ours, theirs))

    def deviates(self, *deviations: Deviation, place: str = '') -> None:
        """place: the line of what deviates."""
        self.compared += 1
        self.deviations += [item._replace(place=place) for item in deviations]

    def finding(self, unit: str, more: str = '', exact: str = 'of whole numbers or text') -> Finding:
        """The Finding. unit: of the deviations, in words. more: what is to be said, too. exact: what is."""
        if self.wrong:
            found = bits('', self.wrong[:1])
            text = found.text if not found.passed else f'{self.wrong[0][0]}: {OTHER_ELEMENTS}'
            found = replace(found, passed=False, text=text, deviation=float('inf'), tolerance=0, place=self.place)
        elif self.deviations:
            found = largest('', self.deviations, unit, counted=False)
        else:
            found = Finding('', True, 'the same bits' if self.compared else 'nothing to compare',
                            0.0 if self.compared else None)
        text = f'{self.compared} compared; {found.text}' if self.compared or self.expected else found.text
        text += f'; {self.exact} {exact}' * bool(self.exact) + more
        text += f'; left out: {in_words(self.left_out.all())}' if len(self.left_out) else ''
        text += f'; {self.nearer} nearer to the exact value than the recorded ones' * bool(self.nearer)
        return replace(found, text=text, compared=self.compared, expected=self.expected, lacks=self.lacks.all(),
                       nearer=self.nearer > 0)


def pairs(pairing: Pairing, steps: Sequence[StepNote], arithmetic: str, asked: Asked) -> Iterator[Pair]:
    """Yields a Pair for all that is to be compared of some steps; of what cannot be, it adds to `asked` why. A Pair
    that is not here should be."""
    there, baseline = pairing.there, pairing.baseline
    for step in steps:
        decides = step.kind in baseline.decisive
        made = pairing.step(step)
        for group, name in baseline.expected_names(step):
            noted = step.noted(arithmetic, group, name)
            what = there.where(step, group, name)
            if noted is None and not decides:
                asked.left_out.add('not recorded', there.why_not(step, arithmetic) or what)
                continue
            asked.expected += 1
            if noted is None:
                asked.lacks.add('not recorded', there.why_not(step, arithmetic) or what)
            elif (step.number, group, name) in baseline.unrepeated:
                asked.lacks.add('no repetition', what)
            elif made is None and not baseline.expects(step):
                asked.lacks.add('other runs', what)
            elif made is not None and not made.outcomes.get(arithmetic) and pairing.here.why_not(made, arithmetic):
                asked.lacks.add('not here', pairing.here.why_not(made, arithmetic))
            else:
                pair = Pair(step, group, name, noted, made.noted(arithmetic, group, name) if made else None)
                if not _rounds_in_text(pairing, pair, arithmetic, asked):
                    yield pair


def _rounds_in_text(pairing: Pairing, pair: Pair, arithmetic: str, asked: Asked) -> bool:
    """Whether this is a summary, which float32 moves, and has other bits here. In float32 nothing is compared then; in
    float64, where both sides come to the same floats but for the last bit, it could not be: both are added to `asked`.
    In portable arithmetic a summary has the recorded bits as long as its formula is the recorded one."""
    if arithmetic not in ('float32', 'float64') or pair.here is None or pair.is_same \
            or not pairing.there.gives_summary(pair.step, pair.name):
        return False
    what = pairing.there.where(pair.step, 'fetched', pair.name)
    if arithmetic == 'float64':
        asked.lacks.add('summary', what)
    else:
        asked.expected -= 1
        asked.left_out.add('summary', what)
    return True


def exactly(pairing: Pairing, asked: Asked, pair: Pair) -> None:
    """Compare by digest what must be the same bits."""
    if pair.is_same:
        asked.same(exact=not pair.there.is_float)
    else:
        theirs = pairing.here.content(pair.here) if pair.here is not None else None
        asked.differs(pairing.where(pair), pairing.there.content(pair.there), theirs, pairing.place(pair))


def within(there: Recording, here: Recording, what: str, noted: ArrayNote, item: ArrayNote | None, units_of: Units,
           tolerance: float = units.LIMIT) -> list[Deviation] | None:
    """[Deviation] of a float array from another: of its elements, or of a sample and of all by projections. None where
    the difference is outside of the sample, and no measure sees it; of float64 it is then the rounding of a projection.

    there, here: the Recordings that have the two. units_of: what (norm, projection) may be off.
    """
    ours, theirs = there.comparable(noted), None if item is None else here.comparable(item)
    if item is None or item.form != noted.form:
        theirs = theirs if theirs is not None and not alike(ours, theirs) else None
        return [deviation(what, ours, theirs, 0.0, tolerance)]
    found = [deviation(what, ours, theirs, units_of.norm, tolerance)]
    if noted.size > contents.SAMPLE:
        a, b = there.whole(noted), here.whole(item)
        if a is None or b is None:
            return found if found[0].relative > 0 else None
        off = a.apart(b)
        share = off / units_of.projection if units_of.projection else float('inf') if off else 0.0
        if a.not_finite != b.not_finite:  # how many are NaN, infinite, minus infinite
            share = float('inf')
        if not off and not found[0].relative and a.not_finite == b.not_finite:
            if noted.epsilon > FINEST or not units_of.projection:
                return None  # other elements, and no measure sees them
            # the measures are float64: they see all but its rounding
            share = rounding(there, noted).projection / units_of.projection
        found.append(Deviation(f'{what}, all elements', share, tolerance, ours, theirs))
    return found


def rounding(recording: Recording, noted: ArrayNote) -> Units:
    """(norm, projection): what half a unit in the last place is, of a sample and of all elements."""
    ours, whole = recording.comparable(noted), recording.whole(noted)
    known = np.where(np.isfinite(ours), ours, 0).astype('f8')
    half = noted.epsilon / 2
    norm = float(np.linalg.norm(known))
    return Units(half * norm, half * (whole.norm if whole else norm))

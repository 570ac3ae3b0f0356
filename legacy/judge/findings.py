"""Arrays against arrays: the measures that `comparison` is built of.

Deviations are in units of a noise floor, or relative to the norm of what is compared. Where two values are both NaN
they are equal: payloads differ from release to release.
"""
import typing
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

from legacy.formats.values import Array, JsonObject, difference, finite, same_bits, ulps
from legacy.judge.coverage import Lack

Compared = tuple[str, Array, Array | None]  # name, expected, obtained or None where missing


@dataclass(frozen=True)
class Finding:
    """The answer to one question. passed: None where it is reported only. text: what was found, with the numbers.

    deviation: the largest, in units of its noise floor, or relative; tolerance: what passes, in the same unit, 0 for
    bit for bit; None where neither applies. ulp: that deviation's largest element, in units in the last place of the
    largest value there. first: the first thing that fails, as {'tensor', 'element', 'expected', 'obtained', 'dtype'}.
    compared: how many things were compared; expected: how many the reference says there are. lacks: coverage.Lacks, why
    some were not. fails: whether a negative answer is a regression whatever the question is.
    nearer: whether this side is nearer to the exact value than the recorded one, which was off.
    place: the line of the first thing that fails, as in 'train.py:12', '' where there is none.
    """

    question: str
    passed: bool | None
    text: str
    deviation: float | None = None
    tolerance: float | None = None
    ulp: float | None = None
    first: JsonObject | None = None
    compared: int | None = None
    expected: int | None = None
    lacks: tuple[Lack, ...] = ()
    fails: bool = False
    nearer: bool = False
    place: str = ''

    def as_json(self) -> JsonObject:
        """A dictionary in which every number is finite."""
        found = {key: value for key, value in asdict(self).items() if key not in ('lacks', 'fails', 'nearer', 'place')}
        named: JsonObject = finite({'claim': found.pop('question'), **found})  # its name in JSON since there was one
        return named


class Deviation(typing.NamedTuple):
    """One array against another. relative: how far off, in the unit of `tolerance`. obtained: None where missing.
    place: as of a Finding."""
    what: str
    relative: float
    tolerance: float
    expected: Array
    obtained: Array | None
    place: str = ''


def deviation(what: str, expected: Array, obtained: Array | None, unit: float | None, tolerance: float) -> Deviation:
    """A Deviation: the norm of the difference in units of `unit`; infinite where `obtained` is None, or of another
    shape or dtype, or not finite elsewhere than expected."""
    off = float('inf')
    if obtained is not None and alike(expected, obtained):
        off = relative(expected, obtained, unit)
    return Deviation(what, off, tolerance, np.asarray(expected), obtained)


def along(before: npt.ArrayLike, expected: npt.ArrayLike, obtained: npt.ArrayLike | None) -> float | None:
    """The difference's share along the update from `before` to `expected`, as a signed fraction of that update: it
    finds what is small and systematic. None where there is no update, or nothing like `expected`."""
    if not alike(expected, obtained):
        return None
    before, end, other = (np.asarray(values, 'f8') for values in (before, expected, obtained))
    both = np.isfinite(before) & np.isfinite(end) & np.isfinite(other)
    update = np.where(both, end, 0) - np.where(both, before, 0)
    square = float(np.sum(update * update))
    return float(np.sum(update * (np.where(both, other, 0) - np.where(both, end, 0)))) / square if square else None


def alike(expected: npt.ArrayLike | None, obtained: npt.ArrayLike | None) -> bool:
    """Whether there is an array of this shape and dtype."""
    if obtained is None:
        return False
    expected, obtained = np.asarray(expected), np.asarray(obtained)
    return expected.shape == obtained.shape and expected.dtype == obtained.dtype


def listed(names: Sequence[str], few: int) -> str:
    """The first of some names in words, and how many more there are; '' if there are none."""
    return ', '.join(names[:few]) + (f' and {len(names) - few} more' if len(names) > few else '')


def norm(values: npt.ArrayLike) -> float:
    return float(np.linalg.norm(np.asarray(values, 'f8')))


def relative(expected: npt.ArrayLike, obtained: npt.ArrayLike, scale: float | None = None) -> float:
    """Norm of the difference over `scale`, the expected norm unless given; infinite where only one is finite."""
    expected, obtained = np.asarray(expected, 'f8'), np.asarray(obtained, 'f8')
    both = np.isfinite(expected) & np.isfinite(obtained)
    if not np.all(both | (expected == obtained) | (np.isnan(expected) & np.isnan(obtained))):
        return float('inf')
    difference = norm(expected[both] - obtained[both])
    scale = norm(expected[both]) if scale is None else scale
    if not difference:
        return 0.0
    return difference / scale if scale else float('inf')


def bits(question: str, arrays: Sequence[Compared]) -> Finding:
    """Finding that all (name, expected, obtained) are bit-identical; else names the first that is not, and where.
    obtained: None where missing."""
    there = [item for item in arrays if alike(*item[1:])]
    for name, expected, obtained in arrays:
        if obtained is None or not alike(expected, obtained):
            return Finding(question, False, unlike(name, expected, obtained), float('inf'), 0,
                           compared=len(there), expected=len(arrays))
        different = ~_same(expected, obtained)
        if different.any():
            first = element(name, expected, obtained, np.argwhere(different)[0])
            return Finding(question, False, f'{spelled(first)}; {different.sum()} of {expected.size} elements differ',
                           relative(expected, obtained), 0, float(ulps(expected, obtained).max()), first,
                           len(there), len(arrays))
    return Finding(question, True, f'{len(arrays)} arrays bit-identical', 0.0, 0, 0.0, None, len(there), len(arrays))


def _same(expected: Array, obtained: Array) -> Array:
    return same_bits(expected, obtained) if expected.dtype.kind == 'f' else expected == obtained


def unlike(name: str, expected: npt.ArrayLike, obtained: npt.ArrayLike | None) -> str:
    """In words: an array that is missing, or of another shape or dtype."""
    if obtained is None:
        return f'{name} is missing'
    expected, obtained = np.asarray(expected), np.asarray(obtained)
    return f'{name} is {obtained.dtype} {obtained.shape}, expected {expected.dtype} {expected.shape}'


def largest(question: str, deviations: Sequence[Deviation], unit: str = '', counted: bool = True) -> Finding:
    """Finding over Deviations: the one that uses most of its tolerance speaks for all; the first too large is named,
    with its element that is furthest off. unit: of the deviations, in words. counted: whether the text says how many
    there are."""
    expected = len(deviations)
    there = [item for item in deviations if item.obtained is not None]
    worst = max(deviations, key=lambda item: item.relative / item.tolerance)
    failed = next((item for item in deviations if not item.relative <= item.tolerance), None)
    said = len(there) if len(there) == expected else f'{len(there)} of {expected}'
    text = f'{said} compared; ' * counted + f'{worst.what}: {worst.relative:.2g}{unit} (limit {worst.tolerance:.2g})'
    first = None
    if failed and failed.obtained is not None and alike(failed.expected, failed.obtained):
        first = element(failed.what, failed.expected, failed.obtained, _furthest(failed))
        text += '; first ' + spelled(first)
    elif failed:
        text += '; first ' + unlike(failed.what, failed.expected, failed.obtained)
    ulp = None if unit else _scaled_ulp(worst)
    return Finding(question, failed is None, text, worst.relative, worst.tolerance, ulp, first, len(there), expected,
                   place=failed.place if failed else '')


def element(name: str, expected: npt.ArrayLike, obtained: npt.ArrayLike,
            at: typing.Iterable[typing.SupportsInt]) -> JsonObject:
    """One element of two arrays, as Finding.first has it."""
    place = tuple(int(n) for n in at)
    return {'tensor': name, 'element': list(place), 'expected': float(np.asarray(expected)[place]),
            'obtained': float(np.asarray(obtained)[place]), 'dtype': str(np.asarray(expected).dtype)}


def spelled(first: JsonObject) -> str:
    """The element in words; numbers read back exactly."""
    expected, obtained = (np.dtype(first['dtype']).type(first[key]) for key in ('expected', 'obtained'))
    return f'{first["tensor"]}{first["element"] or ""} is {obtained!s}, expected {expected!s}'


def _furthest(item: Deviation) -> tuple[np.intp, ...]:
    ours, theirs = np.asarray(item.expected), np.asarray(item.obtained)
    off = np.abs(difference(ours, theirs))
    other_state = ~same_bits(ours, theirs) & ~(np.isfinite(ours) & np.isfinite(theirs))
    return np.unravel_index(int(np.argmax(np.where(other_state, np.inf, off))), off.shape)


def _scaled_ulp(item: Deviation) -> float | None:
    if not alike(item.expected, item.obtained):
        return None
    expected, obtained = np.asarray(item.expected), np.asarray(item.obtained)
    both = np.isfinite(expected) & np.isfinite(obtained)
    if item.relative == 0 or not both.any():
        return 0.0 if item.relative == 0 else None
    unit = np.spacing(np.abs(expected[both]).max()).astype('f8')
    return float(np.abs(expected[both].astype('f8') - obtained[both]).max() / unit)

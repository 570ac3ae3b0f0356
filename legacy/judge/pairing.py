"""Two recordings of a script, matched by names: what is compared with what."""
import functools
import typing

from legacy.formats.arraynotes import ArrayNote
from legacy.formats.recordings import Recording, Series
from legacy.formats.stepnotes import StepNote
from legacy.formats.values import Array
from legacy.judge import counterreads
from legacy.judge.baseline import Baseline
from legacy.judge.side import Side


class Column(typing.NamedTuple):
    """One fetch or feed of a kind, by name: digests of all times there, and here, or None where it is not here."""
    kind: int
    name: str
    there: Array
    here: Array | None


class SeriesPair(typing.NamedTuple):
    """What is fetched again and again, (times, ...), there, and here, or None where it is not here."""
    there: Array
    here: Array | None


class Pair(typing.NamedTuple):
    """A tensor of a step on both sides. group: see `StepNote.groups`. here: None where it is not here."""
    step: StepNote
    group: str
    name: str
    there: ArrayNote
    here: ArrayNote | None

    @property
    def is_same(self) -> bool:
        """Whether both are the same bits."""
        return self.here is not None and self.here.digest == self.there.digest

    @property
    def is_alike(self) -> bool:
        """Whether both are of one dtype and shape, so that their values can be compared."""
        return self.here is not None and self.here.form == self.there.form


class Pairing:
    """What every question is put to. baseline: what is to be compared. there: the recorded side. here: the other one,
    which has made the recorded steps again. Names and numbers are those of the recorded side."""

    def __init__(self, baseline: Baseline, candidate: Recording) -> None:
        self.baseline, self.there, self.here = baseline, baseline.side, Side(candidate)

    @functools.cached_property
    def kinds(self) -> dict[int, int]:
        """{number of a kind there: number of the same one here}"""
        return {kind['matched']: k for k, kind in enumerate(self.here.kinds) if kind['matched'] >= 0}

    @functools.cached_property
    def further(self) -> Array:
        """bool (runs here,): see `counterreads.surplus`."""
        return counterreads.surplus(self.there, self.here)

    def step(self, step: StepNote) -> StepNote | None:
        """The same step here, or None."""
        return self.here.by_number.get(step.number)

    def where(self, pair: Pair) -> str:
        """A tensor in words, with its line of the script."""
        return self.there.where(pair.step, pair.group, pair.name)

    def place(self, pair: Pair) -> str:
        """The line of the script that made it, or ''."""
        return self.there.place(pair.step, pair.name)

    def name_here(self, k: int, name: str) -> str:
        """What a tensor or a variable of a kind is called here; '' where the kind is not here, or has no such name."""
        number = self.kinds.get(k)
        return '' if number is None else str(self.here.kinds[number]['names'].get(name, ''))

    def column_here(self, k: int, key: str, name: str) -> int | None:
        """The place of a fetch or a feed of a kind among those here; None if it is not here. key: 'fetches', 'feeds'"""
        number = self.kinds.get(k)
        if number is None:
            return None
        kind = self.here.kinds[number]
        name = kind['names'].get(name, name)
        return kind[key].index(name) if name in kind[key] else None

    def columns(self, key: str, group: str) -> list[Column]:
        """[Column] of all fetches or feeds. key, group: 'fetches' and 'fetched', or 'feeds' twice."""
        found = []
        for k, kind in enumerate(self.there.kinds):
            digests = self.there.arrays[f'kinds/{k}/{group}']
            for column, name in enumerate(kind[key]):
                place = self.column_here(k, key, name)
                here = None
                if place is not None:
                    compared = ~self.further[self.here.runs == self.kinds[k]]
                    here = self.here.arrays[f'kinds/{self.kinds[k]}/{group}'][compared, place]
                found.append(Column(k, name, digests[:, column], here))
        return found

    @functools.cached_property
    def series(self) -> dict[tuple[int, int], SeriesPair]:
        """{(kind, fetch): SeriesPair} of all that is recorded, in order."""
        here, found = self.here.series(), {}
        for (k, j), values in sorted(self.there.series().items()):
            place = self.column_here(k, 'fetches', self.there.kinds[k]['fetches'][j])
            found[k, j] = SeriesPair(values, None if place is None else here.get((self.kinds[k], place)))
        return found

    def noisy_here(self, k: int, j: int) -> list[Array]:
        """Of a recorded series, [(times, ...)] of the runs with noise that were made here, if any were."""
        number, place = self.kinds.get(k), self.column_here(k, 'fetches', self.there.kinds[k]['fetches'][j])
        if number is None or place is None:
            return []
        return [run[number, place] for run in self._noisy_here if (number, place) in run]

    @functools.cached_property
    def _noisy_here(self) -> list[Series]:
        return self.here.noisy()

"""The whole run of a script in portable arithmetic, against the recorded one: bit for bit, by digest."""
import typing

import numpy as np

from legacy.formats import runkinds, wholerun
from legacy.formats.recordings import is_number
from legacy.formats.values import Array
from legacy.formats.wholerun import WholeRun
from legacy.judge.coverage import Lacks
from legacy.judge.findings import Finding
from legacy.judge.pairing import Pairing
from legacy.judge.side import Side

Place = tuple[int | None, int | None]  # kind, column


class Digests(typing.NamedTuple):
    """One series of digests, of a feed or a fetch of a kind, or of the last value of a variable. run: numbers of the
    runs of it, among all that were recorded. there, here: digests, here as many as there are. name: in words. shown:
    a function of a time that returns its number on both sides in words, or ''. is_number: whether one number is fetched
    each time. place: its line, or ''."""
    runs: list[int]
    there: list[int]
    here: list[int]
    name: str
    shown: typing.Callable[[int], str] = lambda time: ''
    is_number: bool = False
    place: str = ''

    @property
    def same(self) -> int:
        """How many times have the recorded bits."""
        return sum(bool(ours == theirs) for ours, theirs in zip(self.there, self.here))


class Other(typing.NamedTuple):
    """An array that differs. run: its number among all recorded ones. words: what it is. place: its line, or ''."""
    run: int
    words: str
    place: str


def whole_run(pairing: Pairing, same_formulas: typing.Callable[[], bool], fed_alike: bool = True) -> Finding:
    """Finding. Raises ValueError where nothing is recorded of a whole run.

    same_formulas: function of nothing: whether every run that was made again is the same, bit for bit, in portable
    arithmetic. Then a history that departs is a regression. What is not pinned may differ: where the recording has
    such ops, its run is only reported. So it is where not all is fed alike (`fed_alike`), but for numpy's rounding.
    """
    there, here = wholerun.of(pairing.there), wholerun.of(pairing.here)
    if there is None:
        raise ValueError('the recording has no whole run')
    if here is None or here.header['fault']:
        return _not_here(pairing, there, here.header['fault'] if here else 'no whole run was made')
    pairs = list(pairs_of(pairing, there, here))
    expected = sum(len(pair.there) for pair in pairs)
    order = _order(there, here, _kinds(pairing, there, here))
    first, same = first_other(pairs), sum(pair.same for pair in pairs)
    said = f'{same} of {expected} arrays of {len(there["runs"])} runs have the recorded bits'
    left_out = len(there.header['varying']) + sum(len(kind['racing']) for kind in there.kinds)
    said += f'; {left_out} series that no release needs to repeat are left out' if left_out else ''
    said += order or (f'; first: {first.words}' if first else '')
    unpinned = there.header['not_pinned']
    if unpinned:
        return Finding('', True, f'{said}; only reported, since these are not pinned: {", ".join(unpinned)}',
                       compared=same, expected=0)
    if not fed_alike and first is not None:
        return Finding('', True, f'{said}; only reported, since what is fed differs by rounding', compared=same,
                       expected=0)
    if not order and first is None:
        return Finding('', True, said, 0.0, 0, None, None, same, expected)
    more = sorted(set(here.header['not_pinned']))
    if more:
        lacks = Lacks()
        lacks.add('not pinned', ', '.join(more), expected - same)
        return Finding('', None, said, compared=same, expected=expected, lacks=lacks.all())
    compared = sum(len(pair.here) for pair in pairs)
    return Finding('', False, said, float('inf'), 0, None, None, min(compared, expected), expected,
                   fails=compared < expected or same_formulas(), place=first.place if first and not order else '')


def digests(pairing: Pairing) -> list[tuple[str, list[int]]]:
    """[(name in words, digests of it here)] of all that is compared of a whole run; none where one side has none."""
    there, here = wholerun.of(pairing.there), wholerun.of(pairing.here)
    if there is None or here is None or here.header['fault']:
        return []
    return [(pair.name, pair.here) for pair in pairs_of(pairing, there, here)]


def _not_here(pairing: Pairing, there: WholeRun, why: str) -> Finding:
    lacks, expected = Lacks(), 0
    if not there.header['not_pinned']:
        expected = sum(len(pair.there) for pair in pairs_of(pairing, there, None))
    lacks.add('not here', why, expected)
    return Finding('', None, 'no whole run in portable arithmetic here', compared=0, expected=expected,
                   lacks=lacks.all())


def first_other(pairs: typing.Iterable[Digests]) -> Other | None:
    """The first array that differs, in the order of the runs; None if none does."""
    return min((found for found in map(_first, pairs) if found), default=None, key=lambda found: found.run)


def _first(pair: Digests) -> Other | None:
    """The first time at which a pair differs, or None."""
    for k, digest in enumerate(pair.there):
        if k >= len(pair.here) or pair.here[k] != digest:
            change = 'is missing' if k >= len(pair.here) else 'is another' + pair.shown(k)
            return Other(pair.runs[k], f'{pair.name} {change}', pair.place)
    return None


def _kinds(pairing: Pairing, there: WholeRun, here: WholeRun) -> dict[int, int]:
    """{kind of the recorded whole run: kind of the one here}. Where releases name ops otherwise, the kinds of the
    script's own runs say which are the same."""
    own_there = {runkinds.of_header(kind): k for k, kind in enumerate(pairing.there.kinds)}
    own_here = {k: runkinds.of_header(pairing.here.kinds[number]) for k, number in pairing.kinds.items()}
    numbers, found = {runkinds.of_header(kind): k for k, kind in enumerate(here.kinds)}, {}
    for k, kind in enumerate(there.kinds):
        identity = runkinds.of_header(kind)
        own = own_there.get(identity)
        matched = None if own is None else own_here.get(own)
        number = None if matched is None else numbers.get(matched)
        number = numbers.get(identity) if number is None else number
        if number is not None:
            found[k] = number
    return found


def _names(here: Side) -> dict[tuple[int, str], str]:
    """{(graph, name in the recording): name here}"""
    return {(kind['graph'], there): name for kind in here.kinds for there, name in kind['names'].items()}


def pairs_of(pairing: Pairing, there: WholeRun, here: WholeRun | None) -> typing.Iterator[Digests]:
    """Yields a Digests for all that is to be compared. here: a WholeRun, or None."""
    names, numbers = _names(pairing.here), _kinds(pairing, there, here) if here else {}
    varying = {(item['what'], item['kind'], item['name']): item['since'] for item in there.header['varying']}
    made = _made_always(there)
    for k, kind in enumerate(there.kinds):
        runs = np.flatnonzero(there['runs'] == k)
        times = len(runs) if made[runs].all() else int(np.argmin(made[runs]))
        for what, key, group in (('feed', 'feeds', 'feeds'), ('fetch', 'fetches', 'fetched')):
            for column, name in enumerate(kind[key]):
                if what == 'fetch' and name in kind['racing']:  # what it reads the same run writes
                    continue
                until = min(times, varying.get((what, k, name), times))
                number = numbers.get(k)
                name_here = names.get((kind['graph'], name), name)
                place: int | None = None
                found: list[int] = []
                if here is not None and number is not None and name_here in here.kinds[number][key]:
                    place = here.kinds[number][key].index(name_here)
                    found = here[f'kinds/{number}/{group}'][:until, place].tolist()
                shown = _shown(there, here, (k, column), (number, place)) if what == 'fetch' else _at_its_time
                yield Digests(runs[:until].tolist(), there[f'kinds/{k}/{group}'][:until, column].tolist(), found,
                              f'{name} ({kind["place"] or "no line of the script"})', shown,
                              what == 'fetch' and _is_number(there, k, column), kind['place'])
    last = here.last() if here else {}
    by_name = {there_name: here_name for (_, there_name), here_name in names.items()}
    for (session, name), digest in there.last().items():
        if ('last', session, name) not in varying:
            value = last.get((session, by_name.get(name, name)))
            yield Digests([len(there['runs'])], [digest], [] if value is None else [value],
                          f'the last value of {name}')


def _is_number(there: WholeRun, k: int, column: int) -> bool:
    name = f'small/{k}/{column}'
    return name in there and is_number(there[name])


def _at_its_time(time: int) -> str:
    return f' at its time {time}'


def _shown(there: WholeRun, here: WholeRun | None, ours: Place, theirs: Place) -> typing.Callable[[int], str]:
    def shown(time: int) -> str:
        recorded, made = (f'small/{k}/{column}' for k, column in (ours, theirs))
        if here is None or recorded not in there or made not in here or there[recorded][time].size != 1:
            return _at_its_time(time)
        return f' at its time {time}: {np.ravel(here[made][time])[0]}, recorded {np.ravel(there[recorded][time])[0]}'
    return shown


def _made_always(there: WholeRun) -> Array:
    """bool (runs,): which runs the recorded release makes again."""
    found = np.ones(len(there['runs']), bool)
    for item in there.header['varying']:
        if item['what'] == 'runs':
            found[np.flatnonzero(there['threads'] == int(item['name']))[item['since']:]] = False
    return found


def _order(there: WholeRun, here: WholeRun, numbers: dict[int, int]) -> str:
    """In words where the runs are others, or in another order; '' where they are the recorded ones."""
    since = {item['name']: item['since'] for item in there.header['varying'] if item['what'] == 'runs'}
    ours, theirs = there.threads(), here.threads({number: k for k, number in numbers.items()})
    for thread in sorted({*ours, *theirs}):
        end = since.get(str(thread))
        wanted, found = ours.get(thread, [])[:end], theirs.get(thread, [])[:end]
        if wanted != found:
            k = next((k for k, run in enumerate(wanted) if k >= len(found) or found[k] != run), len(wanted))
            return f'; run {k} of thread {thread} is another, of {len(wanted)} that were recorded'
    return ''

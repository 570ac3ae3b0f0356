"""The runs of a script as it went, against the runs that were recorded: what it fed, in which order, what came out."""
import itertools
import typing
from collections.abc import Callable, Collection
from dataclasses import replace

import numpy as np

from legacy.formats.arraynotes import ArrayNote
from legacy.formats.opseeds import NO_OP
from legacy.formats.recordingheader import SEQUENCES
from legacy.formats.values import Array, JsonObject
from legacy.judge.baseline import Baseline
from legacy.judge.coverage import Lacks, in_words
from legacy.judge.findings import Compared, Finding, bits
from legacy.judge.pairing import Column, Pairing
from legacy.judge.side import Side

if typing.TYPE_CHECKING:
    from legacy.judge.astray import Astray

Runs = list[tuple[int, int]]  # of a thread: kind, whether it raised


class Departure(typing.NamedTuple):
    """What is another than recorded. run: its number. words: what it is. place: its line, or ''."""
    run: int
    words: str
    place: str


class OtherSeeds(typing.NamedTuple):
    """same: how many calls are the same. there, here: the first that is another, None where there is none."""
    same: int
    there: JsonObject | None
    here: JsonObject | None


def runs(pairing: Pairing) -> Finding:
    """Finding: the same runs in the same order in each thread, those that raised included. Where the script decides by
    its results what it runs, those before that place. Further looks at a counter are counted, and let pass."""
    there, here, further = pairing.there, pairing.here, pairing.further
    trained = sum(there.kinds[number]['trains'] for number in there.runs.tolist())
    said = f'{len(here.runs)} runs (recorded: {len(there.runs)}, of which {trained} train)'
    numbers = {k: kind['matched'] for k, kind in enumerate(here.kinds)}
    if further.any():
        place = here.kinds[here.runs[np.argmax(further)]]['place']
        said += f'; {further.sum()} more here only look at a counter{f" ({place})" * bool(place)}: not compared'
    compared = expected = 0
    departure: tuple[str, str] | None = None
    for what, training in SEQUENCES.items():
        ours, theirs = there.sequences(training), here.sequences(training, numbers, further)
        for thread in sorted({*ours, *theirs}):
            wanted, found = ours.get(thread, []), theirs.get(thread, [])
            since = pairing.baseline.varies_since(what, name=str(thread))
            if since is not None:
                said += f'; {what} of thread {thread} follow from results from the {since + 1}. on: not compared'
                wanted, found = wanted[:since], found[:since]
            same = next((k for k, run in enumerate(wanted) if k >= len(found) or found[k] != run), len(wanted))
            compared, expected = compared + same, expected + len(wanted)
            if departure is None and (same < len(wanted) or len(found) > len(wanted)):
                departure = _departure(pairing, (thread, training), wanted, found, same)
    if departure is None:
        return Finding('', True, said, 0.0, 0, compared=compared, expected=expected)
    words, place = departure
    return without_noise(pairing.baseline, Finding('', False, f'{said}; {words}', float('inf'), 0, compared=compared,
                                                   expected=expected, place=place))


def _departure(pairing: Pairing, of: tuple[int, bool], wanted: Runs, found: Runs, k: int) -> tuple[str, str]:
    """(what is another at the so-many-th run of a thread, in words; its line or ''). of: (thread, whether only those
    that train)."""
    there, here = pairing.there, pairing.here
    if k >= len(wanted):
        numbers = _numbers(here, *of)
        number = numbers[~pairing.further[numbers]][k]
        place = here.kinds[here.runs[number]]['place']
        return f'run {number} ({place or "no line of the script"}) is one more', str(place)
    kind, _ = wanted[k]
    place = there.kinds[kind]['place']
    if k >= len(found):
        change = 'is missing'
    else:
        kind_here, raised = found[k]
        change = 'is another' if kind_here != kind else 'raised here' if raised else \
            'raised where it was recorded, and does not here'
    return f'run {_numbers(there, *of)[k]} ({place or "no line of the script"}) {change}', str(place)


def _numbers(side: Side, thread: int, training: bool) -> Array:
    """Among all runs the numbers of those of a thread."""
    trains = np.array([kind['trains'] for kind in side.kinds], bool)[side.runs]
    return np.flatnonzero((side.arrays['threads'] == thread) & (trains | (not training)))


def _bit_for_bit(pairing: Pairing, judged: Callable[[Column], bool], thing: str, astray: 'Astray | None') -> Finding:
    """Finding on fetches: every time that does not follow from results has the recorded bits. A fetch that has not, and
    depends on an op that the recorded side had off, is left out: the runs made again tell whether it is exact."""
    there, baseline, compared, expected, followed, off = pairing.there, pairing.baseline, 0, 0, 0, Lacks()
    first: Departure | None = None
    for column in pairing.columns('fetches', 'fetched'):
        if not judged(column):
            continue
        since = baseline.varies_since('fetch', column.kind, there.kinds[column.kind]['graph'], column.name)
        times = baseline.times_to_compare(column.kind) if since is None else min(
            since, baseline.times_to_compare(column.kind))
        followed += times < len(column.there)
        here = column.there[:0] if column.here is None else column.here[:times]
        same = next((k for k in range(times) if k >= len(here) or here[k] != column.there[k]), None)
        if same is not None and same < len(here) and astray is not None and astray.touches(
                there.kinds[column.kind]['graph'], column.name):
            off.add('recorded off', column.name, times)
            continue
        expected += times
        compared += len(here)
        if same is not None:
            run = int(np.flatnonzero(there.runs == column.kind)[same])
            if first is None or run < first.run:
                change = 'missing' if same >= len(here) else 'another'
                place = str(there.kinds[column.kind]['place'])
                first = Departure(run, f'{column.name} of run {run} ({place}) is {change}', place)
    said = f'{compared} {thing}'
    said += f'; of {followed} fetches some or all times follow from results, and are not compared' if followed else ''
    said += f'; left out: {in_words(off.all())}' if len(off) else ''
    if first:
        return without_noise(baseline, Finding('', False, f'{first.words}; {said}', float('inf'), 0, None, None,
                                               compared, expected, place=first.place))
    said = f'{said}, the same bits' if expected else f'nothing to compare; {said}'
    return Finding('', True, said, 0.0, 0, None, None, compared, expected)


def without_noise(baseline: Baseline, finding: Finding) -> Finding:
    """A failed Finding where it is not known what follows from results: without runs with noise it is undecided."""
    if baseline.has_noise:
        return finding
    lacks = Lacks()
    lacks.add('no noise', 'it may follow from results')
    return replace(finding, passed=None, lacks=lacks.all())


def answers(pairing: Pairing, astray: 'Astray | None' = None) -> Finding:
    """Finding: whole numbers and text that the script fetched, run by run, bit for bit, as long as noise moves none.
    astray: the astray.Astray, or None."""
    return _bit_for_bit(pairing, lambda column: pairing.baseline.is_exact(column.kind, column.name)
                        and not pairing.baseline.by_luck(column.kind, column.name),
                        'whole numbers and texts', astray)



def variables(pairing: Pairing) -> Finding:
    """Finding: the variables that were given a value, by name, dtype and shape."""
    expected, obtained = pairing.there.initial, pairing.here.initial
    ops = sum(len(table.nodes) for table in pairing.there.tables.values())
    here = pairing.here.header['graphs']
    for key, noted in expected.items():
        if key not in obtained or obtained[key].form != noted.form:
            graph, name = key
            found = _form_in_words(obtained[key]) if key in obtained else 'missing'
            return Finding('', False, f'{name} of graph {graph} is {found}, expected {_form_in_words(noted)}',
                           compared=len(obtained), expected=len(expected))
    more = len(set(obtained) - set(expected))
    return Finding('', True, f'{len(expected)} variables' + (f' and {more} more here' if more else '')
                   + f' in {here} graphs ({ops} nodes recorded)', compared=len(expected), expected=len(expected))


def _form_in_words(noted: ArrayNote) -> str:
    return f'{noted.dtype} {list(noted.shape)}'


def op_seeds(pairing: Pairing) -> Finding:
    """Finding: every random op asked for its seed in the recorded order, and got the recorded one."""
    seeds = pairing.here.header['seeds']
    if seeds['unexpected'] or seeds['unused']:
        expected = len(pairing.there.header['seeds']['calls'])
        said = seeds['unexpected'] or [f'{expected - seeds["unused"]} of {expected} seeds given back']
        return Finding('', False, said[0], compared=max(0, expected - seeds['unused']), expected=expected)
    return seeds_noted(pairing)


def seeds_noted(pairing: Pairing) -> Finding:
    """Finding: the seeds of every call that makes an op, in order."""
    same, ours, theirs = other_seeds(pairing)
    if ours is None and theirs is None:
        return Finding('', True, f'{same} calls, the same seeds', compared=same, expected=same)
    expected, obtained = (seeds_of(call) if call else 'no call' for call in (ours, theirs))
    return Finding('', False, f'call {same + 1} is {obtained}, expected {expected}', compared=same,
                   expected=len(_calls(pairing.there)))


def other_seeds(pairing: Pairing) -> OtherSeeds:
    """How far the calls that ask for seeds are the same, and the first that is not."""
    there, here = _calls(pairing.there), _calls(pairing.here)
    pairs = itertools.zip_longest(there, here)
    same = next((k for k, (ours, theirs) in enumerate(pairs)
                 if ours is None or theirs is None or seeds_of(ours) != seeds_of(theirs)), len(there))
    return OtherSeeds(same, *[calls[same] if same < len(calls) else None for calls in (there, here)])


def _calls(side: Side) -> list[JsonObject]:
    """Of the calls that ask for seeds those that make an op."""
    return [call for call in side.header['seeds']['calls'] if call['function'] not in NO_OP]


def seeds_of(call: JsonObject) -> tuple[str, int | None, int | None]:
    """What of such a call is compared."""
    return call['function'], call['graph_seed'], call['op_seed']


def initial_values(pairing: Pairing, rounding: Collection[tuple[int, str]] = ()) -> Finding:
    """Finding: every variable's first value, bit for bit, where it does not follow from results. rounding: {(graph,
    variable)} that come from constants which differ by rounding, and do so themselves."""
    here = pairing.here.initial
    expected, compared = 0, 0
    wrong: list[Compared] = []
    for (graph, name), noted in pairing.there.initial.items():
        if pairing.baseline.varies_since('variable', -1, graph, name) is not None:
            continue
        item = here.get((graph, name))
        expected += 1
        compared += item is not None
        if item is None or item.digest != noted.digest and (graph, name) not in rounding:
            wrong.append((name, pairing.there.content(noted), None if item is None else pairing.here.content(item)))
    if not wrong:
        other = sum(key in here for key in rounding)
        said = f'{compared - other} variables bit-identical' + f'; {other} differ by rounding, as the constants do ' \
            'that they come from' * bool(other)
        return Finding('', True, said, 0.0, 0, 0.0, None, compared, expected)
    found = bits('', wrong)
    (name, _, _), *_ = wrong
    first = found.text if not found.passed else f'{name} differs'
    return Finding('', False, f'{first}; {len(wrong)} of {expected} variables differ', float('inf'), 0, None,
                   found.first, compared, expected)

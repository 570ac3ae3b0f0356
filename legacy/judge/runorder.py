"""The runs of a script as it went, against the runs that were recorded: what it fed, in which order, what came out."""
import itertools
import typing
from collections.abc import Callable, Collection
from dataclasses import replace

import numpy as np

from legacy.formats.opseeds import NO_OP
from legacy.formats.recordingheader import SEQUENCES
from legacy.formats.recordings import Recording
from legacy.formats.values import Array, JsonObject
from legacy.judge.coverage import Lacks, in_words
from legacy.judge.findings import Finding, bits
from legacy.judge.noted import digest_of, form_of
from legacy.judge.recordedside import Recorded

if typing.TYPE_CHECKING:
    from legacy.judge.astray import Astray

Runs = list[tuple[int, int]]  # of a thread: kind, whether it raised


class OtherSeeds(typing.NamedTuple):
    """same: how many calls are the same. there, here: the first that is another, None where there is none."""
    same: int
    there: JsonObject | None
    here: JsonObject | None


class Column(typing.NamedTuple):
    """One fetch or feed of a kind, by name: digests of all times there, and here, or None where it is not here."""
    kind: int
    name: str
    there: Array
    here: Array | None


def runs(recorded: Recorded, candidate: Recording) -> Finding:
    """Finding: the same runs in the same order in each thread, those that raised included. Where the script decides by
    its results what it runs, those before that place."""
    there = recorded.recording
    trained = sum(there.kinds[number]['trains'] for number in there.runs.tolist())
    said = f'{len(candidate.runs)} runs (recorded: {len(there.runs)}, of which {trained} train)'
    numbers = {k: kind['matched'] for k, kind in enumerate(candidate.kinds)}
    compared = expected = 0
    first = None
    for what, training in SEQUENCES.items():
        ours, theirs = there.sequences(training), candidate.sequences(training, numbers)
        for thread in sorted({*ours, *theirs}):
            wanted, found = ours.get(thread, []), theirs.get(thread, [])
            since = recorded.varies_since(what, name=str(thread))
            if since is not None:
                said += f'; {what} of thread {thread} follow from results from the {since + 1}. on: not compared'
                wanted, found = wanted[:since], found[:since]
            same = next((k for k, run in enumerate(wanted) if k >= len(found) or found[k] != run), len(wanted))
            compared, expected = compared + same, expected + len(wanted)
            if first is None and (same < len(wanted) or len(found) > len(wanted)):
                first = _departure(there, candidate, (thread, training), wanted, found, same)
    if first is None:
        return Finding('', True, said, 0.0, 0, compared=compared, expected=expected)
    return without_noise(recorded, Finding('', False, f'{said}; {first[0]}', float('inf'), 0, compared=compared,
                                           expected=expected, place=first[1]))


def _departure(there: Recording, candidate: Recording, of: tuple[int, bool], wanted: Runs, found: Runs,
               k: int) -> tuple[str, str]:
    """(what is another at the so-many-th run of a thread, in words; its line or ''). of: (thread, whether only those
    that train)."""
    numbers = [_numbers(side, *of) for side in (there, candidate)]
    if k >= len(wanted):
        place = candidate.kinds[candidate.runs[numbers[1][k]]]['place']
        return f'run {numbers[1][k]} ({place or "no line of the script"}) is one more', str(place)
    place = there.kinds[wanted[k][0]]['place']
    if k >= len(found):
        change = 'is missing'
    elif found[k][0] == wanted[k][0]:
        change = 'raised here' if found[k][1] else 'raised where it was recorded, and does not here'
    else:
        change = 'is another'
    return f'run {numbers[0][k]} ({place or "no line of the script"}) {change}', str(place)


def _numbers(side: Recording, thread: int, training: bool) -> Array:
    """Among all runs the numbers of those of a thread."""
    trains = np.array([kind['trains'] for kind in side.kinds], bool)[side.runs]
    return np.flatnonzero((side.arrays['threads'] == thread) & (trains | (not training)))


def matched(recorded: Recorded, candidate: Recording) -> list[tuple[int, int]]:
    """[(kind of the recording, kind here)]"""
    return [(kind['matched'], k) for k, kind in enumerate(candidate.kinds) if kind['matched'] >= 0]


def columns(recorded: Recorded, candidate: Recording, key: str, group: str) -> list[Column]:
    """[Column] of all fetches or feeds. key, group: 'fetches' and 'fetched', or 'feeds' twice."""
    there, found, here = recorded.recording, [], dict(matched(recorded, candidate))
    for k, kind in enumerate(there.kinds):
        digests, number = there.arrays[f'kinds/{k}/{group}'], here.get(k)
        for column, name in enumerate(kind[key]):
            place = None if number is None else column_here(candidate.kinds[number], key, name)
            found.append(Column(k, name, digests[:, column], None if place is None else
                                candidate.arrays[f'kinds/{number}/{group}'][:, place]))
    return found


def column_here(kind: JsonObject, key: str, name: str) -> int | None:
    """The column of a kind here that a name in the recording is; None if there is none."""
    name = kind['names'].get(name, name)
    return kind[key].index(name) if name in kind[key] else None


def _bit_for_bit(recorded: Recorded, candidate: Recording, judged: Callable[[Column], bool],
                 thing: str, astray: 'Astray | None') -> Finding:
    """Finding on fetches: every time that does not follow from results has the recorded bits. A fetch that has not, and
    depends on an op that the recorded side had off, is left out: the runs made again tell whether it is exact."""
    there, compared, expected, first, followed, off = recorded.recording, 0, 0, None, 0, Lacks()
    for column in columns(recorded, candidate, 'fetches', 'fetched'):
        if not judged(column):
            continue
        since = recorded.varies_since('fetch', column.kind, there.kinds[column.kind]['graph'], column.name)
        times = recorded.times_to_compare(column.kind) if since is None else min(
            since, recorded.times_to_compare(column.kind))
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
            if first is None or run < first[0]:
                change = 'missing' if same >= len(here) else 'another'
                place = str(there.kinds[column.kind]['place'])
                first = run, f'{column.name} of run {run} ({place}) is {change}', place
    said = f'{compared} {thing}'
    said += f'; of {followed} fetches some or all times follow from results, and are not compared' if followed else ''
    said += f'; left out: {in_words(off.all())}' if len(off) else ''
    if first:
        return without_noise(recorded, Finding('', False, f'{first[1]}; {said}', float('inf'), 0, None, None,
                                               compared, expected, place=first[2]))
    said = f'{said}, the same bits' if expected else f'nothing to compare; {said}'
    return Finding('', True, said, 0.0, 0, None, None, compared, expected)


def without_noise(recorded: Recorded, finding: Finding) -> Finding:
    """A failed Finding where it is not known what follows from results: without runs with noise it is undecided."""
    if recorded.has_noise:
        return finding
    lacks = Lacks()
    lacks.add('no noise', 'it may follow from results')
    return replace(finding, passed=None, lacks=lacks.all())


def answers(recorded: Recorded, candidate: Recording, astray: 'Astray | None' = None) -> Finding:
    """Finding: whole numbers and text that the script fetched, run by run, bit for bit, as long as noise moves none.
    astray: the astray.Astray, or None."""
    return _bit_for_bit(recorded, candidate, lambda column: recorded.is_exact(column.kind, column.name)
                        and not recorded.by_luck(column.kind, column.name),
                        'whole numbers and texts', astray)



def variables(recorded: Recorded, candidate: Recording) -> Finding:
    """Finding: the variables that were given a value, by name, dtype and shape."""
    expected, obtained = ({(item['graph'], item['name']): form_of(item['noted']) for item in side.header['initial']}
                          for side in (recorded.recording, candidate))
    ops = sum(len(table.nodes) for table in recorded.tables.values())
    here = candidate.header['graphs']
    for key, noted in expected.items():
        if obtained.get(key) != noted:
            found = '{} {}'.format(*obtained[key]) if key in obtained else 'missing'
            return Finding('', False, f'{key[1]} of graph {key[0]} is {found}, expected {noted[0]} {noted[1]}',
                           compared=len(obtained), expected=len(expected))
    more = len(set(obtained) - set(expected))
    return Finding('', True, f'{len(expected)} variables' + (f' and {more} more here' if more else '')
                   + f' in {here} graphs ({ops} nodes recorded)', compared=len(expected), expected=len(expected))


def op_seeds(recorded: Recorded, candidate: Recording) -> Finding:
    """Finding: every random op asked for its seed in the recorded order, and got the recorded one."""
    seeds = candidate.header['seeds']
    if seeds['unexpected'] or seeds['unused']:
        expected = len(recorded.recording.header['seeds']['calls'])
        said = seeds['unexpected'] or [f'{expected - seeds["unused"]} of {expected} seeds given back']
        return Finding('', False, said[0], compared=max(0, expected - seeds['unused']), expected=expected)
    return seeds_noted(recorded, candidate)


def seeds_noted(recorded: Recorded, candidate: Recording) -> Finding:
    """Finding: the seeds of every call that makes an op, in order."""
    same, ours, theirs = other_seeds(recorded, candidate)
    if ours is None and theirs is None:
        return Finding('', True, f'{same} calls, the same seeds', compared=same, expected=same)
    expected, obtained = (seeds_of(call) if call else 'no call' for call in (ours, theirs))
    return Finding('', False, f'call {same + 1} is {obtained}, expected {expected}', compared=same,
                   expected=len(_calls(recorded.recording)))


def other_seeds(recorded: Recorded, candidate: Recording) -> OtherSeeds:
    """How far the calls that ask for seeds are the same, and the first that is not."""
    there, here = _calls(recorded.recording), _calls(candidate)
    pairs = itertools.zip_longest(there, here)
    same = next((k for k, (ours, theirs) in enumerate(pairs)
                 if ours is None or theirs is None or seeds_of(ours) != seeds_of(theirs)), len(there))
    return OtherSeeds(same, *[calls[same] if same < len(calls) else None for calls in (there, here)])


def _calls(recording: Recording) -> list[JsonObject]:
    """Of the calls that ask for seeds those that make an op."""
    return [call for call in recording.header['seeds']['calls'] if call['function'] not in NO_OP]


def seeds_of(call: JsonObject) -> tuple[str, int | None, int | None]:
    """What of such a call is compared."""
    return call['function'], call['graph_seed'], call['op_seed']


def initial_values(recorded: Recorded, candidate: Recording,
                   rounding: Collection[tuple[int, str]] = ()) -> Finding:
    """Finding: every variable's first value, bit for bit, where it does not follow from results. rounding: {(graph,
    variable)} that come from constants which differ by rounding, and do so themselves."""
    here = {(item['graph'], item['name']): item['noted'] for item in candidate.header['initial']}
    expected, compared, wrong = 0, 0, []
    for item in recorded.recording.header['initial']:
        if recorded.varies_since('variable', -1, item['graph'], item['name']) is not None:
            continue
        noted = here.get((item['graph'], item['name']))
        expected += 1
        compared += noted is not None
        if noted is None or digest_of(noted) != digest_of(item['noted']) \
                and (item['graph'], item['name']) not in rounding:
            wrong.append((item['name'], recorded.recording.content(item['noted']),
                          None if noted is None else candidate.content(noted)))
    if not wrong:
        other = sum(key in here for key in rounding)
        said = f'{compared - other} variables bit-identical' + f'; {other} differ by rounding, as the constants do ' \
            'that they come from' * bool(other)
        return Finding('', True, said, 0.0, 0, 0.0, None, compared, expected)
    found = bits('', wrong)
    first = found.text if not found.passed else f'{wrong[0][0]} differs'
    return Finding('', False, f'{first}; {len(wrong)} of {expected} variables differ', float('inf'), 0, None,
                   found.first, compared, expected)

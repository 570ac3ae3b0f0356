"""What was noted of a script, and what comes of its chosen runs made again, as a recording. Runs on Python 3.6."""
import datetime
import os
import time
import zlib
from typing import Any, Callable, Collection, Dict, Iterable, List, Optional, Sequence, Tuple

import numpy as np

from legacy import shim
from legacy.formats import callers, graphtable, recordingheader
from legacy.formats.arraynotes import AnswerNote, ExactNote
from legacy.formats.causes import NAME, to_array
from legacy.formats.contents import MEASURES, Contents
from legacy.formats.files import digest_of_file
from legacy.formats.progress import Noted
from legacy.formats.recordings import NOTES, Recording
from legacy.formats.values import Array, JsonObject
from legacy.worker.environment import environment
from legacy.worker.scripts import causesearch, faultysteps, keptruns, notes, recordedsteps
from legacy.worker.scripts import kinds as run_kinds
from legacy.worker.scripts.kinds import Kind
from legacy.worker.scripts.lines import Lines
from legacy.worker.scripts.observer import Observer
from legacy.worker.scripts.otherconstants import OtherConstants
from legacy.worker.scripts.program import Script
from legacy.worker.scripts.races import Races, by_luck
from legacy.worker.scripts.recordedsteps import Made, Numbered
from legacy.worker.scripts.replayer import MOST_TENSORS, Replayer
from legacy.worker.scripts.seedcalls import Seeds
from legacy.worker.tfobjects import Graph

RAISED = -1
NOT_KEPT = 'no run of it is kept'
LARGEST_GRAPH = 64 << 20  # bytes of a GraphDef that is kept
LARGEST_SOURCE = 1 << 18  # bytes of a script's file whose text is kept

Arrays = Dict[str, Any]  # of the recording: {name: array or stored.Stored}


def sealed(observer: Observer, seeds: Seeds, script: Script, lines: Lines, command: str, seconds: float,
           baseline: Optional[Recording] = None, brief: bool = False,
           whole: Optional[Callable[[JsonObject, Arrays], Optional[JsonObject]]] = None, power: bool = False,
           case: bool = False, progress: Optional[Noted] = None, replays: int = 0,
           with_graphs: bool = False) -> Recording:
    """The Recording of a run that has ended.

    observer: observer.Observer. seeds: seedcalls.Seeds. script: program.Script. lines:
    lines.Lines. seconds: that the script took. baseline: the Recording whose steps are made again, in place of
    this run's own. brief: without making steps again; those of the recording that it is like are noted. whole:
    a function of header and arrays that returns what the header has of a whole run, which this one is, or None; then
    without any steps, too. power: with the steps of which each op is asked alone made with known errors, too. case:
    with what a case to send is made of. progress: see `replayer.Replayer`. replays: see `recordedsteps.own`.
    with_graphs: though no steps are made, with the graphs, the script's text and its notes.
    """
    shim.quiet()
    started = time.perf_counter()
    arrays: Arrays = {}
    wholes: JsonObject = {}
    contents = Contents(arrays, wholes)
    _note_runs(observer, arrays)
    like = None if whole else observer.like
    constants = OtherConstants(like.baseline if like is not None else None, observer.graphs)
    replayer = Replayer(constants, progress)
    if whole:
        made = recordedsteps.Made()
    elif brief:
        made = recordedsteps.noted(observer, contents)
    elif baseline is None:
        made = recordedsteps.own(observer, contents, replayer, replays)
    else:
        made = recordedsteps.of_baseline(baseline, observer, contents, replayer)
    # where a kind trains in the baseline and not here, its steps are made again all the same
    decisive = keptruns.decisive(observer.kinds) | {step.kind for _, step in recordedsteps.rounded(made, baseline)}
    kinds = [_kind(observer, number, made, decisive) for number in range(len(observer.kinds))]
    tensors, kernels, exact = {}, {}, {}
    for number, step in recordedsteps.looked_into(made, baseline):
        inside = replayer.inside(step, exactly=baseline is not None)
        tensors[str(number)] = inside.tensors
        kernels[str(number)] = [AnswerNote(name, contents.note(array)) for name, array in inside.answers]
        exact[str(number)] = [ExactNote(item.tensor, item.by, contents.note(item.value), contents.note(item.allowance))
                              for item in inside.exact]
    replayer.close()
    for (number, _), digests in _rounded(replayer, recordedsteps.rounded(made, baseline)):
        if digests is not None:
            arrays['rounded/%d' % number] = digests
    is_full = with_graphs or not (brief or whole)
    graphs = len(observer.graphs) if is_full else 0
    tables: List[graphtable.Table] = []
    for k in range(graphs):
        table, chains = lines.described(observer.graphs[k])
        tables.append(table)
        arrays['graph/%d' % k] = np.frombuffer(graphtable.to_bytes(table, compressed=True), np.uint8)
        arrays['callers/%d' % k] = callers.to_array(chains)
        if baseline is None:
            _note_definition(observer.graphs[k], k, arrays)
    if is_full:
        arrays.update((NOTES + name, array) for name, array in notes.arrays.items())
    if is_full and baseline is None:
        _note_sources(lines.files(), arrays)
    if baseline is not None:
        found, cases = causesearch.found(baseline, observer, made, arrays, replayer, lines, case)
        arrays[NAME] = to_array(found)
        arrays.update(cases)
    header = {
        'schema': recordingheader.SCHEMA, 'kind': recordingheader.KIND, 'command': command,
        'created': datetime.datetime.now(datetime.timezone.utc).strftime('%Y-%m-%dT%H:%M:%SZ'),
        'environment': environment(),
        'script': {'name': script.name if script.as_module else os.path.basename(script.name),
                   'arguments': script.arguments, 'as_module': script.as_module,
                   'sources': [{'file': os.path.relpath(file, lines.folder), 'sha256': digest_of_file(file)}
                               for file in lines.files() + lines.data]},
        'seeds': {'given': seeds.given, 'calls': [dict(call._asdict()) for call in seeds.calls],
                  'unused': seeds.unused, 'unexpected': seeds.unexpected},
        'graphs': graphs, 'kinds': kinds,
        'initial': [{'graph': graph, 'name': name, 'noted': contents.note(array)}
                    for (graph, name), array in observer.initial.items()],
        'steps': made.header, 'wholes': wholes, 'tensors': tensors, 'kernels': kernels,
        'unknown': {name: sorted(found) for name, found in replayer.unknown.items()},
        'faults': made.faults(replayer), 'unseen': _unseen(observer, kinds), 'varying': [], 'noisy': 0,
        'arrays': [],
        'seconds': {'script': round(seconds, 3), 'after': round(time.perf_counter() - started, 3)}}
    _note_races(header, observer.kinds, whole is not None)
    of_whole = whole(header, arrays) if whole else None
    if of_whole is not None:
        header['whole'] = of_whole
    if made.work is not None:
        header['work'] = made.work
    if constants.noted:
        header['constants'] = constants.noted
    if power:
        header['faulty'] = faultysteps.spoilt(recordedsteps.looked_into(made, baseline), replayer, observer, tables,
                                              contents)
    return Recording(dict(header, exact=exact) if baseline is not None else header, arrays)


def _note_runs(observer: Observer, arrays: Arrays) -> None:
    arrays['runs'] = np.array(observer.runs, '<i4')
    arrays['raised'] = np.array(observer.raised, '|u1')
    arrays['threads'] = np.array(observer.threads, '<i4')
    for number, kind in enumerate(observer.kinds):
        times = observer.times[number]
        fed = [time.fed for time in times]
        fetched = [[RAISED] * len(kind.fetches) if time.fetched is None else time.fetched for time in times]
        for name, rows, width in (('feeds', fed, len(kind.feeds)), ('fetched', fetched, len(kind.fetches))):
            arrays['kinds/%d/%s' % (number, name)] = np.array(rows, '<i8').reshape(len(times), width)
        if kind.feeds and observer.measures:
            arrays['measures/%d' % number] = np.array(observer.measures[number], '<f8').reshape(
                len(times), len(kind.feeds), MEASURES)
    for (number, k), values in sorted(observer.small.items()):
        first = next(iter(values.values()))
        times = observer.times[number]
        made = sum(time.fetched is not None for time in times)  # a value that is not small is none of `values`
        if {(value.shape, value.dtype.str) for value in values.values()} == {(first.shape, first.dtype.str)} \
                and len(values) == made:
            found = np.full((len(times),) + first.shape, np.nan, first.dtype)
            found[list(values)] = list(values.values())
            arrays['small/%d/%d' % (number, k)] = found
        else:
            observer.unseen('changing-shape', observer.places[number], observer.kinds[number].fetches[k])


def _note_races(header: JsonObject, kinds: Sequence[Kind], is_whole: bool) -> None:
    """Note what is by luck in the script's own runs. Where the whole run is rewritten, updates wait for what reads
    their variables, and plain assignments do not."""
    races = [Races(kind, [write for write in kind.writes() if write[0].type in run_kinds.ASSIGNS]) if is_whole
             else kind.races() for kind in kinds]
    for key, names in (('late', [found.late for found in races]), ('after_luck', by_luck(kinds, races))):
        for noted, found in zip(header['kinds'], names) if is_whole else ():
            noted['racing'] = noted['racing'] + [name for name in found if name in noted['fetches']]
        if any(names):
            header[key] = {str(k): found for k, found in enumerate(names) if found}


def _rounded(replayer: Replayer, steps: Sequence[Numbered]) -> Iterable[Tuple[Numbered, Optional[Array]]]:
    """[((number, Step), digests of what each op gave in float32, or None)]"""
    return zip(steps, replayer.rounded([step for _, step in steps]))


def _note_sources(files: Iterable[str], arrays: Arrays) -> None:
    """The script's own text, so that a check can say what has changed."""
    for number, file in enumerate(files):
        if os.path.getsize(file) <= LARGEST_SOURCE:
            with open(file, 'rb') as content:
                arrays['source/%d' % number] = np.frombuffer(zlib.compress(content.read(), 9), np.uint8)


def _note_definition(graph: Graph, number: int, arrays: Arrays) -> None:
    """The graph as TensorFlow writes it, unless that is very large: with the shapes that a table has it is not."""
    content = graph.as_graph_def().SerializeToString()
    if len(content) <= LARGEST_GRAPH:
        arrays['graphdef/%d' % number] = np.frombuffer(zlib.compress(content, 9), np.uint8)


def _kind(observer: Observer, number: int, made: Made, decisive: Collection[Kind]) -> JsonObject:
    kind = observer.kinds[number]
    unless_known = NOT_KEPT if kind in decisive else ''
    return {'graph': observer.graphs.index(kind.graph), 'targets': kind.targets, 'fetches': kind.fetches,
            'feeds': kind.feeds, 'asked': kind.asked, 'sources': [tensor.name for tensor in kind.sources],
            'variables': list(kind.variables), 'written': list(kind.written), 'trains': kind.trains,
            'obstacle': kind.obstacle, 'place': observer.places[number],
            'draws': sorted(kind.draws), 'racing': kind.races().racing,
            'inner': kind.inner_tensors()[:MOST_TENSORS] if kind in decisive else [],
            'dtypes': {name: run_kinds.dtype_of(kind.graph.get_tensor_by_name(name)) for name in kind.fetches},
            'matched': observer.like.matched.get(number, -1) if observer.like else number,
            'names': observer.like.names.get(number, {}) if observer.like else _as_they_are(kind),
            'stepless': '' if made.has(number) else observer.kept.stepless.get(number, unless_known)}


def _as_they_are(kind: Kind) -> Dict[str, str]:
    names = kind.fetches + kind.feeds + [tensor.name for tensor in kind.sources] + list(kind.variables)
    return dict(zip(names, names))


def _unseen(observer: Observer, kinds: Sequence[JsonObject]) -> List[JsonObject]:
    """The facts that are known when the script has ended, beside those of the observer."""
    facts = observer.facts
    for number, kind in enumerate(observer.kinds):
        for name in kinds[number]['racing']:
            facts.add('racing', observer.places[number], name)
        for name in kind.races().late:
            facts.add('racing-by-luck', observer.places[number], name)
        if kind.obstacle and (kind.trains or kind.fetches):
            facts.add('not-replayed', observer.places[number], kind.obstacle)
    return facts.facts()

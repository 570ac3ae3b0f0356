"""What was noted of a script, and what comes of its chosen runs made again, as a recording. Runs on Python 3.6."""
import collections
import datetime
import hashlib
import os
import time

import numpy as np

from legacy import shim
from legacy.formats import graphtable, scriptrecording
from legacy.formats.scriptrecording import Contents, ScriptRecording
from legacy.worker.environment import environment
from legacy.worker.scripts.replaying import MOST_TENSORS, RULES, Replayer, Step

RAISED = -1


def sealed(observer, watching, seeds, script, lines, command, seconds, baseline=None, brief=False):
    """The ScriptRecording of a run that has ended.

    observer: noting.Observer. watching: watching.Watching. seeds: seedcalls.Seeds. script: program.Script. lines:
    lines.Lines. seconds: that the script took. baseline: the ScriptRecording whose steps are made again, in place of
    this run's own. brief: without making steps again.
    """
    shim.quiet()
    started, arrays = time.perf_counter(), {}
    contents = Contents(arrays)
    _note_runs(observer, arrays)
    replayer = Replayer()
    kinds = [_kind(observer, number) for number in range(len(observer.kinds))]
    steps = [] if brief else (_own_steps(observer, contents, replayer) if baseline is None else
                              _steps_of(baseline, observer, contents, replayer))
    tensors, kernels = {}, {}
    for number, step in [] if brief else _looked_into(replayer.steps):
        tensors[str(number)], answers = replayer.inside(step)
        kernels[str(number)] = [[name, contents.note(array)] for name, array in answers]
    if not brief:
        _note_rounded(replayer, arrays)
    graphs = 0 if brief else len(observer.graphs)
    for k in range(graphs):
        table = graphtable.to_bytes(lines.table(observer.graphs[k]), compressed=True)
        arrays['graph/%d' % k] = np.frombuffer(table, np.uint8)
    header = {
        'schema': scriptrecording.SCHEMA, 'kind': scriptrecording.KIND, 'command': command,
        'created': datetime.datetime.now(datetime.timezone.utc).strftime('%Y-%m-%dT%H:%M:%SZ'),
        'environment': environment(),
        'script': {'name': script.name if script.as_module else os.path.basename(script.name),
                   'arguments': script.arguments, 'as_module': script.as_module,
                   'sources': [{'file': os.path.relpath(file, lines.folder), 'sha256': _sha256(file)}
                               for file in lines.files()]},
        'seeds': {'given': seeds.given, 'calls': [dict(call._asdict()) for call in seeds.calls],
                  'unused': seeds.unused, 'unexpected': seeds.unexpected},
        'graphs': graphs, 'kinds': kinds,
        'initial': [{'graph': graph, 'name': name, 'noted': contents.note(array)}
                    for (graph, name), array in observer.initial.items()],
        'steps': steps, 'tensors': tensors, 'kernels': kernels,
        'unknown': {name: sorted(found) for name, found in replayer.unknown.items()},
        'faults': dict(replayer.faults), 'unseen': _unseen(observer, watching, kinds), 'unrepeatable': [],
        'varying': [], 'arrays': [],
        'seconds': {'script': round(seconds, 3), 'after': round(time.perf_counter() - started, 3)}}
    return ScriptRecording(header, arrays)


def _sha256(file):
    with open(file, 'rb') as content:
        return hashlib.sha256(content.read()).hexdigest()


def _note_runs(observer, arrays):
    arrays['runs'] = np.array(observer.runs, '<i4')
    for number, kind in enumerate(observer.kinds):
        times = observer.times[number]
        for k, (name, width) in enumerate((('feeds', len(kind.feeds)), ('fetched', len(kind.fetches)))):
            rows = [time[k] if time[k] is not None else [RAISED] * width for time in times]
            arrays['kinds/%d/%s' % (number, name)] = np.array(rows, '<i8').reshape(len(times), width)
    for (number, k), values in sorted(observer.small.items()):
        if len({(value.shape, value.dtype.str) for value in values}) == 1:
            arrays['small/%d/%d' % (number, k)] = np.stack(values)


def _note_rounded(replayer, arrays):
    """Of steps that train: what each op gave in float32."""
    training = [(number, step) for number, step in replayer.steps if step.kind.trains]
    for (number, _), digests in zip(training, replayer.rounded([step for _, step in training])):
        if digests is not None:
            arrays['rounded/%d' % number] = digests


def _kind(observer, number):
    kind = observer.kinds[number]
    return {'graph': observer.graphs.index(kind.graph), 'targets': kind.targets, 'fetches': kind.fetches,
            'feeds': kind.feeds, 'sources': [tensor.name for tensor in kind.sources],
            'variables': list(kind.variables), 'written': list(kind.written), 'trains': kind.trains,
            'obstacle': kind.obstacle, 'place': observer.places[number],
            'draws': sorted(kind.draws), 'racing': kind.racing(),
            'inner': kind.inner_tensors()[:MOST_TENSORS] if kind.trains else [],
            'matched': observer.like.matched.get(number, -1) if observer.like else number}


def _unseen(observer, watching, kinds):
    """The facts that are known when the script has ended, beside those of the observer."""
    facts = observer.facts
    if watching.other_threads:
        facts.add('thread-runs', count=watching.other_threads)
    if watching.partial:
        facts.add('partial-runs', count=watching.partial)
    for number, kind in enumerate(observer.kinds):
        for name in kinds[number]['racing']:
            facts.add('racing', observer.places[number], name)
        if kind.obstacle and (kind.trains or kind.fetches):
            facts.add('not-replayed', observer.places[number], kind.obstacle)
    return facts.facts()


# ---- steps

def _own_steps(observer, contents, replayer):
    """Of the runs that were chosen here."""
    chosen = sorted(observer.chosen, key=lambda item: item.run)
    steps = [Step(observer.kinds[item.kind], item.before, dict(item.feeds, **item.sources)) for item in chosen]
    replayer.steps = list(enumerate(steps))
    outcomes = _outcomes(steps, replayer)
    floors = replayer.floors(steps, outcomes['float32'])
    found = []
    for k, (item, step) in enumerate(zip(chosen, steps)):
        made = {'run': (item.fetched, item.after)}
        made.update((arithmetic, results[k]) for arithmetic, results in outcomes.items())
        found.append({'step': k, 'kind': item.kind, 'run': item.run, 'floor': floors[k],
                      'before': _noted(step.before, contents, True), 'fed': _noted(step.fed, contents, True),
                      'outcomes': _noted_outcomes(made, contents)})
    return found


def _steps_of(baseline, observer, contents, replayer):
    """The baseline's steps on this run's graphs, under its names, in its order; and what was chosen here beside them.
    Those that this run did not come to are left out."""
    own = {observer.like.step(item.kind, item.time): item for item in observer.chosen}
    numbers, names, steps = sorted(own), [], []
    for number in numbers:
        item, recorded = own[number], baseline.header['steps'][number]
        names.append(observer.like.names[item.kind])
        before, fed = ({name: baseline.stored(noted) for name, noted in recorded[group].items()}
                       for group in ('before', 'fed'))
        here = dict(item.before)  # of variables that the baseline's run does not have, this run's own values
        here.update((names[-1][name], array) for name, array in before.items() if name in names[-1])
        fed = dict(item.feeds, **dict(item.sources, **{names[-1][name]: array for name, array in fed.items()
                                                       if name in names[-1]}))
        steps.append(Step(observer.kinds[item.kind], here, fed))
    replayer.steps = list(zip(numbers, steps))
    outcomes = _outcomes(steps, replayer)
    found = []
    for k, (number, given) in enumerate(zip(numbers, names)):
        item, back = own[number], {here: there for there, here in given.items()}
        made = {'run': (item.fetched, item.after)}
        made.update((arithmetic, results[k]) for arithmetic, results in outcomes.items())
        found.append({'step': number, 'kind': item.kind, 'run': item.run, 'floor': None,
                      'before': _noted(_called(item.before, back), contents),
                      'fed': _noted(_called(dict(item.feeds, **item.sources), back), contents),
                      'outcomes': _noted_outcomes({name: outcome and tuple(_called(part, back) for part in outcome)
                                                   for name, outcome in made.items()}, contents)})
    return found


def _looked_into(steps):
    """[(number, Step)] of the first and the last of each kind that trains: in the first step of many optimizers what
    they keep is still zero."""
    by_kind = collections.OrderedDict()
    for number, step in steps:
        if step.kind.trains:
            by_kind.setdefault(step.kind, []).append((number, step))
    return [found[k] for found in by_kind.values() for k in sorted({0, len(found) - 1})]


def _called(values, names):
    return {names.get(name, name): array for name, array in values.items()}


def _outcomes(steps, replayer):
    return {arithmetic: replayer.outcomes(steps, arithmetic) for arithmetic in RULES}


def _noted(values, contents, whole=False):
    return {name: contents.note(array, whole) for name, array in values.items()}


def _noted_outcomes(made, contents):
    return {name: outcome and {'fetched': _noted(outcome[0], contents), 'after': _noted(outcome[1], contents)}
            for name, outcome in made.items()}

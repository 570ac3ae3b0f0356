"""A script's recording, and what follows from it alone: what is to be compared, and where its steps depart."""
import functools
import re

import numpy as np

from legacy.formats import contents, graphtable
from legacy.formats.archive import RecordingError
from legacy.formats.contents import Noted
from legacy.formats.graphtable import Node, Table
from legacy.formats.recordingheader import GROUPS, SEQUENCES
from legacy.formats.recordings import Recording
from legacy.formats.unrounded import labelled
from legacy.formats.values import Array, JsonObject, difference
from legacy.judge import floors
from legacy.judge.floors import Units
from legacy.judge.noted import digest_of, dtype_of

# Ops that change a variable; plain assignments give it its first value, too.
UPDATES = re.compile('(Resource)?(Sparse)?Apply|Assign(Add|Sub)|(Resource)?Scatter')
FEWEST = 2  # whole runs with noise that make a band
SUMMARIES = ('Summary', 'SummaryV2')  # ends of op types that put floats into text

_table = functools.lru_cache(8)(graphtable.uncompressed)  # both sides of a check often have the same graph


class Recorded:
    """A baseline, and what follows from it alone. recording: a Recording. tables: {graph: graphtable.Table}.
    unsteady: {(step, group, name)} that its own release did not repeat, or that the script's run gave otherwise than
    the step made again: they are not compared, and named. unrepeated: those that it did not make twice."""

    def __init__(self, recording: Recording, path: str = '', is_baseline: bool = True) -> None:
        """is_baseline: whether all of its own steps must be there. Raises RecordingError where one is not."""
        self.recording, self.path = recording, path
        self.steps: list[JsonObject] = recording.header['steps']
        if is_baseline and [step['step'] for step in self.steps] != list(range(len(self.steps))):
            raise RecordingError('steps of the recording are missing')
        self.tables: dict[int, Table] = {}
        for graph in range(recording.header['graphs']):
            content = recording.arrays[f'graph/{graph}'].tobytes()
            self.tables[graph] = _table(content)
        self._nodes = {(graph, node.name): node for graph, table in self.tables.items() for node in table.nodes}
        self._updates = {(graph, given): node for (graph, _), node in self._nodes.items() if node.role == 'update'
                         and UPDATES.match(node.op_type) for given in node.inputs}
        self._varying = {(item['what'], item['kind'], item['graph'], item['name']): item
                         for item in recording.header['varying']}
        self.unsteady: set[tuple[int, str, str]] = set()
        self.unrepeated: set[tuple[int, str, str]] = set()
        self._view: Recorded | None = None
        for step in self.steps:
            self._find_unsteady(step)

        for step in self.steps if is_baseline else ():
            self._check_complete(step)

    def _check_complete(self, step: JsonObject) -> None:
        """Raises RecordingError where something is missing that every step has."""
        kind = self.recording.kinds[step['kind']]
        run = step['outcomes'].get('run') or {'after': {}}
        for what, found, wanted in (('before', step['before'], kind['variables']),
                                    ('after', run['after'], kind['written']),
                                    ('fed', step['fed'], kind['feeds'] + kind['sources'])):
            if set(found) != set(wanted):
                raise RecordingError(f'step {step["step"]} of the recording does not have all that was {what} it')
        if step['outcomes'].get('own') != (None if kind['draws'] else step['outcomes'].get('float32')):
            raise RecordingError(f'step {step["step"]} of the recording is not its own repetition')

    def _find_unsteady(self, step: JsonObject) -> None:
        made, again, run = (step['outcomes'].get(name) for name in ('float32', 'again', 'run'))
        kind = self.recording.kinds[step['kind']]
        for group in GROUPS if made else ():
            for name, noted in made[group].items():
                key = step['step'], group, name
                twice = again and again[group].get(name)
                if not twice:
                    self.unrepeated.add(key)
                same = not twice or digest_of(twice) == digest_of(noted)
                if same and not kind['draws'] and not contents.is_float(dtype_of(noted)):
                    # a whole number that the run has
                    same = not run or digest_of(run[group].get(name, noted)) == digest_of(noted)
                if not same or name in kind['racing']:
                    self.unsteady.add(key)

    # ---- what is to be compared

    def varies_since(self, what: str, kind: int = -1, graph: int = -1, name: str = '') -> int | None:
        """From which time on another run of the script has something otherwise (see `recordingheader.VARIATION`); None
        if none has."""
        found = self._varying.get((what, kind, graph, name))
        return None if found is None else found['since']

    @functools.cached_property
    def _is_made_always(self) -> Array:
        """bool (runs,): which runs do not follow from results: of each thread those before the first that another run
        of the script makes otherwise, and of those that train those before the first of these."""
        threads, found = self.recording.arrays['threads'], np.zeros(len(self.recording.runs), bool)
        trains = np.array([kind['trains'] for kind in self.recording.kinds], bool)[self.recording.runs]
        for what, training in SEQUENCES.items():
            for thread in np.unique(threads):
                of_thread = np.flatnonzero((threads == thread) & (trains | (not training)))
                found[of_thread[:self.varies_since(what, name=str(thread))]] = True
        return found

    @functools.cached_property
    def fed_by_luck(self) -> dict[int, int]:
        """{kind: the first time at which its own release fed it something else when the script ran again}"""
        found: dict[int, int] = {}
        for item in self.recording.header['varying']:
            if (item['what'], item['by']) == ('feed', 'again'):
                found[item['kind']] = min(item['since'], found.get(item['kind'], item['since']))
        return found

    @functools.cached_property
    def has_threads(self) -> bool:
        """Whether threads of the script were at work while it fed its runs."""
        return any(fact['what'] == 'script-threads' for fact in self.recording.header['unseen'])

    def follows_luck(self, graph: int, run: int) -> bool:
        """Whether a run of a graph comes after, or is, one that is fed by luck: see `fed_by_luck`."""
        return any(self.recording.kinds[k]['graph'] == graph
                   and (np.flatnonzero(self.recording.runs == k)[time:time + 1] <= run).any()
                   for k, time in self.fed_by_luck.items())

    def races(self, k: int, name: str) -> bool:
        """Whether a run of the script itself gives a fetch or a variable by luck, as it reads what the run writes. k:
        of the run's kind."""
        late = self.recording.header.get('late', {}).get(str(k), ())
        return name in late or name in self.recording.kinds[k]['racing']

    def by_luck(self, k: int, name: str) -> bool:
        """The same, or whether it follows from what such a run has left in variables."""
        return self.races(k, name) or name in self.recording.header.get('after_luck', {}).get(str(k), ())

    def times_to_compare(self, k: int) -> int:
        """How many times of a kind every run of the script comes to, before the first that one does not."""
        made = self._is_made_always[self.recording.runs == k]
        return len(made) if made.all() else int(np.argmin(made))

    @functools.cached_property
    def decisive(self) -> set[int]:
        """{number of a kind} of those that must be judged: those that train; where none does, as in a model that is
        served, those that evaluate, and can be made again or should be."""
        kinds, again = self.recording.kinds, {step['kind'] for step in self.steps}
        return {k for k, kind in enumerate(kinds) if kind['trains']} or {
            k for k, kind in enumerate(kinds)
            if not kind['written'] and kind['fetches'] and (k in again or kind['stepless'])}

    def expects(self, step: JsonObject) -> bool:
        """Whether every run of the script comes to a step."""
        return self.recording.time(step) < self.times_to_compare(step['kind'])

    def names(self, step: JsonObject, arithmetic: str) -> list[tuple[str, str, Noted]]:
        """[(group, name, noted)] that can be judged of a step."""
        outcome = step['outcomes'].get(arithmetic)
        return [(group, name, noted) for group in GROUPS for name, noted in (outcome[group] if outcome else {}).items()
                if (step['step'], group, name) not in self.unsteady]

    def expected_names(self, step: JsonObject) -> list[tuple[str, str]]:
        """[(group, name)] that are to be compared of a step in every arithmetic: all that it gave in any."""
        found = {(group, name): None for outcome in filter(None, step['outcomes'].values()) for group in GROUPS
                 for name in outcome[group]}
        return [key for key in found if (step['step'], *key) not in self.unsteady]

    @property
    def has_noise(self) -> bool:
        """Whether it is known what follows from results: without runs with noise it is not."""
        return bool(self.recording.header['noisy'] >= FEWEST)

    def is_exact(self, k: int, name: str) -> bool:
        """Whether the values of a fetch are whole numbers or text, which no rounding moves by itself; text that a
        summary makes of floats is none."""
        kind = self.recording.kinds[k]
        dtype = kind['dtypes'].get(name, '')
        if dtype == 'string':
            return not self.is_summary(kind['graph'], name)
        return not dtype.startswith(('float', 'bfloat', 'complex', 'half'))

    def is_summary(self, graph: int, name: str) -> bool:
        """Whether a tensor is text that a summary makes of floats, whose bits rounding moves."""
        node = self.node(graph, name)
        return node is not None and node.op_type.endswith(SUMMARIES)

    def gives_summary(self, step: JsonObject, name: str) -> bool:
        """`is_summary` of what a step gives."""
        return self.is_summary(self.recording.kinds[step['kind']]['graph'], name)

    @functools.cached_property
    def floors_of_variables(self) -> dict[tuple[int, str], Units]:
        """{(graph, variable): (norm, projection)}: the largest noise floors over all steps, in float32."""
        return floors.largest(self.steps, ('after',),
                              lambda step, _, name: (int(self.recording.kinds[step['kind']]['graph']), name))

    @functools.cached_property
    def _first_values(self) -> dict[tuple[int, str], int]:
        return {(item['graph'], item['name']): digest_of(item['noted']) for item in self.recording.header['initial']}

    def is_first_value(self, variable: tuple[int, str], noted: Noted) -> bool:
        """Whether a noted array is what a variable, as (graph, name), was at first."""
        return self._first_values.get(variable) == digest_of(noted)

    # ---- where it is

    def node(self, graph: int, name: str) -> Node | None:
        """The graphtable.Node that gives a tensor, or None."""
        return self._nodes.get((graph, name.partition(':')[0]))

    def giver(self, graph: int, name: str) -> Node | None:
        """The graphtable.Node that gives a tensor, or that updates a variable, of either name; or None."""
        return self.node(graph, name) if ':' in name else self._updates.get((graph, name))

    def where(self, step: JsonObject, group: str, name: str) -> str:
        """A tensor of a step in words, with its line of the script."""
        place = self.place(step, name)
        what = {'fetched': f'{name} of', 'after': f'{name} after', 'before': f'{name} before',
                'fed': f'{name} fed to'}[group]
        return f'{what} run {step["run"]}' + (f' ({place})' if place else '')

    def place(self, step: JsonObject, name: str) -> str:
        """The line of the script that made a tensor of a step or, where none is known, that ran it; or ''."""
        kind = self.recording.kinds[step['kind']]
        node = self.node(kind['graph'], name)
        return str(node.line if node and node.line else kind['place'])

    def behind(self, graph: int, name: str) -> set[str]:
        """{op type, as `unrounded.labelled` has it} of all that a tensor, or a variable's update, is computed from."""
        found, seen, pending = set(), set(), [self.giver(graph, name)]
        while pending:
            node = pending.pop()
            if node is not None and node.name not in seen:
                seen.add(node.name)
                found.add(labelled(node.op_type, node.outputs))
                pending += [self.node(graph, given.lstrip('^')) for given in node.inputs]
        return found

    def view(self, candidate: Recording) -> 'Recorded':
        """The Recorded of a Recording made here; that of the last one is kept."""
        if self._view is None or self._view.recording is not candidate:
            self._view = Recorded(candidate, is_baseline=False)
        return self._view


def found_here(candidate: Recording) -> dict[int, JsonObject]:
    """{number of a baseline's step: the same step of the Recording made here}"""
    return {step['step']: step for step in candidate.header['steps']}


def obtained(step: JsonObject | None, arithmetic: str, group: str, name: str) -> Noted | None:
    """The noted array of a step made again, or None."""
    outcome = step['outcomes'].get(arithmetic) if step else None
    return outcome[group].get(name) if outcome else None


def before_at(recorded: Recorded, step: JsonObject, name: str) -> Array:
    """What a variable was before a step, where its samples are taken."""
    return recorded.recording.sample(step['before'][name], step['places'].get(name))


def size(recorded: Recorded, step: JsonObject, group: str, name: str, ours: Array) -> float:
    """Norm of what a step computed: of a fetch itself, of a variable its change."""
    zero = before_at(recorded, step, name) if group == 'after' and name in step['before'] else np.zeros_like(ours)
    return float(np.linalg.norm(difference(zero, ours)))

"""What a comparison asks for, which follows from the recording alone that others are compared with."""
import functools

import numpy as np

from legacy.formats.archive import RecordingError
from legacy.formats.arraynotes import ArrayNote
from legacy.formats.recordingheader import GROUPS, SEQUENCES
from legacy.formats.recordings import Recording
from legacy.formats.stepnotes import StepNote
from legacy.formats.values import Array
from legacy.judge.side import Side

FEWEST = 2  # whole runs with noise that make a band


class Baseline:
    """A recording that others are compared with. side: the recording itself. path: of its file.
    unsteady: {(step, group, name)} that its own release did not repeat, or that the script's run gave otherwise than
    the step made again: they are not compared, and named. unrepeated: those that it did not make twice."""

    def __init__(self, recording: Recording, path: str = '', is_complete: bool = True) -> None:
        """is_complete: whether all of its own steps must be there. Raises RecordingError where one is not, and for
        graphs that cannot be read."""
        self.side, self.path = Side(recording), path
        steps = self.side.steps
        if is_complete and [step.number for step in steps] != list(range(len(steps))):
            raise RecordingError('steps of the recording are missing')
        self.has_graphs = bool(self.side.tables)
        self._varying = {(item['what'], item['kind'], item['graph'], item['name']): item
                         for item in recording.header['varying']}
        self.unsteady: set[tuple[int, str, str]] = set()
        self.unrepeated: set[tuple[int, str, str]] = set()
        for step in steps:
            self._find_unsteady(step)
        for step in steps if is_complete else ():
            self._check_complete(step)

    def _check_complete(self, step: StepNote) -> None:
        """Raises RecordingError where something is missing that every step has."""
        kind = self.side.kind_of(step)
        groups = step.groups
        for what, wanted in (('before', kind['variables']), ('after', kind['written']),
                             ('fed', kind['feeds'] + kind['sources'])):
            if set(groups[what]) != set(wanted):
                raise RecordingError(f'step {step.number} of the recording does not have all that was {what} it')
        if step.outcomes.get('own') != (None if kind['draws'] else step.outcomes.get('float32')):
            raise RecordingError(f'step {step.number} of the recording is not its own repetition')

    def _find_unsteady(self, step: StepNote) -> None:
        made, run = (step.outcomes.get(name) for name in ('float32', 'run'))
        kind = self.side.kind_of(step)
        if made is None:
            return
        for group in GROUPS:
            for name, noted in made[group].items():
                key = step.number, group, name
                twice = step.noted('again', group, name)
                if not twice:
                    self.unrepeated.add(key)
                same = not twice or twice.digest == noted.digest
                if same and not kind['draws'] and not noted.is_float:
                    # a whole number that the run has
                    same = not run or run[group].get(name, noted).digest == noted.digest
                if not same or name in kind['racing']:
                    self.unsteady.add(key)

    # ---- what other runs of the script have otherwise

    def varies_since(self, what: str, kind: int = -1, graph: int = -1, name: str = '') -> int | None:
        """From which time on another run of the script has something otherwise (see `recordingheader.VARIATION`); None
        if none has."""
        found = self._varying.get((what, kind, graph, name))
        return None if found is None else found['since']

    @functools.cached_property
    def fed_by_luck(self) -> dict[int, int]:
        """{kind: the first time at which its own release fed it something else when the script ran again}"""
        found: dict[int, int] = {}
        for item in self.side.header['varying']:
            if (item['what'], item['by']) == ('feed', 'again'):
                found[item['kind']] = min(item['since'], found.get(item['kind'], item['since']))
        return found

    def follows_luck(self, graph: int, run: int) -> bool:
        """Whether a run of a graph comes after, or is, one that is fed by luck: see `fed_by_luck`."""
        return any(self.side.kinds[k]['graph'] == graph
                   and (np.flatnonzero(self.side.runs == k)[time:time + 1] <= run).any()
                   for k, time in self.fed_by_luck.items())

    def races(self, k: int, name: str) -> bool:
        """Whether a run of the script itself gives a fetch or a variable by luck, as it reads what the run writes. k:
        of the run's kind."""
        late = self.side.header.get('late', {}).get(str(k), ())
        return name in late or name in self.side.kinds[k]['racing']

    def by_luck(self, k: int, name: str) -> bool:
        """The same, or whether it follows from what such a run has left in variables."""
        return self.races(k, name) or name in self.side.header.get('after_luck', {}).get(str(k), ())

    def repeats(self, k: int, name: str) -> bool:
        """Whether a fetch is the same when the script runs again under the same TensorFlow."""
        return not self.by_luck(k, name) and not any(
            item['what'] == 'fetch' and (item['kind'], item['name']) == (k, name) and item['by'] == 'again'
            for item in self.side.header['varying'])

    @property
    def has_threads(self) -> bool:
        """Whether threads of the script were at work while it fed its runs."""
        return any(fact['what'] == 'script-threads' for fact in self.side.header['unseen'])

    @property
    def has_noise(self) -> bool:
        """Whether it is known what follows from results: without runs with noise it is not."""
        return bool(self.side.header['noisy'] >= FEWEST)

    # ---- what is to be compared

    @functools.cached_property
    def _is_made_always(self) -> Array:
        """bool (runs,): which runs do not follow from results: of each thread those before the first that another run
        of the script makes otherwise, and of those that train those before the first of these."""
        threads, found = self.side.arrays['threads'], np.zeros(len(self.side.runs), bool)
        trains = np.array([kind['trains'] for kind in self.side.kinds], bool)[self.side.runs]
        for what, training in SEQUENCES.items():
            for thread in np.unique(threads):
                of_thread = np.flatnonzero((threads == thread) & (trains | (not training)))
                found[of_thread[:self.varies_since(what, name=str(thread))]] = True
        return found

    def times_to_compare(self, k: int) -> int:
        """How many times of a kind every run of the script comes to, before the first that one does not."""
        made = self._is_made_always[self.side.runs == k]
        return len(made) if made.all() else int(np.argmin(made))

    @functools.cached_property
    def decisive(self) -> set[int]:
        """{number of a kind} of those that must be judged: those that train; where none does, as in a model that is
        served, those that evaluate, and can be made again or should be."""
        kinds, again = self.side.kinds, {step.kind for step in self.side.steps}
        return {k for k, kind in enumerate(kinds) if kind['trains']} or {
            k for k, kind in enumerate(kinds)
            if not kind['written'] and kind['fetches'] and (k in again or kind['stepless'])}

    def expects(self, step: StepNote) -> bool:
        """Whether every run of the script comes to a step."""
        return self.side.time_of(step) < self.times_to_compare(step.kind)

    def names(self, step: StepNote, arithmetic: str) -> list[tuple[str, str, ArrayNote]]:
        """[(group, name, noted)] that can be judged of a step."""
        outcome = step.outcomes.get(arithmetic)
        return [(group, name, noted) for group in GROUPS for name, noted in (outcome[group] if outcome else {}).items()
                if (step.number, group, name) not in self.unsteady]

    def expected_names(self, step: StepNote) -> list[tuple[str, str]]:
        """[(group, name)] that are to be compared of a step in every arithmetic: all that it gave in any."""
        found = {(group, name): None for outcome in filter(None, step.outcomes.values()) for group in GROUPS
                 for name in outcome[group]}
        return [key for key in found if (step.number, *key) not in self.unsteady]

    def is_exact(self, k: int, name: str) -> bool:
        """Whether the values of a fetch are whole numbers or text, which no rounding moves by itself; text that a
        summary makes of floats is none."""
        kind = self.side.kinds[k]
        dtype = kind['dtypes'].get(name, '')
        if dtype == 'string':
            return not self.side.is_summary(kind['graph'], name)
        return not dtype.startswith(('float', 'bfloat', 'complex', 'half'))

    @functools.cached_property
    def _first_values(self) -> dict[tuple[int, str], int]:
        return {variable: noted.digest for variable, noted in self.side.initial.items()}

    def is_first_value(self, variable: tuple[int, str], noted: ArrayNote) -> bool:
        """Whether a noted array is what a variable, as (graph, name), was at first."""
        return self._first_values.get(variable) == noted.digest

"""A step of a recording, as a value with names. Runs on Python 3.6.

A step is a run of a session that can be made again; `recordingheader.STEP` says what the file has of it.
"""
from typing import Any, Dict, List, NamedTuple, Optional

from legacy.formats.arraynotes import ArrayNote
from legacy.formats.values import JsonObject

Notes = Dict[str, ArrayNote]  # {tensor or variable: what is noted of it}


class StateNote(NamedTuple):
    """What other runs of the script say of an array. steady: whether neither a second run nor noise moves it. spread,
    whole: root mean square, over the runs with noise, of how far its sample and its projections were off."""
    steady: bool
    spread: float
    whole: float


class StepNote(NamedTuple):
    """number: of the step in the recording; in what is made to be checked, in the one that it is checked against. kind:
    number of its kind of run. run: its number among all runs. before: its variables. fed: what it was fed, and what
    its sources gave. places: where large variables are sampled. outcomes: {arithmetic: {'fetched' or 'after': Notes}},
    None where it could not be had. floors: {arithmetic: noise floors, or None}. state: {group: {name: StateNote}}.
    runs_with_noise: how many of the whole runs with noise came to it."""
    number: int
    kind: int
    run: int
    before: Notes
    fed: Notes
    places: Notes
    outcomes: Dict[str, Optional[Dict[str, Notes]]]
    floors: Dict[str, Any]
    state: Dict[str, Dict[str, StateNote]]
    runs_with_noise: int

    def noted(self, arithmetic: str, group: str, name: str) -> Optional[ArrayNote]:
        """What came of it: of a tensor that is 'fetched', or of a variable 'after' it. None where there is nothing."""
        outcome = self.outcomes.get(arithmetic)
        return outcome[group].get(name) if outcome else None

    @property
    def groups(self) -> Dict[str, Notes]:
        """{'before', 'fed', 'fetched' or 'after': Notes}: what the script's own run had and gave."""
        run = self.outcomes.get('run') or {'fetched': {}, 'after': {}}
        return {'before': self.before, 'fed': self.fed, 'fetched': run['fetched'], 'after': run['after']}


def steps_of(header: JsonObject) -> List[StepNote]:
    """The steps of a recording's header, in order."""
    return [_of_json(step) for step in header['steps']]


def _of_json(step: JsonObject) -> StepNote:
    state = {group: {name: StateNote(**found) for name, found in states.items()}
             for group, states in step['state'].items()}
    return StepNote(step['step'], step['kind'], step['run'], step['before'], step['fed'], step['places'],
                    step['outcomes'], step['floors'], state, step['runs_with_noise'])

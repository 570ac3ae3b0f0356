"""A step, which is a run that is made again, and what comes of it. Runs on Python 3.6."""
from typing import Dict, List, Mapping, NamedTuple, Tuple

from legacy.formats import stored
from legacy.formats.arraynotes import TensorNote
from legacy.formats.contents import Sampled, reduced
from legacy.formats.stored import Held
from legacy.formats.values import Array
from legacy.worker.scripts import allowances
from legacy.worker.scripts.kinds import Kind
from legacy.worker.scripts.stepgraph import StepGraph

# What comes of a step: {tensor name} that is fetched, {variable} that is written, afterwards.
Outcome = NamedTuple('Outcome', [('fetched', Dict[str, Sampled]), ('after', Dict[str, Sampled])])
# What a step is given, all arrays.
Given = NamedTuple('Given', [('before', Dict[str, Array]), ('fed', Dict[str, Array])])
# As an Outcome, whole, and inner tensors.
Looked = NamedTuple('Looked', [('fetched', Dict[str, Array]), ('after', Dict[str, Array]),
                               ('tensors', Dict[str, Array])])


class Step(object):
    """What a run is made again from. kind: a `kinds.Kind`. before: {variable: array or stored.Stored}. fed: the same of
    {tensor name: ...}. places: see `keptruns.Chosen`."""

    def __init__(self, kind: Kind, before: Mapping[str, Held], fed: Mapping[str, Held],
                 places: Mapping[str, Array]) -> None:
        self.kind, self.before, self.fed, self.places = kind, before, fed, places

    def read(self) -> Given:
        """Both, all arrays. Raises RecordingError, OSError."""
        return Given(*[{name: stored.read(array) for name, array in group.items()}
                       for group in (self.before, self.fed)])


Fault = NamedTuple('Fault', [('arithmetic', str), ('step', Step), ('why', str)])  # why a step could not be had
# What a step computes on its way, see `replayer.Replayer.inside`.
Inside = NamedTuple('Inside', [('tensors', List[TensorNote]), ('answers', List[Tuple[str, Array]]),
                               ('exact', List[allowances.Exact])])


def outcome(graph: StepGraph, step: Step, given: Given) -> Outcome:
    """The Outcome of a step on a StepGraph. given: what `Step.read` returns."""
    fetched, after = graph.run(*given)
    return Outcome({name: reduced(value) for name, value in fetched.items()},
                   {name: reduced(value, step.places.get(name)) for name, value in after.items()})

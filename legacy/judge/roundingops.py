"""Which ops of a script's steps round otherwise: those that give other bits on inputs that are the same bits."""
import hashlib
import typing
from collections.abc import Sequence

from legacy.formats import causes
from legacy.formats.graphtable import Node, producer
from legacy.formats.recordings import Recording
from legacy.formats.unrounded import EXACT, MOVES
from legacy.formats.values import JsonObject
from legacy.judge.findings import listed
from legacy.judge.inputcauses import place
from legacy.judge.recordedside import Recorded

FEW = 4  # ops that are named
LOOPS = ('Exit', 'RefExit', 'Merge', 'RefMerge')  # what comes out of a loop or a condition, in which nobody has looked


class Op(typing.NamedTuple):
    """An op that rounds otherwise. behind_loop: whether it takes what comes out of a loop or a condition, so that an op
    in there may be the one."""
    node: Node
    behind_loop: bool


class Rounding:
    """results: how many were compared, over all steps. nodes: {name: Op} of those that round otherwise.
    missing: steps of which one side has nothing."""

    def __init__(self, recorded: Recorded, candidate: Recording) -> None:
        self._recorded, self._view = recorded, recorded.view(candidate)
        self.results = self.missing = 0
        self.nodes: dict[str, Op] = {}
        self._candidate = candidate
        # {(graph, op type, line): [(name, digests)]}
        self._apart: dict[tuple[int, str, str], list[tuple[str, int, int]]] = {}
        here = {step['step']: _digests(candidate, step) for step in candidate.header['steps']}
        for step in recorded.steps:
            kind = recorded.recording.kinds[step['kind']]
            there = _digests(recorded.recording, step)
            if there:
                found = here.get(step['step'])
                if found:
                    self._compare(kind['graph'], there, found)
                else:
                    self.missing += 1

    def _compare(self, graph: int, there: dict[str, int], here: dict[str, int]) -> None:
        for name, digest in there.items():
            node, namesake = (side.giver(graph, name) for side in (self._recorded, self._view))
            if node is None or namesake is None or name not in here or (node.op_type, node.inputs) != (
                    namesake.op_type, namesake.inputs):  # another op of the same name
                continue
            self.results += 1
            if digest != here[name] and can_round(node):
                inputs, behind_loop = self._inputs(graph, node, there)
                if all(there[other] == here.get(other) for other in inputs - {name}):
                    self.nodes.setdefault(node.name, Op(node, behind_loop))
                    self._apart.setdefault((graph, node.op_type, node.line), []).append(
                        (node.name, digest, here[name]))

    def _inputs(self, graph: int, node: Node, known: dict[str, int]) -> tuple[set[str], bool]:
        """Names of the known tensors that a node computes from, through nodes that only move values; and whether it
        takes what comes out of a loop."""
        found, behind_loop, seen, pending = set(), False, {node.name}, list(node.inputs)
        while pending:
            name, output = producer(pending.pop())
            if output < 0 or name in seen:
                continue
            if f'{name}:{output}' in known:
                found.add(f'{name}:{output}')
                continue
            seen.add(name)
            behind = self._recorded.node(graph, name)
            if behind is not None and behind.op_type in LOOPS:
                behind_loop = True
            elif behind is not None:
                pending.extend(behind.inputs)
        return found, behind_loop

    @property
    def causes(self) -> list[causes.Cause]:
        found = []
        for (graph, _, _), apart in self._apart.items():
            name = apart[0][0]
            values = [hashlib.sha256(repr([digests[side] for _, *digests in apart]).encode()).hexdigest()
                      for side in (0, 1)]
            found.append(causes.cause('kernel', values=[['results', *values]],
                                      ways=[['behind', '']] if self.nodes[name].behind_loop else [], **{
                                          'line': '', **place(self._recorded, self._candidate, graph, name)}))
        return found

    @property
    def named(self) -> list[str]:
        """['Op type (line)'] of them, each once."""
        return list(dict.fromkeys(f'{"a loop or condition before " * behind_loop}{node.op_type} '
                                  f'({node.line or node.name})' for node, behind_loop in self.nodes.values()))

    @property
    def words(self) -> str:
        """Which they are; '' if there are none."""
        return in_words(self.named)


def in_words(named: Sequence[str]) -> str:
    """Some of `Rounding.named` in words."""
    return listed(named, FEW)


def _digests(recording: Recording, step: JsonObject) -> dict[str, int] | None:
    """{tensor or variable: digest} of what the ops of a step gave in float32; None if that is not there."""
    name, kind = f'rounded/{step["step"]}', recording.kinds[step['kind']]
    if name in recording.arrays:
        return dict(zip([*kind['inner'], *kind['written']], recording.arrays[name].tolist()))
    return None


def can_round(node: Node) -> bool:
    """Whether an op computes floats that a kernel rounds: where another gives other bits, as a zero of the other sign,
    nobody rounds otherwise."""
    return node.op_type not in EXACT and node.op_type not in MOVES and any(
        output.startswith(('float', 'double', 'half', 'bfloat', 'complex')) for output in node.outputs)

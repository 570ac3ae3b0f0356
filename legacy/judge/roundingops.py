"""Which ops of a script's steps round otherwise: those that give other bits on inputs that are the same bits."""
import hashlib
import typing
from collections.abc import Sequence

from legacy.formats import causes
from legacy.formats.graphtable import Node, producer
from legacy.formats.stepnotes import StepNote
from legacy.formats.unrounded import EXACT, MOVES
from legacy.judge.findings import listed
from legacy.judge.inputcauses import place
from legacy.judge.pairing import Pairing
from legacy.judge.side import Side

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

    def __init__(self, pairing: Pairing) -> None:
        self._pairing, self._there, self._here = pairing, pairing.there, pairing.here
        self.results = self.missing = 0
        self.nodes: dict[str, Op] = {}
        # {(graph, op type, line): [(name, digest there, digest here)]}
        self._apart: dict[tuple[int, str, str], list[tuple[str, int, int]]] = {}
        for step in self._there.steps:
            there, made = _digests(self._there, step), pairing.step(step)
            here = _digests(self._here, made) if made else None
            if there and here:
                self._compare(self._there.graph_of(step), there, here)
            elif there:
                self.missing += 1

    def _compare(self, graph: int, there: dict[str, int], here: dict[str, int]) -> None:
        for name, digest in there.items():
            node, namesake = (side.giver(graph, name) for side in (self._there, self._here))
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
            behind = self._there.node(graph, name)
            if behind is not None and behind.op_type in LOOPS:
                behind_loop = True
            elif behind is not None:
                pending.extend(behind.inputs)
        return found, behind_loop

    @property
    def causes(self) -> list[causes.Cause]:
        found = []
        for (graph, _, _), apart in self._apart.items():
            names, *sides = zip(*apart)
            name, values = str(names[0]), [hashlib.sha256(repr(list(side)).encode()).hexdigest() for side in sides]
            found.append(causes.cause('kernel', values=[['results', *values]],
                                      ways=[['behind', '']] if self.nodes[name].behind_loop else [], **{
                                          'line': '', **place(self._pairing, graph, name)}))
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


def _digests(side: Side, step: StepNote) -> dict[str, int] | None:
    """{tensor or variable: digest} of what the ops of a step gave in float32; None if that is not there."""
    name, kind = f'rounded/{step.number}', side.kind_of(step)
    if name in side.arrays:
        return dict(zip([*kind['inner'], *kind['written']], side.arrays[name].tolist()))
    return None


def can_round(node: Node) -> bool:
    """Whether an op computes floats that a kernel rounds: where another gives other bits, as a zero of the other sign,
    nobody rounds otherwise."""
    return node.op_type not in EXACT and node.op_type not in MOVES and any(
        output.startswith(('float', 'double', 'half', 'bfloat', 'complex')) for output in node.outputs)

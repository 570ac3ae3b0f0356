"""A graph as one run went through it: of each condition the branch that was taken, without the condition. Runs on
Python 3.6."""
import copy
from typing import Collection, Dict, Iterable, Set

import numpy as np

from legacy.formats.casedraft import NoCase
from legacy.formats.signatures import Edge
from legacy.worker.scripts.replayer import Replayer
from legacy.worker.scripts.sides import MERGES, SWITCHES, Side
from legacy.worker.scripts.steps import Step


def taken(side: Side, names: Collection[str], step: Step, replayer: Replayer) -> Side:
    """A sides.Side in which no op behind those with these names takes what a Switch or a Merge gives, but what the run
    put through it. step: its steps.Step. Raises NoCase."""
    behind = _behind(side, names)
    switches = [name for name in behind if side.nodes[name].op in SWITCHES]
    if not switches:
        return side
    found = copy.copy(side)
    way = _Way(side, _predicates(side, switches, step, replayer))
    found.inputs = dict(side.inputs)
    for name in names:
        found.inputs[name] = [way.through(*key) for key in side.inputs[name]] if way.is_alive(name) else []
    found.way = way.through
    return found


def _behind(side: Side, names: Iterable[str]) -> Set[str]:
    seen: Set[str] = set()
    pending = list(names)
    while pending:
        name = pending.pop()
        if name not in seen and name in side.nodes:
            seen.add(name)
            pending.extend(_name(given) for given in side.nodes[name].input)
    return seen


def _name(given: str) -> str:
    return given.lstrip('^').partition(':')[0]


def _predicates(side: Side, switches: Iterable[str], step: Step, replayer: Replayer) -> Dict[str, int]:
    """{name of a Switch: which of its outputs the run took}"""
    asked: Dict[str, str] = {}
    for name in switches:
        key = side.inputs[name][1]
        while key[0] in side.nodes and side.nodes[key[0]].op in SWITCHES:  # of a condition inside another
            key = side.inputs[key[0]][0]
        asked[name] = '%s:%d' % key
    found = replayer.looked_at(step, 'portable', set(asked.values()))
    if found is None or not set(asked.values()) <= set(found[2]):
        raise NoCase('it is in a loop, or in a condition of which it is not known which way it went')
    return {name: int(bool(np.asarray(found[2][tensor]))) for name, tensor in asked.items()}


class _Way(object):
    """Which ops a run came to. predicates: as of `_predicates`."""

    def __init__(self, side: Side, predicates: Dict[str, int]) -> None:
        self._side, self._predicates = side, predicates
        self._alive: Dict[str, bool] = {}
        for name, node in side.nodes.items():  # inputs come first, but for what comes round in a loop
            comes = [self._comes(_name(text), int(text.partition(':')[2] or 0)) for text in node.input]
            self._alive[name] = any(comes) if node.op in MERGES else all(comes)

    def through(self, name: str, output: int) -> Edge:
        """(node, output) that gives what this one hands on."""
        while name in self._side.nodes:
            op, inputs = self._side.nodes[name].op, self._side.inputs[name]
            if op in SWITCHES:
                name, output = inputs[0]
            elif op in MERGES:
                alive = [key for key in inputs if self._comes(*key)]
                if len(alive) != 1:
                    raise NoCase('%s is part of a loop' % name)
                name, output = alive[0]
            else:
                break
        return name, output

    def is_alive(self, name: str) -> bool:
        """Whether the run came to an op."""
        return self._alive.get(name, True)

    def _comes(self, name: str, output: int) -> bool:
        return self.is_alive(name) and self._predicates.get(name, output) == output

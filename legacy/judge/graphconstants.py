"""Constants that the script computed, by numpy or from what an earlier graph gave: other last bits are rounding.

Runs are made again with the recorded ones, so that they pass, and are told in units in the last place. What is further
off stays as it is here, and the runs that it moves depart."""
import functools
import typing

from legacy.formats import graphtable
from legacy.formats.arraynotes import ArrayNote
from legacy.formats.constants import may_be_off, units_off
from legacy.formats.graphtable import Table, producer
from legacy.judge.astray import Astray
from legacy.judge.findings import listed
from legacy.judge.pairing import Pairing
from legacy.judge.side import Side

WRITES = ('Assign', 'AssignVariableOp')
FEW = 3  # lines that are named


class Constants:
    """The constants of a candidate that rounding alone makes others than the recorded ones.

    noted: {(graph, name of the Const op): constants.CONSTANT}. started: {(graph, variable)} that have their first value
    from such a constant."""

    def __init__(self, pairing: Pairing) -> None:
        self._there = pairing.there
        self.noted = {(item['graph'], item['name']): item for item in pairing.here.header.get('constants', ())
                      if item['put_in']}
        here = pairing.here.initial
        self.started = {key for key, noted in self._first_values() if self._rounds(noted, here.get(key), pairing.here)}

    def _first_values(self) -> typing.Iterator[tuple[tuple[int, str], ArrayNote]]:
        """((graph, variable), noted first value) of those that have it from such a constant."""
        given = {graph: self._from_constants(graph) for graph in {graph for graph, _ in self.noted}}
        for (graph, name), noted in self._there.initial.items():
            if name in given.get(graph, ()):
                yield (graph, name), noted

    def _from_constants(self, graph: int) -> set[str]:
        """Names of the variables of a graph that such constants are assigned to, as they are or through ops that
        compute."""
        consumers = graphtable.consumers(self._there.tables[graph]) if graph in self._there.tables else {}
        found, seen, pending = set(), set(), [name for number, name in self.noted if number == graph]
        while pending:
            for node in consumers.get(pending.pop(), ()):
                if node.op_type in WRITES:
                    found.add(producer(node.inputs[0])[0])
                elif node.name not in seen and node.role != 'gradient':
                    seen.add(node.name)
                    pending.append(node.name)
        return found

    def _rounds(self, noted: ArrayNote, item: ArrayNote | None, here: Side) -> bool:
        """Whether a first value is the recorded one, but for rounding."""
        if item is None or item.form != noted.form or item.digest == noted.digest \
                or not noted.is_float:
            return False
        ours, theirs = self._there.comparable(noted), here.comparable(item)
        units = units_off(ours, theirs)
        return units is not None and units <= may_be_off(ours.size, noted.dtype)

    @functools.cached_property
    def _depending(self) -> Astray:
        return Astray(self._there, (), list(self.noted))

    @functools.cached_property
    def _wider(self) -> float:
        """The most units that one is off, or times as many as in another run of the script where it was recorded: the
        bands of those runs have these already."""
        elsewhere = {(item['graph'], item['name']): item['units']
                     for item in self._there.header.get('constants', ())}
        return max([1.0, *(float(item['units']) / max(1.0, elsewhere.get(key) or 0.0)
                           for key, item in self.noted.items() if item['units'] is not None)])

    def widens(self, graph: int, name: str) -> float:
        """How many times as far noise in the last place would move a tensor or a variable, were it as large as these
        constants are off; 1 where it does not depend on one."""
        return self._wider if self.noted and self._depending.touches(graph, name) else 1.0

    @property
    def unrepeated(self) -> list[tuple[int, str]]:
        """[(graph, name)] of those that have nothing to do with what was recorded: there, too, each run has others."""
        return [key for key, item in self.noted.items() if item['units'] is None]

    def table(self, graph: int, here: Table) -> Table:
        """A graphtable.Table made here, with the values that the recorded table has of these constants."""
        there = {name: self._there.node(graph, name) for number, name in self.noted if number == graph}
        values = {name: node.value for name, node in there.items() if node}
        nodes = [node._replace(value=values[node.name]) if node.name in values else node for node in here.nodes]
        return Table(here.tensorflow, here.arithmetic, here.lines, nodes) if there else here

    @property
    def words(self) -> list[str]:
        """A sentence on them, or none."""
        if not self.noted:
            return []
        lines: dict[str, None] = {}
        for graph, name in self.noted:
            node = self._there.node(graph, name)
            lines[node.line if node is not None and node.line else name] = None
        units = [item['units'] for item in self.noted.values()]
        known, several = [most for most in units if most is not None], len(units) > 1
        count = f'{len(units)} constants that the script computes' if several else 'a constant that the script computes'
        what = f'{count} ({listed(list(lines), FEW)}) {"differ" if several else "differs"}'
        if not known:
            release = self._there.header['environment']['tensorflow']
            return [f'{what}, as from run to run under TensorFlow {release}']
        off = 'or are not repeated at all' if None in units else f'by {max(*known, 0.01):.2g} ulp of their size at most'
        return [f'{what} by rounding, {off}']

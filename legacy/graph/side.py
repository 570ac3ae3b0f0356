"""A graph as edges between indexes, to be walked from either end."""
from legacy.formats.graphtable import Table, producer

CONTROL = -1  # in place of an input's position, of the number of an output


class Side:
    """A table as edges. at: {name: node}. inputs[node]: (node, output) of each; takers[node]: (node, position,
    output) of each. A node is its index."""

    def __init__(self, table: Table) -> None:
        self.nodes = table.nodes
        self.at = {node.name: k for k, node in enumerate(table.nodes)}
        self.inputs: list[list[tuple[int, int]]] = []
        self.controls: list[set[int]] = []
        self.takers: list[set[tuple[int, int, int]]] = [set() for _ in table.nodes]
        for k, node in enumerate(table.nodes):
            edges = [producer(given) for given in node.inputs]
            self.inputs.append([(self.at[name], output) for name, output in edges if output != CONTROL])
            self.controls.append({self.at[name] for name, output in edges if output == CONTROL})
            for position, (other, output) in enumerate(self.inputs[k]):
                self.takers[other].add((k, position, output))
            for other in self.controls[k]:
                self.takers[other].add((k, CONTROL, CONTROL))

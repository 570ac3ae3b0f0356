"""How far the ops of one type, each alone, are from what they gave where they were recorded."""
import typing


class Drift(typing.NamedTuple):
    """instances: ops. elements: numbers in all their results, different: those with other bits. largest, mean: units in
    the last place, over all elements. first: the name and line of the first op that differs, or ''."""
    op_type: str
    instances: int
    elements: int
    different: int
    largest: int
    mean: float
    first: str

    @property
    def drifts(self) -> bool:
        """Whether any bit is another."""
        return self.different > 0

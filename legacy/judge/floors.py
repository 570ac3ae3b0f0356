"""Noise floors that a recording has of its steps: how far rounding alone moves a tensor."""
import typing
from collections.abc import Callable, Hashable, Iterable, Sequence

from legacy.formats.stepnotes import StepNote

Key = typing.TypeVar('Key', bound=Hashable)


class Floor(typing.NamedTuple):
    """A noise floor of a tensor: of the norm, and of projections of all elements, None where that was not measured."""
    norm: float
    projection: float | None


class Units(typing.NamedTuple):
    """How far the norm of a tensor, or of its sample, and projections of all its elements may be off."""
    norm: float
    projection: float


def floor_of(step: StepNote, arithmetic: str, group: str, name: str) -> Floor | None:
    """The noise floor of a tensor of a step, in an arithmetic, and that of its projections; None where none was
    measured."""
    floor = step.floors.get(arithmetic)
    if floor is None or name not in floor[group]:
        return None
    return Floor(floor[group][name], floor['whole'].get(name))


def largest(steps: Iterable[StepNote], groups: Sequence[str],
            key: Callable[[StepNote, str, str], Key]) -> dict[Key, Units]:
    """{key of (step, group, name): (norm, projection)}: the largest noise floors of these steps, in float32."""
    found: dict[Key, Units] = {}
    for step in steps:
        floor = step.floors.get('float32')
        if floor is None:
            continue
        for group in groups:
            for name, spread in floor[group].items():
                of = key(step, group, name)
                known = found.get(of, Units(0.0, 0.0))
                found[of] = Units(max(known.norm, spread), max(known.projection, floor['whole'].get(name, 0.0)))
    return found

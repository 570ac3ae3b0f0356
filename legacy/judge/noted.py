"""What a noted array of a script's recording says of itself: see `formats.contents`, which has it as a list."""
from legacy.formats.contents import Noted
from legacy.formats.values import Json


def dtype_of(noted: Noted) -> str:
    """numpy's name of it, or contents.TEXT or contents.BFLOAT16."""
    return str(noted[1])


def shape_of(noted: Noted) -> list[int]:
    """How many elements it has in each dimension, whether all were kept or a sample."""
    return list(noted[2])


def form_of(noted: Noted) -> list[Json]:
    """[dtype, shape]: what must be equal before values can be compared."""
    return list(noted[1:3])


def digest_of(noted: Noted) -> int:
    """Equal digests: equal bits, dtype and shape."""
    return int(noted[3])

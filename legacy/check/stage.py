"""A script of this program, with what it reads, in a folder of its own."""
import typing

from legacy.formats.values import JsonObject


class Staged(typing.NamedTuple):
    """script, arguments, data, folder, linked: as a jobs.Job has them. inputs: paths of the files outside that it
    is made of, or reads."""
    script: str
    arguments: list[str]
    data: list[str]
    folder: str
    linked: tuple[str, ...]
    inputs: list[str]

    @property
    def asked(self) -> JsonObject:
        """What a jobs.Job is asked."""
        return {'script': self.script, 'arguments': self.arguments, 'as_module': False, 'data': self.data}

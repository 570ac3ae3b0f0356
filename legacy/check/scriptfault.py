"""How a script's own error is told."""
from legacy.formats.errors import LegacyError


class ScriptFault(LegacyError):
    """The script ended with an error of its own. The message is one line; `said` are the last lines that it wrote."""

    def __init__(self, message: str, said: list[str]) -> None:
        super().__init__(message)
        self.said = said

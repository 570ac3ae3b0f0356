"""Results on disk that outlive an interruption, each a folder that appears whole.

A result is kept under a name and the key of all that it came from: asked for with another key it is not there. Any
number of processes may use one store at once; where two make the same result, one of them is kept.
"""
import hashlib
import json
import os
import pathlib
import re

from legacy.formats.errors import LegacyError
from legacy.formats.values import Json
from legacy.machine.scratch import move_into_place, scratch


class StoreError(LegacyError):
    """The folder cannot be used. The message is one line."""


def key_of(*parts: Json) -> str:
    """A key from JSON values: equal where they all are."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


class Store:
    """The results in a folder, which is made if it is not there. Raises StoreError if it cannot be."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = pathlib.Path(folder)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f'cannot write to {self.folder}: {error.strerror}; choose another folder') from None

    def path(self, name: str, key: str) -> pathlib.Path:
        """Where this result's folder is, or would be."""
        return self.folder / f'{name}-{key[:16]}'

    def find(self, name: str, key: str) -> pathlib.Path | None:
        """The result's folder, or None."""
        path = self.path(name, key)
        return path if path.is_dir() else None

    def put(self, name: str, key: str, files: dict[str, bytes]) -> pathlib.Path:
        """Keep these files as this result; return its folder. Raises StoreError, and keeps nothing, if it
        cannot be written. The names may come from another machine: none may lead out of the folder."""
        path = self.path(name, key)
        for file in files:
            if not re.fullmatch(r'\w[\w.-]*', file, re.ASCII):
                raise StoreError(f'{path}: {file!r} is no name for a file of a result')
        try:
            with scratch(self.folder) as partial:
                for file, content in files.items():
                    _write(partial / file, content)
                move_into_place(partial, path)
        except OSError as error:
            raise StoreError(f'cannot write {path}: {error.strerror}') from None
        return path

    def forget(self, name: str, key: str) -> None:
        """Make as if this result had never been."""
        path = self.path(name, key)
        if path.is_dir():
            with scratch(self.folder) as partial:
                path.rename(partial / 'forgotten')  # at once, however long deleting takes


def _write(path: pathlib.Path, content: bytes) -> None:
    with open(path, 'wb') as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())

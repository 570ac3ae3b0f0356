"""Folders that appear whole or not at all."""
import contextlib
import pathlib
from typing import Iterator, Optional

from legacy.formats import endings
from legacy.formats.errors import LegacyError
from legacy.formats.files import beside
from legacy.formats.ownership import clear, owned, remove
from legacy.formats.places import PathLike


class FolderError(LegacyError):
    """The place to write to is at fault. The message is one line."""


@contextlib.contextmanager
def whole_folder(out: PathLike, force: Optional[bool], option: str = '--out') -> Iterator[pathlib.Path]:
    """A new folder beside `out` that takes its place at the end, or goes away if anything fails.

    force: write into a folder that is not empty, beside what is there; None where the user has no such choice. option:
    what the user names the folder with. Raises FolderError.
    """
    out = pathlib.Path(out)
    refuse_occupied(out, force, option)
    with contextlib.ExitStack() as stack:
        with endings.held():
            partial = _begun(out, option)
            stack.callback(remove, partial)
            stack.enter_context(owned(partial))
        folder = partial / 'work'  # the mark of its owner is beside it
        folder.mkdir()
        yield folder
        refuse_occupied(out, force, option)  # another run may have finished meanwhile
        if out.is_dir():
            for path in sorted(folder.iterdir()):
                path.replace(out / path.name)
        else:
            folder.rename(out)


def _begun(out: pathlib.Path, option: str) -> pathlib.Path:
    """A new folder beside `out`; what killed processes left there goes away. Raises FolderError."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        clear(out.parent.glob('.*.' + 12 * '[0-9a-f]'))
        partial = pathlib.Path(beside(out))
        partial.mkdir()
        return partial
    except OSError as error:
        raise FolderError(f'cannot write to {out.parent}: {error.strerror}; choose another place with {option}') \
            from None


def refuse_occupied(out: PathLike, force: Optional[bool], option: str = '--out') -> None:
    """Raises FolderError where `whole_folder` would not write to `out`: to be known before the work, not after."""
    out = pathlib.Path(out)
    if out.exists() and not out.is_dir():
        raise FolderError(f'{out} is a file: choose a folder with {option}')
    if not force and out.is_dir() and any(out.iterdir()):
        or_force = '' if force is None else ', or --force to write into it'
        raise FolderError(f'{out} is not empty: choose another folder with {option}{or_force}')

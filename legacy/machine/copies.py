"""Copies of folders to work in, so that what a program writes stays out of the user's.

A copy holds the files of the folder and of all folders below. Names that begin with a dot, __pycache__, and Python
environments are left out. A symbolic link to what is copied is a link to the copy; of one that leads out of the folder
the content is copied, and counts as the folder's. Every folder is copied once, so that links that lead round in circles
end. What cannot be read, sockets, pipes, and links to nothing are left out. Data too large to copy can stand there as a
link, if asked.
"""
import contextlib
import os
import pathlib
import shutil
import stat
import typing
from collections.abc import Iterable, Iterator, Sequence

from legacy.formats.errors import LegacyError
from legacy.formats.places import PathLike
from legacy.machine.scratch import temporary

LEFT_OUT = ('__pycache__',)  # and whatever begins with a dot
MOST_ENTRIES = 100_000  # files and folders of one copy


class TooLarge(LegacyError):
    """The folder holds more than may be copied."""


class NothingLinked(LegacyError):
    """What was to be linked is not in the folder."""


class Survey:
    """What a copy of a folder would hold.

    folders, files: [(path, its place in the copy)]. links: [(place in the copy, what it leads to: a place in the copy,
    or an absolute path)]. left: [(place, why it is left out)]. size: bytes of the files. sizes: the same of each name
    at the top.
    """

    def __init__(self, folder: PathLike, without: Iterable[PathLike] = (), linked: Iterable[PathLike] = ()) -> None:
        """without: paths that are left out. linked: paths in the folder, each of which is a link in the copy. Raises
        TooLarge for more than MOST_ENTRIES."""
        self.folder = pathlib.Path(os.path.abspath(folder))
        self.folders: list[tuple[str, pathlib.PurePath]] = []
        self.files: list[tuple[str, pathlib.PurePath]] = []
        self.links: list[tuple[pathlib.PurePath, str | pathlib.PurePath]] = []
        self.left: list[tuple[pathlib.PurePath, str | None]] = []
        self.sizes: dict[str, int] = {}
        self._without = {os.path.realpath(path) for path in without}
        self._names = {os.path.basename(path) for path in self._without}
        self.linked = {os.path.join(self.folder, path): False for path in map(os.path.normpath, linked)}
        self._places: dict[tuple[int, int], pathlib.PurePath] = {}
        self._pending: list[tuple[str, pathlib.PurePath]] = []
        self._walk(str(self.folder), pathlib.PurePath())
        while self._pending:  # after the folders themselves, which shall stand where they are
            self._follow(*self._pending.pop(0))

    @property
    def size(self) -> int:
        return sum(self.sizes.values())

    def _walk(self, path: str, place: pathlib.PurePath) -> None:
        pending = [(path, place)]
        while pending:
            path, place = pending.pop()
            try:
                entries, found = sorted(os.scandir(path), key=lambda entry: entry.name), os.stat(path)
            except OSError as error:
                self.left.append((place, error.strerror))
                continue
            known = self._places.setdefault((found.st_dev, found.st_ino), place)
            if known != place:
                self.links.append((place, known))
                continue
            self.folders.append((path, place))
            for entry in entries:
                if not left_out(entry.name) and not self._is_without(entry):
                    self._add(entry, place / entry.name, pending)

    def _is_without(self, entry: os.DirEntry[str]) -> bool:
        return (entry.name in self._names or entry.is_symlink()) and os.path.realpath(entry.path) in self._without

    def _add(self, entry: os.DirEntry[str], place: pathlib.PurePath,
             pending: list[tuple[str, pathlib.PurePath]]) -> None:
        if len(self.folders) + len(self.files) + len(self._pending) > MOST_ENTRIES:
            raise TooLarge(f'{self.folder} holds more than {MOST_ENTRIES} files, which would be copied for each run'
                           f'{_links(self.links)}: work in another folder')
        if entry.path in self.linked:
            self.linked[entry.path] = True
            self.links.append((place, entry.path))
        elif entry.is_symlink():
            self._pending.append((entry.path, place))
        elif not entry.is_dir():
            self._add_file(entry.path, place)
        elif os.path.exists(os.path.join(entry.path, 'pyvenv.cfg')):
            self.left.append((place, 'a Python environment'))
        else:
            pending.append((entry.path, place))

    def _add_file(self, path: str, place: pathlib.PurePath) -> None:
        try:
            found = os.stat(path)
        except OSError as error:  # gone meanwhile
            self.left.append((place, error.strerror))
            return
        if not stat.S_ISREG(found.st_mode):
            self.left.append((place, 'neither a file nor a folder'))
        elif not os.access(path, os.R_OK):
            self.left.append((place, 'not readable'))
        else:
            self.files.append((path, place))
            self._places.setdefault((found.st_dev, found.st_ino), place)
            self.sizes[place.parts[0]] = self.sizes.get(place.parts[0], 0) + found.st_size

    def _follow(self, path: str, place: pathlib.PurePath) -> None:
        try:
            found = os.stat(path)
        except OSError:
            self.left.append((place, 'a link to nothing'))
            return
        known = self._places.get((found.st_dev, found.st_ino))
        if known is not None:
            self.links.append((place, known))
        elif stat.S_ISDIR(found.st_mode):
            self._walk(path, place)
        else:
            self._add_file(path, place)

    def place_of(self, path: str) -> pathlib.PurePath | None:
        """Where in the copy a file is, not by a link; None if it is not copied."""
        place = pathlib.PurePath(os.path.relpath(os.path.realpath(path), os.path.realpath(self.folder)))
        return place if any(place == known for _, known in self.files) else None

    def refuse_beyond(self, limit: int) -> None:
        """Raises TooLarge if the files have more than so many MB."""
        if self.size > limit << 20:
            largest = max(self.sizes, key=lambda name: self.sizes[name])
            raise TooLarge(
                f'{self.folder} holds more than {limit} MB, which would be copied for each run '
                f'({_megabytes(self.sizes[largest])} MB of {_megabytes(self.size)} in {largest}): if the script only '
                f'reads that, --linked {largest} has a link in its place; or --files MB, or work in another folder')

    def copy(self, target: pathlib.Path) -> None:
        """Make the copy: the folder `target`, which is not there yet. Raises OSError."""
        for _, place in self.folders:
            (target / place).mkdir(exist_ok=True)
        for path, place in self.files:
            with contextlib.suppress(FileNotFoundError, PermissionError):  # it has changed since it was looked at
                shutil.copy2(path, target / place)
        for place, leads_to in self.links:
            to = leads_to if isinstance(leads_to, str) else os.path.relpath(target / leads_to, (target / place).parent)
            os.symlink(to, target / place)


def _links(links: Sequence[object]) -> str:
    return f' (behind {len(links)} links)' if links else ''


def _megabytes(size: int) -> int:
    return (size + (1 << 20) - 1) >> 20


class Workplace(typing.NamedTuple):
    """Where a script works. folder: the copy of the current one. script: path of its file in a copy, or None.
    copies: {path of a copy: the path of what it is a copy of}, each text."""
    folder: pathlib.Path
    script: str | None
    copies: dict[str, str]

    def original(self, text: str) -> str:
        """A text, such as a traceback, with the user's own paths in place of those in the copies."""
        for copy, path in sorted(self.copies.items(), key=lambda item: -len(item[0])):
            text = text.replace(copy, path)
        return text

    def inside(self, path: str) -> str:
        """Where in a copy a path of the user's is; outside of what is copied the path itself."""
        for copy, original in self.copies.items():
            if os.path.abspath(path) == original or os.path.abspath(path).startswith(original + os.sep):
                return copy + os.path.abspath(path)[len(original):]
        return path


@contextlib.contextmanager
def workplace(folder: PathLike, script: PathLike | None, limit: int, without: Iterable[PathLike] = (),
              linked: Iterable[PathLike] = ()) -> Iterator[Workplace]:
    """Context manager: the Workplace of a script that is called from `folder`, gone at the end.

    script: its path, or None. What lies beside it is in the copy of `folder`, or, if it lies elsewhere, in a copy of
    its own folder. limit: MB of each copy. without, linked: as `Survey` takes them. Raises TooLarge, NothingLinked,
    OSError.
    """
    surveys = [Survey(folder, without, linked)]
    of_script = os.path.realpath(script) if script else None
    if of_script and not surveys[0].place_of(of_script):
        surveys.append(Survey(os.path.dirname(of_script), without, linked))
        if not surveys[1].place_of(of_script):  # it has a dot before its name
            surveys[1].files.append((of_script, pathlib.PurePath(os.path.basename(of_script))))
    for survey in surveys:
        survey.refuse_beyond(limit)
    for path in surveys[0].linked:
        if not any(survey.linked.get(path) for survey in surveys):
            raise NothingLinked(f'--linked {path}: nothing of that name is copied')
    with temporary('script') as scratch:
        copied = {}
        for survey, name in zip(surveys, ('folder', 'script')):
            copy = scratch / name / (survey.folder.resolve().name or 'root')
            copy.parent.mkdir()
            survey.copy(copy)
            copied[str(copy)] = str(survey.folder)
        paths = list(copied)
        place = surveys[-1].place_of(of_script) if of_script else None
        assert place or not of_script
        yield Workplace(pathlib.Path(paths[0]), os.path.join(paths[-1], place) if place else None, copied)


def left_out(name: str) -> bool:
    """Whether a file or folder of this name is no part of what somebody works on."""
    return name.startswith('.') or name in LEFT_OUT

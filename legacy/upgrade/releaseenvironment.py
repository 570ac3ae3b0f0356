"""An environment of one release, ready to run something in: for `record --release`, for scripts, for --against."""
from collections.abc import Callable, Sequence

from legacy.formats.places import PathLike
from legacy.machine import environments, platforms
from legacy.upgrade import packages, releasetable, rows
from legacy.upgrade.locks import locked
from legacy.upgrade.releasetable import Release


def interpreter(name: str, further: Sequence[str] = (), folder: PathLike | None = None,
                tell: Callable[[str], None] = lambda text: None) -> str:
    """The path of the interpreter of an environment for a script with TensorFlow `name`; built if it is not there.

    name: as `upgrade` takes releases. further: requirements beside TensorFlow, resolved with hashes for this release.
    folder: where environments are kept, in the user's cache unless given. tell: called with what goes on. Raises
    releasetable.TableError, EnvironmentFault, OSError.
    """
    found = row(name, further, script=True, tell=tell)
    tell(f'TensorFlow {found.version or name}, CPython {found.python}: {environments.told(folder)}')
    return built(found, folder)


def row(name: str, further: Sequence[str] = (), script: bool = False,
        tell: Callable[[str], None] = lambda text: None) -> Release:
    """The Release for this platform, with its lock. script: whether it is to have what `packages` say. Raises
    releasetable.TableError, EnvironmentFault."""
    found = releasetable.find(releasetable.releases(), name).on(platforms.here())
    if script:
        found = packages.for_script(found, further)
    if not found.lock:
        tell(f'resolving the packages of TensorFlow {name}')
        found = locked(found)
    return found


def built(found: Release, folder: PathLike | None = None, interpreters: Sequence[PathLike] = (),
          log: PathLike | None = None) -> str:
    """The path of the interpreter of a Release's environment. Raises EnvironmentFault, OSError."""
    return rows.built(rows.request(found, interpreters, folder), log)

"""Whether pictures can be drawn here: known before the training, not after it."""
import importlib.util

from legacy.formats.errors import LegacyError, not_installed

NEEDED = ('matplotlib', 'PIL')


class PicturesError(LegacyError):
    """The pictures cannot be drawn. The message is one line."""


def require_packages() -> None:
    """Raises PicturesError where a package that draws is not installed. Imports none: that takes a second."""
    for package in NEEDED:
        try:
            found = importlib.util.find_spec(package)
        except ModuleNotFoundError:
            found = None
        if not found:
            error = ModuleNotFoundError(name=package)
            raise PicturesError(f'{not_installed(error)}; without pictures: --no-figures')

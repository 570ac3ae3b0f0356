"""The table of TensorFlow releases (`data/environments.tsv`): what each needs, and which ones are asked for."""
import pathlib
import re
import typing
from collections.abc import Sequence

from packaging.utils import InvalidWheelFilename, parse_wheel_filename
from packaging.version import InvalidVersion, Version

from legacy.formats import places
from legacy.formats.errors import LegacyError
from legacy.formats.files import write_whole
from legacy.machine.crew import Host

TABLE = pathlib.Path(places.DATA, 'environments.tsv')
LOCKS = pathlib.Path(places.DATA, 'locks')
REQUIREMENTS = pathlib.Path(places.CHECKOUT, 'requirements.txt')
HEADING = 'tensorflow\tpython\tplatforms\tpins'
OLDEST_BY_DEFAULT = '1.15.5'
PLATFORMS = ('linux-x86_64', 'linux-aarch64', 'macos-arm64')  # that locks are made for


class TableError(LegacyError):
    """A release that the table has not, or a table that cannot be read. The message is one line."""


class Release(typing.NamedTuple):
    """One row. name: as in the table, or as asked for. requirement: what is installed. version: of TensorFlow, '' if
    only the environment can tell. python: as in '3.11'. platforms: that it may have wheels for. locks: {platform: the
    lock file's text}, without those that are yet to be made."""
    name: str
    requirement: str
    version: str
    python: str
    platforms: tuple[str, ...]
    pins: tuple[str, ...]
    locks: dict[str, str]

    @property
    def order(self) -> Version:
        """Sorts releases by age; one whose version is not known is the newest."""
        return Version(self.version or '9999')

    @property
    def lock(self) -> str:
        """The lock file's text of a row for one platform; '' where it is yet to be made, or there are several."""
        return self.locks.get(self.platforms[0], '') if len(self.platforms) == 1 else ''

    def on(self, platform: str) -> 'Release':
        """The row for one platform."""
        return self._replace(platforms=(platform,))

    def placed(self, hosts: Sequence[Host]) -> list[tuple['Release', list[Host]]]:
        """[(the row for one platform, the `crew.Host`s of it), ...]. Raises TableError if no host fits."""
        found = [(self.on(platform), [host for host in hosts if host.platform == platform])
                 for platform in self.platforms]
        found = [(row, fitting) for row, fitting in found if fitting]
        if not found:
            offered = {host.platform for host in hosts}
            if not offered & set(PLATFORMS):
                raise TableError(f'`upgrade` has no locks for {", ".join(sorted(offered))}, only for '
                                 + ', '.join(PLATFORMS))
            raise TableError(no_wheel(self, ', '.join(sorted(offered))))
        return found


def no_wheel(release: Release, platform: str) -> str:
    """In words."""
    name = f'TensorFlow {release.name}' if release.version == release.name else release.name
    return f'{name} has no wheel for {platform} (CPython {release.python})'


def releases() -> list[Release]:
    """[Release, ...] of the table, oldest first. Raises TableError if it is damaged."""
    lines = [line for line in TABLE.read_text(encoding='utf-8').splitlines() if not line.startswith('#')]
    if lines[:1] != [HEADING]:
        raise TableError(f'{TABLE} does not begin with the columns {HEADING!r}')
    found = []
    for line in lines[1:]:
        columns = line.split('\t')
        if len(columns) != 4:
            raise TableError(f'{TABLE}: {line!r} is not four columns')
        name, python, platforms, pins = columns
        paths = {platform: lock_file(name, platform) for platform in platforms.split()}
        found.append(Release(name, f'tensorflow=={name}', name, python, tuple(paths),
                             () if pins == '-' else tuple(pins.split()),
                             {platform: path.read_text(encoding='utf-8') for platform, path in paths.items()
                              if path.exists()}))
    return sorted(found, key=lambda release: release.order)


def lock_file(name: str, platform: str) -> pathlib.Path:
    """The path of a row's lock for this platform."""
    return LOCKS / platform / f'{name}.txt'


def pinned() -> str:
    """The TensorFlow release that requirements.txt installs."""
    found: list[str] = re.findall(r'^tensorflow==(\S+)', REQUIREMENTS.read_text(encoding='utf-8'), re.MULTILINE)
    return found[0]


def by_default(known: Sequence[Release]) -> list[Release]:
    """1.15.5, the pinned release, and the newest of each minor between."""
    oldest, newest = Version(OLDEST_BY_DEFAULT), Version(pinned())
    newest_of_minor = {release.order.release[:2]: release for release in known if oldest <= release.order <= newest}
    return list(newest_of_minor.values())


def since(known: Sequence[Release], name: str) -> list[Release]:
    """The rows from this release on. Raises TableError if it is no release number."""
    try:
        oldest = Version(name)
    except InvalidVersion:
        raise TableError(f'{name!r} is no release number') from None
    return [release for release in known if release.order >= oldest]


def find(known: Sequence[Release], asked: str, python: str | None = None, pins: Sequence[str] = ()) -> Release:
    """The row of a release; or, for a number, a package or a wheel file that the table has not, or with another
    Python or other pins, one made after its nearest neighbour and without a lock. Raises TableError."""
    row = next((release for release in known if release.name == asked), None)
    if row and not python and not pins:
        return row
    requirement, version, tagged = _described(asked)
    nearest = row or _nearest(known, version)
    return Release(asked, requirement, version, python or tagged or nearest.python, PLATFORMS,
                   tuple(pins) or nearest.pins, {})


def _nearest(known: Sequence[Release], version: str) -> Release:
    """The newest row that is not newer; the oldest if there is none."""
    wanted = Version(version or '9999')
    return next((release for release in reversed(known) if release.order <= wanted), known[0])


def _described(asked: str) -> tuple[str, str, str]:
    """(requirement, version or '', Python of its tag or '') of a release number, a package or a wheel file."""
    if asked.endswith('.whl'):
        path = pathlib.Path(asked).resolve()
        if not path.is_file():
            raise TableError(f'{asked}: no such wheel file')
        try:
            name, built, _, tags = parse_wheel_filename(path.name)
        except InvalidWheelFilename as error:
            raise TableError(str(error)) from None
        minors = [tag.interpreter[3:] for tag in tags if re.fullmatch(r'cp3\d+', tag.interpreter)]
        return f'{name} @ {path.as_uri()}', str(built), f'3.{minors[0]}' if minors else ''
    package, _, version = asked.rpartition('==')
    if not package and re.match(r'[A-Za-z]', asked):  # the newest of a package such as tf-nightly
        return asked, '', ''
    try:
        return f'{package or "tensorflow"}=={Version(version)}', str(Version(version)), ''
    except InvalidVersion:
        raise TableError(f'{asked!r} is no release number, no package and no wheel file') from None


def write(row: Release) -> None:
    """Put this row into the table and its locks beside it."""
    for platform, text in row.locks.items():
        lock_file(row.name, platform).parent.mkdir(exist_ok=True)
        write_whole(lock_file(row.name, platform), text.encode())
    for platform in set(PLATFORMS) - set(row.locks):
        lock_file(row.name, platform).unlink(missing_ok=True)
    remarks = [line for line in TABLE.read_text(encoding='utf-8').splitlines() if line.startswith('#')]
    rows = sorted([release for release in releases() if release.name != row.name] + [row], key=lambda row: row.order)
    lines = ['\t'.join([release.name, release.python, ' '.join(release.platforms), ' '.join(release.pins) or '-'])
             for release in rows]
    write_whole(TABLE, '\n'.join([*remarks, HEADING, *lines, '']).encode())

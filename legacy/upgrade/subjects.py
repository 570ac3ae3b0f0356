"""What the rows of a matrix run: the article's experiment, or a script. Each is judged against one release's numbers.

A subject says what an environment needs beside TensorFlow (`prepared`), what a host is asked to do in it (`request`,
see `rows`; `here`: whether it has this machine's files), what else than the environment the files depend on that come
back (`key`), and what these amount to (`summary`, kept under `judged_by` too).
"""
import functools
import hashlib
import pathlib
from collections.abc import Mapping, Sequence

from legacy.check import sources
from legacy.check.scripting import Job
from legacy.formats.files import digest_of_file
from legacy.formats.places import PathLike
from legacy.formats.references import References
from legacy.formats.values import Json, JsonObject
from legacy.machine import codebase
from legacy.upgrade import packages, rowsummary, scriptsummary
from legacy.upgrade.releasetable import Release


class Article:
    """The article's experiment. folder: of the references that are the measure; the committed ones unless given."""

    script = None

    def __init__(self, folder: pathlib.Path | None = None) -> None:
        """Raises RecordingError."""
        self.folder = folder
        self.references = References(folder) if folder else References()

    @property
    def baseline(self) -> str:
        """The release whose numbers are the measure."""
        return str(self.references.main.header['environment']['tensorflow'])

    def prepared(self, release: Release) -> Release:
        """The Release as it is: the experiment needs TensorFlow alone."""
        return release

    @functools.cached_property
    def _files(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in sorted(pathlib.Path(self.folder).iterdir())} \
            if self.folder else {}

    def request(self, here: bool) -> JsonObject:
        return {'against': self._files}

    def key(self) -> Json:
        """Of the code that runs, and of references that are not in it."""
        code = codebase.fingerprint('worker.gather')
        return [code, _digests(self._files)] if self.folder else code

    @property
    def judged_by(self) -> str:
        return codebase.fingerprint('upgrade.rowsummary')

    def summary(self, folder: PathLike) -> JsonObject:
        """See `rowsummary`. Raises RecordingError."""
        return rowsummary.summarise(folder, self.references)


class Script:
    """A script, judged against its recording.

    job: a scripting.Job, of which the interpreter does not matter. recorded: path of the recording. further:
    requirements beside TensorFlow. without: paths in the current folder that are no part of the script's.
    """

    def __init__(self, job: Job, recorded: PathLike, further: Sequence[str] = (), without: Sequence[str] = ()) -> None:
        """Raises RecordingError."""
        self.job, self.recorded, self.further, self.without = job, pathlib.Path(recorded), tuple(further), without
        self.measure = scriptsummary.Measure(self.recorded)

    @property
    def baseline(self) -> str:
        return str(self.measure.header['environment']['tensorflow'])

    @property
    def script(self) -> str:
        """As it was typed."""
        return ' '.join([self.job.asked['script'], *self.job.asked['arguments']])

    def prepared(self, release: Release) -> Release:
        """The Release with all that the script needs there."""
        return packages.for_script(release, self.further)

    def request(self, here: bool) -> JsonObject:
        baseline = str(self.recorded.absolute()) if here else self.recorded.read_bytes()
        return {'script': {'baseline': baseline, 'asked': self.job.asked, 'folder': self.job.folder,
                           'timeout': self.job.timeout, 'files': self.job.files, 'without': list(self.without),
                           'linked': list(self.job.linked)}}

    @functools.cached_property
    def _key(self) -> list[Json]:
        return [codebase.fingerprint(*codebase.below('worker/scripts')), digest_of_file(self.recorded),
                sources.digests(self.job, self.without), self.job.asked]

    def key(self) -> Json:
        """Of the code that runs, the recording, the script's sources and what it is given. --with is in the lock."""
        return self._key

    @property
    def judged_by(self) -> str:
        return codebase.fingerprint('upgrade.scriptsummary')

    def summary(self, folder: PathLike) -> JsonObject:
        """See `scriptsummary`. Raises RecordingError."""
        return self.measure.summarise(folder)


Subject = Article | Script


def _digests(files: Mapping[str, bytes]) -> dict[str, str]:
    return {name: _digest(content) for name, content in files.items()}


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()

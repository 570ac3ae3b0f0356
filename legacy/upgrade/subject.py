"""What the rows of a matrix run, and are judged against: a script, a model or the article's experiment, and its
recording."""
import functools
import pathlib
from collections.abc import Sequence

from legacy.check import sources
from legacy.check.jobs import Job
from legacy.formats.files import digest_of_file
from legacy.formats.places import PathLike
from legacy.formats.values import Json, JsonObject
from legacy.machine import codebase
from legacy.upgrade import packages
from legacy.upgrade.releasetable import Release
from legacy.upgrade.rows import Wanted
from legacy.upgrade.summary import Measure

ARTICLE = "the article's experiment"


class Subject:
    """job: a jobs.Job, of which the interpreter does not matter. recorded: path of the recording. further:
    requirements beside TensorFlow. is_article: whether the job is of the article's experiment, whose folder each host
    makes itself."""

    def __init__(self, job: Job, recorded: PathLike, further: Sequence[str] = (), is_article: bool = False) -> None:
        """Raises RecordingError."""
        self.job, self.recorded, self.further = job, pathlib.Path(recorded), tuple(further)
        self.is_article = is_article
        self.measure = Measure(self.recorded)

    @property
    def baseline(self) -> str:
        """The release whose numbers are the measure."""
        return str(self.measure.header['environment']['tensorflow'])

    @property
    def name(self) -> str:
        """As it was typed."""
        if self.is_article:
            return ARTICLE
        return ' '.join([self.job.asked['script'], *self.job.asked['arguments']])

    def prepared(self, release: Release) -> Release:
        """The Release with all that the subject needs there, beside TensorFlow."""
        return packages.for_script(release, self.further)

    def wanted(self, here: bool) -> Wanted:
        """The rows.Wanted. here: whether the host has this machine's files."""
        return Wanted(self.job, str(self.recorded.absolute()) if here else self.recorded.read_bytes(), self.is_article)

    @functools.cached_property
    def _key(self) -> list[Json]:
        return [codebase.fingerprint(*codebase.below('worker/scripts')), digest_of_file(self.recorded),
                sources.digests(self.job, self.job.without), self.job.asked, self.job.onednn]

    def key(self) -> Json:
        """All that a row's files depend on, beside the environment: the code that runs, the recording, the script's
        sources and what it is given. `further` is in the lock."""
        return self._key

    @property
    def judged_by(self) -> str:
        """What a row's summary depends on, beside its files."""
        return codebase.fingerprint('upgrade.summary')

    def summary(self, folder: PathLike) -> JsonObject:
        """See `summary`. Raises RecordingError."""
        return self.measure.summarise(folder)

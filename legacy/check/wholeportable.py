"""The whole run of a script in portable arithmetic: made for a recording, twice, and for a check, once."""
import os
import pathlib
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future

from legacy.check import variation
from legacy.check.scriptfault import ScriptFault
from legacy.formats import recordings, runkinds, stored, wholerun
from legacy.formats.archive import RecordingError
from legacy.formats.errors import LegacyError
from legacy.formats.places import PathLike
from legacy.formats.recordings import Recording
from legacy.formats.values import JsonObject
from legacy.formats.wholerun import WholeRun
from legacy.machine import crew
from legacy.machine.interpreters import EnvironmentFault

if typing.TYPE_CHECKING:  # they import this module
    from legacy.check.jobs import Job
    from legacy.check.wholeruns import WholeRuns

ARITHMETIC = 'portable'


class NoWholeRun(LegacyError):
    """The script has no whole run in portable arithmetic. The message is one line."""


class Varies(typing.NamedTuple):
    """See `wholerun.VARYING`."""
    what: str
    kind: int
    name: str
    since: int


def begin(runs: 'WholeRuns', folder: pathlib.Path) -> list[Future[Recording]]:
    """[Future] of the two runs that a recording needs. runs: a wholeruns.WholeRuns. folder: pathlib.Path."""
    words = ('whole, in portable arithmetic', 'whole, in portable arithmetic, once more')
    return [runs.begin(text, folder / f'whole-{number}.npz', command='', arithmetic=ARITHMETIC)
            for number, text in enumerate(words)]


def recorded(recording: Recording, futures: Sequence[Future[Recording]]) -> Recording:
    """The Recording with its whole run. futures: of `begin`. Raises NoWholeRun, what `Job.run` raises."""
    try:
        first, second = (future.result() for future in futures)
    except ScriptFault as error:
        raise NoWholeRun(f'in portable arithmetic the script fails ({error}): record it without --whole') from None
    found = with_whole(recording, first)
    ours, theirs = (typing.cast(WholeRun, wholerun.of(run)) for run in (first, second))
    found.header['whole'] = {**found.header['whole'], 'varying': varying(ours, theirs)}
    return found


def with_whole(recording: Recording, run: Recording) -> Recording:
    """A Recording with the whole run that another one is."""
    arrays = {name: run.arrays[name] for name in run.arrays if name.startswith(wholerun.PREFIX)}
    return Recording({**recording.header, 'whole': run.header['whole']}, stored.joined(recording.arrays, arrays))


def made_here(job: 'Job', baseline: PathLike, out: pathlib.Path, own: Callable[[], Recording],
              beside: bool = False) -> Recording:
    """The Recording of a script made here, with its whole run where the baseline has one.

    own: returns the recording of the script's own run here. baseline: path of the recording whose op seeds are given
    back. out: pathlib.Path of a file to write. beside: whether the whole run is made meanwhile, for which there must be
    a second core, and not afterwards. A run that could not be made leaves its fault, which is nothing of the script's
    own run.
    """
    if 'whole' not in (recordings.header_of(baseline) or {}):
        return own()
    if not beside:
        return joined(own(), lambda: _whole(job, baseline, out))
    with crew.crew(jobs=1) as second:
        running = second.submit(_whole, job, baseline, out)
        return joined(own(), running.result)


def _whole(job: 'Job', baseline: PathLike, out: pathlib.Path) -> Recording:
    return job.run(out, op_seeds=os.path.abspath(baseline), command='', arithmetic=ARITHMETIC)


def joined(recording: Recording, whole: Callable[[], Recording]) -> Recording:
    """A Recording with the whole run that a function returns. That this could not be made is no failure of the
    script's own run: its fault is noted."""
    try:
        return with_whole(recording, whole())
    except (ScriptFault, EnvironmentFault, RecordingError) as error:
        return Recording({**recording.header, 'whole': wholerun.faulty(str(error))}, recording.arrays)


def varying(first: WholeRun, second: WholeRun) -> list[JsonObject]:
    """[wholerun.VARYING]: what the second of two wholerun.WholeRuns has otherwise than the first."""
    numbers = runkinds.matches(first.kinds, second.kinds)
    found = [Varies('runs', -1, str(thread), since) for thread, since in _other_threads(first, second, numbers)]
    for k, kind in enumerate(first.kinds):
        for what, key, group in (('feed', 'feeds', 'feeds'), ('fetch', 'fetches', 'fetched')):
            for column, name in enumerate(kind[key]):
                ours = first[f'kinds/{k}/{group}'][:, column].tolist()
                theirs = second[f'kinds/{numbers[k]}/{group}'][:, column].tolist() if k in numbers else []
                since = variation.first_difference(ours, theirs)
                if since is not None:
                    found.append(Varies(what, k, name, since))
    ours, theirs = first.last(), second.last()
    found += [Varies('last', session, name, 0) for (session, name), digest in ours.items()
              if theirs.get((session, name)) != digest]
    return [item._asdict() for item in found]


def _other_threads(first: WholeRun, second: WholeRun, numbers: Mapping[int, int]) -> Iterator[tuple[int, int]]:
    ours, theirs = first.threads(), second.threads({number: k for k, number in numbers.items()})
    for thread in sorted({*ours, *theirs}):
        since = variation.first_difference(ours.get(thread, []), theirs.get(thread, []))
        if since is not None:
            yield thread, since

"""What `check` needs of one TensorFlow, each part made when it is first asked for. Runs on Python 3.6.

Parts: `environment`; `graph`, as a graphtable.Table; for each arithmetic of the references a recording, under its
name; `replay` of the references' main one; `repeated`, the replay of this TensorFlow's own; `kernels`, the answers of
every op; and, if asked for, `native-<arithmetic>`, the main one with the release's own op seeds.
`Evidence` makes them here and now; `gather` writes them to a folder, for `formats.evidence.StoredEvidence` in another
process.
"""
import json
import os
import traceback
from concurrent import futures
from typing import TYPE_CHECKING, Any, Callable, Dict, List, NamedTuple, Optional, Tuple

from legacy.formats.errors import LegacyError
from legacy.formats.evidence import NATIVE, REPLAYS, EvidenceError, save_part
from legacy.formats.files import write_whole
from legacy.formats.places import PathLike
from legacy.formats.recording import Recording
from legacy.formats.references import References

if TYPE_CHECKING:
    from legacy.worker.experiment import Experiment
    from legacy.worker.seeding import OpSeeds

# value: what was made. error: why it was not.
Attempt = NamedTuple('Attempt', [('value', Any), ('error', Optional[Exception])])


class Evidence(object):
    """Of the TensorFlow in this process, which is imported when the first part is asked for.

    Once the first computed part is asked for, all graphs are built, and the recordings beside the main one go on in a
    thread of their own: TensorFlow computes outside Python's lock, and no session touches another's numbers.
    """

    def __init__(self, references: References, experiment: "Optional[Callable[..., Experiment]]" = None,
                 ahead: bool = True, native: bool = False) -> None:
        """experiment: what builds one, `experiment.Experiment` unless given. ahead: whether to record ahead of being
        asked, as said above. native: whether there is also the main recording with the release's own op seeds."""
        self.references = references
        self._settings = {arithmetic: references.settings(arithmetic) for arithmetic in references.recordings}
        if native:
            main = references.main.settings['arithmetic']
            self._settings[NATIVE + main] = dict(self._settings[main], op_seeds='native')
        self._build = experiment
        self._ahead = ahead
        self._thread = futures.ThreadPoolExecutor(1)
        self._experiments: Dict[str, Attempt] = {}  # of each recording
        self._begun: Dict[str, 'futures.Future[Recording]'] = {}  # of each recording
        self._parts: Dict[str, Attempt] = {}

    def part(self, name: str) -> Any:
        """One of the parts above. Raises EvidenceError if making it failed, also when asked again; shim.ShimError if
        there is no TensorFlow to ask."""
        if name not in self._parts:
            self._parts[name] = _attempt(self._make, name)
        value, error = self._parts[name]
        if error:
            raise EvidenceError(_one_line(error))
        return value

    def _make(self, name: str) -> Any:
        from legacy.worker import environment, kernels, replay  # import TensorFlow
        from legacy.worker.graph import origin
        if name == 'environment':
            return environment.environment()
        self._begin()
        if name in self._begun:
            return self._begun[name].result()
        main = self.references.main.settings['arithmetic']
        if name == 'graph':
            return origin.describe(self._experiment(main))
        if name in REPLAYS:
            recorded = self.references.main if name == 'replay' else self.part(main)
            # each in a session of its own: what goes wrong at the n-th step of a session strikes in both
            return replay.replay(self._experiment(main), recorded)
        if name == 'kernels':
            assert self.references.kernels  # or it is none of `names`
            return kernels.answer(self._experiment(main), self.references.kernels)
        return self._record(name)

    def _begin(self) -> None:
        if self._experiments:
            return
        from legacy import shim
        from legacy.worker import seeding
        from legacy.worker.experiment import Experiment
        shim.quiet()
        theirs = seeding.of_recording(self.references.main, self.references.path)
        built: Dict[Tuple[int, 'OpSeeds'], Attempt] = {}  # of the settings of a graph the Experiment in float32
        for name, settings in self._settings.items():
            op_seeds: 'OpSeeds' = 'native' if settings['op_seeds'] == 'native' else theirs
            key, arithmetic = (settings['seed'], op_seeds), settings['arithmetic']
            if self._build:
                self._experiments[name] = _attempt(self._build, *key, arithmetic)
                continue
            if key not in built:
                built[key] = _attempt(Experiment, *key)
            first = built[key]
            self._experiments[name] = first if first.error or arithmetic == 'float32' else _attempt(
                first.value.in_arithmetic, arithmetic)
        for name in self._settings:
            if self._ahead and name != self.references.main.settings['arithmetic']:
                self._begun[name] = self._thread.submit(self._record, name)

    def _experiment(self, name: str) -> 'Experiment':
        built, error = self._experiments[name]
        if error:
            raise error
        found: 'Experiment' = built
        return found

    def _record(self, name: str) -> Recording:
        from legacy.worker import record
        return record.record(experiment=self._experiment(name), **self._settings[name])

    def names(self) -> List[str]:
        """Of all parts."""
        return (['environment', 'graph', 'replay', 'repeated'] + list(self._settings)
                + ['kernels'] * bool(self.references.kernels))


def _attempt(make: Callable[..., Any], *args: Any) -> Attempt:
    """What `make` returns, or what it raised; without a TensorFlow there is nothing to attempt."""
    try:
        return Attempt(make(*args), None)
    except LegacyError:
        raise
    except Exception as error:
        return Attempt(None, error)


def _one_line(error: Exception) -> str:
    where = traceback.extract_tb(error.__traceback__)[-1]
    return '%s: %s (%s, line %s)' % (type(error).__name__, ' '.join(str(error).split())[:300],
                                     os.path.basename(where.filename), where.lineno)


def gather(path: PathLike, folder: PathLike, native: bool = False) -> None:
    """Write all parts for the references at `path` to the existing `folder`. Raises RecordingError, OSError,
    shim.ShimError; what else fails is noted there."""
    from legacy.formats.references import References
    evidence, failed = Evidence(References(path), native=native), {}
    for name in evidence.names():
        try:
            save_part(name, evidence.part(name), folder)
        except EvidenceError as error:
            failed[name] = str(error)
    write_whole(os.path.join(folder, 'failed.json'), json.dumps(failed).encode('ascii'))

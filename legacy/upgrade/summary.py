"""What a subject's run under a release amounts to: the verdict of `check`, and what it takes to compare releases.

A summary is a JSON object, kept beside the row's files, so that a matrix that was run before is shown without reading
megabytes a row again:

    report       as `check --json` prints it
    environment  of the worker
    signatures   {kind: SHA-256}, equal where what it says is bit-identical (see KINDS)
    series       {'<kind>/<fetch>': [[times], [values]]} of the scalars that were fetched, at most POINTS of each
    bands        {'<kind>/<fetch>': [name, first time outside]} of all with a band that rounding makes; None if inside
    rounding     which ops gave other bits on the same inputs, in words
    causes       [causes.Cause as a dictionary] of other bits: of formulas of the same value, and of what rounds
                 otherwise; that of a regression is in the report
    seconds      {'script': that the script took, 'after': that it took to make recorded runs again} or None
    notes        [[what, [in words]]]: what was not compared, and why

Names and numbers of kinds are the recording's.
"""
import functools
import hashlib
import json
import pathlib

import numpy as np

from legacy.formats import recordings
from legacy.formats.archive import RecordingError
from legacy.formats.places import PathLike
from legacy.formats.recordings import is_number
from legacy.formats.stepnotes import StepNote
from legacy.formats.values import Array, Json, JsonObject, finite
from legacy.judge import (
    ladder,
    notcompared,
    roundingops,
    seriesbands,
    singleops,
    verdict,
    wholehistory,
)
from legacy.judge.baseline import Baseline
from legacy.judge.coverage import ERROR
from legacy.judge.findings import Finding
from legacy.judge.pairing import Pairing
from legacy.judge.questions import Report, Rung
from legacy.reports import checkreport

FILE = 'summary.json'
RUN, FAILED, ENVIRONMENT = 'script.npz', 'failed.json', 'environment.json'  # files of a row
POINTS = 400
ARITHMETICS = ('float32', 'portable', 'float64')
# What two releases can have in common, as {kind: words}.
KINDS = {'initial values': "variables' first values", 'formulas': 'the formulas, line by line',
         'ops alone': 'what each op gives by itself, of the recorded inputs',
         **{f'{arithmetic} runs': f'the recorded runs, made again in {arithmetic}' for arithmetic in ARITHMETICS},
         'fetched': "all that it fetched in a run of its own",
         'whole portable run': 'all of a whole run in portable arithmetic'}


class Measure:
    """A subject's recording, that its runs under other releases are judged against."""

    def __init__(self, path: PathLike) -> None:
        """Raises RecordingError."""
        self.recording, self.path = recordings.load(str(path)), str(path)
        self.header = self.recording.header

    @functools.cached_property
    def baseline(self) -> Baseline:
        return Baseline(self.recording, self.path)

    def summarise(self, folder: PathLike) -> JsonObject:
        """The summary of the files in a row's folder. Raises RecordingError if they are damaged."""
        folder = pathlib.Path(folder)
        if (folder / FAILED).exists():
            return self._failed(_json(folder / FAILED), _json(folder / ENVIRONMENT))
        candidate = recordings.load(str(folder / RUN))
        case = ladder.Case(self.baseline, candidate)
        report = ladder.asked(case)
        summary: JsonObject = finite({
            'report': _as_json(report), 'environment': report.environment,
            'signatures': _signatures(case, report),
            'series': {'%d/%d' % (k, j): _thinned(array) for k, j, array in _series(case)},
            'bands': {'%d/%d' % key: [item.name, seriesbands.left_at(item.share)]
                      for key, item in seriesbands.banded(case).items()
                      if item.share is not None and item.compared},
            'rounding': roundingops.in_words(report.rounds),
            'causes': [item._asdict() for item in [
                *report.moves, *case.rounding.causes]],
            'seconds': candidate.header['seconds'], 'notes': notcompared.notes(self.baseline, candidate.header)})
        return summary

    def _failed(self, failed: JsonObject, environment: JsonObject) -> JsonObject:
        rung = Rung('the script', ERROR, Finding('', False, ' / '.join([*failed['said'][:-1], failed['message']])), 0.0)
        report = Report('regression', f'The script failed: {failed["message"]}', [rung], [], [], environment,
                        self.header['environment'], self.path)
        return {'report': _as_json(report), 'environment': environment, 'signatures': {}, 'series': {}, 'bands': {},
                'rounding': '', 'causes': [], 'seconds': None, 'notes': notcompared.notes(self.baseline)}

    def series(self) -> dict[str, tuple[str, Array, list[Array]]]:
        """{'<kind>/<fetch>': (name, its values as recorded, [values of each noisy run])} of all scalars."""
        noisy = self.recording.noisy()
        return {'%d/%d' % (k, j): (seriesbands.series_of(self.baseline.side, k, j).name, values.ravel(),
                                   [run[k, j].ravel() for run in noisy if (k, j) in run])
                for (k, j), values in sorted(self.recording.series().items())
                if len(values) > 1 and values[0].size == 1}

    def with_band(self) -> dict[str, seriesbands.Series]:
        """{'<kind>/<fetch>': seriesbands.Series} of all of which rounding makes a band: a release is judged by these.
        """
        return {'%d/%d' % key: item.series for key, item in
                seriesbands.banded(Pairing(self.baseline, self.recording)).items() if item.compared}


def _json(path: pathlib.Path) -> JsonObject:
    try:
        found: JsonObject = json.loads(path.read_text(encoding='utf-8'))
        return found
    except (OSError, ValueError) as error:
        raise RecordingError(f'{path}: damaged ({error})') from None


def _as_json(report: Report) -> JsonObject:
    return checkreport.as_json(report, 'equivalent', verdict.exit_code(report.verdict, 'equivalent'))


def _series(pairing: Pairing) -> list[tuple[int, int, Array]]:
    """[(kind, fetch, array)] of the scalars here, by the recording's numbers."""
    here, found = pairing.here.series(), []
    for k, number in sorted(pairing.kinds.items()):
        for j, name in enumerate(pairing.there.kinds[k]['fetches']):
            place = pairing.column_here(k, 'fetches', name)
            array = None if place is None else here.get((number, place))
            if array is not None and len(array) > 1 and is_number(array):
                found.append((k, j, array))
    return found


def _thinned(array: Array) -> list[list[float]]:
    """[[times], [values]]"""
    times = np.unique(np.linspace(0, len(array) - 1, min(len(array), POINTS)).round().astype(int))
    return [times.tolist(), array.reshape(len(array))[times].astype('f8').tolist()]


def _signatures(pairing: Pairing, report: Report) -> dict[str, str]:
    """Of what is judged: not of what its own release does not repeat, or what follows from results."""
    baseline = pairing.baseline
    found = {'initial values': _signature(sorted(
        [graph, name, [*noted.form, noted.digest]] for (graph, name), noted in pairing.here.initial.items()
        if baseline.varies_since('variable', -1, graph, name) is None)),
             'fetched': _signature([[column.kind, column.name, None if column.here is None else column.here.tolist()]
                                    for column in pairing.columns('fetches', 'fetched')
                                    if baseline.repeats(column.kind, column.name)]),
             'formulas': _signature([formula._asdict() for formula in report.formulas])}
    for arithmetic in ARITHMETICS:
        made = [[step.number, group, name, _digest(pairing.step(step), arithmetic, group, name)]
                for step in pairing.there.steps for group, name, _ in baseline.names(step, arithmetic)]
        if any(digest is not None for *_, digest in made):
            found[f'{arithmetic} runs'] = _signature(made)
    for kind, digests in (('ops alone', singleops.answers(pairing)),
                          ('whole portable run', wholehistory.digests(pairing))):
        if digests:
            found[kind] = _signature(digests)
    return found


def _digest(made: StepNote | None, arithmetic: str, group: str, name: str) -> int | None:
    noted = made.noted(arithmetic, group, name) if made else None
    return None if noted is None else noted.digest


def _signature(value: Json) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()

"""What a script's run under a release amounts to: the verdict of `check`, and what it takes to compare releases.

A summary is a JSON object, as `rowsummary` makes one of the article's evidence:

    report       as `check --json` prints it
    environment  of the worker
    op_seeds     None: a script's are those of its recording
    signatures   {kind: SHA-256}, equal where what it says is bit-identical (see KINDS)
    kernels      empty: the report has those that answer otherwise than recorded
    series       {'<kind>/<fetch>': [[times], [values]]} of the scalars that were fetched, at most POINTS of each
    bands        {'<kind>/<fetch>': [name, first time outside]} of all with a band that rounding makes; None if inside
    rounding     which ops gave other bits on the same inputs, in words
    seconds      {'script': that the script took, 'after': that it took to make recorded runs again} or None
    notes        [[what, [in words]]]: what was not compared, and why

Names and numbers of kinds are the recording's.
"""
import functools
import hashlib
import json
import pathlib

import numpy as np

from legacy.formats import scriptrecording, unseen
from legacy.formats.archive import RecordingError
from legacy.formats.values import finite
from legacy.judge import scriptladder, scriptrounding, scriptruns
from legacy.judge.asking import ERROR, Report, Rung
from legacy.judge.findings import Finding
from legacy.judge.scriptrecorded import Recorded, found_here
from legacy.reports import checkreport

RUN, FAILED, ENVIRONMENT = 'script.npz', 'failed.json', 'environment.json'  # files of a row
POINTS = 400
ARITHMETICS = ('float32', 'portable', 'float64')
KINDS = {'initial values': "variables' first values", 'fetched': 'everything that the script fetched',
         **{f'{arithmetic} runs': f'recorded runs made again in {arithmetic}' for arithmetic in ARITHMETICS},
         'formulas': 'the formulas, line by line'}


class Measure:
    """A script's recording, that its runs under other releases are judged against."""

    def __init__(self, path):
        """Raises RecordingError."""
        self.recording, self.path = scriptrecording.load(str(path)), str(path)
        self.header = self.recording.header

    @functools.cached_property
    def recorded(self):
        return Recorded(self.recording, self.path)

    def summarise(self, folder):
        """The summary of the files in a row's folder. Raises RecordingError if they are damaged."""
        folder = pathlib.Path(folder)
        if (folder / FAILED).exists():
            return self._failed(_json(folder / FAILED), _json(folder / ENVIRONMENT))
        candidate = scriptrecording.load(str(folder / RUN))
        report = scriptladder.ladder(self.recorded, candidate)
        return finite({
            'report': _as_json(report), 'environment': report.environment, 'op_seeds': None,
            'signatures': _signatures(self.recorded, candidate, report), 'kernels': {},
            'series': {'%d/%d' % (k, j): _thinned(array) for k, j, array in _series(self.recorded, candidate)},
            'bands': {'%d/%d' % key: [name, scriptruns.left_at(share)] for key, (name, share) in
                      scriptruns.banded(self.recorded, candidate).items() if share is not None},
            'rounding': scriptrounding.Rounding(self.recorded, candidate).words,
            'seconds': candidate.header['seconds'], 'notes': notes(self.header, candidate.header)})

    def _failed(self, failed, environment):
        rung = Rung('the script', ERROR, Finding('', False, ' / '.join([*failed['said'][:-1], failed['message']])), 0.0)
        report = Report('regression', f'The script failed: {failed["message"]}', [rung], [], [], [], environment,
                        self.header['environment'], self.path)
        return {'report': _as_json(report), 'environment': environment, 'op_seeds': None, 'signatures': {},
                'kernels': {}, 'series': {}, 'bands': {}, 'rounding': '', 'seconds': None, 'notes': notes(self.header)}

    def series(self):
        """{'<kind>/<fetch>': (name, its values as recorded, [values of each noisy run])} of all scalars."""
        noisy = self.recording.noisy()
        return {'%d/%d' % (k, j): (scriptruns.series_name(self.recorded, k, j), values.ravel(),
                                   [run[k, j].ravel() for run in noisy if (k, j) in run])
                for (k, j), values in sorted(self.recording.series().items())
                if len(values) > 1 and values[0].size == 1}

    def with_band(self):
        """{'<kind>/<fetch>': name} of all series of which rounding makes a band: a release is judged by these."""
        return {'%d/%d' % key: name for key, (name, share) in
                scriptruns.banded(self.recorded, self.recording).items() if share is not None}


def notes(there, here=None):
    """[[what, [in words]], ...] of what is not compared, of the headers of a recording and of a run of the script."""
    here = here or {'unseen': [], 'unknown': {}}
    found = [['not observed', unseen.all_in_words(there['unseen'], here['unseen'])],
             ['not repeated by its own release', there['unrepeatable']],
             ['follows from results, and was not compared', there['varying']],
             ['left as it is by portable arithmetic', sorted({*there['unknown'].get('portable', []),
                                                              *here['unknown'].get('portable', [])})]]
    return [note for note in found if note[1]]


def _json(path):
    try:
        return json.loads(path.read_text(encoding='utf-8'))
    except (OSError, ValueError) as error:
        raise RecordingError(f'{path}: damaged ({error})') from None


def _as_json(report):
    return checkreport.as_json(report, 'equivalent', 1 if report.verdict == 'regression' else 0)


def _series(recorded, candidate):
    """[(kind, fetch, array)] of the scalars here, by the recording's numbers."""
    places, here = scriptruns.matched(recorded, candidate), candidate.series()
    return [(k, j, array) for k, number in places for (of, j), array in sorted(here.items())
            if of == number and len(array) > 1 and array[0].size == 1]


def _thinned(array):
    """[[times], [values]]"""
    times = np.unique(np.linspace(0, len(array) - 1, min(len(array), POINTS)).round().astype(int))
    return [times.tolist(), array.reshape(len(array))[times].astype('f8').tolist()]


def _signatures(recorded, candidate, report):
    """Of what is judged: not of what its own release does not repeat, or what follows from results."""
    there, here = recorded.recording.header, found_here(candidate)
    found = {'initial values': _signature(sorted(
        [item['graph'], item['name'], item['noted'][1:]] for item in candidate.header['initial']
        if f'variable {item["name"]} of graph {item["graph"]}' not in there['varying'])),
             'fetched': _signature([_fetched(recorded, candidate, *pair)
                                    for pair in sorted(scriptruns.matched(recorded, candidate))]),
             'formulas': _signature([formula._asdict() for formula in report.formulas])}
    for arithmetic in ARITHMETICS:
        made = [[step['step'], group, name, _digest(here.get(step['step']), arithmetic, group, name)]
                for step in recorded.steps for group, name, _ in recorded.names(step, arithmetic)]
        if any(digest is not None for *_, digest in made):
            found[f'{arithmetic} runs'] = _signature(made)
    return found


def _fetched(recorded, candidate, k, number):
    """[kind, digests of what its runs gave, but for fetches that are not repeatable]"""
    kind, unrepeatable = recorded.recording.kinds[k], recorded.recording.header['unrepeatable']
    columns = [j for j, name in enumerate(kind['fetches']) if name not in kind['racing']
               and not any(text.startswith(f'{name} (') for text in unrepeatable)]
    return [k, candidate.arrays[f'kinds/{number}/fetched'][:, columns].tolist()]


def _digest(step, arithmetic, group, name):
    """Of a tensor of a step that was made again, or None."""
    outcome = step['outcomes'].get(arithmetic) if step else None
    noted = outcome[group].get(name) if outcome else None
    return noted and noted[3]


def _signature(value):
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()

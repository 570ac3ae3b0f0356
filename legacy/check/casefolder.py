"""`check --case FOLDER`: what is to be sent of a cause. It is run under both TensorFlows before it is written."""
import pathlib
import typing
from collections.abc import Callable, Sequence

import numpy as np

from legacy.check import caserun
from legacy.formats import casedraft, contents, processor
from legacy.formats.casedraft import HERE, RECORDED, THERE, Draft, NoCase
from legacy.formats.errors import LegacyError
from legacy.formats.folders import whole_folder
from legacy.formats.recordings import Recording
from legacy.formats.values import Array
from legacy.judge import causewords
from legacy.judge.apartness import apart
from legacy.judge.questions import BROKEN, Report
from legacy.reports import casescript, casetext
from legacy.reports.casescript import ARRAYS, LEAST, SCRIPT, TEXT, Facts

SOURCES = 'sources'  # the question whose answer is a cause by itself


def write(out: pathlib.Path, force: bool, candidate: Recording, report: Report, python: str,
          python_of: Callable[[str], str], scratch: pathlib.Path) -> None:
    """Write the case to the folder `out`.

    candidate: the Recording made here, with what a case is made of. report: questions.Report. python: the
    interpreter of the TensorFlow that was checked. python_of: a function of a release that returns the interpreter of
    an environment of it; may raise LegacyError. scratch: pathlib.Path of a folder for what is tried. Raises NoCase,
    FolderError.
    """
    draft, arrays = _draft(candidate, report)
    there, here = report.reference['tensorflow'], report.environment['tensorflow']
    edited = set(report.cause.edited) if report.cause else set()
    if there == here or {draft.line, *(report.cause.callers if report.cause else ())} & edited:
        where = f'both are TensorFlow {here}' if there == here else f'{draft.line} was edited since it was recorded'
        raise NoCase(f'{where}, so that what differs is not in TensorFlow')
    try:
        pythons = python_of(there), python
    except (LegacyError, OSError) as error:
        raise NoCase(f'it cannot be run under TensorFlow {there}: {error}') from None
    folder, draft = _tried(draft, arrays, there, here, pythons, report, scratch)
    with whole_folder(out, force, '--case') as written:
        for name in (SCRIPT, ARRAYS, TEXT, *draft.definitions):
            (written / name).write_bytes((folder / name).read_bytes())


def _tried(draft: Draft, arrays: dict[str, Array], there: str, here: str, pythons: tuple[str, str], report: Report,
           scratch: pathlib.Path) -> tuple[pathlib.Path, Draft]:
    """(folder of the files, the Draft that shows the difference). Raises NoCase.

    Where a source is built otherwise, it is asked first whether the recorded ops alone give something else."""
    drafts = [draft]
    if draft.what == 'source' and len(draft.formulas) > 1:
        own = {name: text for name, text in draft.definitions.items() if name == casedraft.DEFINITIONS[THERE]}
        drafts.insert(0, draft._replace(formulas=draft.formulas[:1], definitions=own))
    for number, one in enumerate(drafts):
        folder = scratch / f'case-{number}'
        folder.mkdir()
        try:
            _Trial(folder, one, dict(arrays), there, here).made(pythons, report)
            return folder, one
        except NoCase:
            if one is drafts[-1]:
                raise
    raise NoCase('there is nothing to try')


def _draft(candidate: Recording, report: Report) -> tuple[Draft, dict[str, Array]]:
    """(Draft, {name: array}) of what is to be told. Raises NoCase."""
    broken = [rung.name for rung in report.rungs if rung.status in BROKEN]
    whats: Sequence[str]
    if report.cause:
        whats = [report.cause.what]
    else:
        whats = ['source'] if broken[:1] == [SOURCES] else [] if broken else casedraft.WHATS
    for what in whats:
        draft, arrays = casedraft.of_recording(candidate, what)
        if draft is not None:
            if draft.why:
                raise NoCase(draft.why)
            return draft, arrays
    if report.cause:
        raise NoCase(f'the cause is {report.cause.what}, no op by itself')
    raise NoCase('no cause is known' if broken else 'nothing departs by more than rounding')


class _Trial:
    """A case in a folder, which is run under both TensorFlows. there, here: their versions."""

    def __init__(self, folder: pathlib.Path, draft: Draft, arrays: dict[str, Array], there: str, here: str) -> None:
        self._folder, self._draft = folder, draft
        self._recorded = arrays.pop(RECORDED, None)
        self._exact = {side: arrays.pop(name) for side, name in (
            (side, casedraft.exact(side)) for side in (THERE, HERE)) if name in arrays}
        self._facts = Facts(there, here, (), tuple(self._exact))
        self._arrays = {name: np.asarray(array) for name, array in arrays.items()}
        self._arrays.update({casescript.exact_name(draft, self._facts, side): values
                             for side, values in self._exact.items()})

    def made(self, pythons: tuple[str, str], report: Report) -> None:
        """Make the files, and raise NoCase unless they show the difference. pythons: interpreters of both."""
        self._write()
        formulas, folder = self._draft.formulas, self._folder
        given = [caserun.given(python, folder, casescript.name_of(self._draft, formula), formula.parameters)
                 for python, formula in zip(pythons, (formulas[0], formulas[-1]))]
        values = {side: item.values for side, item in zip((THERE, HERE), given)}
        self._refuse_unless_shown(values)
        self._arrays.update({self._facts.version(side): values[side] for side in values})
        self._facts = self._facts._replace(worst=_worst(values[THERE], values[HERE]))
        self._write()
        ran = [caserun.said(python, folder) for python in pythons]
        codes = [code for _, code in ran]
        if codes != ([0, 1] if len(formulas) == 1 else [1, 1]):
            raise NoCase(f'its script ends with exit code {codes[0]} under {self._facts.there} and with {codes[1]} '
                         f'under {self._facts.here}')
        self._tell(ran, given, values, report)

    def _write(self) -> None:
        arrays: dict[str, typing.Any] = self._arrays
        np.savez_compressed(self._folder / ARRAYS, **arrays)
        text = casescript.script(self._draft, self._facts, casetext.title(self._draft, self._facts))
        (self._folder / SCRIPT).write_text(text, encoding='utf-8')
        for name, definition in self._draft.definitions.items():
            (self._folder / name).write_text(definition, encoding='utf-8')

    def _refuse_unless_shown(self, values: dict[str, Array]) -> None:
        """Raises NoCase unless the two differ, and the recorded TensorFlow gives what was recorded."""
        there, here = values[THERE], values[HERE]
        if there.shape != here.shape:
            raise NoCase(f'its results have the shapes {there.shape} and {here.shape}')
        between = apart(there, here)
        if not between > LEAST:
            raise NoCase(f'the ops by themselves give the same under both (apart by {between:.1e})')
        if self._recorded is not None:
            known, ours, theirs = (contents.sampled(part) for part in (self._recorded, there, here))
            if known.shape != ours.shape or apart(known, ours) > apart(ours, theirs) / 2:
                raise NoCase(f'the ops by themselves do not give under {self._facts.there} what was recorded')

    def _tell(self, ran: list[tuple[str, int]], given: list[caserun.Given], values: dict[str, Array],
              report: Report) -> None:
        worst, single = self._facts.worst, len(self._draft.formulas) == 1
        exact = {side: self._exact.get(THERE if single else side) for side in values}
        versions = ['TensorFlow %s, numpy %s, Python %s' % tuple(item.versions) for item in given]
        found = casetext.Ran(
            ran, versions, processor.in_words(report.environment),
            {side: str(array[worst]) for side, array in values.items()},
            {side: str(array[worst]) for side, array in self._exact.items()},
            {side: apart(values[side], exact[side]) for side in values if exact[side] is not None})
        said = causewords.in_words(report.cause).removeprefix('the cause: ') if report.cause else ''
        text = casetext.text(self._draft, self._facts, casetext.title(self._draft, self._facts), found, said)
        (self._folder / TEXT).write_text(text, encoding='utf-8')


def _worst(there: Array, here: Array) -> tuple[int, ...]:
    """The index of the element that differs most, relative to its size: of one that is a number on one side alone, if
    there is one."""
    one, two = np.asarray(there, 'f8'), np.asarray(here, 'f8')
    with np.errstate(all='ignore'):
        off = np.abs(one - two) / np.maximum(np.abs(one), np.abs(two))
    same = (there == here) | np.isnan(there) & np.isnan(here)
    at = np.argmax(np.where(same, -1, np.where(np.isfinite(off), off, np.inf)))
    return tuple(int(k) for k in np.unravel_index(at, there.shape))

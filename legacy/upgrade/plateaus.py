"""Plateaus: rows one after another whose numbers are bit-identical, and what changed where two of them meet."""
import json
import typing
from collections.abc import Sequence

from legacy.formats import answers, opseeds
from legacy.formats.archive import RecordingError
from legacy.formats.kernelset import KernelSet
from legacy.formats.values import JsonObject
from legacy.judge import drift
from legacy.machine import codebase
from legacy.machine.store import key_of
from legacy.upgrade import scriptborders, scriptsummary
from legacy.upgrade.matrix import Matrix, Outcome
from legacy.upgrade.rowsummary import KINDS
from legacy.upgrade.scriptborders import ScriptBorder
from legacy.upgrade.subjects import Article

FILE = 'border.json'


class Plateau(typing.NamedTuple):
    """labels: of the rows, in order. letter: the same for plateaus with the same numbers that others part."""
    kind: str
    letter: str
    labels: list[str]

    @property
    def span(self) -> str:
        return self.labels[0] if len(self.labels) == 1 else f'{self.labels[0]} to {self.labels[-1]}'


class Border(typing.NamedTuple):
    """Two rows, one after the other, that differ. kinds: in what. op_seeds: the names of both families, or None where
    that is the same. kernels: [(op type, largest difference in ulp)] between them. not_compared: why the kernels'
    answers could not be compared, or ''."""
    before: str
    after: str
    kinds: list[str]
    op_seeds: tuple[str, ...] | None
    kernels: list[tuple[str, int]]
    not_compared: str = ''

    @property
    def computed(self) -> bool:
        """Whether anything but the op seeds' consequences differs."""
        return bool(set(self.kinds) - {'op seeds', 'native costs'})

    @property
    def words(self) -> str:
        found = [f'op seeds of family {self.op_seeds[1]} after {self.op_seeds[0]}'] if self.op_seeds else []
        found += ['other random numbers from the same seeds'] * ('initial weights' in self.kinds)
        found += [f'{op_type} by {ulp} ulp at most' for op_type, ulp in self.kernels]
        if self.not_compared:
            found.append(f'kernels not compared: {self.not_compared}')
        elif self.computed and not self.kernels and 'initial weights' not in self.kinds:
            found.append('the same kernels put together otherwise (another graph, a fused kernel or another order)')
        return ', '.join(found)


def plateaus(outcomes: Sequence[Outcome]) -> dict[str, list[Plateau]]:
    """{kind: [Plateau, ...]} of the rows that were run."""
    kinds = next((_kinds(outcome.summary) for outcome in outcomes if outcome.summary), KINDS)
    found: dict[str, list[Plateau]] = {kind: [] for kind in kinds}
    for kind, runs in found.items():
        letters: dict[str, str] = {}
        last = None
        for outcome in outcomes:
            signature = outcome.summary and outcome.summary['signatures'].get(kind)
            if not signature:
                continue
            letters.setdefault(signature, letter(len(letters)))
            if signature == last:
                runs[-1].labels.append(outcome.label)
            else:
                runs.append(Plateau(kind, letters[signature], [outcome.label]))
            last = signature
    return found


def letter(number: int) -> str:
    """0 -> 'A', 25 -> 'Z', 26 -> 'AA'"""
    return ('' if number < 26 else letter(number // 26 - 1)) + chr(ord('A') + number % 26)


def borders(outcomes: Sequence[Outcome], matrix: Matrix) -> list[Border | ScriptBorder]:
    """[Border, ...] between rows that were run, one after the other."""
    ran = [outcome for outcome in outcomes if outcome.summary]
    found = [border(a, b, matrix) for a, b in zip(ran, ran[1:])]
    return [item for item in found if item.kinds or item.kernels or item.not_compared]


def border(a: Outcome, b: Outcome, matrix: Matrix) -> Border | ScriptBorder:
    """The Border between two rows that were run; of a script's a scriptborders.ScriptBorder."""
    ours, theirs = a.summary, b.summary
    kinds = [kind for kind in _kinds(ours) if ours['signatures'].get(kind) != theirs['signatures'].get(kind)]
    if _is_of_a_script(ours):
        return scriptborders.between(a, b, kinds)
    families = tuple(opseeds.family_of(summary['op_seeds']) or 'unknown' for summary in (ours, theirs))
    changed = ours['op_seeds'] != theirs['op_seeds']
    kernels: list[tuple[str, int]] = []
    not_compared = _not_answered(a, b)
    if not not_compared and ours['kernels'] != theirs['kernels']:
        try:
            kernels = _kernels(a, b, matrix)
        except (RecordingError, ValueError) as error:  # damaged since; answers of another shape
            not_compared = str(error)
    return Border(a.label, b.label, kinds, families if changed else None, kernels, not_compared)


def _is_of_a_script(summary: JsonObject) -> bool:
    return 'series' in summary


def _kinds(summary: JsonObject) -> dict[str, str]:
    """{kind: words}: what its row and others can have in common."""
    return scriptsummary.KINDS if _is_of_a_script(summary) else KINDS


def _not_answered(a: Outcome, b: Outcome) -> str:
    """Which of two rows has no answers of the kernels, in words; '' where both have."""
    missing = [outcome.label for outcome in (a, b) if not outcome.summary['kernels']]
    return f'{" and ".join(missing)} gave no answers' if missing else ''


def _kernels(a: Outcome, b: Outcome, matrix: Matrix) -> list[tuple[str, int]]:
    """[(op type, largest ulp)], kept beside the results, since it means to read five megabytes. Raises
    RecordingError."""
    name, key = 'border', key_of(a.summary['kernels'], b.summary['kernels'], codebase.fingerprint('judge.drift'))
    kept = matrix.store.find(name, key)
    if not kept:
        folders = [outcome.folder for outcome in (a, b) if outcome.folder]
        outputs = [answers.load_kernels(folder / 'kernels.npz').outputs for folder in folders]
        references = typing.cast(Article, matrix.subject).references  # a script's rows have no such answers
        known = typing.cast(KernelSet, references.kernels)  # there is no such key without them
        found = [(item.op_type, item.largest) for item in drift.between(known, *outputs) if item.drifts]
        kept = matrix.store.put(name, key, {FILE: json.dumps(found).encode()})
    try:
        return [(op_type, largest) for op_type, largest in json.loads((kept / FILE).read_text(encoding='utf-8'))]
    except (OSError, ValueError) as error:
        matrix.store.forget(name, key)
        raise RecordingError(f'{kept}: damaged ({error})') from None

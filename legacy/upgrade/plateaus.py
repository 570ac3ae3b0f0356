"""Plateaus: rows one after another whose numbers are bit-identical."""
import typing
from collections.abc import Sequence

from legacy.upgrade.matrix import Outcome
from legacy.upgrade.summary import KINDS


class Plateau(typing.NamedTuple):
    """labels: of the rows, in order. letter: the same for plateaus with the same numbers that others part."""
    kind: str
    letter: str
    labels: list[str]

    @property
    def span(self) -> str:
        return self.labels[0] if len(self.labels) == 1 else f'{self.labels[0]} to {self.labels[-1]}'


def plateaus(outcomes: Sequence[Outcome]) -> dict[str, list[Plateau]]:
    """{kind: [Plateau, ...]} of the rows that were run."""
    found: dict[str, list[Plateau]] = {kind: [] for kind in KINDS}
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

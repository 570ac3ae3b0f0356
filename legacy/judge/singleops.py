"""The ops of a script's first steps, each alone, against what they gave where they were recorded and against what is
exact; and those that round otherwise in the runs themselves."""
import typing

import numpy as np

from legacy.formats import dtypes
from legacy.formats.arraynotes import ArrayNote
from legacy.formats.graphtable import Node
from legacy.formats.values import Array, ulps
from legacy.judge import exactness
from legacy.judge.coverage import Lacks
from legacy.judge.drift import Drift
from legacy.judge.findings import Finding
from legacy.judge.pairing import Pairing

if typing.TYPE_CHECKING:
    from legacy.judge.ladder import Case

FEW = 3  # ops that are named

BETWEEN = 1 << 16  # so many units in the last place of float32 is one of bfloat16

Instance = tuple[Node, Array]  # the op, by how many units in the last place what it gives is off what it gave


def drifts(pairing: Pairing) -> tuple[list[Drift], int]:
    """[drift.Drift] of the ops of the first steps, each alone on inputs in portable arithmetic, that both sides have;
    and how many there are of which one side has none."""
    by_type: dict[str, list[Instance]] = {}
    missing = 0
    for number in pairing.there.answered:
        graph = pairing.there.graph_of(pairing.there.by_number[number])
        here = pairing.here.answers(number)
        same = exactness.same_inputs(pairing, number)
        for name, noted in pairing.there.answers(number).items():
            if not noted.is_float:  # no other whole number is a rounding: `onekernel` names its op
                continue
            node = pairing.there.node(graph, name)
            if node is None or name not in here or here[name].form != noted.form or name not in same:
                missing += 1
                continue
            off = np.ravel(ulps(pairing.there.content(noted), pairing.here.content(here[name])))
            by_type.setdefault(node.op_type, []).append(
                (node, off // BETWEEN if noted.dtype == dtypes.BFLOAT16 else off))
    return [_drift(op_type, found) for op_type, found in sorted(by_type.items())], missing


def answers(pairing: Pairing) -> list[tuple[str, str, int]]:
    """[(step, result, digest)] of what each op that is asked alone gives here. Zeros of either sign are equal: where
    all values are the recorded ones, the recorded digest stands."""
    found = []
    for number in pairing.there.answered:
        here = pairing.here.answers(number)
        for name, noted in pairing.there.answers(number).items():
            if name in here:
                found.append((str(number), name, _as_recorded(pairing, noted, here[name]).digest))
    return found


def _as_recorded(pairing: Pairing, noted: ArrayNote, here: ArrayNote) -> ArrayNote:
    """The recorded one of two noted arrays where they hold the same floats, else that which was made here."""
    if noted.digest == here.digest or noted.form != here.form or not noted.is_float:
        return here
    same = not ulps(pairing.there.content(noted), pairing.here.content(here)).any()
    return noted if same else here


def finding(case: 'Case') -> Finding:
    """Finding: each op alone is as near its exact result here as rounding allows, or as it was where it was recorded.
    case: a ladder.Case."""
    near, (found, missing), rounding = case.near, case.kernels, case.rounding
    off, lacks = [item for item in near if item.is_off_here], Lacks()
    if not case.here.knows_exact and any(drift.different for drift in found):
        lacks.add('not here', 'the exact results of the ops alone')
    release = case.there.header['environment']['tensorflow']
    said = [f'{item.node.op_type} at {item.node.line or item.node.name} is {item.here.words} here; {release}: '
            f'{item.there.words}' for item in sorted(off, key=lambda item: -item.here.share)]
    said += case.astray.words(release)
    text = f'{len(near)} ops alone' + ''.join(f'; {words}' for words in said[:FEW])
    text += f'; and {len(said) - FEW} more' if len(said) > FEW else ''
    drifting = [f'{drift.op_type} by {drift.largest} ulp at most' for drift in found if drift.different]
    text += f'; other bits: {", ".join(drifting)}' if drifting else ''
    text += f'; other bits in the runs: {rounding.words}' if rounding.nodes else ''
    alike = [item for item in near if item.is_off_alike]
    text += f'; {_alike(alike, release)}' if alike else ''
    text += '; all bit-identical' * (bool(near) and not drifting and not rounding.nodes)
    text += f'; {missing} ops have other inputs, or are not on both sides' if missing else ''
    text += f'; {rounding.missing} runs are not on both sides' if rounding.missing else ''
    shares = [item.here.share for item in near if not item.is_off_alike]
    return Finding('', not off, text, max(shares, default=None), 1.0 if near else None,
                   compared=len(near), expected=len(near) + len(lacks), lacks=lacks.all(),
                   nearer=bool(case.astray.ops), place=_worst(off))


def _alike(found: list[exactness.Near], release: str) -> str:
    """In words: what no rounding explains, and is as it was."""
    worst = max(found, key=lambda item: item.here.share)
    where = worst.node.line or worst.node.name
    return (f'{len(found)} {"are" if len(found) > 1 else "is"} as far from the exact value as under {release}, at most '
            f'{worst.node.op_type} ({where}): {worst.here.words}')


def _worst(off: list[exactness.Near]) -> str:
    """The line of the op that is furthest off, '' if none is."""
    return max(off, key=lambda item: item.here.share).node.line if off else ''


def _drift(op_type: str, found: list[Instance]) -> Drift:
    everything = np.concatenate([off for _, off in found])
    first = next((f'{node.name} ({node.line})' for node, off in found if off.any()), '')
    return Drift(op_type, len(found), everything.size, int((everything > 0).sum()), int(everything.max(initial=0)),
                 float(everything.mean()) if everything.size else 0.0, first)

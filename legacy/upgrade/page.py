"""A subject across releases as one page, for those who decide where to go."""
import datetime
import re
import typing
from collections.abc import Sequence

import numpy as np

from legacy.formats import processor
from legacy.formats.values import JsonObject
from legacy.judge.verdict import VERDICTS
from legacy.reports import pages
from legacy.upgrade import advice, report, seriesfigure
from legacy.upgrade.matrix import NOT_RUN, Outcome
from legacy.upgrade.plateaus import Plateau
from legacy.upgrade.report import Result, drifting
from legacy.upgrade.seriesfigure import Drawn
from legacy.upgrade.summary import KINDS, Measure

MOST_SERIES = 6
WORDS = (*VERDICTS, NOT_RUN)  # of rows, the best first
# Light tints that a reader who sees few colours can tell apart; each carries its letter too. Green is the baseline's.
PALETTE = ('#cfe8f7', '#fbe0b5', '#f6d5e5', '#fdf6b8', '#e3dcf5', '#f9cfc0', '#d9d9d9')
# Of a worker's environment; whatever else it may say takes the place of nothing.
FROM_WORKER = ('numpy', 'platform', 'processor', 'features', 'settings')


class Cell(typing.NamedTuple):
    """A field of a strip, over `wide` rows. look: its class in the page. hint: what it is, when it is pointed at."""
    text: str
    wide: int
    look: str
    hint: str


class Strip(typing.NamedTuple):
    """A line of fields under the releases. words: what is the same under one field."""
    kind: str
    words: str
    cells: list[Cell]


def page(result: Result) -> str:
    """The page of a report.Result, as text. What came from a script, a worker or a user is escaped."""
    measure: Measure = result.subject.measure
    rows = [_row(outcome, measure) for outcome in result.outcomes]
    ran = [row for row in rows if row['ran']]
    series = measure.series()
    drawn = sorted((key for key in series if np.isfinite(series[key][1]).any()),
                   key=lambda key: -len(series[key][1]))[:MOST_SERIES]
    letters = {label: plateau.letter for plateau in result.plateaus['fetched'] for label in plateau.labels}
    return pages.render(
        'upgrade.html', 'upgrade', subject=result.subject.name, baseline=result.baseline, header=measure.header,
        date=datetime.date.today().isoformat(), advice=result.advice, palette=PALETTE, rows=rows, ran=ran,
        tally=[(word, number) for word in WORDS if (number := sum(row['verdict'] == word for row in rows))],
        rank=WORDS.index, look=look, processors=sorted({processor.in_words(row) for row in ran}),
        sentence=result.found.sentence if result.found else '', labels=[outcome.label for outcome in result.outcomes],
        strips=[_verdicts(result.outcomes), *_strips(result)], borders=result.borders,
        drawings=[pages.drawing(seriesfigure.figure(
            Drawn(*series[key]), seriesfigure.lines(key, result.outcomes, letters), result.baseline)) for key in drawn],
        more=len(series) - len(drawn), kernels=_kernels(result.outcomes), formulas=_formulas(result.outcomes),
        notes=list(report.merged(
            note for outcome in result.outcomes if outcome.summary for note in outcome.summary['notes']).items()))


def look(verdict: str) -> str:
    """The class of a verdict in the page."""
    return 'absent' if verdict == NOT_RUN else verdict


def _row(outcome: Outcome, measure: Measure) -> JsonObject:
    environment = outcome.summary['report']['environment'] if outcome.summary else None
    took = outcome.summary and outcome.summary['seconds']
    recorded = measure.header['seconds']['script']
    row = {'label': outcome.label, 'python': outcome.release.python, 'numpy': '', 'verdict': outcome.verdict,
           'short': advice.short(outcome), 'why': advice.why(outcome), 'mend': outcome.mend, 'log': outcome.log,
           'lines': advice.few_lines(outcome), 'ran': bool(outcome.summary), 'host': outcome.host.name,
           'seconds': took['script'] if took else None,
           'times': took['script'] / recorded if took and recorded else None,
           'packages': re.findall(r'^[\w.-]+==\S+', outcome.release.lock, re.MULTILINE)}
    return {**row, **{key: environment[key] for key in FROM_WORKER}} if environment else row


# ---- strips: what is the same under which releases

def _verdicts(outcomes: Sequence[Outcome]) -> Strip:
    """One field for all rows beside each other that have the same verdict for the same reason."""
    cells: list[Cell] = []
    for outcome in outcomes:
        hint = f'{outcome.verdict}: {advice.short(outcome)}'
        if cells and (cells[-1].look, cells[-1].hint) == (look(outcome.verdict), hint):
            cells[-1] = cells[-1]._replace(wide=cells[-1].wide + 1)
        else:
            cells.append(Cell('', 1, look(outcome.verdict), hint))
    return Strip('verdict', 'the verdict and why', [_named(cell) for cell in cells])


def _named(cell: Cell) -> Cell:
    """The field of a verdict with its word, or as much of it as there is room for."""
    word = cell.hint.partition(':')[0]
    return cell._replace(text=word if cell.wide > len(word) // 4 else word[0])


def _strips(result: Result) -> list[Strip]:
    labels = [outcome.label for outcome in result.outcomes]
    return [Strip(kind, words, _cells(result.plateaus[kind], labels, result.baseline))
            for kind, words in KINDS.items() if result.plateaus[kind]]


def _cells(plateaus: Sequence[Plateau], labels: Sequence[str], baseline: str) -> list[Cell]:
    """One field for each plateau, and an empty one for each row that has none, so that all stand under their rows.
    baseline: label of the row whose tint is `same`."""
    own = next((plateau.letter for plateau in plateaus if baseline in plateau.labels), '')
    first = {plateau.labels[0]: plateau for plateau in plateaus}
    covered = {label for plateau in plateaus for label in plateau.labels}
    cells = []
    for label in labels:
        if label in first:
            plateau = first[label]
            tint = (ord(plateau.letter[-1]) - ord('A')) % len(PALETTE)
            cells.append(Cell(plateau.letter, len(plateau.labels), 'same' if plateau.letter == own else f'p{tint}',
                              plateau.span))
        elif label not in covered:
            cells.append(Cell('', 1, 'pnone', f'{label}: there is none'))
    return cells


# ---- what rounds otherwise, and what is built otherwise

def _kernels(outcomes: Sequence[Outcome]) -> JsonObject:
    """{'labels': of the rows that have answers of ops alone, 'drifting': [(op type, [largest ulp of each row])],
    'others': op types that have the same bits in all of these}"""
    ran = [outcome for outcome in outcomes if outcome.summary and outcome.summary['report']['kernels']]
    types = sorted({kernel['op_type'] for outcome in ran for kernel in outcome.summary['report']['kernels']})
    off = [drifting(outcome) for outcome in ran]
    table = [(op_type, [kernels.get(op_type, 0) for kernels in off]) for op_type in types]
    return {'labels': [outcome.label for outcome in ran], 'drifting': [item for item in table if any(item[1])],
            'others': [op_type for op_type, ulps in table if not any(ulps)]}


def _formulas(outcomes: Sequence[Outcome]) -> list[tuple[list[str], list[JsonObject]]]:
    """[(labels of rows, formulas that these build otherwise)], rows with the same ones together."""
    found: list[tuple[list[str], list[JsonObject]]] = []
    for outcome in outcomes:
        formulas = outcome.summary['report']['formulas'] if outcome.summary else []
        if not formulas:
            continue
        known = next((labels for labels, others in found if others == formulas), None)
        if known is None:
            found.append(([outcome.label], formulas))
        else:
            known.append(outcome.label)
    return found

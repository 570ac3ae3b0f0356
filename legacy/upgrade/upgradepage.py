"""The report as one page."""
import datetime
import re
from collections.abc import Sequence

import numpy as np

from legacy.formats import processor
from legacy.formats.recording import SERIES
from legacy.formats.values import JsonObject
from legacy.judge.verdict import VERDICTS
from legacy.reports import figures, pages
from legacy.upgrade import upgradereport
from legacy.upgrade.matrix import NOT_RUN, Outcome
from legacy.upgrade.plateaus import Plateau
from legacy.upgrade.rowsummary import KINDS
from legacy.upgrade.upgradereport import Result

WORDS = (*VERDICTS, NOT_RUN)  # of rows, the best first
# Light tints that a reader who sees few colours can tell apart; each carries its letter too.
PALETTE = ('#cfe8f7', '#fbe0b5', '#cdeadd', '#f6d5e5', '#fdf6b8', '#e3dcf5', '#f9cfc0', '#d9d9d9')
# Of a worker's environment; whatever else it may say takes the place of nothing.
FROM_WORKER = ('numpy', 'python', 'platform', 'processor', 'features', 'settings')


def page(result: Result) -> str:
    """The page of an `output.Result`, as text. What came from a worker or a user is escaped."""
    rows = [_row(outcome) for outcome in result.outcomes]
    ran = [row for row in rows if row['ran']]
    return pages.render(
        'upgrade.html', 'upgrade',
        baseline=ran[0]['baseline'] if ran else '1.15.5', date=datetime.date.today().isoformat(), ran=ran,
        absent=[row for row in rows if not row['ran']], palette=PALETTE,
        processors=sorted({processor.in_words(row) for row in ran}) or ['no machine at all'],
        sentence=result.found.sentence if result.found else '', strips=_strips(result) if ran else [],
        borders=result.borders, chart=_chart(result) if ran else '', families=_families(result),
        kernels=_kernels(ran), **of_rows(rows))


def of_rows(rows: Sequence[JsonObject]) -> JsonObject:
    """What a template takes that shows rows, which have a 'verdict', and how many there are of each."""
    return {'rows': rows, 'rank': WORDS.index,
            'word_class': lambda verdict: 'absent' if verdict == NOT_RUN else verdict,
            'tally': [(word, number) for word in WORDS if (number := sum(row['verdict'] == word for row in rows))]}


def _row(outcome: Outcome) -> JsonObject:
    row = {'ran': bool(outcome.summary), 'label': outcome.label, 'python': outcome.release.python,
           'verdict': outcome.verdict, 'why': upgradereport.explanation(outcome), 'fault': outcome.fault,
           'mend': outcome.mend, 'log': outcome.log, 'numpy': '', 'family': '', 'drifting': []}
    if outcome.summary:
        report, environment = outcome.summary['report'], outcome.summary['environment']
        row.update({key: environment[key] for key in FROM_WORKER}, family=upgradereport.family(outcome),
                   drifting=upgradereport.drifting(outcome), kernels=report['kernels'],
                   answered=upgradereport.answered(outcome),
                   baseline=report['reference']['tensorflow'], host=outcome.host.name,
                   packages=re.findall(r'^[\w.-]+==\S+', outcome.release.lock, re.MULTILINE))
    return row


def _strips(result: Result) -> list[JsonObject]:
    """Of all kinds, but `all` only where it parts releases that have the same costs."""
    ran = [outcome.label for outcome in result.outcomes if outcome.summary]

    def spans(kind: str) -> list[list[str]]:
        return [plateau.labels for plateau in result.plateaus[kind]]
    return [{'kind': kind, 'words': words,
             'plateaus': _cells(result.plateaus[kind], ran)}
            for kind, words in KINDS.items() if result.plateaus[kind]
            and not (kind.endswith(' all') and spans(kind) == spans(kind.replace(' all', ' costs')))]


def _cells(plateaus: Sequence[Plateau], ran: Sequence[str]) -> list[JsonObject]:
    """One cell for each plateau, and an empty one for each row that has none, so that all stand under their rows."""
    first = {plateau.labels[0]: plateau for plateau in plateaus}
    covered = {label for plateau in plateaus for label in plateau.labels}
    cells = []
    for label in ran:
        if label in first:
            cells.append({**first[label]._asdict(), 'span': first[label].span,
                          'colour': (ord(first[label].letter[-1]) - ord('A')) % len(PALETTE)})
        elif label not in covered:
            cells.append({'labels': [label], 'letter': '', 'span': f'{label}: not recorded', 'colour': 'none'})
    return cells


def _families(result: Result) -> list[JsonObject]:
    found: dict[tuple[int | None, ...], JsonObject] = {}
    for outcome in result.outcomes:
        if outcome.summary and outcome.summary['op_seeds']:
            family = found.setdefault(tuple(outcome.summary['op_seeds']), {
                'name': upgradereport.family(outcome), 'labels': [], 'op_seeds': outcome.summary['op_seeds']})
            family['labels'].append(outcome.label)
    return list(found.values())


def _kernels(ran: Sequence[JsonObject]) -> JsonObject:
    """{'drifting': [{'op_type', 'ulps': [of each row, None where it gave no answers]}], 'others': op types that are
    bit-identical in every row that answered, 'silent': labels of the rows that did not, 'worst': the largest finite
    error in epsilons of the magnitude, 'infinite': where an answer alone is infinite or NaN}"""
    by_row = [{kernel['op_type']: kernel['largest'] for kernel in row['kernels']} for row in ran]
    op_types = sorted({op_type for kernels in by_row for op_type in kernels})
    found = [{'op_type': op_type, 'ulps': [kernels.get(op_type) for kernels in by_row]} for op_type in op_types]
    errors = [(float(kernel['error']), f'{kernel["op_type"]} of {row["label"]}') for row in ran
              for kernel in row['kernels']]  # an infinite one is a word in JSON
    return {'drifting': [kernel for kernel in found if any(kernel['ulps'])],
            'others': [kernel['op_type'] for kernel in found if not any(kernel['ulps'])],
            'silent': [row['label'] for row in ran if not row['answered']],
            'worst': max([error for error, _ in errors if np.isfinite(error)] + [0.0]),
            'infinite': [where for error, where in errors if not np.isfinite(error)]}


def _chart(result: Result) -> str:
    by_label = {outcome.label: outcome for outcome in result.outcomes}
    histories = []
    for plateau in result.plateaus['float32 costs']:
        history = by_label[plateau.labels[0]].summary['histories']['float32']
        costs = [np.array([float(value) for value in history[name]]) for name in SERIES]
        histories.append((f'{plateau.letter}: {plateau.span}', history['steps'], *costs))
    return pages.drawing(figures.histories_figure(histories))

"""Where to go from the baseline's release, and why a row is as it is: the cause first, where it is known."""
import textwrap
from collections.abc import Sequence

from packaging.version import Version

from legacy.formats.graphtable import file_and_number
from legacy.judge import causewords
from legacy.judge.findings import listed
from legacy.judge.verdict import GOOD, VERDICTS, WORDS
from legacy.upgrade import borders
from legacy.upgrade.matrix import NOT_RUN, Outcome

SHORT, LONGER = 100, 160  # characters of a sentence that is quoted, and of one that stands for itself
MEANING = {'identical': 'the same bits', 'explained': 'rounding alone differs', 'equivalent': 'within the noise floor'}
FEW = 4  # lines of the script that a sentence names
IS = {**{verdict: (f'is {verdict}', f'are {verdict}') for verdict in VERDICTS},
      'regression': ('is a regression', 'are regressions'), NOT_RUN: ('was not run', 'were not run')}


def advice(outcomes: Sequence[Outcome], baseline: str) -> str:
    """Where to go from the baseline's release, in one sentence: to the newest row that computes the same but for
    rounding, or else within the noise floor; and what is known of those that are newer still."""
    order = sorted((outcome for outcome in outcomes if outcome.release.order > Version(baseline)),
                   key=lambda outcome: outcome.release.order)
    if not order:
        return f'No release was run that is newer than {baseline}.'
    for verdicts in (GOOD[:2], GOOD[2:]):
        good = [outcome for outcome in order if outcome.verdict in verdicts]
        if good:
            break
    else:
        known = any(outcome.summary for outcome in order)
        return (f'Stay with {baseline}: no release that was run computes what it recorded' if known else
                'Nothing is known: no newer release could be run') + _newer(order) + '.'
    best = good[-1]
    return f'Go to {best.label}: {best.verdict}{_on_the_way(best)}{_newer(order[order.index(best) + 1:])}.'


def _on_the_way(best: Outcome) -> str:
    lines = few_lines(best)
    return f' ({short(best)})' + (f'; formulas change on the way at {lines}' if lines else
                                  '; no formula changes on the way')


def _newer(outcomes: Sequence[Outcome]) -> str:
    """What is wrong with these, in words: one clause for all that have the same reason."""
    reasons: dict[tuple[str, str], list[str]] = {}
    for outcome in outcomes:
        reasons.setdefault((outcome.verdict, shortened(_reason(outcome).rstrip('.'))), []).append(outcome.label)
    said = [f'; {few_labels(labels)} {IS[verdict][len(labels) > 1]}: {reason}'
            for (verdict, reason), labels in reasons.items()]
    return ''.join(said[:FEW]) + (f'; and {len(said) - FEW} reasons more' if len(said) > FEW else '')


def few_labels(labels: Sequence[str]) -> str:
    """Labels of rows in words: all of few, else the first and the last."""
    return ', '.join(labels) if len(labels) < FEW else f'{labels[0]} ... {labels[-1]} ({len(labels)} releases)'


def why(outcome: Outcome) -> str:
    """In words why a row is as it is."""
    return str(outcome.summary['report']['sentence']) if outcome.summary else outcome.fault


def _reason(outcome: Outcome) -> str:
    """The same of a row that is not good: its cause, where it is known."""
    cause = borders.of_regression(outcome.summary) if outcome.summary else None
    return causewords.said(cause) if cause else why(outcome)


def short(outcome: Outcome) -> str:
    """The same in a few words."""
    if not outcome.summary or outcome.verdict not in GOOD:
        return shortened(_reason(outcome), LONGER)
    report = outcome.summary['report']
    asked = [rung for rung in report['rungs'] if rung['status'] in WORDS and rung['name'] != 'formulas']  # line by line
    kernels = [kernel['op_type'] for kernel in report['kernels'] if kernel['different']]
    said = [f'kernels that round otherwise: {", ".join(kernels)}'] if kernels else []
    if outcome.summary['rounding']:
        said = [f'these round otherwise: {outcome.summary["rounding"]}']
    return '; '.join([MEANING[outcome.verdict], *[f'{rung["name"]}: {WORDS[rung["status"]]}' for rung in asked], *said])


def shortened(text: str, width: int = SHORT) -> str:
    return textwrap.shorten(text, width, placeholder=' ...')


def changed_lines(outcome: Outcome) -> list[str]:
    """['train.py:12', ...]: lines of the script for which a row's TensorFlow builds other formulas."""
    formulas = outcome.summary['report']['formulas'] if outcome.summary else []
    return sorted({formula['line'] or formula['call'] for formula in formulas}, key=file_and_number)


def few_lines(outcome: Outcome, few: int = FEW) -> str:
    """The first of them in words, '' if there are none."""
    return str(listed(changed_lines(outcome), few))

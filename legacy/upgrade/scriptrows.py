"""What a matrix found of a script: a line for each release, and the sentence on where to go."""
import textwrap
import typing
from collections.abc import Sequence

from packaging.version import Version

from legacy.formats.graphtable import file_and_number
from legacy.formats.values import JsonObject
from legacy.judge.findings import listed
from legacy.judge.verdict import GOOD, VERDICTS, WORDS
from legacy.upgrade.matrix import NOT_RUN, Outcome

if typing.TYPE_CHECKING:  # it imports this module
    from legacy.upgrade.upgradereport import Result

SHORT, LONGER = 100, 160  # characters of a sentence that is quoted, and of one that stands for itself
MEANING = {'identical': 'the same bits', 'explained': 'rounding alone differs', 'equivalent': 'within the noise floor'}
FEW = 4  # lines of the script that a sentence names
IS = {**{verdict: (f'is {verdict}', f'are {verdict}') for verdict in VERDICTS},
      'regression': ('is a regression', 'are regressions'), NOT_RUN: ('was not run', 'were not run')}


def as_text(found: 'Result') -> str:
    """The table, the advice, what was not run, the borders."""
    width = max([len(outcome.label) for outcome in found.outcomes] + [7])
    line = f'{{:<{width}}}  {{:<6}}  {{:<11}}  {{:>8}}  {{:<18}}  {{}}'
    head = f'{found.subject.script} against its recording under TensorFlow {found.baseline}'
    recorded = found.subject.measure.header['seconds']['script']
    lines = [f'{head}, where it took {recorded:.1f} s', '',
             line.format('release', 'Python', 'verdict', 'script s', 'formulas changed', 'why')]
    for outcome in found.outcomes:
        lines.append(line.format(outcome.label, outcome.release.python, outcome.verdict, _seconds(outcome),
                                 few_lines(outcome, 1), short(outcome)).rstrip())
    left_out = [f'  {what}: {"; ".join(texts)}' for what, texts in notes(found).items()]
    lines += ['', advice(found)] + ['', 'Not compared:'] * bool(left_out) + left_out
    return '\n'.join(lines + below_the_table(found))


def notes(found: 'Result') -> dict[str, list[str]]:
    """{what: [in words]} of what was not compared in some row."""
    merged: dict[str, dict[str, None]] = {}
    for outcome in found.outcomes:
        for what, texts in outcome.summary['notes'] if outcome.summary else ():
            merged.setdefault(what, {}).update(dict.fromkeys(texts))
    return {what: list(texts) for what, texts in merged.items()}


def below_the_table(found: 'Result') -> list[str]:
    """[line, ...]: what was not run, the borders, the answer of --bisect."""
    lines = []
    absent = [outcome for outcome in found.outcomes if not outcome.summary]
    if absent:
        lines += ['', 'Not run:'] + [f'  {outcome.label}: {outcome.fault}; log: {outcome.log}' for outcome in absent]
    if found.borders:
        lines += ['', 'What changed:'] + [f'  {item.before} to {item.after}: {item.words}' for item in found.borders]
    if found.found:
        lines += ['', found.found.sentence]
    return lines


def _seconds(outcome: Outcome) -> str:
    took = outcome.summary and outcome.summary['seconds']
    return f'{took["script"]:.1f}' if took else ''


def why(outcome: Outcome) -> str:
    """In words why a row is as it is."""
    return outcome.summary['report']['sentence'] if outcome.summary else outcome.fault


def short(outcome: Outcome) -> str:
    """The same in a few words."""
    if not outcome.summary or outcome.verdict not in GOOD:
        return shortened(why(outcome), LONGER)
    asked = [rung for rung in outcome.summary['report']['rungs'] if rung['status'] in WORDS
             and rung['name'] != 'formulas']  # these are shown line by line
    kernels = [kernel['op_type'] for kernel in outcome.summary['report']['kernels'] if kernel['different']]
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


def advice(found: 'Result') -> str:
    """Where to go from the baseline's release, in one sentence: to the newest row that computes the same but for
    rounding, or else within the noise floor; and what is known of those that are newer still."""
    order = sorted((outcome for outcome in found.outcomes if outcome.release.order > Version(found.baseline)),
                   key=lambda outcome: outcome.release.order)
    if not order:
        return f'No release was run that is newer than {found.baseline}.'
    for verdicts in (GOOD[:2], GOOD[2:]):
        good = [outcome for outcome in order if outcome.verdict in verdicts]
        if good:
            break
    else:
        known = any(outcome.summary for outcome in order)
        return (f'Stay with {found.baseline}: no release that was run computes what it recorded' if known else
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
        reasons.setdefault((outcome.verdict, shortened(why(outcome).rstrip('.'))), []).append(outcome.label)
    said = [f'; {", ".join(labels)} {IS[verdict][len(labels) > 1]}: {reason}'
            for (verdict, reason), labels in reasons.items()]
    return ''.join(said[:FEW]) + (f'; and {len(said) - FEW} reasons more' if len(said) > FEW else '')


def as_json(found: 'Result') -> JsonObject:
    """What stands in the JSON of a script's matrix beside that of the article's."""
    return {'subject': found.subject.script, 'advice': advice(found),
            'seconds_recorded': found.subject.measure.header['seconds']['script']}


def row(outcome: Outcome) -> JsonObject:
    """The same of one row that was run."""
    return {'seconds': outcome.summary['seconds'], 'changed_lines': changed_lines(outcome),
            'not_compared': [{'what': what, 'which': texts} for what, texts in outcome.summary['notes']]}

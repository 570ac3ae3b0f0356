"""What a matrix found, as text: a line for each release, where to go, and what changed."""
from legacy.formats import processor
from legacy.upgrade import advice
from legacy.upgrade.matrix import Outcome
from legacy.upgrade.report import Result

# Columns of letters: {heading: kind of plateau}
LETTERS = {'fetched': 'fetched', 'float32': 'float32 runs', 'portable': 'portable runs', 'float64': 'float64 runs',
           'whole': 'whole portable run'}


def as_text(found: Result) -> str:
    """The table, the advice, what was not compared and not run, the borders, the answer of --bisect."""
    width = max([len(outcome.label) for outcome in found.outcomes] + [7])
    kinds = {heading: kind for heading, kind in LETTERS.items() if found.plateaus[kind]}
    line = ''.join([f'{{:<{width}}}  {{:<6}}  {{:<11}}  {{:>8}}  ',
                    *[f'{{:^{len(heading)}}}  ' for heading in kinds], '{:<18}  {}'])
    recorded = found.subject.measure.header['seconds']['script']
    lines = [f'{found.subject.name} against its recording under TensorFlow {found.baseline}, where it took '
             f'{recorded:.1f} s', '',
             line.format('release', 'Python', 'verdict', 'script s', *kinds, 'formulas changed', 'why')]
    for outcome in found.outcomes:
        lines.append(line.format(
            outcome.label, outcome.release.python, outcome.verdict, _seconds(outcome),
            *[found.letter(kind, outcome.label) for kind in kinds.values()],
            advice.few_lines(outcome, 1), advice.short(outcome)).rstrip())
    lines += ['', *meaning(found)]
    left_out = [f'  {what}: {"; ".join(texts)}' for what, texts in found.notes.items()]
    lines += ['', found.advice] + ['', 'Not compared:'] * bool(left_out) + left_out
    return '\n'.join(lines + _below_the_table(found))


def meaning(found: Result) -> list[str]:
    """What the letters mean, and whose the numbers are: a line each, none where nothing was run."""
    processors = sorted({processor.in_words(outcome.summary['report']['environment']) for outcome in found.outcomes
                         if outcome.summary})
    if not processors:
        return []
    return ['Letters: rows with the same letter have the same bits. fetched: all that the run fetched; float32, portable '
            'and float64: the recorded runs, made again; whole: a whole run in portable arithmetic.',
            f'Made on {"; ".join(processors)}. On a processor of another kind what is portable has the same bits; the '
            'letters of float32 and float64 are of the one that they were made on.']


def _below_the_table(found: Result) -> list[str]:
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

"""What a matrix found, as text: a line for each release, where to go, and what changed."""
from legacy.formats import processor
from legacy.formats.values import JsonObject
from legacy.judge.findings import listed
from legacy.upgrade.report import merged

# Columns of letters: {heading: kind of plateau}
LETTERS = {'fetched': 'fetched', 'float32': 'float32 runs', 'portable': 'portable runs', 'float64': 'float64 runs',
           'whole': 'whole portable run'}


def as_text(found: JsonObject) -> str:
    """The table, the advice, what was not compared and not run, the borders, the answer of --bisect. found: of
    `report.as_json`."""
    width = max([len(row['label']) for row in found['rows']] + [7])
    kinds = {heading: _letters(found, kind) for heading, kind in LETTERS.items() if found['plateaus'][kind]}
    line = ''.join([f'{{:<{width}}}  {{:<6}}  {{:<11}}  {{:>8}}  ',
                    *[f'{{:^{len(heading)}}}  ' for heading in kinds], '{:<18}  {}'])
    lines = [f'{found["subject"]} against its recording under TensorFlow {found["baseline"]}, where it took '
             f'{found["seconds_recorded"]:.1f} s', '',
             line.format('release', 'Python', 'verdict', 'script s', *kinds, 'formulas changed', 'why')]
    for row in found['rows']:
        took = row['seconds_of_run']
        lines.append(line.format(
            row['label'], row['python'], row['verdict'], f'{took["script"]:.1f}' if took else '',
            *[letters.get(row['label'], '') for letters in kinds.values()],
            str(listed(row['changed_lines'], 1)), row['why']).rstrip())
    notes = merged((item['what'], item['which']) for row in found['rows'] for item in row['not_compared'])
    left_out = [f'  {what}: {"; ".join(texts)}' for what, texts in notes.items()]
    lines += ['', *_meaning(found), '', found['advice']] + ['', 'Not compared:'] * bool(left_out) + left_out
    return '\n'.join(lines + _below_the_table(found))


def _letters(found: JsonObject, kind: str) -> dict[str, str]:
    """{label of a row: the letter of its plateau}"""
    return {label: plateau['letter'] for plateau in found['plateaus'][kind] for label in plateau['rows']}


def _meaning(found: JsonObject) -> list[str]:
    """What the letters mean, and whose the numbers are: a line each, none where nothing was run."""
    processors = sorted({processor.in_words(row['check']['environment']) for row in found['rows'] if row['check']})
    if not processors:
        return []
    return ['Letters: rows with the same letter have the same bits. fetched: all that the run fetched; float32, '
            'portable and float64: the recorded runs, made again; whole: a whole run in portable arithmetic.',
            f'Made on {"; ".join(processors)}. On a processor of another kind what is portable has the same bits; the '
            'letters of float32 and float64 are of the one that they were made on.']


def _below_the_table(found: JsonObject) -> list[str]:
    lines = []
    absent = [row for row in found['rows'] if row['fault']]
    if absent:
        lines += ['', 'Not run:'] + [f'  {row["label"]}: {row["fault"]}; log: {row["log"]}' for row in absent]
    if found['borders']:
        lines += ['', 'What changed:'] + [f'  {item["before"]} to {item["after"]}: {item["words"]}'
                                          for item in found['borders']]
    if found['bisection']:
        lines += ['', found['bisection']['sentence']]
    return lines

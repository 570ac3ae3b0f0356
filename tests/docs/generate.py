"""What the manual derives from help texts and from committed data.

    python -m tests.docs.generate

writes anew what stands between `<!-- generated: NAME ARGUMENT... -->` and `<!-- end -->` in README.md and
legacy/docs/*.md. A test compares. BLOCKS has a function for each NAME.
"""
import csv
import json
import shlex
import textwrap

import click

from compat_run import cli
from legacy.claims import claimsreport, results
from legacy.formats import processor
from legacy.formats.files import write_whole
from legacy.formats.knownerrors import EVERYWHERE
from legacy.judge.verdict import VERDICTS
from legacy.upgrade import releasetable
from legacy.upgrade import table as upgradetable
from tests.conftest import DATA
from tests.docs import recorded
from tests.docs.manual import GENERATED, PAGES

WIDTH = 120
IN_CHINESE = {'supported': '成立', 'supported only if': '有条件成立', 'not supported': '不成立'}


def filled(text):
    """A page's text with all generated blocks made anew. Raises KeyError for a NAME that is not in BLOCKS."""
    return GENERATED.sub(lambda match: f'{match.group(1)}{block(match.group(2))}\n{match.group(4)}', text)


def block(words):
    """What stands in the block `NAME ARGUMENT...`."""
    name, *args = shlex.split(words)
    return BLOCKS[name](*args)


def table(heading, rows):
    """A Markdown table; a heading that ends with a colon aligns its column to the right."""
    cells = [[str(cell).replace('|', '\\|') for cell in row] for row in rows]
    rules = ['---:' if word.endswith(':') else '---' for word in heading]
    return '\n'.join('| ' + ' | '.join(row) + ' |' for row in [[word.rstrip(':') for word in heading], rules, *cells])


# ---- help texts

def options(*names):
    """The options of a command, such as `graph diff`, and what each means, as in its --help."""
    command = cli
    for name in names:
        command = command.get_command(click.Context(command), name)
    context = click.Context(command, terminal_width=10000, max_content_width=10000)
    records = [parameter.get_help_record(context) for parameter in command.get_params(context)]
    return table(('option', 'meaning'), [(f'`{option}`', ' '.join(meaning.split())) for option, meaning
                                         in filter(None, records) if option.startswith('-') and '--help' not in option])


# ---- upgrade.json

def spans(labels, among):
    """['1.3.0 to 1.5.1', '2.0.4']: the labels as runs of neighbours in the list `among`."""
    runs = []
    for k, label in enumerate(among):
        if label in labels:
            if k and among[k - 1] in labels:
                runs[-1].append(label)
            else:
                runs.append([label])
    return [run[0] if len(run) == 1 else f'{run[0]} to {run[-1]}' for run in runs]


def upgrade_screen():
    rows = recorded.load()['rows']
    asked = '--all' if len(rows) == len(releasetable.releases()) else ' '.join(row['release'] for row in rows)
    command = f'$ python compat_run.py upgrade {asked}'
    return '\n'.join(['```console', command, upgradetable.as_text(recorded.load()), '```'])


def upgrade_where():
    """Machine and baseline of the committed results, in a sentence."""
    check = recorded.load()['rows'][-1]['check']
    environment, features = check['environment'], check['environment']['features']
    rows, table = len(recorded.load()['rows']), len(releasetable.releases())
    return wrapped(f'Made by `upgrade` of {rows} of the {table} releases of the table, on '
                   f'{environment["processor"]} ({", ".join(features)}), '
                   f'{environment["platform"].split("-")[0]}, compared with TensorFlow '
                   f'{check["reference"]["tensorflow"]} (`legacy/data/upgrade.json`). There is no such table of '
                   'another kind of processor.')


def _processor():
    """Where the committed results were made, in words."""
    return processor.in_words(recorded.load()['rows'][-1]['check']['environment'])


def upgrade_verdicts():
    """Which releases have which verdict, and an example of why."""
    found = recorded.load()['rows']
    among = [row['label'] for row in found]
    rows = []
    for verdict in VERDICTS:
        chosen = [row for row in found if row['verdict'] == verdict]
        if chosen:
            rows.append((f'`{verdict}`', len(chosen), ', '.join(spans({row['label'] for row in chosen}, among)),
                         f'{chosen[-1]["label"]}: {chosen[-1]["why"]}'))
    return table(('verdict', 'releases:', 'which', 'why, for the newest of them'), rows)


def upgrade_borders():
    """Between which releases what changed."""
    return table(('from', 'to', 'what changed'), [
        (border['before'], border['after'], border['words']) for border in recorded.load()['borders']])


# {kind: (arithmetic, what the releases have, whether it is the same on every kind of processor)}
SAME = {'fetched': ('float32', 'fetch what was fetched under 1.15.5', False),
        'whole portable run': ('portable', 'have the whole run of 1.15.5', True),
        'float64 runs': ('float64', 'give what 1.15.5 gave in the recorded runs, made again', False)}


def upgrade_same():
    """As a list: which releases have the bits of the baseline's release in each arithmetic."""
    found = recorded.load()
    among = [row['label'] for row in found['rows']]
    lines = []
    for kind, (arithmetic, words, everywhere) in SAME.items():
        runs = found['plateaus'][kind]
        if not runs:
            continue
        letter = next((run['letter'] for run in runs if '1.15.5' in run['rows']), None)
        same = {label for run in runs if run['letter'] == letter for label in run['rows']}
        where = '' if everywhere else f', on {_processor()}'
        lines.append(f'- `{arithmetic}`: {len(same)} of {len(among)} releases {words}, bit for bit{where}: '
                     f'{", ".join(spans(same, among)) or "none"}.')
    return '\n'.join(lines)


def upgrade_time():
    seconds = [row['seconds'] for row in recorded.load()['rows'] if row['seconds']]  # others were kept from before
    building, running = (sum(stages[stage] for stages in seconds) / 60 for stage in ('building', 'running'))
    return wrapped(f'{len(seconds)} of the releases took {building:.0f} minutes to build, from a cache of packages, '
                   f'and {running:.0f} minutes to run and compare, added up, beside other work; with a release on '
                   'each of two cores half of that.')


# ---- claims.json

def claims_table():
    found = results.load(DATA / 'claims.json')
    return table(('', 'claim', 'verdict'), [(claim.module.NUMBER, claim.module.TITLE, _bold(claim))
                                            for claim in found.claims])


def claims_where():
    found = results.load(DATA / 'claims.json')
    environment = found.environment
    made_on = processor.in_words({**environment, 'processor': ', '.join(environment['processors']), 'platform': ''})
    return wrapped(f'Measured on {found.created} with TensorFlow {environment["tensorflow"]} on {made_on}, seeds 1 to '
                   f'{found.seeds} (`legacy/data/claims.json`). Single runs are float32 and of that processor; the '
                   'intervals over seeds are what is compared.')


def _claim(number):
    found = results.load(DATA / 'claims.json')
    return next(claim for claim in found.claims if claim.module.NUMBER == int(number))


def _bold(claim):
    word, sentence = claim.verdict.word, claim.verdict.sentence
    return f'**{word.capitalize()}**' + sentence[len(word):].split(':')[0].split(';')[0]


def claim(number):
    """Verdict and remark as a quotation, the picture, and the terms."""
    found = _claim(number)
    word, sentence = found.verdict.word, found.verdict.sentence
    quoted = wrapped(f'**{word.capitalize()}**{sentence[len(word):]}', '> ')
    lines = [quoted, '', f'![{found.module.TITLE}](../../tests/reference/claim_{number}.png)', '']
    lines += [wrapped(found.remark), ''] if found.remark else []
    return '\n'.join([*lines, wrapped(f'*Criterion.* {found.module.CRITERION}'), '',
                      wrapped(f'*Varied:* {found.module.VARIED}. *Not varied:* {found.module.FIXED}.')])


def claim_screen(number):
    """The claim as `claims` prints it."""
    text = claimsreport.as_text(results.load(DATA / 'claims.json'), [])
    heading = f'{number}. {_claim(number).module.TITLE}'
    lines = (heading + text.split(heading)[1].split(f'\n{int(number) + 1}. ')[0].split('\nTensorFlow ')[0]).rstrip()
    return '\n'.join(['```console', f'$ python compat_run.py claims {number}', lines, '...', '```'])


def claims_in_chinese():
    """One line for each claim: its number and its verdict's word."""
    found = results.load(DATA / 'claims.json')
    return '；'.join(f'{claim.module.NUMBER} {IN_CHINESE[claim.verdict.word]}' for claim in found.claims) + '。'


# ---- power.json

def power():
    """How small an error in the ops of the article's experiment is seen: of what `check --power --json` printed."""
    found = json.loads((DATA / 'power.json').read_text(encoding='utf-8'))['ops']
    moving = [item['smallest'][EVERYWHERE][0] for item in found if item['has_effect']]
    seen = [size for size in moving if size is not None]
    by_size = ', '.join(f'of {size:.0e} in {sum(smallest <= size for smallest in seen)} of them'
                        for size in sorted(set(seen), reverse=True))
    bits = sum(item['one_ulp'] is True for item in found if item['has_effect'])
    alarms = sum(bool(item['false_alarm']) for item in found)
    return wrapped(f'Of {len(found)} kinds of ops, by type, role and the run that computes them, {len(moving)} move '
                   f'what is fetched or written. If all their results are off, an error {by_size} is seen. One unit in '
                   f'the last place gives other bits in portable arithmetic in {bits} of them. Alarms without an '
                   f'error: {alarms or "none"}.')


# ---- environments.tsv

def releases():
    """Which releases of TensorFlow need which Python."""
    found = {}
    for release in releasetable.releases():
        found.setdefault(release.python, []).append(release.name)
    return table(('CPython', 'TensorFlow'), [(python, ', '.join(names)) for python, names in found.items()])


def wrapped(text, prefix=''):
    return '\n'.join(textwrap.wrap(text, WIDTH, initial_indent=prefix, subsequent_indent=prefix,
                                   break_long_words=False, break_on_hyphens=False))


def contrib_table():
    """Packages of tf.contrib of which some name cannot be had, from the committed table, and all the others."""
    with open(DATA / 'contrib.tsv', encoding='utf-8', newline='') as file:
        made, _, *rows = csv.reader(file, delimiter='\t')
    lacking = [row for row in rows if row[2] != '0' or row[1] == '0' and row[3]]
    whole = [f'`{row[0]}` {row[1]}' for row in rows if row not in lacking and row[1] != '0']
    names, missing = (sum(int(row[column]) for row in rows) for column in (1, 2))
    return '\n\n'.join([
        wrapped(f'{len(rows)} packages, {names} public names, of which {missing} need an op that is gone '
                f'({made[0].rpartition("under ")[2].rstrip(".")}).'),
        table(('package', 'names:', 'missing:', 'ops of compiled libraries that these need'),
              [[f'`{row[0]}`', row[1], row[2], ', '.join(row[3].split(', ')[:3]) + (
                  f' and {row[3].count(", ") - 2} more' if row[3].count(', ') > 2 else '')] for row in lacking]),
        wrapped('With all their names: ' + ', '.join(whole) + '.')])


BLOCKS = {'contrib-table': contrib_table, 'options': options,
          'upgrade-screen': upgrade_screen, 'upgrade-where': upgrade_where,
          'upgrade-verdicts': upgrade_verdicts, 'upgrade-borders': upgrade_borders, 'upgrade-same': upgrade_same,
          'upgrade-time': upgrade_time, 'claims-table': claims_table, 'claims-where': claims_where, 'claim': claim,
          'claim-screen': claim_screen, 'claims-in-chinese': claims_in_chinese, 'releases': releases,
          'power': power}

if __name__ == '__main__':
    for page in PAGES:
        text = page.read_text(encoding='utf-8')
        if filled(text) != text:
            write_whole(page, filled(text).encode())
            print(f'{page.name}: written anew')

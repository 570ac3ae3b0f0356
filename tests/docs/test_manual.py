"""README and manual say what is true: screens, options, tables, commands, snippets, links."""
import fnmatch
import platform
import re
import shlex

import click
import numpy as np
import pytest

import compat_run
from legacy.formats import articlerun
from legacy.formats.articlerun import ARITHMETICS
from legacy.judge import ladder
from legacy.judge.verdict import VERDICTS
from tests.command_line import inside
from tests.conftest import DATA, ROOT
from tests.docs import compare, generate, recorded
from tests.docs.manual import DOCS, PAGES, PROGRAM, Shell, blocks, commands, named, screens

README = ROOT / 'README.md'
SCREENS = [screen for page in PAGES for screen in screens(page)]
EXIT_CODES = {'graph diff 1.15.5 2.21.0': 1,
              'check --baseline tests/scripts/recordings/normed.npz tests/scripts/normed.py': 1}  # where it is not 0
MADE_BY = {'runs/first': '--out runs/first', 'mine.pb': 'graph export mine.pb'}
# Commands that the manual shows and no test of the manual runs.
NOT_RUN = {
    'record --out mine.npz --steps 20': 'minutes; tests/commands/test_record.py records less',
    'check --python PATH': 'another environment',
    'check --baseline FILE': 'a recording of the reader',
    'check --baseline 2.19.1.npz': 'a recording of the reader',
    'record --release 2.19.1 --out 2.19.1.npz': 'another environment',
    'compare legacy/data/article.npz runs/first --plot both.png': 'a picture; tests/commands draws it',
    'fetch': 'a network; .ci/run runs it',
    'upgrade': 'minutes, gigabytes and a network; its screen is made of upgrade.json',
    'upgrade --all --html report.html': 'as upgrade',
    'upgrade tf-nightly ./my-tensorflow.whl': 'as upgrade',
    'upgrade --bisect 1.15.5 2.3.4 --on history': 'as upgrade; .ci/run runs it',
    'upgrade 2.3.4 2.10.1 2.15.1 2.21.0 --script train.py --args "--epochs 3" --baseline train.npz': 'as upgrade',
    'upgrade --bisect 2.3.4 2.15.1 --on formula --script train.py --baseline train.npz': 'as upgrade',
    'upgrade 2.15.1 2.21.0 --against 2.15.1 --strict identical': 'as upgrade',
    'run tests/scripts/mlp.py': 'a process of its own; tests/worker/scripts runs it',
    'run train.py --epochs 3': 'a script of the reader',
    'run --arithmetic portable --op-seeds train.npz train.py --epochs 3': 'a script of the reader',
    'record --out train.npz --release 1.15.5 --with pandas train.py --epochs 3': 'a script of the reader',
    'record --out old.npz --noisy 0 --release 1.15.5 train.py': 'a script of the reader',
    'record --out new.npz --noisy 0 train.py': 'a script of the reader',
    'graph diff old.npz new.npz': 'recordings of the reader',
    'record --out model.npz --release 1.15.5 --model exported/1 --feeds feeds.npz': 'a model of the reader',
    'check --baseline model.npz --model exported/1 --feeds feeds.npz': 'a model of the reader',
    'upgrade 2.10.1 2.16.2 2.21.0 --baseline model.npz --model exported/1 --feeds feeds.npz': 'as upgrade',
    'graph list exported/1': 'a model of the reader; tests/graph/test_model_graphs.py lists others',
    'graph diff exported/1 exported/2': 'as that',
    'check --baseline train.npz --html train.html train.py --epochs 3': 'a script of the reader',
    'check --case to-send --baseline train.npz train.py --epochs 3': 'a script of the reader',
    'run --out runs/rate': 'a port changed by the reader; test_changes.py has its numbers',
    'compare legacy/data/article.npz runs/rate': 'as that; test_changes.py runs it',
    'record --release 1.15.5 --out three.npz': 'as that, and another environment',
    'run --op-seeds three.npz --out runs/three': 'a port changed by the reader',
    'compare three.npz runs/three': 'as that',
    'check --baseline three.npz': 'as that',
    'claims': 'minutes; its screen is made of claims.json',
    'claims 5 --seeds 6': 'as claims; .ci/run runs it',
    'claims --html claims.html': 'as claims',
}


def by_page(pages):
    return pytest.mark.parametrize('page', pages, ids=named)


@pytest.fixture(scope='module')
def shell(request, fork, tmp_path_factory):
    folder = tmp_path_factory.mktemp('manual')
    (folder / 'runs').mkdir()

    def run():
        done, _, made = request.getfixturevalue('article_made')
        (folder / 'runs' / 'first').symlink_to(made / 'runs' / 'first')
        return done
    return Shell(folder, fork, {f'{PROGRAM} --out runs/first': run,
                                f'{PROGRAM} check': lambda: request.getfixturevalue('article_checked')[0]})


# ---- screens

@pytest.mark.skipif(platform.machine() not in ('x86_64', 'AMD64'), reason='made on x86-64; others round otherwise')
@pytest.mark.parametrize('screen', SCREENS, ids=[f'{screen.page}:{screen.line}' for screen in SCREENS])
def test_screen_is_what_the_command_prints(screen, shell):
    for name, maker in MADE_BY.items():
        if name in screen.command and maker not in screen.command:
            shell.run(f'{PROGRAM} {maker}')
    code, printed = shell.run(screen.command)
    assert compare.fault(screen.shown, printed) is None
    assert code == EXIT_CODES.get(screen.command[len(PROGRAM) + 1:], 0)


def test_a_command_that_is_shown_is_run_or_has_a_reason():
    run = {screen.command for screen in SCREENS} | {PROGRAM}
    shown = {command for page in PAGES for block in blocks(page) if block.language == 'sh'
             for command in re.findall(re.escape(PROGRAM) + r'[^#\n]*', block.text)}
    assert {command.strip() for command in shown} - run - {f'{PROGRAM} {command}' for command in NOT_RUN} == set()


# ---- the comparison itself

PRINTED = ['rung    seconds  compared', 'data       8.30  2 arrays', 'steps      1.20  norm update: 4.7e-06',
           'cost 1255.1581', 'explained: Rsqrt']


@pytest.mark.parametrize('shown', [
    PRINTED, ['...'], [PRINTED[0], '...'], ['...', PRINTED[4]], ['...', PRINTED[1], '...', PRINTED[3], '...'],
    ['...', 'steps 0.90  norm update: 4.1e-06', '...'], ['...', 'cost 1255.1582', '...']])
def test_what_was_printed_passes(shown):
    assert compare.fault(shown, PRINTED) is None


@pytest.mark.parametrize('shown', [
    [], PRINTED[:4], PRINTED[1:], [PRINTED[0], PRINTED[2], '...'], ['...', PRINTED[3], '...', PRINTED[1], '...'],
    ['...', 'steps      1.20  norm update: 4.7e-05', '...'], ['...', 'cost 1256.1581', '...'],
    ['...', 'equivalent: Rsqrt'], ['...', 'data       8.30  3 arrays', '...'], ['data', '...']])
def test_what_was_not_printed_is_seen(shown):
    assert compare.fault(shown, PRINTED) is not None


RUNG = 'first runs  passed  1.5       8    0.00  113 compared; Variable_17 after run 2 (a.py:9): 1.5 floors (limit 8)'
SPREAD = ("free run    passed  2.6       8    0.45  100 values; Mean_1:0 (a.py:160) at its time 3: 2.6 of the noisy "
          "runs' spread")
KERNEL = 'Mean   12   24   8   3    1.7  moments/mean (article.py:98)'


@pytest.mark.parametrize('line, other', [
    (RUNG, RUNG.replace('1.5', '0.9').replace('Variable_17', 'Variable_21')),
    (SPREAD, SPREAD.replace('2.6', '1.9').replace('time 3', 'time 8')),
    (KERNEL, KERNEL.replace(' 8 ', ' 5 ').replace('1.7', '1.2'))])
def test_what_the_processor_decides_is_not_compared(line, other):
    assert compare.same(line, other)


@pytest.mark.parametrize('line, other', [
    (RUNG, RUNG.replace('passed', 'failed')), (RUNG, RUNG.replace('113', '112')), (RUNG, RUNG.replace('8)', '9)')),
    (RUNG, RUNG.replace(' 8 ', ' 9 ')), (SPREAD, SPREAD.replace('100', '99')),
    (SPREAD, SPREAD.replace('passed', 'failed')), (KERNEL, KERNEL.replace('24', '23')),
    (KERNEL, KERNEL.replace('Mean', 'Sum'))])
def test_what_the_code_decides_is_compared(line, other):
    assert not compare.same(line, other)


# ---- the comparison on another kind of processor

HERE, SAME_KIND = 'TensorFlow 2.21.0, numpy 2.2.6, Python 3.11.7, AMD EPYC (AVX2)', 'AMD Ryzen 7 (AVX2)'
RUN = [HERE, 'without batch normalisation                    inf            nan',
       'with batch normalisation               1255.158       104.2763',
       '  the first record is 1255.1581, as on every processor; from step 35 on the two go ways of their own']
CHECK = ['settings  reported  0.00  TensorFlow 2.21.0 (1.15.5), numpy 2.2.6 (1.18.5), Python 3.11.7 (3.7.16), AMD EPYC '
         '(AVX2), recorded on AMD EPYC (AVX2): the same kind',
         'kernels   passed   0.6  1    0.16  246 ops alone; other bits: Mean by 3 ulp at most', KERNEL]


def elsewhere(lines, processor='Intel(R) Xeon(R) CPU @ 2.70GHz (AVX-512)'):
    """The same lines as another processor prints them, recorded where they were."""
    return [line.replace(', AMD EPYC (AVX2)', f', {processor}') for line in lines]


def test_the_header_of_a_screen_says_whose_numbers_these_are():
    assert [compare.owned_by([line]) for line in (HERE, *elsewhere(CHECK[:1]), 'B = TensorFlow 1.15.5, Apple M2')] == [
        {'AMD EPYC (AVX2)'}, {'AMD EPYC (AVX2)', 'Intel(R) Xeon(R) CPU @ 2.70GHz (AVX-512)'}, {'Apple M2'}]


@pytest.mark.parametrize('processor', ['AMD EPYC (AVX2)', SAME_KIND])
def test_on_the_same_kind_a_changed_cost_is_seen(processor):
    printed = elsewhere(RUN, processor)
    assert compare.fault(RUN, printed) is None
    assert compare.fault(RUN, [line.replace('104.2763', '114.15454') for line in printed]) is not None


def test_on_another_kind_the_last_cost_is_not_compared():
    printed = [line.replace('104.2763', '114.15454').replace('35', '40') for line in elsewhere(RUN)]
    assert compare.fault(RUN, printed) is None


@pytest.mark.parametrize('old, new', [
    ('1255.158 ', '1256.158 '), ('1255.1581', '1256.1581'), ('104.2763', 'nan'),
    ('inf', '9.9e+37'), ('104.2763', '104.2763  1.5'), ('with batch', 'with'), ('is 1255', 'is not 1255')])
def test_on_another_kind_everything_else_is_compared(old, new):
    assert compare.fault(RUN, [line.replace(old, new) for line in elsewhere(RUN)]) is not None


def test_without_a_header_every_number_is_compared():
    assert compare.fault(['...', *RUN[2:]], [line.replace('104.2763', '114.15454') for line in elsewhere(RUN)])


def test_on_another_kind_other_kernels_may_round_otherwise():
    other = elsewhere([CHECK[0].replace('the same kind', 'another kind'), CHECK[1] + '; MatMul by 9 ulp at most',
                       CHECK[2], CHECK[2].replace('Mean', 'MatMul')])
    assert compare.fault(CHECK, other) is None
    assert compare.fault(CHECK, [CHECK[0], *other[1:]]) is not None


# ---- what is generated

@by_page(PAGES)
def test_generated_blocks_are_made_of_help_texts_and_data(page):
    text = page.read_text(encoding='utf-8')
    assert generate.filled(text) == text, 'python -m tests.docs.generate'


def test_a_changed_block_is_seen():
    text = (DOCS / 'show.md').read_text(encoding='utf-8')
    changed = text.replace('One JSON object', 'A JSON object')
    assert changed != text == generate.filled(changed)


def all_commands(group=compat_run.cli, path=()):
    for name in group.list_commands(None):
        command = group.get_command(None, name)
        if isinstance(command, click.Group):
            yield from all_commands(command, (*path, name))
        else:
            yield (*path, name)


@pytest.mark.parametrize('path', list(all_commands()), ids=' '.join)
def test_every_command_has_a_page_with_its_options(path):
    page = (DOCS / f'{path[0]}.md').read_text(encoding='utf-8')
    assert f'<!-- generated: options {" ".join(path)} -->' in page


# ---- what is typed

@by_page([page for page in PAGES if commands(page)])
def test_every_command_has_options_that_exist(page):
    for line, command in commands(page):
        group, args = compat_run.cli, shlex.split(command)[2:]
        args = args if args and not args[0].startswith('-') else ['run', *args]
        while isinstance(group, click.Group) and args:
            name, *args = args
            if name.endswith('...'):
                break
            group = group.get_command(None, name)
            assert group, f'{named(page)}:{line}: {command}'
        else:
            group.make_context(name, args, resilient_parsing=False)


# One that stands on two pages is run once.
SNIPPETS = list({block.text: block for page in PAGES for block in blocks(page) if block.language == 'python'}.values())


@pytest.mark.parametrize('snippet', SNIPPETS, ids=[f'{block.page}:{block.line}' for block in SNIPPETS])
def test_snippet_runs(snippet, shell):
    with inside(shell.folder):
        exec(compile(snippet.text, snippet.page, 'exec'), {})


@by_page(PAGES)
def test_links_and_pictures_lead_somewhere(page):
    text = page.read_text(encoding='utf-8')
    local = [target for target in re.findall(r'\]\(([^)\s]+)\)', text) if not target.startswith('http')]
    assert [target for target in local if not (page.parent / target.split('#')[0]).exists()] == []


@by_page(PAGES)
def test_files_of_the_repository_that_are_named_exist(page):
    rooms = {path.name for folder in (ROOT, ROOT / 'legacy') for path in folder.iterdir()} - {'runs'}
    names = re.findall(r'`((?:[\w.-]+/)*[\w-]+\.(?:py|json|tsv|txt|npz))`', page.read_text(encoding='utf-8'))
    own = [name for name in names if name.split('/')[0] in rooms]
    assert [name for name in own if not any((folder / name).exists() for folder in (ROOT, ROOT / 'legacy'))] == []


def first_column(page, heading):
    """The first column of the table whose heading begins so, without code marks."""
    lines = page.read_text(encoding='utf-8').splitlines()
    rows = lines[next(k for k, line in enumerate(lines) if line.startswith(f'| {heading} |')) + 2:]
    return [row.split('|')[1].strip().strip('`') for row in rows[:next(k for k, row in enumerate(rows) if not row)]]


def test_the_page_of_check_has_every_rung_in_order():
    names = [*[question.name for question in ladder.QUESTIONS], 'whole portable run']
    assert first_column(DOCS / 'check.md', 'rung | question') == names


def test_the_page_of_check_has_every_verdict_in_order():
    assert first_column(DOCS / 'check.md', 'verdict | meaning') == list(VERDICTS)


def test_the_page_of_arithmetics_has_each():
    assert first_column(DOCS / 'arithmetics.md', 'arithmetic') == list(ARITHMETICS)


def test_the_page_of_the_baseline_names_every_file_of_data():
    text = (DOCS / 'baseline.md').read_text(encoding='utf-8')
    said = re.findall(r'`([\w.*-]+\.\w+(?:\.gz)?|locks)/?`', text)
    assert [path.name for path in DATA.iterdir() if not path.name.endswith('.schema.json')
            and not any(fnmatch.fnmatch(path.name, name) for name in said)] == []


# ---- the README

def test_readme_is_one_page():
    assert len(README.read_text(encoding='utf-8').splitlines()) <= 150


@by_page([page for page in PAGES if page != README])
def test_readme_leads_to_every_page(page):
    assert f'({named(page)})' in README.read_text(encoding='utf-8')


@pytest.mark.parametrize('name, command', [('run', 'compat_run.py'), ('test', 'pytest')])
def test_readme_has_the_command_that_ci_runs(name, command):
    block = re.search(f'<!-- ci: {name} -->\n```sh\n(.*)\n```', README.read_text(encoding='utf-8'))
    assert block.group(1).endswith(command)


def test_the_chinese_page_has_the_same_two_commands():
    both = [re.findall(r'^python3 -m venv .*$', page.read_text(encoding='utf-8'), re.MULTILINE)
            for page in (README, DOCS / 'README.zh.md')]
    assert both[0] == both[1] and len(both[0]) == 2


# ---- numbers in the README's sentences

def test_numbers_of_the_surprises_are_recorded_ones(article_recording):
    text = README.read_text(encoding='utf-8')
    found = recorded.load()
    same_start = next(run['rows'] for run in found['plateaus']['whole portable run'] if '1.15.5' in run['rows'])
    costs = articlerun.costs(article_recording)
    assert (same_start[0], same_start[-1]) == ('1.3.0', '2.21.0') and 'bit for bit, from 1.3 on' in text
    assert f'instead of {costs.cost_norm[0]:.3f}' in text
    assert np.isinf(costs.cost[0]) and np.isnan(costs.cost[1:]).sum() == 49
    assert f'Which of {len(found["rows"])} TensorFlow releases' in text

"""The pages of the manual, their fenced blocks, and a place to run what they show."""
import re
import shlex
import shutil
import sys
import typing
from unittest import mock

from legacy.machine import environments
from tests.conftest import DATA, ROOT

DOCS = ROOT / 'legacy' / 'docs'
PAGES = [ROOT / 'README.md', *sorted(DOCS.glob('*.md'))]
PROGRAM = 'python compat_run.py'
PROGRESS = 'runs made again: '  # what only a slow machine says
FENCE = re.compile(r'^```(\w*)\n(.*?)^```$', re.MULTILINE | re.DOTALL)
GENERATED = re.compile(r'(<!-- generated: (.+?) -->\n)(.*?)(<!-- end -->)', re.DOTALL)


class Block(typing.NamedTuple):
    """A fenced block. language: what stands behind the opening fence. generated: whether `generate` wrote it."""
    page: str
    line: int
    language: str
    text: str
    generated: bool


class Screen(typing.NamedTuple):
    """One command of a console block. shown: the lines under it."""
    page: str
    line: int
    command: str
    shown: list


def named(page):
    """'legacy/docs/check.md'"""
    return page.relative_to(ROOT).as_posix()


def blocks(page):
    """[Block, ...] of a page, in its order."""
    text = page.read_text(encoding='utf-8')
    spans = [match.span() for match in GENERATED.finditer(text)]
    return [Block(named(page), text.count('\n', 0, match.start()) + 2, match.group(1), match.group(2),
                  any(start < match.start() < end for start, end in spans)) for match in FENCE.finditer(text)]


def screens(page):
    """[Screen, ...]: every `$ command` of the page's console blocks that no generator wrote."""
    found = []
    for block in blocks(page):
        if block.language != 'console' or block.generated:
            continue
        for k, line in enumerate(block.text.splitlines()):
            if line.startswith('$ '):
                found.append(Screen(block.page, block.line + k, line[2:], []))
            else:
                found[-1].shown.append(line)
    return found


def commands(page):
    """[(line number, command), ...] of every `python compat_run.py ...` on the page, in whatever kind of block."""
    found = []
    for number, line in enumerate(page.read_text(encoding='utf-8').splitlines(), 1):
        found += [(number, match.split('  #')[0].strip())
                  for match in re.findall(re.escape(PROGRAM) + r'(?= |`|$)[^`|]*', line)]
    return found


class Shell:
    """Runs the manual's commands in this process, so that TensorFlow is imported once. A command that was run is not
    run again.

    folder: the current folder of all commands; it has the files that the manual's commands read. fork: a forking.Fork,
    of which scripts run in copies. made: {command: function that gives its finished process}, of those that were run
    elsewhere.
    """

    def __init__(self, folder, fork, made):
        self.folder, self._fork, self._made = folder, fork, made
        self._done = {}  # {command: (exit code, lines)}
        shutil.copytree(DATA, folder / 'legacy' / 'data')
        shutil.copytree(ROOT / 'tests' / 'scripts', folder / 'tests' / 'scripts')

    def run(self, command):
        """(exit code, lines of standard output and then of standard error) of `python compat_run.py ...`."""
        if command not in self._done:
            program, *args = shlex.split(command)[1:]
            assert program == 'compat_run.py', command
            if command in self._made:
                done = self._made[command]()
            elif args[0] == 'run' and any(word.endswith('.py') for word in args):  # a script is given its process whole
                done = self._fork.run(*args, cwd=self.folder)
            else:
                with mock.patch.object(environments, 'run_worker', work_here):
                    done = self._fork.command(*args, cwd=self.folder)
            lines = (done.stdout + done.stderr).splitlines()
            self._done[command] = done.returncode, [line for line in lines if not line.startswith(PROGRESS)]
        return self._done[command]


def work_here(python, request, onednn=False):
    """In place of `environments.run_worker`: no process is started, which would import TensorFlow once more."""
    assert python == sys.executable and not onednn
    from legacy.worker.__main__ import work
    work(dict(request))

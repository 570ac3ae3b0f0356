"""Files that chance has changed, read as the commands read them: how many are refused, and whether any does harm.

    python -m tests.formats.fuzz [--seed 1] [--count 10000] [--only KIND] [--case NUMBER]

Harm is a traceback, more than 10 seconds of processor time, more than 300 MB, or anything written, started or connected
to. Each case follows from the seed, its kind and its number alone, so that --only and --case repeat one.
"""
import argparse
import collections
import os
import pathlib
import random
import signal
import sys
import tempfile
import time
import traceback

from legacy.formats.errors import LegacyError
from tests.formats import fuzzed

SECONDS, MEGABYTES = 10, 300
READ_ONLY = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND  # flags that none of these may have
DOING = ('os.rename', 'os.remove', 'os.mkdir', 'os.rmdir', 'os.symlink', 'os.system', 'os.exec', 'os.posix_spawn',
         'subprocess.Popen', 'socket.connect', 'shutil.rmtree')


class TooLong(BaseException):
    """A case had its processor time."""


class Watch:
    """Notes what this process writes and starts while it looks. The files of matplotlib's and Python's own caches, and
    what is opened for nobody, do no harm."""

    def __init__(self):
        self.looking, self.seen = False, []
        sys.addaudithook(self._note)

    def _note(self, event, args):
        if self.looking and (event in DOING or event == 'open' and args[2] & READ_ONLY and args[0] != os.devnull):
            self.seen.append(f'{event} {args[0]!r}')


def _late(*_):
    raise TooLong


def peak():
    """Megabytes that this process has had in memory since `forget_peak`."""
    lines = pathlib.Path('/proc/self/status').read_text().splitlines()
    return next(int(line.split()[1]) >> 10 for line in lines if line.startswith('VmHWM'))


def forget_peak():
    pathlib.Path('/proc/self/clear_refs').write_text('5')
    return peak()


def run_case(kind, number, seed, folder, watch):
    """('accepted', 'refused' or 'harm', what was said) of one case."""
    chance = random.Random(f'{seed} {kind.name} {number}')
    path = folder / kind.file
    path.write_bytes(kind.changed(chance))
    before, started = forget_peak(), time.process_time()
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    watch.seen, watch.looking = [], True
    try:
        kind.read(path)
        outcome, said = 'accepted', ''
    except (LegacyError, OSError) as error:
        outcome, said = 'refused', str(error)
    except TooLong:
        outcome, said = 'harm', f'more than {SECONDS} s'
    except BaseException:
        outcome, said = 'harm', traceback.format_exc()
    finally:
        watch.looking = False
        signal.setitimer(signal.ITIMER_PROF, 0)
    grown, seconds = peak() - before, time.process_time() - started
    if '\n' in said and outcome == 'refused':
        return 'harm', f'more than one line: {said}', grown, seconds
    if watch.seen:
        return 'harm', f'did {watch.seen[:3]}', grown, seconds
    if grown > MEGABYTES:
        return 'harm', f'took {grown} MB', grown, seconds
    return outcome, said, grown, seconds


def run(kinds, count, seed, tell=lambda text: None, numbers=None):
    """{kind: Counter of outcomes}, [(kind, number, what it did)]. count: of all cases, shared by the kinds evenly.
    numbers: of the cases, in place of all."""
    watch, harm, counts = Watch(), [], {}
    signal.signal(signal.SIGPROF, _late)
    with tempfile.TemporaryDirectory() as folder:
        for at, kind in enumerate(kinds):
            kind.read(kind.written(pathlib.Path(folder)))  # what it imports is there
            counts[kind.name], largest, longest = collections.Counter(), 0, 0
            for number in numbers or range(count * (at + 1) // len(kinds) - count * at // len(kinds)):
                outcome, said, grown, seconds = run_case(kind, number, seed, pathlib.Path(folder), watch)
                counts[kind.name][outcome] += 1
                largest, longest = max(largest, grown), max(longest, seconds)
                if outcome == 'harm':
                    harm.append((kind.name, number, said))
                    tell(f'{kind.name} {number}: {said}')
            tell(f'{kind.name}: {dict(counts[kind.name])}; {longest:.1f} s and {largest} MB at most')
    return counts, harm


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--count', type=int, default=10_000)
    parser.add_argument('--only', choices=[kind.name for kind in fuzzed.KINDS])
    parser.add_argument('--case', type=int)
    options = parser.parse_args()
    kinds = [kind for kind in fuzzed.KINDS if options.only in (None, kind.name)]
    numbers = None if options.case is None else [options.case]
    _, harm = run(kinds, options.count, options.seed, lambda text: print(text, flush=True), numbers)
    print(f'seed {options.seed}: {len(harm)} did harm')
    return 1 if harm else 0


if __name__ == '__main__':
    sys.exit(main())

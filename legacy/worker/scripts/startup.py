"""From a request to a script that is ready to run. Runs on Python 3.6."""
import collections
import functools
import json
import os
import sys
import time
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

from legacy.formats import ending, progress, recordings
from legacy.formats.recordings import Recording
from legacy.formats.values import JsonObject
from legacy.worker.scripts import program

if TYPE_CHECKING:
    from legacy.worker.scripts.rewrittenruns import RewrittenRuns
    from legacy.worker.scripts.seedcalls import Seeds

MOST_PLACES = 3  # lines that are named for each op type


def prepare(script: str, arguments: Iterable[str] = (), as_module: bool = False, op_seeds: Optional[str] = None,
            seed: Optional[int] = None, quiet: bool = False, copied: Optional[Mapping[str, str]] = None,
            data: Iterable[str] = (), arithmetic: str = 'float32', as_json: bool = False,
            **recording: Any) -> Callable[[], None]:
    """A function that runs the script, and ends this process as the script ends.

    script: its file, or a module's name with as_module. arguments: the script's own. op_seeds: file of a recording
    whose op seeds are given back, or None. seed: for graphs that have none, and for numpy's and Python's generators.
    quiet: without the summary. copied: {folder: its copy}, which stands for it in the path of modules. data: paths in
    the script's folder of files that it reads, and that count as its own. arithmetic: in which its sessions compute.
    as_json: the summary is a JSON object on standard output, and all that the script says goes to standard error.
    recording: what `_recorded` takes, to record the run. Raises LegacyError.
    """
    program.use_copies(copied or {})
    asked = program.Script(script, list(arguments), as_module)
    program.check(asked)
    baseline = None
    if op_seeds is not None:
        baseline = recordings.load(op_seeds)
        seed = baseline.header['seeds']['given'] if seed is None else seed
    from legacy.worker.scripts import runner  # and TensorFlow with it: after all that may be refused
    from legacy.worker.scripts.seedcalls import Call, Seeds
    seeds = Seeds(None if baseline is None else [Call(**call) for call in baseline.header['seeds']['calls']], seed,
                  strict=not recording or recording.get('with_graphs', False))
    rewritten = None if arithmetic == 'float32' else _rewritten(asked, arithmetic)
    finished: Optional[Callable[[], None]]
    ends = ending.Ending(recording.get('out'))
    if recording and rewritten is not None:
        finished = _recorded_whole(asked, seeds, ends, rewritten, **recording)
    else:
        finished = _recorded(asked, data, seeds, baseline, ends, **recording) if recording else None
    said = None if quiet else functools.partial(summary, seeds, op_seeds, rewritten)
    if as_json:
        said = functools.partial(_tell_as_json, _own_output(), asked, seeds, rewritten, said)
    return functools.partial(runner.run, asked, seeds, said, finished, ends, rewritten)


def _rewritten(script: program.Script, arithmetic: str) -> 'RewrittenRuns':
    """The rewrittenruns.RewrittenRuns in which the script's runs are made from now on."""
    from legacy.worker.scripts import lines, rewrittenruns
    runs = rewrittenruns.RewrittenRuns(arithmetic, lines.Lines(program.file_of(script)))
    runs.begin()
    return runs


def _recorded_whole(script: program.Script, seeds: 'Seeds', ends: ending.Ending, rewritten: 'RewrittenRuns', out: str,
                    command: str = '', leave: Iterable[Sequence[Any]] = (),
                    steps_of: Optional[str] = None, with_graphs: bool = False) -> Callable[[], None]:
    """A function that writes the recording of the whole run in another arithmetic, which ends when it is called; from
    now on all is noted, and nothing kept to be made again. rewritten: a rewrittenruns.RewrittenRuns. steps_of: file of
    a recording whose kinds of runs these are. For the rest see `_recorded`."""
    from legacy.worker.scripts import assembly, children, lines, matching, notes, sessionhook, wholehistory
    from legacy.worker.scripts.observer import Observer
    children.count(out + '.children')
    _tell_how_far(out if with_graphs else None)
    of_script, last = lines.Lines(program.file_of(script)), wholehistory.LastValues()
    like = matching.Like(recordings.load(steps_of)) if steps_of else None
    observer = Observer(of_script, like, keeps=False, leave=leave)
    watch = sessionhook.Watching(observer, of_script)
    watch.begin()
    rewritten.ended = last.note

    def finished() -> None:
        watch.end()
        rewritten.end()
        made = assembly.sealed(
            observer, seeds, script, of_script, command, 0.0, with_graphs=with_graphs,
            whole=lambda header, arrays: wholehistory.noted(header, arrays, last, rewritten))
        made.header['arithmetic'] = rewritten.arithmetic
        notes.end()
        recordings.save(made, out)
        ends.note(ending.RECORDED)
    return finished


def _recorded(script: program.Script, data: Iterable[str], seeds: 'Seeds', baseline: Optional[Recording],
              ends: ending.Ending, out: str, command: str = '', budget: Optional[int] = None,
              nudge: Optional[int] = None, steps_of: Optional[str] = None, brief: bool = False,
              leave: Iterable[Sequence[Any]] = (), power: bool = False, case: bool = False, replays: int = 0,
              with_graphs: bool = False, until: Optional[int] = None, compressed: bool = True) -> Callable[[], None]:
    """A function that writes the recording of the run that ends when it is called; from now on all is noted.

    ends: an ending.Ending. out: file to write. budget: bytes that the variables before chosen runs may take. nudge:
    seed of noise between the runs, see `variablenoise`, or None. brief: see `assembly`. steps_of: file of a recording
    of the script, whose noise floors a nudge has, and whose steps a brief recording notes; without it the steps are
    those that this run chooses by itself. leave: see `observer`. power, case, replays, with_graphs: see `assembly`.
    until: after so many runs of sessions this process ends, or None. compressed: see `recordings.save`. With a baseline
    its steps are made again, in place of the run's own; a brief recording has but its op seeds.
    """
    from legacy.worker.scripts import (
        assembly,
        children,
        keptruns,
        lines,
        matching,
        notes,
        runner,
        sessionhook,
        variablenoise,
    )
    from legacy.worker.scripts.observer import Observer
    children.count(out + '.children')
    _tell_how_far(out if with_graphs else None)
    of_script = lines.Lines(program.file_of(script), data)
    of_script.watch_imports()
    first = recordings.just_made(steps_of) if steps_of else None
    like = matching.Like(baseline or first) if baseline or first else None
    nudger = None if nudge is None else variablenoise.Nudger(nudge, _floors(first))
    observer = Observer(of_script, like, budget or keptruns.BUDGET, nudger, brief, leave)
    watch = sessionhook.Watching(observer, of_script, until, lambda: runner.leave(lambda: finished(True), ends))
    watch.begin()
    started = time.perf_counter()

    def finished(is_early: bool = False) -> None:
        watch.end()
        observer.kept.end_all()
        seconds = time.perf_counter() - started
        notes.end()
        noted = progress.Noted(out)
        made = assembly.sealed(
            observer, seeds, script, of_script, command, seconds, None if brief else baseline, brief, power=power,
            case=case, progress=noted, replays=replays, with_graphs=with_graphs)
        if is_early:
            made.header['ended_after'] = len(observer.runs)
        recordings.save(made, out, compressed)
        noted.end()
        observer.kept.scratch.close()
        ends.note(ending.RECORDED, failed=observer.failed)
    return finished


def _tell_how_far(out: Optional[str]) -> None:
    """Let a program of ours say how far it is, beside the recording `out`; None: nobody wants to know."""
    from legacy.worker.scripts import notes
    notes.tell_to(progress.Noted(out))


def _floors(recorded: Optional[Recording]) -> List[Tuple[int, int, JsonObject]]:
    """What `variablenoise.Nudger` takes of a Recording; nothing of none."""
    return [(step['run'], recorded.kinds[step['kind']]['graph'], step['floors']['float32']['after'])
            for step in sorted(recorded.header['steps'], key=lambda step: step['run'])
            if step['floors'].get('float32')] if recorded else []


def summary(seeds: 'Seeds', op_seeds: Optional[str], rewritten: Optional['RewrittenRuns'] = None) -> List[str]:
    """What a person should know when the script has ended, of the seeds and of the arithmetic: [line, ...]"""
    return _of_seeds(seeds, op_seeds) + ([] if rewritten is None else _of_arithmetic(rewritten))


def _own_output() -> int:
    """A descriptor of standard output, which is standard error from now on."""
    sys.stdout.flush()
    descriptor = os.dup(1)
    os.dup2(2, 1)
    return descriptor


def _tell_as_json(descriptor: int, script: program.Script, seeds: 'Seeds', rewritten: Optional['RewrittenRuns'],
                  said: Optional[Callable[[], List[str]]]) -> List[str]:
    """Write what came of the run; return the lines for standard error."""
    from legacy import shim
    found = {'script': script.name, 'tensorflow': shim.VERSION, 'op_seeds_of_this_release': seeds.chosen_by_release,
             'arithmetic': 'float32', 'runs': None, 'not_pinned': []}
    if rewritten is not None:
        found.update(arithmetic=rewritten.arithmetic, runs=rewritten.runs, not_pinned=[
            dict(left._asdict(), ops=count) for left, count in rewritten.not_pinned.found.items()])
    with os.fdopen(descriptor, 'w') as output:
        output.write(json.dumps(found) + '\n')
    return said() if said is not None else []


def _of_arithmetic(rewritten: 'RewrittenRuns') -> List[str]:
    """rewritten: a rewrittenruns.RewrittenRuns."""
    places: Dict[str, List[str]] = collections.OrderedDict()
    for left in rewritten.not_pinned.found:
        name = '%s in %s' % (left.type, left.inside) if left.inside else left.type
        if left.place not in places.setdefault(name, []):
            places[name].append(left.place)
    said = '; '.join('%s (%s)' % (name, ', '.join(filter(None, found[:MOST_PLACES])) or 'no line of the script')
                     for name, found in sorted(places.items()))
    return ['%d runs in %s arithmetic; not pinned: %s' % (rewritten.runs, rewritten.arithmetic, said or 'nothing')]


def _of_seeds(seeds: 'Seeds', op_seeds: Optional[str]) -> List[str]:
    from legacy import shim
    from legacy.worker.scripts import releases
    if op_seeds is not None:
        lines = ['op seeds of %s: %d of %d given back' % (op_seeds, len(seeds.calls), len(seeds.calls) + seeds.unused)]
        if seeds.skipped or seeds.moved:
            lines[0] += '; %d left out, %d under another scope' % (len(seeds.skipped), seeds.moved)
        return lines
    if not seeds.chosen_by_release or releases.is_the_trusted_release():
        return []
    return ['%d random ops have the op seeds of TensorFlow %s, so the script starts from other values than under '
            '1.15.5; --op-seeds FILE gives back those of a recording (`record` makes one)'
            % (seeds.chosen_by_release, shim.VERSION)]

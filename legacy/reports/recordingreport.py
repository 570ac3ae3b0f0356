"""What a recording holds, in words. Needs numpy only."""
import collections
import os

from legacy.formats import processor, wholerun
from legacy.formats.recordings import Recording, is_number
from legacy.formats.values import JsonObject, finite
from legacy.judge import coverage, kindcoverage, notcompared
from legacy.judge.baseline import Baseline
from legacy.reports import portchange

SHOWN = 6  # values of a series
ONEDNN = 'TF_ENABLE_ONEDNN_OPTS'  # --onednn says so already


def recorded(recording: Recording, path: str | os.PathLike[str]) -> str:
    """What a recording holds, what of the script can be judged by it, and what not."""
    header, known = recording.header, Baseline(recording, is_complete=False)
    environment = header['environment']
    trains = sum(recording.kinds[kind]['trains'] for kind in recording.runs.tolist())
    again = _made_again(recording)
    lines = [f'{path}: {header["script"]["name"]} under TensorFlow {environment["tensorflow"]}',
             f'  numpy {environment["numpy"]}, Python {environment["python"]}, {processor.in_words(environment)}'
             + (f', {header["arithmetic"]} arithmetic' if 'arithmetic' in header else ''),
             *[f'  {line}' for line in [*settings_of_the_user(environment), *portchange.as_text(recording)]],
             f'  {len(recording.runs)} runs of {len(recording.kinds)} kinds, {trains} of them train; '
             f'{sum(again.values())} can be made again; {len(header["initial"])} variables; '
             f'{len(header["seeds"]["calls"])} op seeds']
    of_kinds = _series_of_kinds(recording)
    for number in range(len(recording.kinds)):
        lines += [f'  {number}: {_kind(recording, number, again[number])}', *of_kinds.get(number, ())]
    covered = kindcoverage.coverage_of_kinds(known, header['unseen'])
    lines.append(f'  {covered.text}')
    lines += [f'  not judged: {coverage.in_words([lack])}' for lack in covered.lacks]
    lines += [f'  {label}: {text}' for label, said in notcompared.notes(known) for text in said]
    lines += _whole(recording)
    runs = {step['step']: step['run'] for step in header['steps']}
    lines += [f'  {fault["arithmetic"]}, run {runs[fault["step"]]}: {fault["why"]}' for fault in header['faults']]
    return '\n'.join(lines) + '\n'


def settings_of_the_user(environment: JsonObject) -> list[str]:
    """[line] of TensorFlow's settings that the user had made."""
    return [f'{name}={setting["value"]} as set by you' for name, setting in sorted(environment['settings'].items())
            if isinstance(setting, dict) and setting.get('from') == 'user' and name != ONEDNN]


def _whole(recording: Recording) -> list[str]:
    """[line] on the whole run in portable arithmetic; none where there is none."""
    whole = wholerun.of(recording)
    if whole is None:
        return []
    if whole.header['fault']:
        return [f'  no whole run in portable arithmetic: {whole.header["fault"]}']
    varying = len(whole.header['varying'])
    return [f'  whole run in portable arithmetic: {len(whole["runs"])} runs; not pinned: '
            + (', '.join(whole.header['not_pinned']) or 'nothing')
            + (f'; {varying} series that are not the same a second time' if varying else '')]


def can_be_judged(recording: Recording) -> bool:
    """Whether there is a kind of run that trains, or where none does any run, of which a check could say something."""
    covered = kindcoverage.coverage_of_kinds(Baseline(recording), recording.header['unseen'])
    return bool(covered.compared) if covered.expected else len(recording.header['steps']) > 0


def series(recording: Recording) -> list[JsonObject]:
    """Return the numbers that runs gave each time: kind, fetch, values, where 'nan' and 'inf' are words."""
    return [{'kind': k, 'fetch': recording.kinds[k]['fetches'][j], 'values': finite(values.ravel().tolist())}
            for (k, j), values in sorted(recording.series().items()) if is_number(values)]


def _series_of_kinds(recording: Recording) -> dict[int, list[str]]:
    """{kind: lines}, one for each series of numbers: its first values and its last."""
    found: dict[int, list[str]] = {}
    for item in series(recording):
        values = [f'{float(value):.6g}' for value in item['values']]
        shown = values if len(values) <= SHOWN else [*values[:SHOWN - 1], '...', values[-1]]
        found.setdefault(item['kind'], []).append(f'     {item["fetch"]}: {" ".join(shown)}')
    return found


def _made_again(recording: Recording) -> collections.Counter[int]:
    """{kind: how many of its kept runs were made again when it was recorded}: in a run's own recording none was."""
    return collections.Counter(step['kind'] for step in recording.header['steps'] if any(
        outcome for name, outcome in step['outcomes'].items() if name not in ('run', 'own')))


def _kind(recording: Recording, number: int, again: int) -> str:
    """again: how many of its kept runs were made again."""
    kind = recording.kinds[number]
    times = int((recording.runs == number).sum())
    return (f'{kind["place"] or "(no line of the script)"}, {times} times' + (', trains' if kind['trains'] else '')
            + (f', {again} can be made again' if again else '')
            + (f' ({kind["stepless"]})' if kind['trains'] and kind['stepless'] else ''))

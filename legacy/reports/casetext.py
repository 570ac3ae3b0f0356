"""The text of a case to send: what each TensorFlow gives, what is exact, which is nearer, the versions."""
import typing

from legacy.formats.casedraft import HERE, THERE, Draft
from legacy.reports.casescript import ARRAYS, SCRIPT, Facts, contents

APART = '''How far apart two results are is the mean over all elements of their difference, relative to the larger
of the two; an element that is a number on one side alone counts as 1.'''


class Ran(typing.NamedTuple):
    """A case that was run. said: what its script printed, and its exit code, under the recorded TensorFlow and under
    the one that is checked. versions: of TensorFlow, numpy and Python of both, in words. processor: in words. given:
    {side: the element that differs most}. exact: the same of the exact results. off: {side: mean relative difference of
    what it gave from its exact result}."""
    said: list[tuple[str, int]]
    versions: list[str]
    processor: str
    given: dict[str, str]
    exact: dict[str, str]
    off: dict[str, float]


def title(draft: Draft, facts: Facts) -> str:
    """A sentence."""
    named = ', '.join(draft.types) + (f', in the gradient of {", ".join(draft.of)}' if draft.of else '')
    if draft.what == 'formula':
        return f'{named}: TensorFlow {facts.there} and {facts.here} build different ops for the same line.'
    given = 'inputs' if draft.what == 'kernel' else 'seeds'
    return f'{named} gives another result under TensorFlow {facts.here} than under {facts.there}, of the same {given}.'


def text(draft: Draft, facts: Facts, heading: str, ran: Ran, cause: str) -> str:
    """The text of the file README.md. cause: what `check` says of it, in words; '' where it says nothing."""
    lines = [f'# {heading.removesuffix(".")}']
    if draft.line:
        lines += ['', f'Found at `{draft.line}`: `{draft.text}`.']
    lines += ['', f'What was found: {cause}.'] if cause else []
    exactly = draft.what != 'source'
    lines += ['', f'| | element {list(facts.worst)}, which differs most |' + ' apart from the exact result |' * exactly,
              '|---|---|' + '---|' * exactly]
    for side in (THERE, HERE):
        off = f'{ran.off[side]:.1e}' if side in ran.off else 'not known'
        lines.append(f'| TensorFlow {facts.version(side)} | {ran.given[side]} |' + f' {off} |' * exactly)
    lines += [f'| exact{_of(draft, facts, side)} | {value} | |' for side, value in ran.exact.items()]
    lines += ['', _nearer(draft, facts, ran), '', '## What it prints', '']
    for version, (said, code) in zip((facts.there, facts.here), ran.said):
        lines += [f'`python {SCRIPT}` under {version}, exit code {code}:', '', '```text', said.strip(), '```', '']
    lines += ['## Versions', '', *[f'- {version}' for version in ran.versions],
              f'- {ran.processor}; one thread, no oneDNN, no GPU', '',
              f'`{ARRAYS}` has {contents(draft, facts)}. {APART}', '']
    return '\n'.join(lines)


def _of(draft: Draft, facts: Facts, side: str) -> str:
    if len(draft.formulas) == 1:
        return ''
    return f', of what {facts.version(side)} builds'


def _nearer(draft: Draft, facts: Facts, ran: Ran) -> str:
    """Which of the two is nearer to the exact value, as far as there is one."""
    if draft.what == 'source':
        files = ' and '.join(f'`{name}`' for name in [SCRIPT, *draft.definitions])
        return f'It is value number {draft.times} that the op gives, from the seeds in {files}. There is no exact one.'
    if set(ran.off) != {THERE, HERE}:
        return 'The exact value is not known: which of the two is nearer cannot be said.'
    how = f'The exact values are in {draft.exact_by}.'
    if len(draft.formulas) > 1:
        return (f'{how} Each formula has its own, and no third value says which formula is meant; beside its own, each '
                'release is as near as the table says.')
    there, here = ran.off[THERE], ran.off[HERE]
    if there == here:
        return f'{how} Both are as near.'
    return f'{how} TensorFlow {facts.there if there < here else facts.here} is nearer.'

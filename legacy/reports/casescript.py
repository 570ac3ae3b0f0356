"""The script of a case to send: what a maintainer of TensorFlow runs, with nothing of this program in it."""
import inspect
import re
import textwrap
import typing

from legacy.formats.casedraft import HERE, THERE, Draft, Formula
from legacy.judge.apartness import apart

WIDTH = 110
NAMES = {THERE: 'recorded', HERE: 'checked'}  # of functions
ARRAYS, SCRIPT, TEXT = 'case.npz', 'case.py', 'README.md'
EXACT = 'exact'  # name of an array; the results of both TensorFlows have their versions for names
LEAST = 1e-6  # mean relative difference that is one: see `apart` in the script


class Facts(typing.NamedTuple):
    """What is known of a case beside its draft. there, here: versions of the recorded TensorFlow and of the one that is
    checked. worst: the element that differs most. exact: sides of whose formula the exact result is known."""
    there: str
    here: str
    worst: tuple[int, ...]
    exact: tuple[str, ...]

    def version(self, side: str) -> str:
        return self.there if side == THERE else self.here


# The results of both TensorFlows are in the arrays, so that the script can say which of the two a third one gives.
HEAD = '''"""{title}

    python case.py

{codes}
{needs}
{found}"""
import os
import sys

os.environ.setdefault('TF_ENABLE_ONEDNN_OPTS', '0')  # oneDNN has kernels of its own
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

FOLDER = os.path.dirname(os.path.abspath(__file__))
arrays = np.load(os.path.join(FOLDER, 'case.npz'))
'''
RESULT = '''

def result(ops, names):
    """What this TensorFlow gives of the arrays with these names."""
    config = tf.compat.v1.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
    with tf.Graph().as_default(), tf.compat.v1.Session(config=config) as session:
        given = [tf.compat.v1.placeholder(arrays[name].dtype, arrays[name].shape) for name in names]
        return session.run(ops(*given), {tensor: arrays[name] for tensor, name in zip(given, names)})
'''
RESULT_OF_SOURCE = '''

def result(ops, names):
    """What this TensorFlow gives at number {times}."""
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        tensor, begin = ops()
        session.run(begin)
        return [session.run(tensor) for _ in range({times})][-1]
'''
ONE = '''if __name__ == '__main__':
    found, worst = result({name}, {parameters}), {worst}
    print('TensorFlow %s gives %s at %s' % (tf.__version__, found[worst], list(worst)))
    for name in {names}:
        print('%s: %s there, mean relative difference %.1e' % (name, arrays[name][worst], apart(found, arrays[name])))
    sys.exit(int(apart(found, arrays['{here}']) < apart(found, arrays['{there}'])))
'''
TWO = '''if __name__ == '__main__':
    print('TensorFlow', tf.__version__)
    found, worst = [], {worst}
    for name, ops, names in {formulas}:
        try:
            found.append(result(ops, names))
        except (AttributeError, ValueError) as error:
            print('as %s builds it: not under this TensorFlow (%s)' % (name, str(error)[:60]))
            found.append(arrays[name])
            continue
        print('as %s builds it: %s at %s' % (name, found[-1][worst], list(worst)))
        for key in (name, '{exact} ' + name):
            if key in arrays:
                print('    %s: %s there, mean relative difference %.1e' % (
                    key, arrays[key][worst], apart(found[-1], arrays[key])))
    sys.exit(int(apart(*found) > {least}))
'''


def script(draft: Draft, facts: Facts, title: str) -> str:
    """The text of the file SCRIPT. title: a sentence."""
    found = ''.join(f'{line}\n' for line in _wrapped(f'Found at {draft.line}: {draft.text}')) if draft.line else ''
    text = HEAD.format(title='\n'.join(_wrapped(title)), codes='\n'.join(_wrapped(_codes(draft, facts))), found=found,
                       needs='\n'.join(_wrapped(_needs(draft, facts))))
    if draft.definitions:
        text = text.replace('\nFOLDER =', '\nfrom google.protobuf import text_format  # noqa: E402\n\nFOLDER =')
    text += _functions(draft, facts)
    text += RESULT_OF_SOURCE.format(times=draft.times) if draft.what == 'source' else RESULT
    text += f'\n\n{inspect.getsource(apart)}\n\n'
    return text + (_one(draft, facts) if len(draft.formulas) == 1 else _two(draft, facts))


def exact_name(draft: Draft, facts: Facts, side: str) -> str:
    """Name of the array with the exact result of a side's formula."""
    return EXACT if len(draft.formulas) == 1 else f'{EXACT} {facts.version(side)}'


def _codes(draft: Draft, facts: Facts) -> str:
    if len(draft.formulas) == 1:
        return (f'ends with exit code 0 where TensorFlow gives what {facts.there} gave, with 1 where it gives what '
                f'{facts.here} gave.')
    return ('computes both with the TensorFlow that is installed, as far as it has the ops, and ends with exit code 1 '
            'where they differ: each release builds its own.')


def contents(draft: Draft, facts: Facts) -> str:
    """What is in the file ARRAYS."""
    has = ['the inputs'] * bool(draft.inputs) + ['what is exact'] * bool(facts.exact) + ['what both gave']
    return ' and '.join(filter(None, [', '.join(has[:-1]), has[-1]]))


def _needs(draft: Draft, facts: Facts) -> str:
    files = ', '.join([*draft.definitions, ARRAYS])
    return f'It needs TensorFlow (1.15 or later), numpy and {files}, which has {contents(draft, facts)}.'


def name_of(draft: Draft, formula: Formula) -> str:
    """Name of the function in the script that a formula is."""
    return 'op' if len(draft.formulas) == 1 else NAMES[formula.side]


def _functions(draft: Draft, facts: Facts) -> str:
    found = ''
    for formula in draft.formulas:
        lines = [f'"""What TensorFlow {facts.version(formula.side)} builds."""'] * (len(draft.formulas) > 1)
        lines += [part for line in formula.code for part in _call(line)] + [f'return {formula.gives}']
        found += f'\n\ndef {name_of(draft, formula)}({", ".join(formula.parameters)}):\n'
        found += ''.join(f'    {line}\n' for line in lines)
    return found


def _call(line: str) -> list[str]:
    """A call as one line or several, the further ones below its first argument."""
    if len(line) <= WIDTH - 4 or line.startswith(' ') or not line.endswith(')'):
        return [line]
    start = line.index('(') + 1
    parts, depth, begin = [], 0, start
    for at in range(start, len(line)):
        depth += (line[at] in '([') - (line[at] in ')]')
        if not depth and line[at] == ',':
            parts.append(line[begin:at + 1])
            begin = at + 2
    found = [line[:start]]
    for number, part in enumerate([*parts, line[begin:]]):
        if number and len(found[-1]) + 1 + len(part) > WIDTH - 4:
            found.append(' ' * start + part)
        else:
            found[-1] += (' ' if number else '') + part
    return found


def _one(draft: Draft, facts: Facts) -> str:
    names = [facts.there, facts.here] + [EXACT] * bool(facts.exact)
    return ONE.format(name='op', parameters=draft.formulas[0].parameters, worst=facts.worst, names=names,
                      there=facts.there, here=facts.here)


def _two(draft: Draft, facts: Facts) -> str:
    rows = [f"('{facts.version(item.side)}', {name_of(draft, item)}, {item.parameters})" for item in draft.formulas]
    joined = (',' + '\n' + ' ' * 30).join(rows)
    return TWO.format(formulas=f'({joined})', worst=facts.worst, exact=EXACT, least=LEAST)


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(re.sub(r'["\\]', "'", text), WIDTH, break_long_words=False, break_on_hyphens=False)


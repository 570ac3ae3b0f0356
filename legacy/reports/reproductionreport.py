"""The answer to "did I reproduce it?", in lines for a person and as JSON."""
import math

from legacy.formats import processor
from legacy.formats.values import JsonObject, finite
from legacy.judge import coverage
from legacy.judge.findings import Finding
from legacy.judge.reproduction import Band, Reproduction, Whole

CHECK = 'python compat_run.py check'
WORDS = {True: 'yes', False: 'no', None: 'not known'}


def as_text(found: Reproduction) -> list[str]:
    release = f'TensorFlow {found.reference["tensorflow"]}'
    return [f'reproduced: {_answer(found, release)}'] + (_float32(found, found.band, release) if found.band else [])


def _answer(found: Reproduction, release: str) -> str:
    if found.missing or not found.whole:
        return f'not known: {found.missing}'
    words = _portable(found.whole, release)
    ran = '' if found.steps == found.recorded else f' of the first {found.steps} of {found.recorded} steps,'
    if found.whole.finding.passed:
        return f'{WORDS[found.answer]}:{ran} {words}'
    if found.whole.finding.passed is None:
        return f'not known:{ran} {words}; not compared: {coverage.in_words(found.whole.finding.lacks)}'
    return f'no:{ran} {words}; `{CHECK}` finds where it departs'


def _portable(whole: Whole, release: str) -> str:
    (costs, all_costs), (arrays, all_arrays) = whole.costs, whole.arrays
    if whole.finding.passed:
        return (f'in portable arithmetic all {costs} costs are those of {release}, bit for bit '
                f'({arrays} of {all_arrays} arrays)')
    return (f'in portable arithmetic {costs} of {all_costs} costs and {arrays} of {all_arrays} arrays are those of '
            f'{release}, bit for bit; first: {whole.first or whole.finding.text}')


def _float32(found: Reproduction, band: Band, release: str) -> list[str]:
    """Whose the float32 costs are, which part holds everywhere, and how far inside the band."""
    here, there = map(processor.in_words, (found.here, found.reference))
    own = f'from step {band.apart} on the two go ways of their own'
    lines = [f'float32: the costs above are those of TensorFlow {found.here["tensorflow"]} on {here}; the last record '
             f'of {release} is {band.last[1]:.8g} on {there}',
             f'  the first record is {_first(*band.first)}; {"the two stay together" if band.apart is None else own}']
    finding = band.finding
    if finding.passed:
        used = f'{finding.deviation or 0:.2g} of {finding.tolerance or 0:.2g} times what noise moves it by'
        lines.append(f'  inside the band that rounding makes of the recorded run: {used}')
    elif finding.passed is None:
        lines.append(f'  whether it is inside the band that rounding makes is not known: {finding.text}')
    else:
        lines.append(f'  outside the band that rounding makes of the recorded run: {finding.text}; `{CHECK}` finds '
                     'where it departs')
    return lines


def _first(ours: float, theirs: float) -> str:
    """What the first record is, in words. ours, theirs: here, and as recorded."""
    if _close(ours, theirs):
        return f'{theirs:.7g}, as on every processor'
    return f'{ours:.7g}, where the recorded one is {theirs:.7g} on every processor'


def _close(ours: float, theirs: float) -> bool:
    """Whether two first records are the same but for rounding, in the seven digits that are shown."""
    return math.isclose(ours, theirs, rel_tol=1e-6)


def as_json(found: Reproduction) -> JsonObject:
    """{'reproduced': true, false or null, 'reproduction': the facts}; every number in it is finite."""
    whole, band = found.whole, found.band
    facts = {'reference': {'tensorflow': found.reference['tensorflow'],
                           'processor': processor.in_words(found.reference)},
             'processor': processor.in_words(found.here), 'steps': found.steps, 'recorded_steps': found.recorded,
             'missing': found.missing,
             'whole': whole and {'arithmetic': 'portable', **_counted('costs', whole.costs),
                                 **_counted('arrays', whole.arrays), **_judged(whole.finding)},
             'band': band and {'apart_from_step': band.apart, **_judged(band.finding)}}
    content: JsonObject = finite({'reproduced': found.answer, 'reproduction': facts})
    return content


def _counted(what: str, numbers: tuple[int, int]) -> JsonObject:
    return {f'{what}_the_same': numbers[0], f'{what}_expected': numbers[1]}


def _judged(finding: Finding) -> JsonObject:
    return {'passed': finding.passed, 'deviation': finding.deviation, 'limit': finding.tolerance, 'text': finding.text}

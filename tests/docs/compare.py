"""Whether a screen in the manual is what the command prints.

A line `...` stands for any number of lines. What differs from run to run is masked (MASKS). Other numbers with a point
may differ by CLOSE, since the last bits of a cost on all rows depend on the processor; deviations, which are made of
such bits, by the factor LOOSE. Everything else has to be the same, but for the width of gaps.
"""
import itertools
import math
import re

GAP = '...'
CLOSE = 1e-4
LOOSE = 4
DEVIATION = 1e-4  # numbers below are deviations
MASKS = [
    # Deviations in noise floors, and which tensor has the largest, are made of last bits.
    (re.compile(r'(?<=compared; ).*: \S+ (floors )?\(limit'), '<largest> (limit'),
    (re.compile(r'(?<=passed) +[\d.e-]+ +(?=8 |1 |8.9e-09 )'), ' <deviation> '),
    (re.compile(r'[\d.]+ apart at most'), '<gap> apart at most'),
    # So are the answers of kernels that round otherwise.
    (re.compile(r'by \d+ ulp at most'), 'by <ulp> at most'),
    (re.compile(r'(?<=\d) +\d+ +\d+ +[\d.e-]+  \S+\[[\d, ]*\], .* steps: .*, expected .*'), ' <ulp and first>'),
    (re.compile(r'\d+(\.\d+)? (ms|us|s|seconds)\b'), '<time>'),
    (re.compile(r'(?<= )\d+\.\d\d(?=  \S)'), '<seconds>'),  # a column of `check`
    (re.compile(r'^ *\d+\.\d +\d+\.\d  (?=CPU)'), '<microseconds>  '),  # two columns of `graph step --all`
    (re.compile(r'(?<= )\d+\.\d(?=  [a-z])'), '<microseconds>'),  # a column of `graph step`
    (re.compile(r'\d{4}-\d\d-\d\d(-\d{6}(-\d+)?)?'), '<date>'),
    (re.compile(r'Python \d+\.\d+\.\d+'), 'Python <release>'),
    (re.compile(r'(the same|another) processor'), '<which> processor'),
]
NUMBER = re.compile(r'(?<![\w.])-?\d+(?:\.\d+)?e[+-]?\d+(?![\w.])|(?<![\w.])-?\d+\.\d+(?![\w.])')


def fault(shown, printed):
    """None if the lines `shown` are those `printed`, else what is wrong, in words."""
    pieces = [list(piece) for is_gap, piece in itertools.groupby(shown, lambda line: line == GAP) if not is_gap]
    starts, ends = shown[:1] == [GAP], shown[-1:] == [GAP]
    at = 0
    for number, piece in enumerate(pieces):
        first, last = number == 0 and not starts, number == len(pieces) - 1 and not ends
        places = range(at, len(printed) - len(piece) + 1)
        if first:
            places = places[:1]
        if last:
            places = [place for place in places if place == len(printed) - len(piece)]
        place = next((place for place in places
                      if all(same(a, b) for a, b in zip(piece, printed[place:place + len(piece)]))), None)
        if place is None:
            return _words(piece, printed[at:])
        at = place + len(piece)
    return None if pieces or ends or not printed else f'nothing shown, but printed {printed[0]!r}'


def _words(piece, rest):
    missing = [line for line in piece if not any(same(line, other) for other in rest)]
    return '\n'.join(['shown, but not printed there:', *(missing or piece), 'printed:', *rest])


def same(shown, printed):
    """Whether two lines are, but for what is masked and the last bits of numbers."""
    shown, printed = (_masked(line) for line in (shown, printed))
    numbers = [[float(number) for number in NUMBER.findall(line)] for line in (shown, printed)]
    words = [' '.join(NUMBER.sub('<number>', line).split()) for line in (shown, printed)]
    return words[0] == words[1] and all(_close(a, b) for a, b in zip(*numbers))


def _masked(line):
    for pattern, mask in MASKS:
        line = pattern.sub(mask, line)
    return line


def _close(a, b):
    if a == b:
        return True
    if max(abs(a), abs(b)) < DEVIATION:
        return a * b > 0 and 1 / LOOSE <= a / b <= LOOSE
    return math.isclose(a, b, rel_tol=CLOSE)

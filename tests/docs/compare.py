"""Whether a screen in the manual is what the command prints.

A line `...` stands for any number of lines. What differs from run to run is masked (MASKS). Other numbers with a point
may differ by CLOSE, since the last bits of a cost on all rows depend on the processor; deviations, which are made of
such bits, by the factor LOOSE. Everything else has to be the same, but for the width of gaps.

A screen with float32 numbers of a whole run says in a line whose they are (OWNERS). Where another kind of processor
printed it, such numbers are only counted, and what else that processor decides is masked (ELSEWHERE); words, what is
infinite or NaN, and what holds everywhere (FIRST) have to be the same still.
"""
import itertools
import math
import re

from tests import processors

GAP = '...'
CLOSE = 1e-4
LOOSE = 4
DEVIATION = 1e-4  # numbers below are deviations
MASKS = [
    # Deviations in noise floors, and which tensor has the largest, are made of last bits.
    (re.compile(r'(?<=compared; ).*: \S+ (floors |of [\w\' ]+ )?\(limit'), '<largest> (limit'),
    (re.compile(r"(?<=values; ).*: \S+ (?=of the noisy runs' spread)"), '<largest> '),
    (re.compile(r'(?<=passed) +[\d.e-]+ +(?=8 |1 )'), ' <deviation> '),
    # So are the answers of kernels that round otherwise, and how many tensors no last bit moves.
    (re.compile(r'\d+ (?=that noise does not move)'), '<count> '),
    (re.compile(r'by \d+ ulp at most'), 'by <ulp> at most'),
    (re.compile(r'\(\d+ ulp\)'), '(<ulp>)'),
    (re.compile(r'(?<=\d) +\d+ +\d+ +[\d.]+  \S+ \(\S+:\d+\)$'), ' <ulp and first>'),
    (re.compile(r'\d+(\.\d+)? (ms|us|s|seconds)\b'), '<time>'),
    (re.compile(r'(?<= )\d+\.\d\d(?=  \S)'), '<seconds>'),  # a column of `check`
    (re.compile(r'^ *\d+\.\d +\d+\.\d  (?=CPU)'), '<microseconds>  '),  # two columns of `graph step --all`
    (re.compile(r'(?<= )\d+\.\d(?=  [a-z])'), '<microseconds>'),  # a column of `graph step`
    (re.compile(r'\d{4}-\d\d-\d\d(-\d{6}(-\d+)?)?'), '<date>'),
    (re.compile(r'Python \d+\.\d+\.\d+'), 'Python <release>'),
]
NUMBER = re.compile(r'(?<![\w.])-?\d+(?:\.\d+)?e[+-]?\d+(?![\w.])|(?<![\w.])-?\d+\.\d+(?![\w.])')

# Lines that say whose numbers these are: of `run` and `show`, the first row of `check`, of `compare`.
OWNERS = [re.compile(pattern) for pattern in (
    r'\bnumpy \S+(?: \(\S+\))?, Python \S+(?: \(\S+\))?, (?P<owner>[^,]+)', r'^[AB] = TensorFlow \S+, (?P<owner>[^,]+)',
    r'\brecorded on (?P<owner>[^:]+): ', r'^  holds on (?P<owner>[^,]+)')]
# Up to here a line's numbers hold everywhere: those of the first record.
FIRST = re.compile(r'^with(?:out)? batch normalisation +\S+|the first record is \S+')
ELSEWHERE = [
    (re.compile(r', of another kind than recorded'), ''),  # before what follows
    (re.compile(r'(the same|another) kind\b'), '<which> kind'),
    (re.compile(r'parts at step \d+, by \d+% '), 'parts at <step and gap> '),
    (re.compile(r'from step \d+ on the two go ways of their own|the two stay together'), '<parting>'),
    (re.compile(r'[\d.]+ of 8 floors'), '<largest> of 8 floors'),
    (re.compile(r'(?<=of one kind: ).*'), '<kind>'),
    (re.compile(r'(?<= ops alone); .*'), '<kernels>'),
    (re.compile(r'(?<=rounds otherwise: ).*'), '<kernels>'),
]
KERNEL = re.compile(r'^\w+ +\d+ +\d+ <ulp and first>$')  # a row of `check`, once masked: the processor decides which


def fault(shown, printed):
    """None if the lines `shown` are those `printed`, else what is wrong, in words."""
    owners, others = owned_by(shown), owned_by(printed)
    elsewhere = bool(owners) and not kinds(others) <= kinds(owners)
    shown, printed = ([_without(owners | others, line) for line in lines] for lines in (shown, printed))
    if elsewhere:
        shown, printed = ([line for line in lines if not KERNEL.match(_masked(line))] for lines in (shown, printed))
    return _fault(shown, printed, elsewhere)


def owned_by(lines):
    """The processors, as shown, whose numbers the lines say they are."""
    return {match['owner'] for line in lines for pattern in OWNERS for match in pattern.finditer(line)}


def kinds(owners):
    return {processors.in_words(owner) for owner in owners}


def _without(owners, line):
    for owner in sorted(owners, key=len, reverse=True):
        line = line.replace(owner, '<processor>')
    return line


def _fault(shown, printed, elsewhere):
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
                      if all(same(a, b, elsewhere) for a, b in zip(piece, printed[place:place + len(piece)]))), None)
        if place is None:
            return _words(piece, printed[at:], elsewhere)
        at = place + len(piece)
    return None if pieces or ends or not printed else f'nothing shown, but printed {printed[0]!r}'


def _words(piece, rest, elsewhere):
    missing = [line for line in piece if not any(same(line, other, elsewhere) for other in rest)]
    return '\n'.join(['shown, but not printed there:', *(missing or piece), 'printed:', *rest])


def same(shown, printed, elsewhere=False):
    """Whether two lines are, but for what is masked and the last bits of numbers. elsewhere: whether they were printed
    on different kinds of processors."""
    shown, printed = (_masked(line, elsewhere) for line in (shown, printed))
    numbers = [[float(number) for number in NUMBER.findall(line)] for line in (shown, printed)]
    words = [' '.join(NUMBER.sub('<number>', line).split()) for line in (shown, printed)]
    if elsewhere:
        first = FIRST.search(shown)
        numbers = [found[:len(NUMBER.findall(shown[:first.end()])) if first else 0] for found in numbers]
    return words[0] == words[1] and all(_close(a, b) for a, b in zip(*numbers))


def _masked(line, elsewhere=False):
    for pattern, mask in MASKS + ELSEWHERE * elsewhere:
        line = pattern.sub(mask, line)
    return line


def _close(a, b):
    if a == b:
        return True
    if max(abs(a), abs(b)) < DEVIATION:
        return a * b > 0 and 1 / LOOSE <= a / b <= LOOSE
    return math.isclose(a, b, rel_tol=CLOSE)

"""What of a script a recording does not hold, as facts: a code, a line, a count. Runs on Python 3.6.

A fact is made where something is missed, with `Observer.unseen`; its sentence is made last, by `in_words`. Nothing
reads a sentence.
"""
import collections
import typing
from typing import Dict, Iterable, List, Set, Tuple

from legacy.formats.errors import in_one_line
from legacy.formats.values import JsonObject

# blocks: whether a fact alone keeps the verdict at `undecided`, since what is not seen may have trained. Of the others
# the coverage of each kind of run says what could not be judged.
Code = typing.NamedTuple('Code', [('blocks', bool), ('words', str)])

CODES = collections.OrderedDict([
    ('thread-runs', Code(True, '{count} runs in other threads')),
    ('queue-runs', Code(False, '{count} runs that fill queues, in other threads (what a queue gave is recorded)')),
    ('timer-runs', Code(False, "{count} runs that TensorFlow makes by the clock, in threads of its own")),
    ('callable-runs', Code(True, '{count} calls of functions that a session has made of tensors')),
    ('script-threads', Code(False, '{count} runs that are fed while other threads of the script are at work, which '
                                   'may make the order of what is fed')),
    ('child-runs', Code(True, '{count} runs of sessions in child processes')),
    ('child-process', Code(False, '{count} child processes, of which nothing is known')),
    ('partial-runs', Code(True, '{count} partial runs')),
    ('too-many-kinds', Code(True, '{count} runs with ever other targets, fetches or feeds')),
    ('not-replayed', Code(False, 'a run that cannot be made again ({detail})')),
    ('racing', Code(False, '{detail}, which reads what the same run writes')),
    ('racing-by-luck', Code(False, "{detail} of the script's own runs: reads that race with writes (made again, they "
                                   'come first)')),
    ('unreadable-variable', Code(False, 'the variable {detail}, which cannot be read')),
    ('unsupported-dtype', Code(False, '{detail}, of a dtype that a recording cannot hold')),
    ('text-fed', Code(False, 'text that is fed to {detail}')),
    ('changing-shape', Code(False, 'the values of {detail}, whose shape changes: digests only')),
    ('watching-failed', Code(False, '{count} runs that could not be watched, and were made as the script asks '
                                    '({detail})')),
    ('replay-failed', Code(False, '{count} kept runs that failed when they were made again ({detail})')),
    ('noise-failed', Code(False, '{count} kept runs without a noise floor ({detail})')),
    ('late', Code(False, '{count} kept runs that were let go, since to make them again would have taken too long')),
    ('noisy-run-raised', Code(False, '{count} whole runs with noise that ended with an error ({detail})')),
    ('noisy-run-not-finite', Code(False, '{count} whole runs with noise that gave NaN or infinities where the recorded '
                                         'run does not')),
])

OF_READS = ('racing', 'racing-by-luck')
NAMED = 3  # of these, at a line

FACT = {'what': str, 'place': str, 'count': int, 'detail': str}  # as a header has it


class Unseen(object):
    """Facts while they are gathered: the same code, place and detail is one fact, counted."""

    def __init__(self) -> None:
        self._counts: Dict[Tuple[str, str, str], int] = collections.OrderedDict()

    def add(self, code: str, place: str = '', detail: object = '', count: int = 1) -> None:
        """code: of CODES. place: line of the script, or ''. detail: a name or a reason, in one line."""
        if code not in CODES:
            raise ValueError('no code of a fact: %s' % code)
        key = code, place, in_one_line(detail)
        self._counts[key] = self._counts.get(key, 0) + count

    def facts(self) -> List[JsonObject]:
        """[FACT], in the order in which they were first seen."""
        return [{'what': what, 'place': place, 'count': count, 'detail': detail}
                for (what, place, detail), count in self._counts.items()]


def blocks(fact: JsonObject) -> bool:
    """Whether this fact alone leaves the verdict undecided."""
    return CODES[fact['what']].blocks


def in_words(fact: JsonObject) -> str:
    """The sentence of a FACT."""
    text = CODES[fact['what']].words.format(count=fact['count'], detail=fact['detail'])
    return '%s (%s)' % (text, fact['place']) if fact['place'] else text


def all_in_words(*lists: Iterable[JsonObject]) -> List[str]:
    """[sentence] of several lists of facts, sorted, each once. Of reads that race at one line the first are named:
    where a learning rate races, every variable does."""
    racing: Dict[Tuple[str, str], Set[str]] = {}
    found = set()
    for fact in [fact for facts in lists for fact in facts]:
        if fact['what'] in OF_READS:
            racing.setdefault((fact['what'], fact['place']), set()).add(fact['detail'])
        else:
            found.add(in_words(fact))
    for (what, place), names in racing.items():
        for detail in _named(sorted(names)):
            found.add(in_words({'what': what, 'place': place, 'count': 1, 'detail': detail}))
    return sorted(found)


def _named(names: List[str]) -> List[str]:
    """The names, or, where they are many, the first of them and how many there are in one."""
    if len(names) <= NAMED:
        return names
    return ['%s and %d more' % (', '.join(names[:NAMED]), len(names) - NAMED)]

"""What is run for each claim, cut into chunks that fit a process each."""
import math
import typing
from collections.abc import Collection, Mapping, Sequence

from legacy.formats.values import JsonObject

RATES = (1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1.0)
INITIALISATIONS = ('article', 'He')
STARTS = (*INITIALISATIONS, 'He, x standardised')  # the last: is it the scale of x, which normalising takes away?
BLOCK = 5  # seeds of a chunk: with more seeds the chunks before stay the same, and need not run again

KIND_OF = {3: 'fewrows', 1: 'convergence', 2: 'convergence', 4: 'inference', 5: 'recovery'}  # what takes long first

# Long training on few rows takes most of the time, so it has fewer rates where nothing trains without batch
# normalisation, and one initialisation, since without batch normalisation the article's trains nowhere.
FEW_ROWS: JsonObject = {'rates': (1e-5, 3e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0), 'initialisation': 'He', 'rows': 40,
                        'validation': 500, 'steps': 2000}
STRENGTHS = {'none': (0.0,), 'dropout': (0.1,), 'L2': (3.0, 30.0)}
EVALUATED: JsonObject = {'decays': (0.5, 0.9, 0.99, 0.999), 'sizes': (1, 10, 2500)}

# {kind: [what the worker's function of that kind takes but for the seeds, ...]}
SETTINGS: dict[str, list[JsonObject]] = {
    'convergence': [{'start': start, 'rates': RATES} for start in STARTS],
    'fewrows': [{'network': network, 'regulariser': regulariser, 'strengths': strengths, **FEW_ROWS}
                for network in ('norm', 'plain') for regulariser, strengths in STRENGTHS.items()],
    'inference': [EVALUATED],
    'recovery': [{'initialisation': initialisation} for initialisation in INITIALISATIONS],
}


class Chunk(typing.NamedTuple):
    """requests: what `worker.work` is to be given, each in a process of its own, one after another. trainings: how many
    networks or pairs of networks are trained."""
    kind: str
    label: str
    requests: list[JsonObject]
    trainings: int


def kinds(claims: Collection[int]) -> list[str]:
    """What the claims of these numbers need, each once."""
    return list(dict.fromkeys(kind for claim, kind in KIND_OF.items() if claim in claims))


def chunks(kind: str, seeds: int, settings: Mapping[str, Sequence[JsonObject]] = SETTINGS) -> list[Chunk]:
    """Return the Chunks of one kind for the seeds 1 to `seeds`."""
    blocks = [list(range(start, min(start + BLOCK, seeds + 1))) for start in range(1, seeds + 1, BLOCK)]
    return [_chunk(kind, setting, block) for setting in settings[kind] for block in blocks]


def _chunk(kind: str, setting: JsonObject, block: list[int]) -> Chunk:
    words = [str(value) for value in setting.values() if isinstance(value, str)]
    label = ' '.join([kind, *words, f'seeds {block[0]} to {block[-1]}'])
    request = {'seeds': block, **setting}
    requests = [{'kind': kind, **request}]
    if kind == 'inference':
        requests = [{'kind': 'trained', **request}, {'kind': 'restored', **request}]
        requests[1].pop('steps', None)
    trainings = len(block) * math.prod(len(setting.get(name, '1')) for name in ('rates', 'strengths', 'decays'))
    return Chunk(kind, label, requests, trainings)

"""From runs to verdicts, and both as JSON."""
import datetime
import json
import os
import typing
from collections.abc import Iterable

from matplotlib.figure import Figure

from legacy.claims import faster, generalises, large_rates, restores, saved_statistics
from legacy.claims.claim import Claim, Gathered, Numbers, Table, Verdict
from legacy.formats.errors import LegacyError
from legacy.formats.values import Json, JsonObject, finite

SCHEMA = 1
CLAIMS: dict[int, Claim] = {module.NUMBER: module for module in (
    faster, large_rates, generalises, saved_statistics, restores)}


class ResultError(LegacyError):
    """A file that holds no results of this kind. The message is one line."""


class Measured(typing.NamedTuple):
    """One claim. module: of this package, which says what it is about. numbers: what its `summarise` made of the runs;
    the rest follows from them."""
    module: Claim
    numbers: Numbers

    @property
    def verdict(self) -> Verdict:
        return self.module.verdict(self.numbers)

    @property
    def remark(self) -> str:
        """A sentence about what else was measured, '' if there is none."""
        return self.module.remark(self.numbers)

    @property
    def table(self) -> Table:
        return self.module.table(self.numbers)

    def figure(self) -> Figure:
        return self.module.figure(self.numbers)


class Results(typing.NamedTuple):
    """environment: {'tensorflow', 'platforms', 'processors', 'features'}."""
    claims: list[Measured]
    seeds: int
    command: str
    created: str
    environment: JsonObject


def measured(numbers: Iterable[int], gathered: Gathered, seeds: int, command: str, environment: JsonObject) -> Results:
    """The Results for the claims of these numbers, of what a `chunkresults.Gathering` gave."""
    claims = [Measured(CLAIMS[number], CLAIMS[number].summarise(gathered)) for number in numbers]
    return Results(claims, seeds, command, datetime.date.today().isoformat(), environment)


def as_json(results: Results) -> JsonObject:
    """What `claims.json` holds; infinite numbers are the strings 'inf' and '-inf'."""
    claims = [{'number': claim.module.NUMBER, 'title': claim.module.TITLE, 'verdict': claim.verdict.word,
               'sentence': claim.verdict.sentence, 'remark': claim.remark, 'criterion': claim.module.CRITERION,
               'varied': claim.module.VARIED, 'fixed': claim.module.FIXED, 'numbers': claim.numbers}
              for claim in results.claims]
    content: JsonObject = finite({'schema': SCHEMA, **results._asdict(), 'claims': claims})
    return content


def load(path: str | os.PathLike[str]) -> Results:
    """The Results that a `claims.json` holds. Verdicts and tables are made anew, from its numbers. Raises ResultError,
    OSError."""
    with open(path, encoding='utf-8') as file:
        try:
            found = json.load(file)
            claims = [Measured(CLAIMS[claim['number']], _infinite(claim['numbers'])) for claim in found['claims']]
            if found['schema'] == SCHEMA:
                return Results(claims, *[found[key] for key in Results._fields[1:]])
        except (ValueError, KeyError, TypeError):
            pass
    raise ResultError(f'{path}: not the results of claims, or of another version of it')


def _infinite(value: Json) -> Json:
    """The inverse of `finite`."""
    if isinstance(value, dict):
        return {key: _infinite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_infinite(item) for item in value]
    return float(value) if value in ('inf', '-inf') else value

"""Results as text."""
import pathlib
import textwrap
from collections.abc import Iterable, Sequence

from legacy.claims.results import Measured, Results

WIDTH = 120


def as_text(results: Results, files: Iterable[pathlib.Path]) -> str:
    """Table, verdict and terms of each claim, and where the files are."""
    return '\n'.join([*[_claim(claim) for claim in results.claims],
                      f'TensorFlow {results.environment["tensorflow"]}, seeds 1 to {results.seeds}. '
                      f'Written: {", ".join(map(str, files))}'])


def _claim(claim: Measured) -> str:
    module = claim.module
    lines = [f'{module.NUMBER}. {module.TITLE}', '', *_aligned([claim.table.heading, *claim.table.rows]), '']
    for text in (claim.verdict.sentence, claim.remark, f'Criterion: {module.CRITERION}', f'Varied: {module.VARIED}.',
                 f'Not varied: {module.FIXED}.'):
        lines += textwrap.wrap(text, WIDTH, subsequent_indent='  ')
    return '\n'.join(lines) + '\n'


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows)]
    return ['  '.join(text.ljust(width) for text, width in zip(row, widths)).rstrip() for row in rows]

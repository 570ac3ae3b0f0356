"""That the port in a recording is not the article's any more, and what can be compared then. Needs numpy only."""
import os
import zlib

from legacy.formats import articlerun, statements
from legacy.formats.places import DATA
from legacy.formats.recordings import Recording
from legacy.formats.values import JsonObject

FEW = 6  # changes that are spelled out
ARTICLES = os.path.join(DATA, 'article.txt')  # the port as it was recorded


def changes(recording: Recording) -> list[JsonObject]:
    """[{'line', 'was', 'now'}, ...] of the port in a recording of the article's program; none of any other, and where
    its text is not kept."""
    if not articlerun.is_article(recording):
        return []
    files = [source['file'] for source in recording.header['script']['sources']]
    name = f'source/{files.index(articlerun.PORT)}'
    if name not in recording.arrays:
        return []
    text = zlib.decompress(recording.arrays[name].tobytes()).decode('utf-8', 'replace')
    with open(ARTICLES, encoding='utf-8') as file:
        articles = file.read()
    return [] if text == articles else statements.changed(articles, text)


def as_text(recording: Recording) -> list[str]:
    """[line, ...] of a summary; none where the port was the article's."""
    found = changes(recording)
    if not found:
        return []
    lines = ['the port was changed, so these numbers are not the article\'s:']
    lines += [f'  legacy/article.py:{change["line"]}: {change["now"] or "nothing"}   (the article: '
              f'{change["was"] or "nothing"})' for change in found[:FEW]]
    if len(found) > FEW:
        lines.append(f'  and {len(found) - FEW} more')
    return [*lines, '  `compare legacy/data/article.npz RECORDING` says where the two part, `check` which node it is: '
                    'see legacy/docs/change.md']

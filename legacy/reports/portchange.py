"""That the port is not the article's any more, and what can be compared then. Needs numpy only."""
from legacy.formats.recording import Recording
from legacy.formats.values import JsonObject

FEW = 6  # changes that are spelled out


def as_text(recording: Recording) -> list[str]:
    """[line, ...] of a summary; none where the port was the article's, or the recording is too old to know."""
    changes = recording.port_changes
    if not changes:
        return []
    lines = ['the port was changed, so these numbers are not the article\'s:']
    lines += [f'  {_where(change)}: {change["now"] or "nothing"}   (the article: {change["was"] or "nothing"})'
              for change in changes[:FEW]]
    if len(changes) > FEW:
        lines.append(f'  and {len(changes) - FEW} more')
    return [*lines, '  `compare legacy/data/baseline-float32.npz RECORDING` says where the two part, `check` '
                    'which node it is: see legacy/docs/change.md']


def _where(change: JsonObject) -> str:
    return f'legacy/article.py:{change["line"]}' if change['line'] else 'legacy.article, while it ran'

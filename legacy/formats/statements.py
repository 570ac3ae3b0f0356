"""Two texts of a Python file, statement by statement: which are others. Runs on Python 3.6."""
import difflib
import io
import itertools
import tokenize
from typing import List, NamedTuple, Optional, Tuple

from legacy.formats.values import JsonObject

Statement = NamedTuple('Statement', [('line', int), ('depth', int), ('tokens', Tuple[str, ...]), ('text', str)])


def changed(before: str, after: str) -> List[JsonObject]:
    """[{'line', 'was', 'now'}, ...]: each statement of the text `after` that is not in the text `before`, with its line
    number; '' where there is none. Comments, docstrings and blank lines do not count."""
    theirs, ours = of(before), of(after)
    matcher = difflib.SequenceMatcher(None, [item[1:3] for item in theirs], [item[1:3] for item in ours], False)
    found: List[JsonObject] = []
    for kind, start, end, first, last in matcher.get_opcodes():
        if kind != 'equal':
            where = ours[min(first, len(ours) - 1)].line
            found += [{'line': now.line if now else where, 'was': was.text if was else '', 'now': _now(was, now)}
                      for was, now in itertools.zip_longest(theirs[start:end], ours[first:last])]
    return found


def _now(was: Optional[Statement], now: Optional[Statement]) -> str:
    same = was and now and was.tokens == now.tokens
    return now.text + '  # indented otherwise' * bool(same) if now else ''


def of(source: str) -> List[Statement]:
    """[Statement, ...] of Python text, in its order: what makes it do what it does. Raises tokenize.TokenError,
    SyntaxError where Python does not read it."""
    lines, found, depth = source.splitlines(), [], 0
    tokens: List[Tuple[int, str, int]] = []  # type, text and line of those of a statement so far
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type in (tokenize.INDENT, tokenize.DEDENT):
            depth += 1 if token.type == tokenize.INDENT else -1
        elif token.type == tokenize.NEWLINE:
            if [kind for kind, _, _ in tokens] != [tokenize.STRING]:  # a docstring
                line = tokens[0][2]
                found.append(Statement(line, depth, tuple(text for _, text, _ in tokens), lines[line - 1].strip()))
            tokens = []
        elif token.type not in (tokenize.COMMENT, tokenize.NL, tokenize.ENDMARKER):
            tokens.append((token.type, token.string, token.start[0]))
    return found

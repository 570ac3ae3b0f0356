"""The lines of a script in two tables of graphs: one numbering for both, found by what the lines say."""
import collections
import difflib

from legacy.formats.graphtable import Lines, Table, file_and_number


def renumbered(table: Table, like: Table) -> Table:
    """The Table with each line that `like` has too under its place there: in scripts, lines move when one is added."""
    places = _places(table.lines, like.lines)
    if all(place == key for key, place in places.items()):
        return table
    lines = collections.OrderedDict((places.get(key, key), said) for key, said in table.lines.items())
    return Table(table.tensorflow, table.arithmetic, lines,
                 [node._replace(line=places.get(node.line, node.line)) for node in table.nodes])


def _places(lines: Lines, lines_there: Lines) -> dict[str, str]:
    """{'train.py:14': 'train.py:12'} of lines that say the same, in the order of each file."""
    ours, theirs = ([(_file(key), text, key) for key, (_, text) in sorted(
        side.items(), key=lambda item: file_and_number(item[0]))] for side in (lines, lines_there))
    matcher = difflib.SequenceMatcher(None, [item[:2] for item in ours], [item[:2] for item in theirs],
                                      autojunk=False)
    return {ours[block.a + k][2]: theirs[block.b + k][2] for block in matcher.get_matching_blocks()
            for k in range(block.size)}


def _file(key: str) -> str:
    return key.rpartition(':')[0]

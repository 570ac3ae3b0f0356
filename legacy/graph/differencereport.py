"""A difference of two graphs in words, short for a graph of any size, and as JSON values."""
import collections
import textwrap
from collections.abc import Callable, Container, Iterator, Sequence, Sized
from typing import TypeVar

from legacy.formats.graphtable import Node, Table
from legacy.formats.values import JsonObject
from legacy.graph.difference import CHANGED, RENAMED, Change, Difference, Group, groups, places
from legacy.graph.overviewreport import WIDTH, built_by, counted
from legacy.judge.formulas import Formula

ROWS = 8  # of a table; the rest is counted
T = TypeVar('T')


def as_text(found: Difference, names: Sequence[str], each: bool = False) -> str:
    """The report. names: what to call A and B. each: all rows of every table, and every node by its name."""
    width = max(len(name) for name in names)
    lines = [f'{letter} = {name:<{width}}  {len(table.nodes)} nodes, {built_by(table)}'
             for letter, name, table in zip('AB', names, (found.a, found.b))]
    if found.same:
        return '\n'.join([*lines, 'the same graph', *_moved(found, each)]) + '\n'
    lines += _only_in_one(found, each)
    lines += [f'{"":22}{text}' for text in _tally(found)]
    lines += _formulas(found, each)
    for kind in CHANGED:
        lines += _changed(kind, [change for change in found.changes if change.kind == kind], found.a, each)
    lines += _renamed(found, each) + _moved(found, each)
    return '\n'.join(lines) + '\n'


def _rows(found: list[T], each: bool) -> tuple[list[T], list[T]]:
    """(those that are shown, those that are only counted)"""
    return (found, []) if each else (found[:ROWS], found[ROWS:])


def _more(rest: Sized) -> str:
    return f'{len(rest)} places more' if len(rest) > 1 else 'another place'


def _short(text: str, each: bool, indent: str = '') -> str:
    return indent + (text if each else textwrap.shorten(text, WIDTH - len(indent), placeholder=' ...'))


# ---- nodes of one graph alone

def _only_in_one(found: Difference, each: bool) -> list[str]:
    lines = ['', 'only A only B  A - B  made by'] if found.only_a or found.only_b else []
    said = {text for table in (found.a, found.b) for _, text in table.lines.values()}
    shown, rest = _largest_of_both(groups(found), each)
    for place, only_a, only_b in shown:
        lines.append(_count_row(only_a, only_b, place.title))
        where = place.line
        for letter, nodes in (('A', only_a), ('B', only_b)):
            if nodes:
                lines.append(_short(made_by(nodes, said), each, f'{where:>20}  {letter}  '))
                lines += [f'{"":26}{node.op_type} {node.name}' for node in nodes if each]
                where = ''
    if rest:
        lines.append(_count_row([node for row in rest for node in row.only_a],
                                [node for row in rest for node in row.only_b], f'{_more(rest)}: --nodes shows them'))
    return [*lines, _count_row(found.only_a, found.only_b, f'in all = {len(found.a.nodes)} - {len(found.b.nodes)}; '
                               f'{found.both} nodes are in both')]


def _largest_of_both(rows: list[Group], each: bool) -> tuple[list[Group], list[Group]]:
    """(rows that are shown, others): of which B has more, fewer are shown, but not none where A has many."""
    more_in_b = [row for row in rows if len(row.only_b) > len(row.only_a)]
    more_in_a = [row for row in rows if len(row.only_b) <= len(row.only_a)]
    if each:
        return more_in_a + more_in_b, []
    few = max(ROWS // 2, ROWS - len(more_in_a))
    return more_in_a[:ROWS] + more_in_b[:few], more_in_a[ROWS:] + more_in_b[few:]


def _count_row(only_a: list[Node], only_b: list[Node], text: str) -> str:
    return f'{len(only_a):6} {len(only_b):6} {len(only_a) - len(only_b):6}  {text}'


def made_by(nodes: list[Node], said: Container[str] = ()) -> str:
    """'_AddGrad: 16 Sum, 16 Reshape; ...': nodes by the call that made them and by op type. A call that is in `said`,
    a whole line, is not repeated."""
    calls: dict[str, collections.Counter[str]] = {}
    for node in nodes:
        call = '' if node.call in said else node.call or 'call not known'
        calls.setdefault(call, collections.Counter())[node.op_type] += 1
    return '; '.join((f'{call}: ' if call else '') + counted(dict(types.most_common()))
                     for call, types in sorted(calls.items(), key=lambda item: -sum(item[1].values())))


def _tally(found: Difference) -> Iterator[str]:
    """Of the nodes that are in both: how many are the same, changed, only renamed, only moved."""
    parts = [f'{count} {word}' for word, count in found.tally.items() if count]
    if found.both:
        yield 'of these ' + ', '.join(parts)
    if found.out_of_order:
        yield f'{found.out_of_order} of them would have to move for the order of creation to be the same'


# ---- formulas

def _formulas(found: Difference, each: bool) -> list[str]:
    if found.formulas is None:
        return ['', 'formulas: not known; they are told by lines and dtypes, which one of the graphs does not have']
    known_lines = len({*found.a.lines, *found.b.lines})
    lines = ['', _counted_lines(found.formulas, known_lines) + (':' if found.formulas else '')]
    shown, rest = _rows(found.formulas, each)
    said = {key: text for table in (found.b, found.a) for key, (_, text) in table.lines.items()}
    for formula in shown:
        of = f'gradient of {formula.of}: ' if formula.of else ''
        lines.append(_short(f'{formula.line or "unknown line"}  {of}{formula.ops("in A", "in B")}', each, '  '))
        lines.append(_short(said.get(formula.line, formula.call), each, '      '))
    if rest:
        lines.append(f'  and {len(rest)} more: --nodes shows them')
    return lines


def _counted_lines(formulas: list[Formula], lines: int) -> str:
    """How many lines build another formula; each counts once, for the most that it does."""
    rest = list(formulas)
    counts: list[int] = []
    questions: list[Callable[[Formula], bool]] = [
        lambda formula: not formula.of and bool(formula.there or formula.here or formula.attributes
                                                or formula.constants),
        lambda formula: not formula.of, lambda formula: True]
    for is_so in questions:
        there = {formula.line for formula in rest if is_so(formula)}
        counts.append(len(there))
        rest = [formula for formula in rest if formula.line not in there]
    text = f'{counts[0]} of {lines} lines build another formula'
    for count, words in zip(counts[1:], ('more only in how ops are joined', 'more only in gradients')):
        text += f', {count} {words}' if count else ''
    return text


# ---- nodes of both

def _changed(kind: str, changes: list[Change], table: Table, each: bool) -> list[str]:
    if not changes:
        return []
    lines = ['', f'{len(changes)} of them with {kind}:']
    if each or len(changes) <= ROWS:
        return lines + [_short(f'{change.a.name}: {change.text}', each, '  ') for change in changes]
    place_of = places(table)
    counts = collections.Counter((place_of[change.a.name].title, change.text if kind == 'another op' else '')
                                 for change in changes)
    shown, rest = _rows(counts.most_common(), each)
    lines += [_short(where, each, f'{count:6}  ') + (f'  ({what})' if what else '') for (where, what), count in shown]
    if rest:
        lines.append(f'{sum(count for _, count in rest):6}  in {_more(rest)}: --nodes shows them')
    return lines


def _renamed(found: Difference, each: bool) -> list[str]:
    changes = [change for change in found.changes if change.kind == RENAMED]
    changed = {change.a.name for change in found.changes if change.kind in CHANGED}
    only = sum(change.a.name not in changed for change in changes)
    return _listed(f'{len(changes)} of them with another name, {only} of these otherwise the same', changes, each)


def _moved(found: Difference, each: bool) -> list[str]:
    return _listed(f'{len(found.moved)} of them made by another line', found.moved, each)


def _listed(head: str, changes: list[Change], each: bool) -> list[str]:
    if not changes:
        return []
    if each or len(changes) <= ROWS:
        return ['', head + ':', *(f'  {change.a.name}: {change.text}' for change in changes)]
    return ['', _short(f'{head}, such as {changes[0].text}', each)]


# ---- for a program

def as_json(found: Difference, names: Sequence[str]) -> JsonObject:
    """The report as JSON values: every node and every change by name."""
    def named(nodes: list[Node]) -> list[JsonObject]:
        return [{'name': node.name, 'op_type': node.op_type, 'call': node.call, 'network': node.network,
                 'layer': node.layer, 'role': node.role} for node in nodes]

    def listed(changes: list[Change]) -> list[JsonObject]:
        return [{'kind': change.kind, 'a': change.a.name, 'b': change.b.name, 'text': change.text}
                for change in changes]
    return {
        'same': found.same,
        **{letter: {'name': name, 'tensorflow': table.tensorflow, 'arithmetic': table.arithmetic,
                    'nodes': len(table.nodes), 'fingerprint': table.fingerprint}
           for letter, name, table in zip('ab', names, (found.a, found.b))},
        'both': found.both, 'only_a': len(found.only_a), 'only_b': len(found.only_b),
        'tally': found.tally, 'out_of_order': found.out_of_order,
        'formulas': None if found.formulas is None else [formula._asdict() for formula in found.formulas],
        'groups': [{'place': place.line or None, 'line': place.text, 'gradient_of': place.of or None,
                    'only_a': named(only_a), 'only_b': named(only_b)} for place, only_a, only_b in groups(found)],
        'changes': listed(found.changes), 'moved': listed(found.moved)}

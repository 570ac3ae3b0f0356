"""`graph`: the graph that the port builds, as something to look at."""
import datetime
import json
import pathlib
from collections.abc import Callable, Mapping
from typing import TypeVar

import click

from legacy.commands.options import FORCE
from legacy.formats.articlerun import ARITHMETICS
from legacy.formats.values import JsonObject

T = TypeVar('T')

ANOTHER = click.option('--python', help="Interpreter of an environment whose TensorFlow is asked.  [default: this "
                                        "one's]")
AS_JSON = click.option('--json', 'as_json', is_flag=True, help='One JSON object on standard output.')


NUMBER = click.option('--graph', 'number', type=click.IntRange(0, 9999), metavar='NUMBER',
                      help="One of the graphs of a script's recording.  [default: each]")


@click.group(invoke_without_command=True)
@click.pass_context
def graph(ctx: click.Context) -> None:
    """The graph of the article, or of a script: listed, its seeds, diffed, exported, in TensorBoard, and one step in
    slow motion.

    \b
    A graph is `this` (what the TensorFlow here builds of the article), a
    recorded release (1.15.5, 2.21.0), a recording, a script's too, a GraphDef
    file (.pb, .pbtxt), a SavedModel's folder, a MetaGraph (.meta) or a table
    that `graph export` wrote (.tsv, .tsv.gz).
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def _in_turn(found: Mapping[int, T], as_json: bool, json_of: Callable[[T], JsonObject],
             text_of: Callable[[T], str]) -> None:
    """Print one graph's JSON or text, or those of each graph of {number: graph}."""
    if as_json:
        each = [{'graph': number, **json_of(item)} for number, item in found.items()]
        print(json.dumps({'graphs': each} if len(each) > 1 else each[0]))
        return
    several = len(found) > 1
    print('\n'.join((f'graph {number}, one of {len(found)}\n' if several else '') + text_of(item)
                    for number, item in found.items()), end='')


@graph.command('list')
@click.argument('graph', default='this')
@click.option('--network', type=click.Choice(['plain', 'norm']), help="One of the article's two.")
@click.option('--scope', help='One name scope, such as gradients/moments, node by node.')
@click.option('--layer', help='One layer: 1 to 7, input, output, cost; node by node.')
@click.option('--line', metavar='FILE:NUMBER', help='One line, with the gradients on its behalf, node by node.')
@click.option('--nodes', 'each', is_flag=True, help='Node by node.')
@NUMBER
@ANOTHER
@AS_JSON
def list_(graph: str, network: str | None, scope: str | None, layer: str | None, line: str | None, each: bool,
          number: int | None, python: str | None, as_json: bool) -> None:
    """A graph by layer, or name scope, and by line, or node by node."""
    from legacy.graph import overview, overviewreport, words
    tables = words.graphs(graph, python, number)
    chosen = overview.chosen_of(tables, network, scope, line, layer)
    each = each or bool(scope or line or layer)
    _in_turn(chosen, as_json, lambda item: overviewreport.as_json(*item, each),
             lambda item: overviewreport.each_as_text(item[0]) if each else overviewreport.as_text(*item))


@graph.command()
@ANOTHER
@AS_JSON
def seeds(python: str | None, as_json: bool) -> None:
    """Each random op's seeds, where they come from, and what TensorFlow 1.15 gives.

    The answer to: why does the same script start from other weights?
    """
    from legacy.graph import words
    found = json.loads(words.ask('op_seeds', python))
    if as_json:
        print(json.dumps(found))
    else:
        from legacy.graph import seedsreport
        print(seedsreport.as_text(found), end='')


@graph.command()
@click.argument('a')
@click.argument('b')
@click.option('--nodes', 'each', is_flag=True, help='Every node by its name, and every row of the tables.')
@NUMBER
@ANOTHER
@AS_JSON
def diff(a: str, b: str, each: bool, number: int | None, python: str | None, as_json: bool) -> int:
    """What one graph has that another has not. Exit code 1 if they differ.

    Nodes are aligned by what they do and what they are joined to, and grouped by the line that made them. Of two
    recordings of a script each graph is compared with that of its number.
    """
    from legacy.graph import difference, differencereport, words
    found = difference.of_each(*[words.graphs(word, python, number) for word in (a, b)])
    _in_turn(found, as_json, lambda item: differencereport.as_json(item, (a, b)),
             lambda item: differencereport.as_text(item, (a, b), each))
    return 0 if all(item.same for item in found.values()) else 1


@graph.command()
@click.argument('file', type=click.Path(path_type=pathlib.Path))
@click.option('--arithmetic', type=click.Choice(ARITHMETICS), default='float32', show_default=True,
              help='Of a GraphDef; a table is of the graph that the port builds.')
@FORCE
@ANOTHER
def export(file: pathlib.Path, arithmetic: str, force: bool, python: str | None) -> None:
    """The graph as a file: a GraphDef (.pb, .pbtxt), for Netron and the like, or a table (.tsv, .tsv.gz)."""
    from legacy.formats.files import writable, write_whole
    from legacy.graph import words
    tasks: dict[str, tuple[str, JsonObject]] = {
        '.pb': ('as_definition', {'as_text': False, 'arithmetic': arithmetic}),
        '.pbtxt': ('as_definition', {'as_text': True, 'arithmetic': arithmetic}),
        '.tsv': ('as_table', {'compressed': False}), '.gz': ('as_table', {'compressed': True})}
    if file.suffix not in tasks or file.suffix == '.gz' and not file.name.endswith('.tsv.gz'):
        raise click.UsageError(f'{file}: the name ends in none of .pb, .pbtxt, .tsv and .tsv.gz; to look '
                               'at a graph: graph tensorboard')
    if arithmetic != 'float32' and file.suffix not in ('.pb', '.pbtxt'):
        raise click.UsageError('--arithmetic goes with .pb and .pbtxt: a table is of the graph that the port builds')
    writable(file, force)
    task, settings = tasks[file.suffix]
    write_whole(file, words.ask(task, python, **settings))


@graph.command()
@click.argument('recording', required=False, type=click.Path(path_type=pathlib.Path))
@click.option('--at', type=click.IntRange(0, 249), default=100, show_default=True, help='Which step; 0 is the first.')
@click.option('--all', 'every', is_flag=True, help='Every op, in the order of execution.')
@click.option('--scope', help='Every op under one name scope, such as moments, in the order of execution.')
@click.option('--trace', type=click.Path(path_type=pathlib.Path), help='A Chrome trace to write, for Perfetto too.')
@FORCE
@ANOTHER
@AS_JSON
def step(recording: pathlib.Path | None, at: int, every: bool, scope: str | None, trace: pathlib.Path | None,
         force: bool, python: str | None, as_json: bool) -> None:
    """One training step of both networks in slow motion, op by op.

    From the weights of RECORDING, TensorFlow 1.15.5's unless given: kernel, device, time and output of every op that
    ran.
    """
    from legacy.formats.files import writable, write_whole
    from legacy.graph import stepreport, words
    if trace:
        writable(trace, force, 'graph step', [recording] if recording else [])
    found = json.loads(words.ask('one_step', python, at=at, **({'recording': str(recording)} if recording else {})))
    if trace:
        write_whole(trace, stepreport.as_trace(found))
    print(json.dumps(stepreport.as_json(found)) if as_json else stepreport.as_text(found, every, scope).rstrip('\n'))


@graph.command()
@click.argument('recording', required=False, type=click.Path(path_type=pathlib.Path))
@click.option('--logdir', type=click.Path(path_type=pathlib.Path),
              help='Folder to write to.  [default: runs/<time>-tensorboard]')
def tensorboard(recording: pathlib.Path | None, logdir: pathlib.Path | None) -> None:
    """A log folder for TensorBoard: both networks of the article as two runs, or a script's recording.

    Each network with its graph, under names that group it by layer, its costs and its layers' inputs: those of
    RECORDING, by default of TensorFlow 1.15.5. A script's graphs as they are, with what it fetched, and the runs with
    noise.
    """
    from legacy.machine import here
    logdir = logdir or pathlib.Path('runs') / f'{datetime.datetime.now():%Y-%m-%d-%H%M%S-%f}-tensorboard'
    print(here.worker('graph.events').write(logdir, recording), end='')

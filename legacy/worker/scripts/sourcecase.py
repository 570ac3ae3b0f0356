"""Drafts of cases to send of what iterators and random ops give: the op, its seeds and what it is made of. Runs on
Python 3.6."""
from typing import Dict, Iterable, List, Mapping, MutableMapping, NamedTuple, Optional, Set, Tuple

import numpy as np

from legacy.formats import casedraft, contents, dtypes
from legacy.formats.arraynotes import ArrayNote
from legacy.formats.casedraft import HERE, THERE, Draft, Formula, NoCase
from legacy.formats.graphtable import producer
from legacy.formats.recordings import Recording
from legacy.formats.values import Array, JsonObject
from legacy.shim import tf
from legacy.worker.scripts import rawcalls, twographs
from legacy.worker.scripts.recordedgraph import recorded_graph
from legacy.worker.scripts.recordedsteps import Made
from legacy.worker.tfobjects import FunctionDef, Graph, GraphDef, NodeDef

# isort: split
from google.protobuf import text_format  # comes with TensorFlow

LEAST = 1e-5  # relative: less is rounding of what Python computed
LARGEST = 1 << 18  # letters of a GraphDef as text
MOST_TIMES = 10000

# What a step was given by an iterator or a random op. step: its number. name: of the tensor.
Other = NamedTuple('Other', [('step', int), ('name', str)])


def first_other(baseline: Recording, made: Made, arrays: Mapping[str, Array]) -> Optional[Other]:
    """The Other of the first that gives something else than was recorded, or None. made: recordedsteps.Made of the
    baseline's steps. arrays: of the recording that is made."""
    for (number, _), header in sorted(zip(made.steps, made.header), key=lambda item: item[1]['run']):
        recorded = baseline.header['steps'][number]
        for name in baseline.kinds[recorded['kind']]['sources']:
            there, here = recorded['fed'].get(name), header['fed'].get(name)
            state = recorded['state'].get('fed', {}).get(name)
            if there and here and there.digest != here.digest and (state is None or state['steady']) and not _rounded(
                    baseline, there, here, arrays):
                return Other(number, name)
    return None


def _rounded(baseline: Recording, there: ArrayNote, here: ArrayNote, arrays: Mapping[str, Array]) -> bool:
    return there.form == here.form and there.is_float and twographs.share_off(
        baseline.content(there), contents.values(arrays[here.content], here.dtype)) < LEAST


def of_source(baseline: Recording, other: Other, graph: Graph, name_here: str, line: str,
              text: str) -> Tuple[Draft, Dict[str, Array]]:
    """(Draft, arrays) of the op that gives a tensor, in the recorded graph and in the one built here. graph: tf.Graph.
    line, text: of the script. Raises NoCase."""
    step, name = baseline.header['steps'][other.step], other.name
    kind, noted = baseline.kinds[step['kind']], step['fed'][name]
    if noted.dtype in (dtypes.TEXT, dtypes.BFLOAT16):
        raise NoCase('%s gives %s' % (name, noted.dtype))
    definition = recorded_graph(baseline, kind['graph'])
    if definition is None:
        raise NoCase('the recording has no GraphDef of graph %d' % kind['graph'])
    arrays, definitions = {casedraft.RECORDED: baseline.content(noted)}, {}
    formulas: List[Formula] = []
    for side, found, tensor in ((THERE, definition, name), (HERE, graph.as_graph_def(), name_here)):
        file = casedraft.DEFINITIONS[side]
        try:
            lines, gives = _Source(found, tensor, inlined=True).calls(arrays)
        except NoCase:  # it calls functions of the graph's library
            definitions[file], lines, gives = _Source(found, tensor).as_text(file)
        formulas.append(Formula(side, [], lines, gives))
    if formulas[0][1:] == formulas[1][1:]:
        formulas = formulas[:1]
    return casedraft.draft('source', types=[_Source(definition, name).node.op], line=line, text=text, formulas=formulas,
                           times=_times(baseline, step, name), definitions=definitions), arrays


def _times(baseline: Recording, step: JsonObject, name: str) -> int:
    """How often the op had given something when it gave what a step got, which counts."""
    node = producer(name)[0]
    kinds = {k for k, kind in enumerate(baseline.kinds) if node in [producer(source)[0] for source in kind['sources']]}
    times = int(np.isin(baseline.runs[:step['run'] + 1], sorted(kinds)).sum())
    if times > MOST_TIMES:
        raise NoCase('it differs after %d times only' % times)
    return times


class _Source(object):
    """What a random op or an iterator is made of. node: its NodeDef."""

    def __init__(self, definition: GraphDef, tensor: str, inlined: bool = False) -> None:
        """inlined: with the ops of the function that makes a one-shot iterator's dataset in place of that function.
        Raises NoCase."""
        self._definition = definition
        self._nodes: Dict[str, NodeDef] = {node.name: node for node in definition.node}
        name, self._output = producer(tensor)
        self.node = self._nodes[name]
        self._begin: Optional[str] = None
        if self.node.op.startswith('IteratorGetNext'):
            iterator = self._nodes[producer(self.node.input[0])[0]]
            one_shot = iterator.op == 'OneShotIterator'
            self._begin = self._maker(iterator) if not one_shot else self._inlined(iterator) if inlined else None
        elif 'seed2' not in self.node.attr:
            raise NoCase('what %s (%s) gives is not from TensorFlow itself' % (name, self.node.op))

    def _maker(self, iterator: NodeDef) -> str:
        """Name of the op that makes an iterator's dataset known to it."""
        found = [node.name for node in self._definition.node if node.op == 'MakeIterator'
                 and producer(node.input[1])[0] == iterator.name]
        if len(found) != 1:
            raise NoCase('%s (%s) is made in %d places' % (iterator.name, iterator.op, len(found)))
        return str(found[0])

    def _inlined(self, iterator: NodeDef) -> str:
        """The same of an iterator that takes the place of a one-shot one; its dataset's ops are nodes from now on."""
        called = iterator.attr['dataset_factory'].func.name
        body = next(item for item in self._definition.library.function if item.signature.name == called)
        for node in body.node_def:
            copied = tf.NodeDef()
            copied.CopyFrom(node)
            del copied.input[:]
            copied.input.extend(self._as_in_a_graph(body, given) for given in node.input if not given.startswith('^'))
            self._nodes[node.name] = copied
        made = tf.NodeDef(name=iterator.name, op='Iterator')
        for key in ('output_types', 'output_shapes', 'shared_name', 'container'):
            made.attr[key].CopyFrom(iterator.attr[key])
        begin = tf.NodeDef(name='begin', op='MakeIterator')
        begin.input.extend([self._as_in_a_graph(body, body.ret[body.signature.output_arg[0].name]), iterator.name])
        self._nodes.update({iterator.name: made, begin.name: begin})
        return str(begin.name)

    @staticmethod
    def _as_in_a_graph(body: FunctionDef, given: str) -> str:
        """'node:1' of the 'node:output:1' of a function's body. Of ops with several outputs datasets are not made."""
        name, _, rest = given.partition(':')
        if not rest:
            raise NoCase('%s takes %s from outside' % (body.signature.name, given))
        return '%s:%s' % (name, rest.rpartition(':')[2])

    def _wanted(self) -> List[str]:
        """Names of the op, and of what is run first."""
        return [str(self.node.name)] + ([self._begin] if self._begin else [])

    def _behind(self) -> List[NodeDef]:
        """[NodeDef] of all that is needed, inputs first. Raises NoCase where that depends on anything fed or kept."""
        found: List[NodeDef] = []
        begun: Set[str] = set()
        pending = self._wanted()
        while pending:
            name = pending[-1]
            node = self._nodes[name]
            left = [given for given, _ in map(producer, node.input) if given not in begun]
            if name in begun and not left:
                pending.pop()
                if node not in found:
                    found.append(node)
                continue
            begun.add(name)
            pending.extend(left)
            if node.op in ('Placeholder', 'PlaceholderWithDefault', 'VariableV2', 'Variable', 'VarHandleOp'):
                raise NoCase('%s depends on %s (%s)' % (self.node.name, name, node.op))
        return found

    def _called(self, nodes: Iterable[NodeDef]) -> List[FunctionDef]:
        """[FunctionDef] of the library that some nodes call, or what these call."""
        library = {item.signature.name: item for item in self._definition.library.function}
        found: Dict[str, FunctionDef] = {}
        pending = list(nodes)
        while pending:
            attributes = pending.pop().attr.values()
            for value in [item for attribute in attributes for item in [attribute.func] + list(attribute.list.func)]:
                if value.name in library and value.name not in found:
                    found[value.name] = library[value.name]
                    pending.extend(library[value.name].node_def)
        return [found[name] for name in sorted(found)]

    def calls(self, arrays: MutableMapping[str, Array]) -> Tuple[List[str], str]:
        """(lines, expression) as calls of tf.raw_ops. arrays: gets those of large constants. Raises NoCase."""
        nodes = self._behind()
        constants = {node.name: node for node in nodes if node.op == 'Const'}
        own = dict(arrays)
        made = rawcalls.Calls({}, constants, own, list(arrays))
        for node in nodes:
            if node.op != 'Const':
                name = made.add(node, [producer(given) for given in node.input if not given.startswith('^')])
                if node.name == self._begin:
                    begin = name
        arrays.update(own)
        return made.lines, '%s, %s' % (made.names[self.node.name, self._output], begin if self._begin else '[]')

    def as_text(self, file: str) -> Tuple[str, List[str], str]:
        """(a GraphDef as text, lines, expression) where functions of the graph's library are called."""
        needed = tf.GraphDef()
        needed.versions.CopyFrom(self._definition.versions)
        for node in self._behind():
            copied = needed.node.add()
            copied.CopyFrom(node)
            copied.device = ''
        needed.library.function.extend(self._called(needed.node))
        text = text_format.MessageToString(needed)
        if len(text) > LARGEST:
            raise NoCase('its graph is a text of %d letters' % len(text))
        wanted = ['%s:%d' % (self.node.name, self._output)] + [self._begin] * bool(self._begin)
        lines = ['definition = tf.compat.v1.GraphDef()', "with open(os.path.join(FOLDER, '%s')) as file:" % file,
                 '    text_format.Parse(file.read(), definition)',
                 "found = tf.import_graph_def(definition, return_elements=%r, name='')" % wanted]
        return text, lines, 'found[0], found[1:]'

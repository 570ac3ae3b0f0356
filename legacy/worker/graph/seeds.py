"""Every random op's seeds, where this release takes them from, and what TensorFlow 1.15 gives. Runs on Python 3.6."""
from typing import Dict, Tuple

from legacy import shim
from legacy.formats import articlerun, recordings
from legacy.formats.errors import LegacyError
from legacy.formats.values import Array, JsonObject
from legacy.worker import building
from legacy.worker.experiment import Experiment
from legacy.worker.graph import origin


def gather() -> JsonObject:
    """{'tensorflow', 'rule', 'ops': [{...}]}: with the op seeds that this release derives itself.

    Each op: op, variable, network, layer, shape, graph_seed, op_seed, nodes_before and calls_before (when it asked for
    a seed), from_rule (whether op_seed is the one of the two that `rule` says), op_seed_1_15 and, drawn with each,
    the variable's first weight: first, first_1_15. Raises seedanswers.SeedsUnknown for a port whose seeds in 1.15
    nobody knows.
    """
    experiment = Experiment(op_seeds='native')
    with experiment.session() as sess:
        sess.run(experiment.initializer)
        values = experiment.values(sess)
    theirs, initial = _of_1_15(experiment) if not experiment.port_changes else _of_a_changed_port()
    places = {node.name: node for node in origin.describe(experiment).nodes}
    rule = shim.op_seed_rule()
    ops = []
    for variable, call, (op, nodes, calls) in zip(experiment.drawn_variables(), experiment.seeded_calls,
                                                  building.seed_origins(experiment.graph)):
        if op is None or variable is None:
            raise LegacyError('%s: no variable starts from its numbers; seeds are listed where one does' % (
                op.name if op is not None else 'a call that asked for a seed'))
        place = places[op.name]
        ops.append({
            'op': op.name, 'variable': variable, 'network': place.network, 'layer': place.layer,
            'shape': list(values[variable].shape), 'graph_seed': call.graph_seed, 'op_seed': call.op_seed,
            'nodes_before': nodes, 'calls_before': calls,
            'from_rule': call.op_seed == {'nodes': nodes, 'calls': calls}[rule],
            'op_seed_1_15': theirs[variable], 'first': float(values[variable].flat[0]),
            'first_1_15': float(initial[variable].flat[0])})
    return {'tensorflow': shim.VERSION, 'rule': rule, 'ops': ops}


def _of_1_15(experiment: Experiment) -> Tuple[Dict[str, int], Dict[str, Array]]:
    """({variable: op seed}, {variable: initial value}) as recorded under TensorFlow 1.15.5."""
    baseline = recordings.load(articlerun.RECORDING)
    calls = zip(experiment.drawn_variables(), baseline.header['seeds']['calls'])
    return ({variable: call['op_seed'] for variable, call in calls if variable},
            {name: baseline.content(noted) for (_, name), noted in baseline.initial.items()})


def _of_a_changed_port() -> Tuple[Dict[str, int], Dict[str, Array]]:
    """The same, drawn here with 1.15's op seeds."""
    experiment = Experiment()
    with experiment.session() as sess:
        sess.run(experiment.initializer)
        calls = zip(experiment.drawn_variables(), experiment.seeded_calls)
        return {variable: call.op_seed for variable, call in calls if variable}, experiment.values(sess)

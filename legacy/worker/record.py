"""One run of the experiment on the TensorFlow at hand, as a recording; a folder of references. Runs on Python 3.6."""
import collections
import datetime
import os
import time
from typing import List, Mapping, Optional

from legacy import article, shim
from legacy.formats import graphtable, kernelset, references
from legacy.formats.files import write_whole
from legacy.formats.places import PathLike
from legacy.formats.recording import ARITHMETICS, SCHEMA, SERIES, Recording, overflow, save, sha256
from legacy.formats.values import Array, JsonObject
from legacy.worker import floor, kernels, observe, seeding
from legacy.worker.environment import environment
from legacy.worker.experiment import Experiment
from legacy.worker.graph import origin


def record(seed: int = 1, steps: int = article.TRAINING_STEPS, op_seeds: str = '1.15', arithmetic: str = 'float32',
           command: str = '', reason: Optional[str] = None, watch: article.Watch = article.Watch(),
           experiment: Optional[Experiment] = None) -> Recording:
    """Run the article's experiment and return its Recording. `watch` is told what `article.train` tells.

    op_seeds: '1.15', 'native' or the file of a recording whose seeds are given back. experiment: one already built with
    these settings, for more than one use of its graph. Raises shim.ShimError if this TensorFlow cannot run it, or the
    op seeds are another graph's.
    """
    shim.quiet()
    started = time.perf_counter()
    experiment = experiment or Experiment(seed, seeding.asked(op_seeds), arithmetic)
    built = time.perf_counter()
    with experiment.session() as sess:
        recorder = observe.Recorder(experiment, sess, steps, watch)
        before, gradients = observe.before_training(experiment, sess)
        recorder.checkpoint(0)
        experiment.train(sess, steps, recorder)
    trained = time.perf_counter()

    arrays = collections.OrderedDict([('data/x', experiment.x_data), ('data/y', experiment.y_data)])
    arrays.update(recorder.series())
    arrays.update(before)
    arrays.update(recorder.layers())
    arrays.update(gradients)
    arrays.update(recorder.checkpoints())
    nodes = graphtable.nodes(experiment.built)
    header = {
        'schema': SCHEMA, 'command': command, 'reason': reason,
        'created': datetime.datetime.now(datetime.timezone.utc).strftime('%Y-%m-%dT%H:%M:%SZ'),
        'environment': environment(),
        'settings': {'seed': seed, 'steps': steps, 'arithmetic': arithmetic,
                     'op_seeds': op_seeds if op_seeds in seeding.PROFILES else seeding.RECORDED,
                     'onednn': shim.settings['TF_ENABLE_ONEDNN_OPTS']['value'] == '1'},
        'port': experiment.port_changes,
        'data_sha256': {'x': sha256(experiment.x_data), 'y': sha256(experiment.y_data)},
        'graph': {'fingerprint': graphtable.fingerprint(nodes), 'nodes': len(nodes),
                  'variables': _variables(experiment, arrays)},
        'seeded_calls': _seeded_calls(experiment),
        'overflow': {name: overflow(arrays, name) for name in SERIES},
        'floor': None,
        'seconds': {'import': round(shim.IMPORT_SECONDS, 3), 'graph': round(built - started, 3),
                    'train': round(trained - built, 3)},
        'arrays': [],
    }
    return Recording(header, arrays)


def _variables(experiment: Experiment, arrays: Mapping[str, Array]) -> List[JsonObject]:
    return [{'name': name, 'network': experiment.network_of[name], 'trainable': name in experiment.trainable,
             'dtype': arrays['checkpoints/' + name].dtype.str, 'shape': list(arrays['checkpoints/' + name].shape[1:])}
            for name in experiment.variables]


def _seeded_calls(experiment: Experiment) -> List[JsonObject]:
    return [dict(call._asdict(), variable=variable)
            for call, variable in zip(experiment.seeded_calls, experiment.drawn_variables())]


def record_references(folder: PathLike, seed: int = 1, steps: int = article.TRAINING_STEPS, op_seeds: str = '1.15',
                      command: str = '', reason: Optional[str] = None) -> None:
    """Write a folder of references: a recording in each arithmetic, in float32 with its noise floor, and the kernel
    set. Raises as `record` does."""
    for arithmetic in ARITHMETICS:
        experiment = Experiment(seed, seeding.asked(op_seeds), arithmetic)
        recorded = record(seed, steps, op_seeds, arithmetic, command, reason, experiment=experiment)
        if arithmetic == 'float32':
            recorded = floor.measured(recorded)
        save(recorded, os.path.join(folder, references.file_name(arithmetic)))
        if arithmetic == 'float32':
            kernelset.save(kernels.record(experiment, recorded, environment()), os.path.join(folder, 'kernels.npz'))
            name = references.graph_file_name(shim.VERSION)
            write_whole(os.path.join(folder, name), graphtable.to_bytes(origin.describe(experiment), compressed=True))

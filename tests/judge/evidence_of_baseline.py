"""What `gather` writes, of a TensorFlow that computes the baseline's numbers."""
import json

import numpy as np

from legacy.formats import answers, graphtable, recording


def write_evidence(folder, version, references):
    """What `gather` would write under a TensorFlow that computes the references' numbers bit for bit."""
    folder.mkdir()
    main = references.main
    environment = {**main.header['environment'], 'tensorflow': version}
    for arithmetic, recorded in references.recordings.items():
        recorded = recording.Recording({**recorded.header, 'environment': environment, 'floor': None},
                                       recorded.computed)
        recording.save(recorded, folder / f'{arithmetic}.npz')
        recording.save(recorded, folder / f'native-{arithmetic}.npz')
    answers.save_replay(replayed(main), folder / 'replay.npz')
    answers.save_replay(replayed(main), folder / 'repeated.npz')
    outputs = [references.kernels.arrays[op['output']] for op in references.kernels.header['ops']]
    answers.save_kernels(answers.Kernels(outputs, [], []), folder / 'kernels.npz')
    (folder / 'graph.tsv.gz').write_bytes(graphtable.to_bytes(references.graph, compressed=True))
    (folder / 'environment.json').write_text(json.dumps(environment))
    (folder / 'failed.json').write_text('{}')


def replayed(recorded):
    """The answers.Replay of a TensorFlow that takes each step as the recording did."""
    steps = recorded.arrays['checkpoints/steps'].tolist()
    after = {variable['name']: recorded.arrays['checkpoints/' + variable['name']][1:]
             for variable in recorded.variables}
    at_record = {step + 1: k for k, step in enumerate(recorded.arrays['series/steps'].tolist())}
    costs = {name: np.array([recorded.arrays['series/' + name][at_record[start]] if start in at_record else np.nan
                             for start in steps[:-1]], 'f4') for name in recording.SERIES}
    return answers.Replay(steps[:-1], steps[1:], costs, after)

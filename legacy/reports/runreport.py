"""What `run` says of the article's experiment, in few words or as JSON. Needs numpy only."""
import pathlib
from collections.abc import Sequence

import numpy as np

from legacy.formats import articlerun, processor
from legacy.formats.articlerun import Costs
from legacy.formats.recordings import Recording
from legacy.formats.values import Array, JsonObject, finite
from legacy.judge.reproduction import Reproduction
from legacy.reports import portchange, reproductionreport
from legacy.reports.recordingreport import settings_of_the_user


def _costs(recording: Recording) -> Costs:
    """Of a port that was changed there may be none that can be told apart."""
    nothing = np.zeros(0, 'f4')
    return articlerun.costs(recording) or Costs(np.zeros(0, 'i4'), nothing, nothing)


def as_json(recording: Recording, settings: JsonObject, files: Sequence[pathlib.Path], figures: float | None,
            found: Reproduction) -> JsonObject:
    """The object that `run --json` prints. settings: of the run. figures: seconds spent on pictures, or None."""
    environment, costs = recording.header['environment'], _costs(recording)
    return {
        **{name: environment[name] for name in ('tensorflow', 'numpy', 'python')},
        'processor': processor.in_words(environment),
        'seed': settings['seed'], 'steps': settings['steps'],
        'op_seeds': [call['op_seed'] for call in recording.header['seeds']['calls']],
        'op_seeds_profile': settings['op_seeds'],
        'arithmetic': settings['arithmetic'], 'onednn': settings['onednn'],
        'cost': finite(costs.cost.tolist()),
        'cost_norm': finite(costs.cost_norm.tolist()),
        'initial_values': [{'name': name, 'shape': list(noted.shape), 'digest': str(noted.digest)}
                           for (_, name), noted in recording.initial.items()],
        'port_changes': portchange.changes(recording),
        'seconds': {**recording.header['seconds'], 'figures': figures},
        'files': [str(path) for path in files],
        **reproductionreport.as_json(found),
    }


def as_text(recording: Recording, settings: JsonObject, files: Sequence[pathlib.Path],
            found: Reproduction) -> str:
    """A few lines for a person: what ran and on what, both costs, where the plain network overflowed, whether it is
    the recorded run, where the files are."""
    environment, costs = recording.header['environment'], _costs(recording)
    lines = [
        f'TensorFlow {environment["tensorflow"]}, numpy {environment["numpy"]}, Python {environment["python"]}, '
        f'{processor.in_words(environment)}',
        f'seed {settings["seed"]}, {settings["steps"]} steps, op seeds {settings["op_seeds"]}, '
        f'{settings["arithmetic"]}, oneDNN kernels {"on" if settings["onednn"] else "off"}',
        *settings_of_the_user(environment),
        '                             first record    last record',
        f'without batch normalisation{_ends(costs.cost)}', f'with batch normalisation   {_ends(costs.cost_norm)}',
        'the network without batch normalisation ' + _overflow(costs),
        *portchange.as_text(recording), *reproductionreport.as_text(found), 'files:', *[f'  {path}' for path in files]]
    return '\n'.join(lines) + '\n'


def _ends(costs: Array) -> str:
    return f'{costs[0]:>14.8g}{costs[-1]:>15.8g}' if len(costs) else '   not recorded'


def _overflow(costs: Costs) -> str:
    late = np.flatnonzero(~np.isfinite(costs.cost))
    if not len(late):
        return 'stayed finite'
    return f'overflowed: its cost is {costs.cost[late[0]]} at the record of step {costs.steps[late[0]]}'

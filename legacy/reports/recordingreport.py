"""What a recording holds, in few words or as JSON. Needs numpy only."""
import json
import math
import pathlib
from collections.abc import Sequence

from legacy.formats import processor
from legacy.formats.recording import Recording, sha256
from legacy.formats.values import Array, JsonObject
from legacy.judge.reproduction import Reproduction
from legacy.reports import portchange, reproductionreport

ONEDNN = 'TF_ENABLE_ONEDNN_OPTS'  # the line of settings says so already


def _number(value: float) -> float | str:
    """A JSON number that reads back exactly, or "inf", "-inf", "nan"."""
    value = float(value)
    return value if math.isfinite(value) else str(value)


def as_json(recording: Recording, files: Sequence[pathlib.Path] = (), figures: float | None = None,
            found: Reproduction | None = None) -> JsonObject:
    """The object that `run --json` and `show --json` print. figures: seconds spent waiting for pictures, or None.
    found: of `run`, the Reproduction."""
    environment, settings, arrays = recording.header['environment'], recording.settings, recording.arrays
    last = recording.checkpoint(int(arrays['checkpoints/steps'][-1]))
    initial = recording.checkpoint(0)
    drawn = [call['variable'] for call in recording.header['seeded_calls'] if call['variable'] is not None]
    trained = [variable['name'] for variable in recording.variables if variable['trainable']]
    return {
        **{name: environment[name] for name in ('tensorflow', 'numpy', 'python')},
        'processor': processor.in_words(environment),
        'seed': settings['seed'], 'steps': settings['steps'],
        'op_seeds': [call['op_seed'] for call in recording.header['seeded_calls']],
        'op_seeds_profile': settings['op_seeds'],
        'arithmetic': settings['arithmetic'], 'onednn': settings['onednn'],
        'cost': [_number(value) for value in arrays['series/cost']],
        'cost_norm': [_number(value) for value in arrays['series/cost_norm']],
        'initial_weights': [_hashed(name, initial[name]) for name in drawn],
        'final_weights': [_hashed(name, last[name]) for name in trained],
        'port_changes': recording.port_changes,
        'data_sha256': recording.header['data_sha256'],
        'seconds': {**recording.header['seconds'], 'figures': figures},
        'files': [str(path) for path in files],
        **(reproductionreport.as_json(found) if found else {}),
    }


def _hashed(name: str, array: Array) -> JsonObject:
    return {'name': name, 'shape': list(array.shape), 'sha256': sha256(array)}


def as_text(recording: Recording, files: Sequence[pathlib.Path] = (), found: Reproduction | None = None) -> str:
    """A few lines for a person: what ran and on what, both costs, where the plain network overflowed, of `run` whether
    it is the recorded run (found: the Reproduction), where the files are."""
    environment, settings = recording.header['environment'], recording.settings
    costs, costs_norm = recording.arrays['series/cost'], recording.arrays['series/cost_norm']
    overflow = recording.header['overflow']['cost']
    lines = [
        f'TensorFlow {environment["tensorflow"]}, numpy {environment["numpy"]}, Python {environment["python"]}, '
        f'{processor.in_words(environment)}',
        f'seed {settings["seed"]}, {settings["steps"]} steps, op seeds {settings["op_seeds"]}, '
        f'{settings["arithmetic"]}, oneDNN kernels {"on" if settings["onednn"] else "off"}',
        *(f'{name}={setting["value"]} as set by you' for name, setting in sorted(environment['settings'].items())
          if isinstance(setting, dict) and setting.get('from') == 'user' and name != ONEDNN),
        '                          before training   first record    last record',
        f'without batch normalisation{_cost(recording, "cost")}{costs[0]:>15.8g}{costs[-1]:>15.8g}',
        f'with batch normalisation   {_cost(recording, "cost_norm")}{costs_norm[0]:>15.8g}{costs_norm[-1]:>15.8g}',
        'the network without batch normalisation '
        + ('stayed finite' if overflow is None else
           f'overflowed: its cost is {costs[list(recording.arrays["series/steps"]).index(overflow)]} '
           f'at the record of step {overflow}'),
    ]
    lines += portchange.as_text(recording)
    lines += reproductionreport.as_text(found) if found else [_where_it_holds(recording)]
    if files:
        lines.append('files:')
        lines += [f'  {path}' for path in files]
    return '\n'.join(lines) + '\n'


def _where_it_holds(recording: Recording) -> str:
    """On which processors the costs are the same, of a recording that is only shown."""
    kind = processor.kind(recording.header['environment'])
    return {'float32': f'float32: the first record is the same on every processor, to seven digits; the later ones are '
                       f'of one kind: {kind}',
            'portable': 'portable: the same on every processor, bit for bit',
            'float64': 'float64: the same on every processor, to 9e-9 of each cost with batch normalisation'}[
                recording.settings['arithmetic']]


def _cost(recording: Recording, name: str) -> str:
    return f'{recording.arrays["before/" + name]:>14.8g}'


def printed(recording: Recording, files: Sequence[pathlib.Path], figures: float | None, in_json: bool,
            found: Reproduction | None = None) -> str:
    """What `run` and `show` print: the JSON object, or the summary."""
    if in_json:
        return json.dumps(as_json(recording, files, figures, found)) + '\n'
    return as_text(recording, files, found)

"""A step in slow motion (see `step`) as tables and as a Chrome trace."""
import json

from legacy.formats import files
from legacy.formats.graphtable import ROLES
from legacy.formats.values import JsonObject
from legacy.graph.overview import NETWORKS, OverviewError, under
from legacy.graph.overviewreport import counted

SLOWEST = 8  # ops that the short table names


def stages(found: JsonObject) -> list[JsonObject]:
    """[{'network', 'stage', 'ops', 'microseconds', 'of', 'outputs': summary}], a network at a time, forward then back.

    A layer's forward row sums up what its last op gives; a gradient row the gradient of its first variable; the rows
    of the moving averages and of the update all that they leave behind.
    """
    grouped: dict[tuple[str, str], list[JsonObject]] = {}
    for op in found['ops']:
        grouped.setdefault((op['network'], _stage(op)), []).append(op)
    rows = []
    for (network, stage), ops in sorted(grouped.items(), key=_in_reading_order):
        of, telling = _telling(stage, ops)
        rows.append({'network': network, 'stage': stage, 'ops': len(ops),
                     'microseconds': round(sum(op['microseconds'] for op in ops), 3), 'of': of,
                     'outputs': merged([op['outputs'][0] for op in telling])})
    return rows


def _stage(op: JsonObject) -> str:
    if op['kernel'] == '_Arg':
        return f'fed {op["node"]}'
    if op['role'] == 'variable':
        return 'variables'
    if op['role'] in ('forward', 'gradient'):
        return f'{op["role"]} {op["layer"]}'
    return str(op['role'])


def _in_reading_order(item: tuple[tuple[str, str], list[JsonObject]]) -> tuple[int, int, int, str]:
    network, stage = item[0]
    role, _, layer = stage.partition(' ')
    layers = ['data', 'input', *map(str, range(1, 100)), 'output', 'cost', 'all']
    depth = layers.index(layer) if role in ('forward', 'gradient') else 0
    roles = ('fed', 'initialisation', 'variables', 'forward', 'gradient', 'moving', 'update')
    return NETWORKS.index(network), roles.index(role), -depth if role == 'gradient' else depth, stage


def _telling(stage: str, ops: list[JsonObject]) -> tuple[str, list[JsonObject]]:
    """(words, ops) of the ops whose outputs stand for a stage."""
    floats = sorted([op for op in ops if op['outputs'] and op['outputs'][0]['dtype'].startswith('float')],
                    key=lambda op: op['created'])
    if stage.startswith(('fed', 'forward')):
        return ('what it gives', floats[-1:])
    if stage.startswith('gradient'):
        variables = [op for op in floats if op['gradient_of']]
        first = min(variables, key=lambda op: _number_of(op['gradient_of']), default=None)
        return (f'gradient of {first["gradient_of"]}', [first]) if first else ('what it gives', floats[-1:])
    kernels = {'update': 'Apply', 'moving average': 'Assign', 'variables': 'Variable'}
    return ('all of them', [op for op in floats if op['kernel'].startswith(kernels.get(stage, ''))])


def _number_of(variable: str) -> int:
    digits = variable.rpartition('_')[2]
    return int(digits) if digits.isdigit() else 0


def merged(summaries: list[JsonObject]) -> JsonObject:
    """One summary of several arrays; the shape only if there is one."""
    finite = [(item, item['size'] - item['nan'] - item['inf']) for item in summaries if item['mean'] is not None]
    count = sum(size for _, size in finite)
    return {'shape': summaries[0]['shape'] if len(summaries) == 1 else None,
            **{key: sum(item[key] for item in summaries) for key in ('size', 'zeros', 'nan', 'inf')},
            'min': min((item['min'] for item, _ in finite), default=None),
            'mean': sum(item['mean'] * (size / count) for item, size in finite) if count else None,
            'max': max((item['max'] for item, _ in finite), default=None)}


# ---- for a person

def as_text(found: JsonObject, every: bool, scope: str | None = None) -> str:
    """Stages and the slowest ops; every: each op in the order of execution; scope: each under this name. Raises
    OverviewError if none is."""
    ops = found['ops']
    weights = (f"TensorFlow {found['recorded']}'s after {found['checkpoint']} steps"
               + (f', and {found["at"] - found["checkpoint"]} more here' if found['at'] > found['checkpoint'] else ''))
    folded = sum(op['kernel'] == 'Const' != op['in_graph'] for op in ops)
    idle = ', '.join(f'{count} {role}' for role, count in sorted(found['not_run'].items(), key=lambda item: -item[1]))
    lines = [f'step {found["at"]} under TensorFlow {found["tensorflow"]}, {found["arithmetic"]}; weights: {weights}',
             f'{len(ops)} ops ran in {found["microseconds"] / 1000:.2f} ms, {folded} of them folded into constants; '
             f'of the {found["graph_nodes"]} nodes of the graph',
             f'did not run: {idle}',
             f'  forward: {counted(found["not_run_types"].get("forward", {})) or "all of it ran"}', '']
    if every or scope:
        return '\n'.join(lines + _every(_chosen(ops, scope))) + '\n'
    cells = '{:<8}{:<18}{:>4}{:>8}  {:<25}{:<11}{}'.format
    lines.append(cells('network', 'stage', 'ops', 'us', 'summed up', 'shape', NUMBERS))
    for row in stages(found):
        shape = row['outputs']['shape']
        lines.append(cells(row['network'], row['stage'], row['ops'], f'{row["microseconds"]:.1f}', row['of'],
                           '' if shape is None else _shape(shape), _numbers(row['outputs'])))
    lines += ['', f'the {SLOWEST} slowest:']
    for op in sorted(ops, key=lambda op: -op['microseconds'])[:SLOWEST]:
        lines.append(f'{op["microseconds"]:9.1f} us  {op["kernel"]:<22}{op["name"]}')
    return '\n'.join(lines) + '\n'


def _chosen(ops: list[JsonObject], scope: str | None) -> list[JsonObject]:
    chosen = [op for op in ops if scope is None or under(scope, op['name'])]
    if not chosen:
        raise OverviewError(f'no op that ran has a name under {scope}')
    return chosen


NUMBERS = f'{"min":>10}{"mean":>10}{"max":>10}{"zeros":>7}{"NaN":>6}{"inf":>6}'


def _every(ops: list[JsonObject]) -> list[str]:
    cells = '{:>9}{:>8}  {:<8}{:<22}{:<13}{:<11}{}  {}'.format
    lines = [cells('start us', 'us', 'device', 'kernel', 'gives', 'shape', NUMBERS, 'op')]
    for op in ops:
        note = '' if op['kernel'] in (op['in_graph'], '_Arg') else f' (in the graph: {op["in_graph"] or "nothing"})'
        for k, output in enumerate(op['outputs'] or [None]):
            lines.append(cells(
                f'{op["start"]:.1f}' if not k else '', f'{op["microseconds"]:.1f}' if not k else '', op['device'],
                op['kernel'], output['dtype'] if output else '', _shape(output['shape']) if output else '',
                _numbers(output) if output else ' ' * len(NUMBERS), op['name'] + note))
    return lines


def _shape(shape: list[int]) -> str:
    return '(' + ', '.join(map(str, shape)) + ')'


def _numbers(summary: JsonObject) -> str:
    return ''.join(f'{_short(summary[key]):>10}' for key in ('min', 'mean', 'max')) + ''.join(
        f'{summary[key] or "":>{width}}' for key, width in (('zeros', 7), ('nan', 6), ('inf', 6)))


def _short(number: float | None) -> str:
    return '' if number is None else f'{number:.3g}'


# ---- for a program

def as_json(found: JsonObject) -> JsonObject:
    """The step as JSON values, with its stages."""
    return {**found, 'stages': stages(found)}


def as_trace(found: JsonObject) -> bytes:
    """The step as a Chrome trace, for chrome://tracing and Perfetto: a lane for each role of each network, more where
    ops of one overlap."""
    events: list[JsonObject] = []
    lanes: dict[tuple[int, str], list[float]] = {}
    networks = sorted({op['network'] for op in found['ops']})
    for number, network in enumerate(networks):
        events.append({'ph': 'M', 'name': 'process_name', 'pid': number, 'args': {'name': f'network {network}'}})
    for op in found['ops']:
        process = networks.index(op['network'])
        thread = _free_lane(lanes.setdefault((process, op['role']), []), op)
        events.append({
            'ph': 'X', 'name': op['kernel'], 'cat': op['role'], 'pid': process,
            'tid': 100 * ROLES.index(op['role']) + thread, 'ts': round(op['start'], 3),
            'dur': round(op['microseconds'], 3), 'args': {key: op[key] for key in (
                'name', 'in_graph', 'node', 'device', 'layer', 'line', 'call', 'gradient_of', 'outputs') if op[key]}})
    for process, role in lanes:
        for thread in range(len(lanes[process, role])):
            number = 100 * ROLES.index(role) + thread
            events.append({'ph': 'M', 'name': 'thread_name', 'pid': process, 'tid': number, 'args': {'name': role}})
            events.append({'ph': 'M', 'name': 'thread_sort_index', 'pid': process, 'tid': number,
                           'args': {'sort_index': number}})
    facts = {key: found[key] for key in ('tensorflow', 'recorded', 'arithmetic', 'at', 'checkpoint')}
    facts['sign'] = files.sign('graph step')
    return json.dumps({'displayTimeUnit': 'ns', 'otherData': facts, 'traceEvents': events}).encode('ascii')


def _free_lane(ends: list[float], op: JsonObject) -> int:
    """The first lane whose last op had ended when this one starts; notes when this one ends."""
    end = op['start'] + op['microseconds']
    for lane, last in enumerate(ends):
        if last <= op['start']:
            ends[lane] = end
            return lane
    ends.append(end)
    return len(ends) - 1

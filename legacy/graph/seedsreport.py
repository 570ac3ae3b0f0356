"""Every random op's seeds (see `seeds`) as a table."""
from legacy.formats.values import JsonObject

RULES = {'nodes': 'the number of nodes in the graph before it', 'calls': 'the number of calls for a seed before it'}


def as_text(found: JsonObject) -> str:
    """A table, one line a random op, and what it means."""
    release, rule, ops = found['tensorflow'], found['rule'], found['ops']
    table = '{:<13}{:<14}{:>7}{:>7}{:>7}{:>9}{:>9}{:>14}{:>14}'.format
    lines = ['TensorFlow %s takes the op seed of a random op from %s,' % (release, RULES[rule]),
             'TensorFlow 1.15 from %s.' % RULES['nodes'], '',
             table('', '', 'graph', 'nodes', 'calls', 'op seed', 'op seed', 'first weight', 'first weight'),
             table('layer', 'variable', 'seed', 'before', 'before', 'here', 'in 1.15', 'here', 'in 1.15')]
    lines += [table('%(network)s %(layer)s' % op, op['variable'], op['graph_seed'], op['nodes_before'],
                    op['calls_before'], op['op_seed'], op['op_seed_1_15'], '%.6f' % op['first'],
                    '%.6f' % op['first_1_15']) for op in ops]
    odd = [op['op'] for op in ops if not op['from_rule']]
    if odd:
        lines += ['', 'not taken from there: ' + ', '.join(odd)]
    other = sum(op['op_seed'] != op['op_seed_1_15'] for op in ops)
    lines += ['', '%d of %d op seeds differ from those of TensorFlow 1.15: ' % (other, len(ops)) + (
        'the same script starts from other weights.' if other else 'the same script starts from the same weights.')]
    if other:
        lines.append('`run` hands the op seeds of 1.15 back, unless told `--op-seeds native`.')
    return '\n'.join(lines) + '\n'

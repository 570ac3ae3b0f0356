"""Shared by the tests of the graph commands: the command line inside this process, and tables to change."""
from legacy.formats.graphtable import Table
from tests.command_line import compat_run_here


def graph(*args):
    """(exit code, standard output, standard error) of `compat_run.py graph ARGS`, run here: TensorFlow is there."""
    done = compat_run_here('graph', *args)
    return done.returncode, done.stdout, done.stderr


def assert_graph_fault(done, *words):
    """Exit code 2, nothing on standard output, and one line on standard error that holds all the words."""
    code, out, err = done
    assert (code, out, err.count('\n'), err[:7]) == (2, '', 1, 'error: '), done
    for word in words:
        assert str(word) in err


def with_nodes(table, nodes):
    """The Table with other nodes."""
    return Table(table.tensorflow, table.arithmetic, table.lines, nodes)

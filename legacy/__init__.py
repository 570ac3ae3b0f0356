"""A TensorFlow 1 article's batch-normalisation experiment, and the means to compare its numbers across releases."""

# Modules that run inside any TensorFlow environment, on Python 3.6 or newer, with numpy and TensorFlow alone. All
# others run on a current Python and never import TensorFlow themselves.
WORKER_SIDE = ('answers', 'archive', 'article', 'building', 'claims.convergence', 'claims.fewrows', 'claims.inference',
               'claims.recovery', 'claims.varied', 'claims.worker', 'errors', 'evidence', 'experiment', 'faults',
               'files', 'folders', 'graph.definition', 'graph.events', 'graph.groups', 'graph.origin', 'graph.seeds',
               'graph.step', 'graph.table', 'graph.tasks', 'kernels', 'kernelset', 'observe', 'opseeds', 'processor',
               'record', 'recording', 'references', 'replay', 'serving', 'shim', 'stderr', 'worker')

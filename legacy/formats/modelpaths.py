"""Which files a model on disk is made of. Runs on Python 3.6."""
import glob
import os
import re
from typing import List, NamedTuple

from legacy.formats.errors import LegacyError
from legacy.formats.places import PathLike

SAVED_MODEL = ('saved_model.pb', 'saved_model.pbtxt')  # in the folder of one
VARIABLES = os.path.join('variables', 'variables')  # the checkpoint in that folder
FROZEN = ('.pb', '.pbtxt')
META, INDEX, SHARD = '.meta', '.index', '.data-'
LATEST = re.compile(r'^model_checkpoint_path:\s*"(.*)"\s*$', re.MULTILINE)

# A model. kind: 'saved', 'frozen' or 'checkpoint'. path: of its folder, of its file, or the checkpoint's, as TensorFlow
# takes it. graph: path of the file with the graph. checkpoint: that of its variables, as TensorFlow takes it, or ''.
ModelPaths = NamedTuple('ModelPaths', [('kind', str), ('path', str), ('graph', str), ('checkpoint', str)])


def find(path: PathLike) -> ModelPaths:
    """The ModelPaths of what a user names: a SavedModel's folder or the file in it, a frozen graph, a MetaGraph, a
    checkpoint or its folder. Raises LegacyError."""
    path = os.path.normpath(str(path))
    if os.path.isdir(path) and os.path.isfile(os.path.join(path, 'checkpoint')) and not _saved_model_in(path):
        return _checkpoint(_latest(path))
    if os.path.isdir(path) or os.path.basename(path) in SAVED_MODEL and os.path.isfile(path):
        graph = graph_of(path)
        folder = os.path.dirname(graph)
        return ModelPaths('saved', folder, graph, os.path.join(folder, VARIABLES))
    for end in (META, INDEX):
        if path.endswith(end):
            return _checkpoint(path[:-len(end)])
    if os.path.isfile(path + META):
        return _checkpoint(path)
    if not os.path.isfile(path):
        raise LegacyError('there is no model %s' % path)
    if not path.endswith(FROZEN):
        raise LegacyError("%s is no model: name a SavedModel's folder, a frozen graph (.pb, .pbtxt), a MetaGraph "
                          '(.meta) or a checkpoint with its .meta beside it' % path)
    return ModelPaths('frozen', path, path, '')


def graph_of(path: PathLike) -> str:
    """The path of the file with a model's graph: of a folder, that of the SavedModel in it. Raises LegacyError where
    there is none, and says in which folders of it there is one."""
    if not os.path.isdir(path):
        return str(path)
    found = _saved_model_in(path)
    if not found:
        below = sorted(name for name in os.listdir(str(path)) if _saved_model_in(os.path.join(str(path), name)))
        raise LegacyError('%s holds no %s%s' % (path, SAVED_MODEL[0], ', but these folders in it do: %s' %
                                                ', '.join(below) if below else ''))
    return found


def _saved_model_in(folder: PathLike) -> str:
    return next((path for path in (os.path.join(str(folder), name) for name in SAVED_MODEL) if os.path.isfile(path)),
                '')


def _latest(folder: str) -> str:
    """The checkpoint that the file `checkpoint` in a folder says is the latest."""
    with open(os.path.join(folder, 'checkpoint'), 'rb') as file:
        found = LATEST.search(file.read().decode('utf-8', 'replace'))
    if not found:
        raise LegacyError('%s does not say which checkpoint is the latest' % os.path.join(folder, 'checkpoint'))
    return os.path.join(folder, os.path.basename(found.group(1)))  # the folder may have been moved


def _checkpoint(path: str) -> ModelPaths:
    if not os.path.isfile(path + META):
        raise LegacyError('%s is missing: a checkpoint has no graph without it' % (path + META))
    return ModelPaths('checkpoint', path, path + META, path)


def variables_of(checkpoint: str) -> List[str]:
    """Paths of a checkpoint's files. Raises LegacyError where one is missing."""
    if os.path.isfile(checkpoint):
        return [checkpoint]  # of the first version, which is one file
    found = sorted(glob.glob(glob.escape(checkpoint + SHARD) + '*'))
    counts = {path.rpartition('-of-')[2] for path in found}
    wanted = ['%s%s%05d-of-%s' % (checkpoint, SHARD, k, count) for count in counts if count.isdigit()
              for k in range(int(count))]
    missing = [path for path in [checkpoint + INDEX] + (wanted or [checkpoint + SHARD + '00000-of-00001'])
               if not os.path.isfile(path)]
    if missing:
        raise LegacyError("%s is missing, which has values of the model's variables" % missing[0])
    return [checkpoint + INDEX] + found

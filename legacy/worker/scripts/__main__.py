"""Runs, or records, a script under this environment's TensorFlow: a request in, the script's own output out.

    python legacy/worker/scripts/__main__.py '{"script": "train.py", "arguments": ["--steps", "10"]}'
    python legacy/worker/scripts/__main__.py --forking     several, see `forkserver`
    python legacy/worker/scripts/__main__.py --apart ...   of a script that has a package `legacy` of its own

Started by its file, it finds this program's modules whatever the current folder holds, and the script finds none of
them but `legacy` itself: what stands first on the path here is replaced by the script's folder. Runs on Python 3.6.
"""
import importlib
import os
import sys

if sys.path[0] == os.path.dirname(os.path.abspath(__file__)):
    sys.path[0] = os.path.abspath(os.path.join(sys.path[0], '..', '..', '..'))

if __name__ == '__main__':
    package, arguments = 'legacy', sys.argv[1:]
    if arguments[0] == '--apart':
        from legacy.worker.scripts import packagealias
        package, arguments = packagealias.install(), arguments[1:]
    importlib.import_module(package + '.worker.scripts.entry').begin(arguments[0])

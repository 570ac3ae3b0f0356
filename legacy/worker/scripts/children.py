"""Processes that a script starts with multiprocessing: they see the script as it sees itself. Runs on Python 3.6.

A forked process has all that its parent has. One that is spawned starts from nothing and runs the script's file again,
under the name __mp_main__; here it runs this module instead, which prepares TensorFlow 1 first.
"""
import multiprocessing.spawn
import os
import runpy

SCRIPT = 'LEGACY_SCRIPT_OF_PARENT'  # for spawned processes: the script's file, or the module's name


def prepare():
    """See to it that processes spawned from now on find TensorFlow 1."""
    native = multiprocessing.spawn.get_preparation_data

    def get_preparation_data(name):
        data = native(name)
        main = data.pop('init_main_from_name', None) or data.get('init_main_from_path')
        if main is not None:
            os.environ[SCRIPT] = main
            data['init_main_from_path'] = os.path.abspath(__file__)
        return data
    multiprocessing.spawn.get_preparation_data = get_preparation_data


def _run_again(main):
    """The script's names, as its own import would give them."""
    from legacy.worker.scripts import namespace, numpy1, python3
    namespace.install()
    numpy1.give_back()
    python3.give_back()
    prepare()
    run = runpy.run_path if os.path.exists(main) else runpy.run_module
    return run(main, run_name='__mp_main__')


if __name__ == '__mp_main__':
    import sys
    sys.path.append(os.path.abspath(os.path.join(os.path.dirname(__file__), '..', '..', '..')))
    globals().update(_run_again(os.environ[SCRIPT]))

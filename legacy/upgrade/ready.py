"""An environment of one release, ready to run something in: for `record --release`, and for scripts."""
from legacy.machine import environments, platforms
from legacy.machine.interpreters import find_python
from legacy.upgrade import releasetable, rows
from legacy.upgrade.locks import locked


def interpreter(name, further=(), folder=None, tell=lambda text: None):
    """The path of the interpreter of an environment with TensorFlow `name`; built if it is not there.

    name: as `upgrade` takes releases. further: requirements beside TensorFlow, resolved with hashes for this release.
    folder: where environments are kept, in the user's cache unless given. tell: called with what goes on. Raises
    releasetable.TableError, EnvironmentFault, OSError.
    """
    row = releasetable.find(releasetable.releases(), name).on(platforms.here())
    if further:
        row = row._replace(pins=(*row.pins, *further), locks={})
    if not row.lock:
        tell(f'resolving the packages of TensorFlow {name}')
        row = locked(row)
    asked = rows.request(row, folder=folder)
    tell(f'an environment with TensorFlow {row.version or name}, CPython {row.python}')
    return environments.build(folder, asked['name'], find_python(row.python), row.lock, asked['constraints'])

"""What hosts are asked to do: the processes of one chunk. Plain values in and out, to be sent to other machines."""
import importlib.metadata
import json
import os
import socket
import sys
from collections.abc import Sequence

from legacy.formats import places
from legacy.formats.errors import in_words
from legacy.formats.values import JsonObject
from legacy.machine import processes, scratch, variables

LONGEST = 3600  # seconds of a process
IN_A_FOLDER = ('trained', 'restored')  # kinds that hand files on


def tensorflow_version() -> str:
    """The release installed on this host, '' if there is none."""
    found = importlib.metadata.packages_distributions().get('tensorflow', [])
    return importlib.metadata.version(found[0]) if found else ''


def run(requests: Sequence[JsonObject]) -> JsonObject:
    """Run the processes that a Chunk's requests ask for.

    Returns {'host', 'tensorflow', 'runs': {kind: [one run's numbers, ...]}}; or {'host', 'fault'}: why there is no such
    answer.
    """
    answer: JsonObject = {'host': socket.gethostname(), 'runs': {}}
    environment = variables.inherited(own_settings=False, same_python=True)
    try:
        with scratch.temporary('claims') as folder:
            out = os.path.join(folder, 'runs.json')
            for request in requests:
                asked = {**request, 'out': out, 'end_with_stdin': True}
                if request['kind'] in IN_A_FOLDER:
                    asked['folder'] = str(folder)
                processes.run([sys.executable, '-m', 'legacy.worker.claims', json.dumps(asked)], LONGEST,
                              environment=environment, cwd=places.CHECKOUT)
                with open(out, encoding='ascii') as file:
                    found = json.load(file)
                answer['tensorflow'] = found['tensorflow']
                answer['runs'][request['kind']] = found['runs']
    except processes.ProcessFault as error:
        return {'host': answer['host'], 'fault': str(error)}
    except OSError as error:
        return {'host': answer['host'], 'fault': in_words(error)}
    return answer

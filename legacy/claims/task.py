"""What hosts are asked to do: the processes of one chunk. Plain values in and out, to be sent to other machines."""
import importlib.metadata
import json
import socket
import sys

from legacy.machine import environments, processes
from legacy.machine.scratch import scratch

WORK = environments.ROOT / 'runs'  # where a chunk's files are while it is run
LONGEST = 3600  # seconds of a process
IN_A_FOLDER = ('trained', 'restored')  # kinds that hand files on


def tensorflow_version():
    """The release installed on this host, '' if there is none."""
    found = importlib.metadata.packages_distributions().get('tensorflow', [])
    return importlib.metadata.version(found[0]) if found else ''


def run(requests):
    """Run the processes that a Chunk's requests ask for.

    Returns {'host', 'tensorflow', 'runs': {kind: [one run's numbers, ...]}}; or {'host', 'fault'}: why there is no such
    answer.
    """
    answer = {'host': socket.gethostname(), 'runs': {}}
    environment = environments.inherited(own_settings=False, same_python=True)
    try:
        WORK.mkdir(exist_ok=True)
        with scratch(WORK) as folder:
            out = folder / 'runs.json'
            for request in requests:
                asked = {**request, 'out': str(out), 'end_with_stdin': True}
                if request['kind'] in IN_A_FOLDER:
                    asked['folder'] = str(folder)
                processes.run([sys.executable, '-m', 'legacy.worker.claims', json.dumps(asked)], LONGEST,
                              environment=environment, cwd=environments.ROOT)
                found = json.loads(out.read_text(encoding='ascii'))
                answer['tensorflow'] = found['tensorflow']
                answer['runs'][request['kind']] = found['runs']
    except processes.ProcessFault as error:
        return {'host': answer['host'], 'fault': str(error)}
    except OSError as error:
        return {'host': answer['host'], 'fault': f'{error.strerror}: {error.filename}'}
    return answer

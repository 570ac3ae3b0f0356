"""Is the script that is to be checked the one that was recorded? Said before anything is run."""
import difflib
import os
import pathlib
import typing
import zlib

from legacy.formats.errors import LegacyError
from legacy.formats.files import digest_of_file
from legacy.formats.places import PathLike
from legacy.formats.recordings import Recording

if typing.TYPE_CHECKING:  # it imports this module
    from legacy.check.jobs import Job

LINES_SHOWN, LONGEST_LINE = 3, 100


class WrongRecording(LegacyError):
    """The recording is of another script. The message is one line."""


def differences(recorded: Recording, job: 'Job', path: PathLike) -> list[str]:
    """[line] of what is another than when a Recording was made: arguments, and the script's files. Raises
    WrongRecording where neither the name nor any file is the same.

    job: the jobs.Job that is to be run. path: of the recording, for messages.
    """
    there, asked = recorded.header['script'], job.asked
    name = asked['script'] if asked.get('as_module') else os.path.basename(asked['script'])
    changed, same = _files(recorded, _main(job))
    if name != there['name'] and not same:
        raise WrongRecording(f'{path} is a recording of {there["name"]}, with which {name} has no file in common: name '
                             f'{there["name"]}, or record {name}')
    found = [] if name == there['name'] else [f'{path} is a recording of {there["name"]}, not of {name}']
    if list(asked['arguments']) != there['arguments']:
        found.append(f'recorded with the arguments {_quoted(there["arguments"])}, now {_quoted(asked["arguments"])}')
    return found + changed


def _main(job: 'Job') -> pathlib.Path | None:
    """The script's file, or None for a module, which only its interpreter finds."""
    if job.asked.get('as_module'):
        return None
    return pathlib.Path(job.folder or os.getcwd(), job.asked['script']).absolute()


def _files(recorded: Recording, main: pathlib.Path | None) -> tuple[list[str], bool]:
    """([line] of files that are not as they were, whether one of what is run now is). main: the script's file, or
    None. The recorded script's own file may lie unchanged beside another script that is run now."""
    if main is None or not main.is_file():
        return [], True  # what is wrong with it is said by whoever runs it
    there, now = recorded.header['script'], _sha256(main)
    changed, same = [], any(source['sha256'] == now for source in there['sources'])
    for number, source in enumerate(there['sources']):
        path = main.parent / source['file']
        is_main = source['file'] == there['name']
        if source['sha256'] in (_sha256(path), now):
            same = same or not is_main
        elif path.is_file():
            changed.append(f'{source["file"]} has changed since it was recorded{_lines(recorded, number, path)}')
        elif not is_main:
            changed.append(f'{source["file"]} was recorded, and is not there')
    return changed, same


def _sha256(path: pathlib.Path) -> str | None:
    return digest_of_file(path) if path.is_file() else None


def _lines(recorded: Recording, number: int, path: pathlib.Path) -> str:
    """The first lines of a file that are another, where the recording holds its text."""
    if f'source/{number}' not in recorded.arrays:
        return ''
    before = zlib.decompress(recorded.arrays[f'source/{number}'].tobytes()).decode('utf-8', 'replace').splitlines()
    now, found = path.read_text(encoding='utf-8', errors='replace').splitlines(), []
    for tag, start, end, begin, stop in difflib.SequenceMatcher(None, before, now, autojunk=False).get_opcodes():
        if tag != 'equal':
            there = ' '.join(before[start:end]).strip()[:LONGEST_LINE] or 'nothing'
            here = ' '.join(now[begin:stop]).strip()[:LONGEST_LINE] or 'nothing'
            found.append(f'line {begin + 1}: {here}  (recorded: {there})')
    more = f'; and {len(found) - LINES_SHOWN} more' if len(found) > LINES_SHOWN else ''
    return ''.join(f'; {line}' for line in found[:LINES_SHOWN]) + more


def _quoted(arguments: list[str]) -> str:
    return "'" + ' '.join(arguments) + "'" if arguments else 'none'

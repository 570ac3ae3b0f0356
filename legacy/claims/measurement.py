"""The `claims` command: what is measured, where, shown how."""
import json
import pathlib
from collections.abc import Mapping, Sequence

import click

from legacy.claims import claimsprogress, claimsreport, picturestyle, plan, results
from legacy.claims.chunkresults import Gathering
from legacy.claims.claim import Gathered
from legacy.formats.files import sign, writable, write_whole
from legacy.formats.values import JsonObject, finite
from legacy.machine import crew


def claims(asked: JsonObject, settings: Mapping[str, Sequence[JsonObject]] = plan.SETTINGS) -> int:
    """Measure what the options (see `commands.claims`) ask for; write it, print it; return the exit code."""
    _refuse_to_replace(asked)
    numbers = sorted({int(number) for number in asked['claims']} or results.CLAIMS)
    chunks = [chunk for kind in plan.kinds(numbers) for chunk in plan.chunks(kind, asked['seeds'], settings)]
    with crew.crew(asked['scheduler'], asked['jobs']) as workers, claimsprogress.shown(chunks) as tell:
        gathering = Gathering(workers, asked['out'] / 'results', asked['fresh'], tell)
        gathered = gathering.run(chunks)
        environment = gathering.environment()
    found = results.measured(numbers, gathered, asked['seeds'], asked['command'], environment)
    content = results.as_json(found)
    files = write(asked['out'], found, content, gathered)
    if asked['html']:
        from legacy.claims import claimspage
        write_whole(asked['html'], claimspage.page(found).encode())
        files.append(asked['html'])
    click.echo(json.dumps({**content, 'files': list(map(str, files))}) if asked['as_json'] else
               claimsreport.as_text(found, files))
    return 0


def _refuse_to_replace(asked: JsonObject) -> None:
    """Raises OSError if a file that `write` makes, or the page, is there and somebody else's. The results say who made
    them, for the pictures beside them, too."""
    results_file, *others = _files(asked['out'])
    if asked['html']:
        writable(asked['html'], asked['force'], 'claims', [results_file, *others])
    if results_file.parent.is_dir():
        writable(results_file, asked['force'], 'claims')
        ours = results_file.exists()
        for path in others:
            writable(path, asked['force'] or ours)


def _files(folder: pathlib.Path) -> list[pathlib.Path]:
    """Paths of all that `write` may make."""
    return [folder / 'claims.json', folder / 'runs.json', *[folder / f'claim_{k}.png' for k in results.CLAIMS]]


def write(folder: pathlib.Path, found: results.Results, content: JsonObject, gathered: Gathered) -> list[pathlib.Path]:
    """The results (content: as JSON), every run and the pictures, into a folder that exists. Returns their paths."""
    files = _files(folder)[:2]
    write_whole(files[0], json.dumps({'sign': sign('claims'), **content}).encode() + b'\n')
    write_whole(files[1], json.dumps(finite(gathered)).encode() + b'\n')
    for claim in found.claims:
        files.append(folder / f'claim_{claim.module.NUMBER}.png')
        picturestyle.write(claim.figure(), files[-1])
    return files

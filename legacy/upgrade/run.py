"""The `upgrade` command: which rows, run where, shown how."""
import json

import click

from legacy import crew
from legacy.files import writable, write_whole
from legacy.upgrade import bisection, locks, output, progress, table
from legacy.upgrade.matrix import Matrix, Options


def upgrade(asked):
    """Run what the options (see `commands.upgrade`) ask for; print it; return the exit code."""
    files = {name: asked[name] for name in ('html', 'junit') if asked[name]}
    for path in files.values():
        writable(path)
    known = table.releases()
    releases = _chosen(known, asked)
    options = Options(asked['out'], asked['environments'], asked['onednn'], asked['each_host'], asked['fresh'],
                      asked['interpreters'])
    with crew.crew(asked['scheduler'], asked['jobs']) as workers:
        with progress.shown(asked['quiet']) as tell:
            matrix = Matrix(workers, options, tell)
            if asked['bisect']:
                found = bisection.bisect(releases, asked['on'] or 'verdict', matrix)
                outcomes = found.outcomes
            else:
                found, outcomes = None, matrix.run(releases)
        result = output.Result(outcomes, matrix, asked['strict'], found)
    if 'junit' in files:
        write_whole(files['junit'], output.as_junit(result))
    if 'html' in files:
        from legacy.upgrade import page
        write_whole(files['html'], page.page(result).encode())
    click.echo(json.dumps(output.as_json(result)) if asked['as_json'] else output.as_text(result))
    return result.code


def _chosen(known, asked):
    if asked['bisect']:
        return bisection.between(known, *asked['bisect'], asked['every'])
    if asked['since']:
        return table.since(known, asked['since'])
    if asked['everything']:
        return known
    named = [table.find(known, name, asked['python'], asked['pin']) for name in dict.fromkeys(asked['releases'])]
    return sorted(named, key=lambda release: release.order) or table.by_default(known)


def lock(asked):
    """Resolve the packages of the releases named anew, and put each row into the table with its lock."""
    if not asked['releases']:
        raise click.UsageError('--lock needs a RELEASE')
    known = table.releases()
    for name in asked['releases']:
        row = locks.locked(table.find(known, name, asked['python'], asked['pin']))
        table.write(row)
        click.echo(f'{name}: {row.lock.count("==")} packages locked in {table.LOCKS / (name + ".txt")}', err=True)
    return 0

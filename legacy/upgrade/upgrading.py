"""The `upgrade` command: which rows, run where, shown how."""
import json
import typing
from collections.abc import Sequence

import click

from legacy.formats.files import writable, write_whole
from legacy.formats.values import JsonObject
from legacy.machine import crew, environments
from legacy.machine.store import Store
from legacy.upgrade import bisection, locks, measures, releasetable, scalars, upgradeprogress, upgradereport
from legacy.upgrade.matrix import Matrix, Options
from legacy.upgrade.releasetable import Release
from legacy.upgrade.subjects import Script


def upgrade(asked: JsonObject) -> int:
    """Run what the options (see `commands.upgrade`) ask for; print it; return the exit code."""
    files = {name: asked[name] for name in ('html', 'junit') if asked[name]}
    taken = [path for path in (asked['baseline'], asked['script'] and asked['script']['script']) if path]
    for path in files.values():
        writable(path, asked['force'], 'upgrade', taken)
        taken.append(path)
    known = releasetable.releases()
    releases = _chosen(known, asked)
    options = Options(asked['out'], asked['environments'], asked['onednn'], asked['each_host'], asked['fresh'],
                      asked['interpreters'])
    if not asked['quiet'] and not asked['scheduler']:
        click.echo(environments.told(asked['environments'], len(releases)), err=True)
    with crew.crew(asked['scheduler'], asked['jobs']) as workers:
        with upgradeprogress.shown(asked['quiet']) as tell:
            Store(options.folder)  # is there, before anything is done
            subject = (measures.script(asked, options, tell) if asked['script'] else
                       measures.article(asked['against'], options, tell))
            looked = (bisection.ON[asked['on'] or 'verdict'] if asked['on'] != 'loss' else
                      scalars.looked(typing.cast(Script, subject).measure, asked['scalar']))
            matrix = Matrix(workers, options, tell, subject)
            if asked['bisect'] or asked['nightly']:
                found = bisection.bisect(releases, looked, matrix)
                outcomes = found.outcomes
            else:
                found, outcomes = None, matrix.run(releases)
        result = upgradereport.Result(outcomes, matrix, asked['strict'], found)
    if 'junit' in files:
        write_whole(files['junit'], upgradereport.as_junit(result))
    if 'html' in files:
        from legacy.upgrade import scriptrowspage, upgradepage
        page = scriptrowspage if asked['script'] else upgradepage
        write_whole(files['html'], page.page(result).encode())
    click.echo(json.dumps(upgradereport.as_json(result)) if asked['as_json'] else upgradereport.as_text(result))
    return result.code


def _chosen(known: Sequence[Release], asked: JsonObject) -> Sequence[Release]:
    if asked['bisect']:
        good, bad = asked['bisect']
        return bisection.between(known, good, bad, asked['every'])
    if asked['nightly']:
        found = bisection.nightlies(known)
        click.echo(f'{len(found)} nightlies are offered, {found[0].version} to {found[-1].version}', err=True)
        return found
    if asked['since']:
        return releasetable.since(known, asked['since'])
    if asked['everything']:
        return known
    named = [releasetable.find(known, name, asked['python'], asked['pin']) for name in dict.fromkeys(asked['releases'])]
    return sorted(named, key=lambda release: release.order) or releasetable.by_default(known)


def lock(asked: JsonObject) -> int:
    """Resolve the packages of the releases named anew, and put each row into the table with its lock."""
    if not asked['releases']:
        raise click.UsageError('--lock needs a RELEASE')
    known = releasetable.releases()
    for name in asked['releases']:
        row = locks.locked_everywhere(releasetable.find(known, name, asked['python'], asked['pin']))
        releasetable.write(row)
        for platform, text in row.locks.items():
            path = releasetable.lock_file(name, platform)
            click.echo(f'{name}: {text.count("==")} packages locked in {path}', err=True)
    return 0

"""What `upgrade` does with its request: which rows, run where, shown how. Slow to import."""
import json
import os
from collections.abc import Sequence

import click

from legacy.check import article, jobs
from legacy.commands.scripts import Subject
from legacy.commands.upgrade import UpgradeRequest
from legacy.formats.files import writable, write_whole
from legacy.formats.places import PathLike
from legacy.machine import crew, environments
from legacy.machine.store import Store
from legacy.upgrade import bisection, measures, releasetable, report, selection, table, upgradeprogress
from legacy.upgrade.matrix import Matrix, Options
from legacy.upgrade.measures import Wanted
from legacy.upgrade.releasetable import Release


def upgrade(subject: Subject, asked: UpgradeRequest) -> int:
    """Run what is asked for; print it; return the exit code."""
    baseline = asked.baseline or (article.RECORDING if subject.is_article else None)
    taken: list[PathLike] = [*subject.inputs, *([baseline] if baseline else [])]
    for file in filter(None, (asked.html, asked.junit)):
        writable(file, asked.force, 'upgrade', taken)
        taken.append(file)
    releases = _chosen(releasetable.releases(), asked)
    options = Options(asked.out, asked.environments, asked.each_host, asked.fresh, asked.interpreters)
    if not asked.quiet and not asked.scheduler:
        click.echo(environments.told(asked.environments, len(releases)), err=True)
    with crew.crew(asked.scheduler, asked.jobs) as workers:
        with upgradeprogress.shown(asked.quiet) as tell:
            Store(options.folder)  # is there, before anything is done
            measured = measures.subject(_wanted(subject, asked), options, tell)
            looked = selection.looked(measured.measure, asked.on or 'verdict', asked.scalar)
            matrix = Matrix(workers, options, measured, tell)
            found = bisection.bisect(releases, looked, matrix) if asked.bisect or asked.nightly else None
            outcomes = found.outcomes if found else matrix.run(releases)
    result = report.Result(outcomes, measured, asked.strict, found)
    if asked.junit:
        write_whole(asked.junit, report.as_junit(result))
    if asked.html:
        from legacy.upgrade import page  # matplotlib and jinja2, for a page alone
        write_whole(asked.html, page.page(result).encode())
    told = report.as_json(result)
    click.echo(json.dumps(told) if asked.as_json else table.as_text(told))
    return result.code


def _wanted(subject: Subject, asked: UpgradeRequest) -> Wanted:
    """The measures.Wanted of a Subject."""
    made = (asked.out, asked.environments, asked.html, asked.junit, asked.baseline)
    without = () if subject.is_article else tuple(str(path.resolve()) for path in made if path)
    job = jobs.Job('', subject.asked, asked.onednn, asked.timeout, asked.files, subject.folder or os.getcwd(),
                   without, subject.linked, own_settings=False)
    return Wanted(job, asked.baseline, asked.against, asked.further, subject.is_article)


def _chosen(known: Sequence[Release], asked: UpgradeRequest) -> Sequence[Release]:
    if asked.bisect:
        return bisection.between(known, *asked.bisect, asked.every)
    if asked.nightly:
        found = bisection.nightlies(known)
        click.echo(f'{len(found)} nightlies are offered, {found[0].version} to {found[-1].version}', err=True)
        return found
    if asked.since:
        return releasetable.since(known, asked.since)
    if asked.everything:
        return known
    named = [releasetable.find(known, name, asked.python, asked.pin) for name in dict.fromkeys(asked.releases)]
    return sorted(named, key=lambda release: release.order) or releasetable.by_default(known)

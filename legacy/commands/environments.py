"""`environments`: those that other commands have built and kept on this machine, and their removal."""
import json
import pathlib
import typing

import click

if typing.TYPE_CHECKING:  # slow to import
    from legacy.machine.keptenvironments import Kept


@click.command()
@click.argument('names', nargs=-1, metavar='[NAME]...')
@click.option('--remove', is_flag=True, help='Remove the environments of these names, or those that --unused tells.')
@click.option('--unused', type=click.IntRange(0, 36500), metavar='DAYS', help='Only those not used for so many days.')
@click.option('--environments', type=click.Path(path_type=pathlib.Path),
              help="Folder of environments.  [default: in the user's cache]")
@click.option('--json', 'as_json', is_flag=True, help='One JSON object on standard output.')
def environments(names: tuple[str, ...], remove: bool, unused: int | None, environments: pathlib.Path | None,
                 as_json: bool) -> None:
    """The environments that `upgrade` and `record --release` have built and kept: what each takes on disk, and when it
    was last used. [NAME]... is a release, such as 1.15.5, or the whole name of a folder. --remove removes some: they
    are built again when they are asked for."""
    from legacy.machine import keptenvironments
    from legacy.machine.environments import kept_in
    folder = kept_in(environments)
    if remove and not names and unused is None:
        raise click.UsageError('--remove needs a NAME, or --unused DAYS')
    found = keptenvironments.kept(folder)
    unknown = set(names) - {name for item in found for name in (item.name, item.path.name)}
    if unknown:
        raise click.UsageError(f'{folder} has no environment {min(unknown)}')
    chosen = [item for item in found if (not names or {item.name, item.path.name} & set(names))
              and (unused is None or item.days_unused() >= unused)]
    if remove:
        keptenvironments.left_over(folder)
        for item in chosen:
            keptenvironments.remove(item)
    click.echo(_as_json(folder, chosen, remove) if as_json else _as_text(folder, chosen, remove))


def _as_json(folder: pathlib.Path, chosen: 'list[Kept]', removed: bool) -> str:
    return json.dumps({'folder': str(folder), 'removed': removed, 'environments': [
        {'folder': item.path.name, 'name': item.name, 'bytes': item.size, 'shared_bytes': item.shared,
         'days_unused': round(item.days_unused(), 2)} for item in chosen]})


def _as_text(folder: pathlib.Path, chosen: 'list[Kept]', removed: bool) -> str:
    lines = [f'{"name":<34} {"MB":>7} {"shared":>7} {"unused":>9}'] if chosen else []
    lines += [f'{item.path.name:<34} {item.size >> 20:>7} {item.shared >> 20:>7} {item.days_unused():>4.0f} days'
              for item in chosen]
    total, shared = (sum(getattr(item, key) for item in chosen) >> 20 for key in ('size', 'shared'))
    did = 'removed' if removed else 'are kept'
    lines.append(f'{len(chosen)} {did} in {folder}: {total} MB' + (
        f", of which uv's cache has {shared} MB, too (`uv cache prune` frees what nothing else needs)"
        if shared else ''))
    return '\n'.join(lines)

"""Options and commands that do not exist and that people try: what there is instead."""
import click

FIXED = 'is fixed, as in the article: change it in legacy/article.py (legacy/docs/change.md)'
# {option: what to do instead}, of any command that has no such option.
OPTIONS = {
    '--release': 'this takes the TensorFlow installed; another release: record --release RELEASE --out FILE, or '
                 'upgrade RELEASE',
    '--learning-rate': f'the learning rate {FIXED}', '--lr': f'the learning rate {FIXED}',
    '--layers': f'the number of layers {FIXED}', '--batch-size': f'the number of rows in a step {FIXED}',
    '--plot': 'a picture of two runs: compare A B --plot FILE.png',
    '--png': 'a picture of a graph: graph tensorboard; of two runs: compare A B --plot FILE.png',
    '--delete': 'environments NAME --remove, or environments --unused DAYS --remove',
}
COMMANDS = {
    'clean': 'environments --unused DAYS --remove', 'verify': 'check', 'bisect': 'upgrade --bisect GOOD BAD',
    'explain': 'check says what differs and why', 'plot': 'compare A B --plot FILE.png', 'train': 'run',
    'diff': 'of two recordings: compare; of two graphs: graph diff', 'tensorboard': 'graph tensorboard',
    **{name: f'graph {name}' for name in ('list', 'seeds', 'step', 'export')},
}


def instead_of_option(error: click.NoSuchOption) -> str:
    """What to do instead, of a click.NoSuchOption, in one line; click's own message where nothing is known."""
    known = OPTIONS.get(error.option_name)
    return f'No such option: {error.option_name}; {known}' if known else error.format_message()


def refuse_command(name: str) -> None:
    """Raises click.UsageError for a command that does not exist if it is known what there is instead."""
    if name in COMMANDS:
        raise click.UsageError(f'No such command: {name}; there is: {COMMANDS[name]}')

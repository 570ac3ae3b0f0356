"""With what a recording was made, and with what it is checked: releases, processor, settings, the script itself."""
import typing

from legacy.formats import processor
from legacy.formats.values import JsonObject
from legacy.judge.findings import Finding
from legacy.judge.pairing import Pairing

PACKAGES = {'tensorflow': 'TensorFlow', 'numpy': 'numpy', 'python': 'Python'}  # of an environment, as they are called


def finding(pairing: Pairing) -> Finding:
    """Finding, which is only reported: what is another than when it was recorded, and what the user has set."""
    there, here = pairing.there.header, pairing.here.header
    return Finding('', None, ', '.join([*_of_script(there['script'], here['script']),
                                        *_of_environment(there['environment'], here['environment'])]))


def _of_script(there: JsonObject, here: JsonObject) -> list[str]:
    changed = [source['file'] for source in there['sources'] if source not in here['sources']]
    said = [f'the script has changed since it was recorded: {", ".join(changed)}'] if changed else []
    if there['arguments'] != here['arguments']:
        said.append('other arguments than recorded: ' + ' '.join(there['arguments'] or ['none']))
    return said


def _of_environment(there: JsonObject, here: JsonObject) -> list[str]:
    others = list(_others(there['settings'], here['settings']))
    said = [f'{name}: recorded with {recorded}, checked with {checked}' for name, recorded, checked in others]
    for key, label in PACKAGES.items():
        said.append(f'{label} {here[key]}' + (f' ({there[key]})' if here[key] != there[key] else ''))
    said.append(processor.against(here, there))
    named = {name for name, *_ in others}
    return said + [f'{name}={setting["value"]} ({setting["from"]})' for name, setting in here['settings'].items()
                   if setting['from'] != 'default' and name not in named]


def _others(recorded: JsonObject, checked: JsonObject) -> typing.Iterator[tuple[str, str, str]]:
    """[(name, recorded, checked)] of the settings with other values; one that is not set is 'nothing'."""
    for name in dict.fromkeys([*recorded, *checked]):
        a, b = (settings.get(name, {}).get('value') or 'nothing' for settings in (recorded, checked))
        if a != b:
            yield name, a, b

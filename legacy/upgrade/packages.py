"""What a script needs beside TensorFlow in the environment of each release."""
from collections.abc import Sequence

from legacy.upgrade.releasetable import Release


def for_script(release: Release, further: Sequence[str] = ()) -> Release:
    """The Release with `further` requirements, to be resolved anew if there are any. What TensorFlow 2 dropped is in no
    package: see `machine.tensorflow1`."""
    return release._replace(pins=(*release.pins, *further), locks={}) if further else release

"""What a script needs beside TensorFlow in the environment of each release."""


def for_script(release, further=()):
    """The Release with `further` requirements, to be resolved anew if there are any. What TensorFlow 2 dropped is in no
    package: see `machine.tensorflow1`."""
    return release._replace(pins=(*release.pins, *further), locks={}) if further else release

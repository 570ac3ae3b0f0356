"""What a script needs beside TensorFlow in the environment of each release."""
import csv
import pathlib

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from legacy.formats import places

TABLE = pathlib.Path(places.PACKAGE, 'data', 'script_packages.tsv')
KERAS_LEFT = Version('2.16')  # from here on tf.keras is Keras 3, and Keras 2 a package of its own
KERAS, NIGHTLY_KERAS = 'tf_keras', 'tf-keras-nightly'


def for_script(release, further=()):
    """The Release with `further` requirements, and from 2.16 on with tf_keras of its own minor, unless that is among
    them; to be resolved anew where that changes anything. Every release of the table brings its own before."""
    names = {canonicalize_name(Requirement(text).name) for text in further}
    added = list(further)
    if release.order >= KERAS_LEFT and not names & {canonicalize_name(KERAS), NIGHTLY_KERAS}:
        added.append(_keras(release))
    return release._replace(pins=(*release.pins, *added), locks={}) if added else release


def _keras(release):
    if release.requirement.startswith('tf-nightly') or release.requirement.startswith('tf_nightly'):
        return NIGHTLY_KERAS  # tf_keras would bring the release that it belongs to
    if not release.version:
        return KERAS
    return requirements()[KERAS].format(release='%d.%d' % Version(release.version).release[:2])


def requirements():
    """{package: requirement, with {release} in it} of the table."""
    with open(TABLE, encoding='utf-8', newline='') as file:
        rows = list(csv.reader((line for line in file if not line.startswith('#')), delimiter='\t'))
    return {row[0]: row[1] for row in rows[1:]}

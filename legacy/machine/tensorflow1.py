"""TensorFlow 1.15.5's own Python files: what scripts get tf.contrib, tf.layers and tf.keras from.

They are fetched once, from an environment of 1.15.5 that is there or from the package index, and kept in the user's
cache. Whatever they come from, they are the files that DIGEST is of.
"""
import hashlib
import os
import pathlib
import re
import shutil
from collections.abc import Callable

import platformdirs

from legacy.formats import places
from legacy.formats.errors import in_words
from legacy.formats.files import digest_of_file
from legacy.formats.places import PathLike
from legacy.machine import interpreters, processes
from legacy.machine.environments import LONGEST_BUILD, PROGRAM, kept_in
from legacy.machine.interpreters import EnvironmentFault
from legacy.machine.scratch import move_into_place, scratch

FOLDER = 'LEGACY_TENSORFLOW_1'  # environment variable: the folder, for the processes that need it; or the user's choice
VERSION = '1.15.5'
PACKAGES = ('tensorflow', 'tensorflow-estimator', 'keras-applications', 'keras-preprocessing')
MODULES = ('tensorflow_core', 'tensorflow_estimator', 'keras_applications', 'keras_preprocessing')
DIGEST = 'ec6d73f2d309227790ad8718b4562d0795f0863e1cdb621023a92297a45a45dc'  # SHA-256 of the listing of all files
KINDS = ('*.py', '*.csv')
LISTING = 'files.tsv'  # in the folder, of what is in it
LOCK = pathlib.Path(places.DATA, 'locks', 'linux-x86_64', f'{VERSION}.txt')
PLATFORM = ['--python-version', '3.7', '--python-platform', 'x86_64-manylinux_2_28', '--only-binary', ':all:']
MEGABYTES = 110  # of the wheel that holds them


def folder(digest: str = DIGEST) -> pathlib.Path:
    """Where the files are kept, whether they are there or not."""
    named = os.environ.get(FOLDER)
    return pathlib.Path(named) if named else (
        platformdirs.user_cache_path(PROGRAM, appauthor=False) / f'tensorflow-{VERSION}-{digest[:12]}')


def is_there(path: pathlib.Path, digest: str = DIGEST, read: bool = False) -> bool:
    """Whether the files are in the folder, each as large as it is to be; with `read`, each with the content it is to
    have. Without, it takes milliseconds."""
    try:
        listing = (path / LISTING).read_bytes()
        rows = [line.split('\t') for line in listing.decode().splitlines()]
        return hashlib.sha256(listing).hexdigest() == digest and all(
            os.stat(path / name).st_size == int(size) and
            (not read or digest_of_file(path / name) == content)
            for name, size, content in rows)
    except (OSError, ValueError):
        return False


def fetch(tell: Callable[[str], object] = lambda text: None, environments: PathLike | None = None, digest: str = DIGEST,
          read: bool = False) -> pathlib.Path:
    """The folder with the files, which are fetched if they are not there whole.

    tell: called with one line if there is something to do. environments: the folder where those of `upgrade` are, in
    the user's cache unless given. digest: what the files' is to be. read: see `is_there`. Raises EnvironmentFault, with
    what to do.
    """
    path = folder(digest)
    if is_there(path, digest, read):
        return path
    try:
        if path.exists() and not (path / LISTING).exists():  # somebody's, named by mistake
            raise EnvironmentFault(f"{path} is no folder of TensorFlow {VERSION}'s Python files, and is left as it is",
                                   f'set {FOLDER} to one that is not there yet, or unset it')
        path.parent.mkdir(parents=True, exist_ok=True)
        with scratch(path.parent) as work:
            _bring(work / 'new', work, tell, environments, digest)
            if path.exists() and not is_there(path, digest, read):
                path.rename(work / 'before')
            move_into_place(work / 'new', path)
    except OSError as error:
        raise EnvironmentFault(f"TensorFlow {VERSION}'s Python files cannot be kept in {path.parent}: "
                               f'{in_words(error)}; set {FOLDER} to a folder that can be written') from None
    return path


def _bring(new: pathlib.Path, work: pathlib.Path, tell: Callable[[str], object], environments: PathLike | None,
           digest: str) -> None:
    for packages in sorted(kept_in(environments).glob(f'{VERSION}-*/lib/python*/site-packages')):
        if _copied(packages, new) == digest:
            tell(f"TensorFlow {VERSION}'s Python files: copied from {packages}")
            return
        shutil.rmtree(new)
    tell(f"TensorFlow {VERSION}'s Python files are fetched once: {MEGABYTES} MB from the package index, of which "
         '35 MB are kept')
    target, wanted = work / 'packages', work / 'requirements.txt'
    wanted.write_text(requirements(), encoding='utf-8')
    try:
        interpreters.run_uv(['pip', 'install', '--quiet', '--target', target, '--no-deps', '--require-hashes',
                             *PLATFORM, '-r', wanted], LONGEST_BUILD)
    except processes.ProcessFault as error:
        said = interpreters.uv_fault(error)
        raise EnvironmentFault(f"TensorFlow {VERSION}'s Python files cannot be fetched ({said})",
                               f'with a network: python compat_run.py fetch; or copy {folder(digest)} from another '
                               'machine') from None
    found = _copied(target, new)
    if found != digest:
        raise EnvironmentFault(f"TensorFlow {VERSION}'s Python files are not those that were expected (SHA-256 "
                               f'{found}, not {digest})')


def requirements() -> str:
    """The part of the committed lock, with hashes, that the files come from."""
    lock = LOCK.read_text(encoding='utf-8')
    parts = [re.search(rf'^{name}==.*?(?=^\S|\Z)', lock, re.MULTILINE | re.DOTALL) for name in PACKAGES]
    assert all(parts), f'{LOCK} does not have all of {PACKAGES}'
    return ''.join(part.group() for part in parts if part)


def _copied(packages: pathlib.Path, new: pathlib.Path) -> str:
    """Copy the Python files of a folder of packages, and the small tables that tf.contrib.learn reads; return their
    digest. Bytecode and libraries are not copied."""
    rows = []
    for module in MODULES:
        for path in sorted(path for kind in KINDS for path in (packages / module).rglob(kind)):
            content = path.read_bytes()
            name = path.relative_to(packages).as_posix()
            target = new / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
            rows.append(f'{name}\t{len(content)}\t{hashlib.sha256(content).hexdigest()}\n')
    listing = ''.join(rows)
    new.mkdir(exist_ok=True)
    (new / LISTING).write_text(listing, encoding='utf-8')
    return hashlib.sha256(listing.encode()).hexdigest()

"""This package's own source and data files: what results depend on, and whether two machines have the same."""
import ast
import functools
import hashlib
import pathlib
from collections.abc import Iterable

from legacy.formats import places

PACKAGE = pathlib.Path(places.PACKAGE)
# {module that reads data files: which}, of all that name the folder `data`.
READS: dict[str, tuple[str, ...]] = {
    'formats/places.py': (),
    'formats/opseeds.py': ('op_seeds.json',),
    'formats/articlerun.py': (),  # a result that depends on a recording has its digest in the key
    'graph/words.py': ('graph-*.tsv.gz',),
    'reports/portchange.py': ('article.txt',),
    'worker/port.py': ('article.txt',),
    'worker/scripts/privatenames.py': ('private_names.tsv',),
    'machine/tensorflow1.py': (),  # the files that are fetched have a digest, which is in the source
    'upgrade/releasetable.py': (),  # a lock is sent to whoever is to use it, and is part of a result's key itself
}


@functools.lru_cache
def fingerprint(*modules: str) -> str:
    """SHA-256 over the sources of these modules, of all that they import of this package, and over the data files that
    these read; of the whole package if no module is named."""
    digest = hashlib.sha256()
    sources = _reached(modules) if modules else set(PACKAGE.rglob('*.py'))
    read = {path for name, patterns in READS.items() if PACKAGE / name in sources
            for pattern in patterns for path in (PACKAGE / 'data').glob(pattern)}
    for path in sorted(sources | read):
        digest.update(f'{path.relative_to(PACKAGE).as_posix()}\0'.encode() + path.read_bytes() + b'\0')
    return digest.hexdigest()


def below(folder: str) -> list[str]:
    """Return the modules, as `fingerprint` takes them, of a folder of this package whose modules import each other as a
    script asks for them."""
    return ['.'.join(path.relative_to(PACKAGE).with_suffix('').parts)
            for path in sorted((PACKAGE / folder).rglob('*.py'))]


def _reached(modules: Iterable[str]) -> set[pathlib.Path]:
    found: set[pathlib.Path] = set()
    pending = [f'legacy.{module}' for module in modules]
    while pending:
        path = _file(pending.pop())
        if path and path not in found:
            found.add(path)
            for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):
                if isinstance(node, ast.Import):
                    pending += [alias.name for alias in node.names]
                elif isinstance(node, ast.ImportFrom) and node.module:
                    pending += [node.module, *[f'{node.module}.{alias.name}' for alias in node.names]]
    return found


def _file(module: str) -> pathlib.Path | None:
    """The file of a module of this package, or None."""
    parts = module.split('.')
    if parts[0] != PACKAGE.name:
        return None
    path = PACKAGE.joinpath(*parts[1:])
    return next((file for file in (path.with_suffix('.py'), path / '__init__.py') if file.is_file()), None)

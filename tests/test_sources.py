"""What a result depends on."""
from legacy import sources


def names(*modules):
    return {path.relative_to(sources.PACKAGE).as_posix() for path in sources._reached(modules)}


def test_what_the_worker_imports_is_found_through_functions_and_other_modules():
    assert {'worker.py', 'evidence.py', 'shim.py', 'article.py', 'archive.py', '__init__.py'} <= names('worker')


def test_what_the_worker_does_not_import_is_left_out():
    assert not {'check.py', 'figures.py', 'faults.py', 'upgrade/matrix.py'} & names('worker')


def test_fingerprint_is_of_the_modules_named():
    assert len({sources.fingerprint(), sources.fingerprint('worker'), sources.fingerprint('files')}) == 3

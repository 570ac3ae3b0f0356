"""What a result depends on."""
from legacy import sources


def names(*modules):
    return {path.relative_to(sources.PACKAGE).as_posix() for path in sources._reached(modules)}


def test_what_a_module_imports_is_found_through_functions_and_other_modules():
    assert {'evidence.py', 'record.py', 'shim.py', 'article.py', 'archive.py', '__init__.py'} <= names('evidence')


def test_what_a_module_does_not_import_is_left_out():
    assert not {'check.py', 'figures.py', 'faults.py', 'upgrade/matrix.py', 'graph/step.py'} & names('evidence')


def test_fingerprint_is_of_the_modules_named():
    assert len({sources.fingerprint(), sources.fingerprint('evidence'), sources.fingerprint('files')}) == 3

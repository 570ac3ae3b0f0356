"""What a script imports draws nothing from the generators that the script draws from."""
import os

import pytest

DRAWS = 'import random, numpy as np\nfor _ in range({0}):\n    random.random(); np.random.rand(7)\n'
SCRIPT = '''
import importlib, random, sys
import numpy as np
sys.path.append({elsewhere!r})
random.seed(3), np.random.seed(4)
{imports}
print(random.random(), np.random.rand())
'''


@pytest.fixture
def drawn(run, tmp_path):
    """drawn(statements) is what a script prints that draws after it has run them."""
    elsewhere = tmp_path / 'elsewhere' / 'site-packages'
    elsewhere.mkdir(parents=True)
    for name, text in (('draws_little', DRAWS.format(1)), ('draws_much', DRAWS.format(900)),
                       ('seeds', 'import random, numpy as np\nrandom.seed(8), np.random.seed(9)\n')):
        (elsewhere / f'{name}.py').write_text(text)
    work = tmp_path / 'work'
    work.mkdir()
    (work / 'own.py').write_text(DRAWS.format(1))
    (work / 'own_that_imports.py').write_text('import draws_little\n')

    def ask(imports):
        (work / 'script.py').write_text(SCRIPT.format(elsewhere=str(elsewhere), imports=imports))
        done = run('script.py', cwd=work)
        assert done.returncode == 0, done.stderr
        return done.stdout
    return ask


@pytest.mark.parametrize('imports', ['import draws_little', 'import draws_much', 'from draws_much import np as n',
                                     'importlib.import_module("draws_little")', 'import own_that_imports',
                                     'import draws_little, draws_much'])
def test_an_import_from_elsewhere_draws_nothing(imports, drawn):
    assert drawn(imports) == drawn('pass')


def test_the_scripts_own_module_may_draw(drawn):
    assert drawn('import own') != drawn('pass') and drawn('import own') == drawn(
        'random.random(); np.random.rand(7)')


def test_a_module_from_elsewhere_may_seed(drawn):
    assert drawn('import seeds') == drawn('random.seed(8), np.random.seed(9)')


def test_what_an_import_raises_reaches_the_script_without_our_lines(run, tmp_path):
    (tmp_path / 'script.py').write_text('import a_package_of_nobody\n')
    done = run('script.py', cwd=tmp_path)
    assert done.returncode == 1 and 'a_package_of_nobody' in done.stderr
    assert os.path.join('legacy', 'worker') not in done.stderr

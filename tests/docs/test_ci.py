"""What the page on CIs gives to copy: it parses, asks for what exists, and keeps what it makes."""
import ast
import inspect
import re
import shlex

import pytest

import compat_run
from legacy.check import check
from tests.docs.manual import DOCS

yaml = pytest.importorskip('yaml')
PAGE = (DOCS / 'ci.md').read_text(encoding='utf-8')


def block(name):
    return re.search(f'<!-- ci: {name} -->\n```\\w+\n(.*?)^```$', PAGE, re.MULTILINE | re.DOTALL).group(1)


def steps(name):
    """The shell commands of a workflow or a job."""
    found = yaml.safe_load(block(name))
    return (found['upgrade']['script'] if name == 'gitlab' else
            [step['run'] for step in found['jobs']['upgrade']['steps'] if 'run' in step])


def asked(name):
    """The parameters of the job's call of `upgrade`."""
    program, path, command, *args = shlex.split(steps(name)[-1])
    assert (program, path, command) == ('python', 'upgrade-tool/compat_run.py', 'upgrade')
    return compat_run.upgrade.upgrade.make_context('upgrade', args, resilient_parsing=False).params


@pytest.fixture(autouse=True)
def in_a_folder_with_the_script(tmp_path, monkeypatch):
    (tmp_path / 'train.py').write_text('')
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize('name', ['github', 'gitlab'])
def test_a_job_calls_upgrade_with_options_that_exist(name):
    found = asked(name)
    assert found['releases'][-1] == 'tf-nightly' and found['script'] and found['baseline'] and found['further']


def test_both_jobs_call_the_same():
    assert asked('github') == asked('gitlab') and steps('github') == steps('gitlab')


def test_both_jobs_keep_the_page_and_the_junit_file_when_a_release_is_worse():
    github = yaml.safe_load(block('github'))['jobs']['upgrade']['steps'][-1]
    gitlab = yaml.safe_load(block('gitlab'))['upgrade']['artifacts']
    assert github['if'] == 'always()' and github['with']['path'] == 'upgrade.*'
    assert gitlab['when'] == 'always' and gitlab['paths'] == [str(asked('gitlab')['html'])]
    assert gitlab['reports']['junit'] == str(asked('gitlab')['junit'])


def test_the_pytest_file_is_short_and_calls_check_as_it_can_be_called():
    tree = ast.parse(block('pytest'))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and getattr(node.func, 'id', '') == 'check']
    assert len(calls) == 1
    inspect.signature(check).bind(*calls[0].args, **{keyword.arg: 0 for keyword in calls[0].keywords})
    assert len([line for line in block('pytest').splitlines() if line.strip()]) <= 10


def test_the_pytest_file_fails_where_a_script_is_worse(monkeypatch):
    import types

    import legacy.check
    scope = {}
    found = types.SimpleNamespace(verdict='regression', sentence='x')
    monkeypatch.setattr(legacy.check, 'check', lambda *_, **__: found)
    exec(compile(block('pytest'), 'ci.md', 'exec'), scope)
    with pytest.raises(AssertionError):
        scope['test_this_tensorflow_computes_what_was_recorded'](['--epochs', '1'])

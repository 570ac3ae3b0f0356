"""What other processes inherit."""
import pytest

from legacy.machine import variables


@pytest.mark.parametrize('name', ['UV_NO_VERIFY_HASHES', 'UV_NO_BUILD_ISOLATION', 'UV_OVERRIDE', 'UV_NO_BINARY',
                                  'UV_SYSTEM_PYTHON', 'UV_PRERELEASE'])
def test_uv_gets_no_variable_that_weakens_what_it_checks(name, monkeypatch):
    monkeypatch.setenv(name, '1')
    assert name in variables.inherited() and name not in variables.for_uv()


@pytest.mark.parametrize('name', ['UV_INDEX_URL', 'UV_DEFAULT_INDEX', 'UV_EXTRA_INDEX_URL', 'UV_INDEX_MINE_PASSWORD',
                                  'UV_CACHE_DIR', 'UV_SYSTEM_CERTS', 'UV_KEYRING_PROVIDER', 'UV_OFFLINE',
                                  'HTTPS_PROXY', 'SSL_CERT_FILE'])
def test_uv_gets_the_users_indexes_caches_proxies_and_certificates(name, monkeypatch):
    monkeypatch.setenv(name, 'mine')
    assert variables.for_uv()[name] == 'mine'


@pytest.mark.parametrize('name', ['PYTHONPATH', 'VIRTUAL_ENV', 'CONDA_PREFIX', 'TF2_BEHAVIOR'])
def test_another_environment_gets_nothing_of_this_python(name, monkeypatch):
    monkeypatch.setenv(name, 'mine')
    assert name not in variables.inherited()

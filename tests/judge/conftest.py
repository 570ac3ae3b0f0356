"""The baseline, and a folder of evidence that is the baseline's."""
import pytest

from legacy.formats.references import References
from tests.judge import evidence_of_baseline


@pytest.fixture(scope='session')
def references():
    return References()


@pytest.fixture(scope='session')
def ready_evidence(references, tmp_path_factory):
    """A folder of evidence that is the baseline's."""
    folder = tmp_path_factory.mktemp('ready') / 'evidence'
    evidence_of_baseline.write_evidence(folder, '1.15.5', references)
    return folder

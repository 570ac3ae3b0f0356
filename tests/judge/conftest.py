"""The baseline, and a folder of evidence that is the baseline's."""
import pytest

from legacy.formats.references import References
from tests import stand_ins


@pytest.fixture(scope='session')
def references():
    return References()


@pytest.fixture(scope='session')
def ready_evidence(references, tmp_path_factory):
    """A folder of evidence that is the baseline's."""
    folder = tmp_path_factory.mktemp('ready') / 'evidence'
    stand_ins.write_evidence(folder, '1.15.5', references)
    return folder

"""How often, and how, a script is run to be recorded; the runs themselves are stand-ins."""
from legacy.check import scripting
from legacy.formats import scriptrecording, stored
from tests.conftest import ROOT

RECORDED = ROOT / 'tests' / 'scripts' / 'recordings' / 'vae.npz'


def without_noise(recorded):
    """The recording of one run of the script."""
    held = {name: array for name, array in recorded.arrays.held.items() if not name.startswith('noisy/')}
    return scriptrecording.ScriptRecording({**recorded.header, 'noisy': 0, 'varying': []}, stored.Arrays(held))


def test_no_two_runs_have_the_same_hash_seed(monkeypatch, tmp_path):
    asked = []

    def run(job, out, **recording):
        asked.append((job.hash_seed, recording.get('nudge')))
        return without_noise(scriptrecording.load(str(RECORDED)))
    monkeypatch.setattr(scripting.Job, 'run', run)
    job = scripting.Job('python', {'script': 'vae.py', 'arguments': [], 'as_module': False})
    scripting.record(job, tmp_path / 'out.npz', tmp_path, noisy=3)
    assert len({seed for seed, _ in asked}) == len(asked) == 5
    assert [nudge for _, nudge in asked] == [None, None, 0, 1, 2]

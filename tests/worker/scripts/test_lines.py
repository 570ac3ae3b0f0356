"""Lines are counted as Python counts them."""
import pytest

from legacy.worker.scripts.lines import Lines


@pytest.mark.parametrize('between', ['\f', '\v', '\x1c', '\u2028', '\x85'])
def test_what_only_some_take_for_the_end_of_a_line_is_none(between, tmp_path):
    (tmp_path / 's.py').write_text(f'a = "{between}"  # {between}\nb = 2\nc = 3\n', encoding='utf-8')
    assert Lines(str(tmp_path / 's.py')).statement(str(tmp_path / 's.py'), 3) == ('s.py:3', 'c = 3')


@pytest.mark.parametrize('end', ['\n', '\r\n', '\r'])
def test_every_end_of_a_line_is_one(end, tmp_path):
    (tmp_path / 's.py').write_bytes(end.join(['a = 1', 'b = 2', 'c = 3', '']).encode())
    assert Lines(str(tmp_path / 's.py')).statement(str(tmp_path / 's.py'), 2) == ('s.py:2', 'b = 2')

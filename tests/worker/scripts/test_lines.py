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


def test_a_statement_of_which_there_are_many_ops_is_looked_for_once(tmp_path, monkeypatch):
    (tmp_path / 's.py').write_text('a = 1\nb = (2 +\n     3)\n')
    lines, asked = Lines(str(tmp_path / 's.py')), []
    looked = lines._statement
    monkeypatch.setattr(lines, '_statement', lambda *of: asked.append(of) or looked(*of))
    assert {lines.statement(str(tmp_path / 's.py'), 3) for _ in range(9)} == {('s.py:2', 'b = (2 + 3)')}
    assert len(asked) == 1

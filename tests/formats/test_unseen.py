"""Facts on what a recording does not hold."""
import pytest

from legacy.formats import unseen


def test_the_same_fact_is_one_and_is_counted():
    facts = unseen.Unseen()
    facts.add('partial-runs', 'a.py:1')
    facts.add('partial-runs', 'a.py:1', count=2)
    facts.add('partial-runs', 'a.py:2')
    assert [(fact['place'], fact['count']) for fact in facts.facts()] == [('a.py:1', 3), ('a.py:2', 1)]


def test_a_code_that_nobody_knows_is_refused():
    with pytest.raises(ValueError, match='no code of a fact: q'):
        unseen.Unseen().add('q')


@pytest.mark.parametrize('code', unseen.CODES)
def test_every_code_has_words_with_its_place(code):
    fact = {'what': code, 'place': 'a.py:1', 'count': 3, 'detail': 'x:0'}
    assert unseen.in_words(fact).endswith(' (a.py:1)') and '{' not in unseen.in_words(fact)


def test_facts_of_several_recordings_are_told_once():
    fact = {'what': 'late', 'place': '', 'count': 3, 'detail': ''}
    assert len(unseen.all_in_words([fact], [dict(fact)])) == 1


def test_of_many_reads_that_race_at_one_line_the_first_are_named_and_all_are_counted():
    facts = [{'what': 'racing', 'place': 'a.py:%d' % (k % 2), 'count': 1, 'detail': 'v%d' % k} for k in range(9)]
    assert unseen.all_in_words(facts, facts[:2]) == [
        'v0, v2, v4 and 2 more, which reads what the same run writes (a.py:0)',
        'v1, v3, v5 and 1 more, which reads what the same run writes (a.py:1)']
    assert len(unseen.all_in_words(facts[:6])) == 6

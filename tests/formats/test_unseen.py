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

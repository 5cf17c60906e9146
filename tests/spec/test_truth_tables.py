"""Three-valued logic: every row of every table, spelt out."""

import pytest

from matcher.truth import Truth, conjunction, disjunction, negation, truth

NO, UNKNOWN, YES = Truth.NO, Truth.UNKNOWN, Truth.YES

AND = [
    (YES, YES, YES),
    (YES, UNKNOWN, UNKNOWN),
    (YES, NO, NO),
    (UNKNOWN, YES, UNKNOWN),
    (UNKNOWN, UNKNOWN, UNKNOWN),
    (UNKNOWN, NO, NO),
    (NO, YES, NO),
    (NO, UNKNOWN, NO),
    (NO, NO, NO),
]
OR = [
    (YES, YES, YES),
    (YES, UNKNOWN, YES),
    (YES, NO, YES),
    (UNKNOWN, YES, YES),
    (UNKNOWN, UNKNOWN, UNKNOWN),
    (UNKNOWN, NO, UNKNOWN),
    (NO, YES, YES),
    (NO, UNKNOWN, UNKNOWN),
    (NO, NO, NO),
]
NOT = [(YES, NO), (UNKNOWN, UNKNOWN), (NO, YES)]


@pytest.mark.parametrize(("left", "right", "result"), AND)
def test_and(left: Truth, right: Truth, result: Truth) -> None:
    assert conjunction([left, right]) is result


@pytest.mark.parametrize(("left", "right", "result"), OR)
def test_or(left: Truth, right: Truth, result: Truth) -> None:
    assert disjunction([left, right]) is result


@pytest.mark.parametrize(("value", "result"), NOT)
def test_not(value: Truth, result: Truth) -> None:
    assert negation(value) is result


def test_the_tables_are_complete() -> None:
    every = {(a, b) for a in Truth for b in Truth}
    assert {row[:2] for row in AND} == {row[:2] for row in OR} == every
    assert len(AND) == len(OR) == 9
    assert {row[0] for row in NOT} == set(Truth)


def test_of_nothing() -> None:
    assert conjunction([]) is YES
    assert disjunction([]) is NO


def test_words() -> None:
    assert [t.word for t in Truth] == ["no", "unknown", "yes"]
    assert [t.verdict for t in Truth] == ["not_eligible", "unknown", "eligible"]
    assert truth(True) is YES
    assert truth(False) is NO

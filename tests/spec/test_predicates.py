"""What each test means on each type of field: a table of leaf, value and truth."""

from collections.abc import Callable
from typing import Any

import pytest

from matcher.facts import Facts
from matcher.predicate import leaf_truth
from matcher.truth import Truth
from policies.condition import condition_from_json
from policies.vocabulary import Vocabulary

NO, UNKNOWN, YES = Truth.NO, Truth.UNKNOWN, Truth.YES

# field, op, value, the profile's value, truth
TABLE: list[tuple[str, str, Any, Any, Truth]] = [
    ("employees", ">=", 10, 10, YES),
    ("employees", ">=", 10, 9, NO),
    ("employees", "<=", 10, 10, YES),
    ("employees", ">", 10, 10, NO),
    ("employees", "<", 10, 10, NO),
    ("employees", "==", 10, 10, YES),
    ("employees", "in", [5, 10], 10, YES),
    ("employees", "in", [5, 11], 10, NO),
    ("employees", ">=", 10, None, UNKNOWN),
    ("employees", ">=", 0, float("nan"), UNKNOWN),
    ("birth_date", ">=", "1980-01-01", "1980-01-01", YES),
    ("birth_date", "<", "1980-01-01", "1980-01-01", NO),
    ("education", ">=", "bachelor", "master", YES),
    ("education", ">=", "bachelor", "associate", NO),
    ("education", "<=", "bachelor", "bachelor", YES),
    ("education", "in", ["bachelor", "master"], "doctor", NO),
    ("professional_title", ">=", "associate_senior", "senior", YES),
    ("skill_level", ">=", "senior_worker", "none", NO),
    ("gender", "==", "female", "female", YES),
    ("gender", "==", "female", "male", NO),
    ("organisation_type", "in", ["company", "partnership"], "partnership", YES),
    ("organisation_type", "in", ["company"], "sole_proprietor", NO),
    ("is_founder", "is_true", None, True, YES),
    ("is_founder", "is_true", None, False, NO),
    ("is_founder", "is_false", None, False, YES),
    ("is_founder", "==", True, True, YES),
    ("is_founder", "==", False, True, NO),
    ("is_founder", "is_true", None, None, UNKNOWN),
    ("groups", "contains_any", ["退役军人", "残疾人"], ["残疾人"], YES),
    ("groups", "contains_any", ["退役军人"], [], NO),  # an empty list: known to have none
    ("groups", "contains_any", ["退役军人"], None, UNKNOWN),
    ("groups", "contains_all", ["退役军人", "残疾人"], ["残疾人"], NO),
    ("groups", "contains_all", ["退役军人", "残疾人"], ["残疾人", "退役军人"], YES),
    ("groups", "contains_any", ["留学回国人员"], ["海归"], YES),  # synonyms on either side
    ("groups", "contains_any", ["海归"], ["留学回国人员"], YES),
    ("groups", "contains_any", ["登记失业人员"], ["登记失业半年以上人员"], YES),  # implied
    ("groups", "contains_any", ["登记失业半年以上人员"], ["登记失业人员"], NO),
    ("groups", "contains_any", ["某地自设类别"], ["某地自设类别"], YES),  # labels of a page's own
    ("certifications", "contains_any", ["专精特新中小企业"], ["国家小巨人"], YES),
    ("registered_region", "within_region", "310110", "310110", YES),
    ("registered_region", "within_region", "310000", "310110", YES),
    ("registered_region", "within_region", "100000", "310110", YES),
    ("registered_region", "within_region", "310110", "310115", NO),
    ("registered_region", "within_region", "440000", "310110", NO),
    ("registered_region", "within_region", ["440100", "310000"], "310110", YES),
    ("registered_region", "within_region", "310110", "310110019", YES),  # a subdistrict
    ("registered_region", "within_region", "310106", "310108", YES),  # 闸北 was merged into 静安
    ("registered_region", "within_region", "310110", "310000", UNKNOWN),  # only the city is known
    ("registered_region", "within_region", "440106", "440100", UNKNOWN),
    ("registered_region", "within_region", "440106", "440300", NO),
    ("industry", "in", ["I"], "I65", YES),
    ("industry", "in", ["I65"], "I6510", YES),
    ("industry", "in", ["I65"], "6510", YES),  # the section letter may be left out
    ("industry", "in", ["I65"], "C39", NO),
    ("industry", "in", ["I65", "C"], "C39", YES),
    ("industry", "in", ["I65"], "I", UNKNOWN),  # only the section is known
    ("industry", "starts_with", "I", "I65", YES),
    ("enterprise_size", "in", ["micro", "small"], "micro", YES),
    ("enterprise_size", "in", ["micro", "small"], None, UNKNOWN),
]


@pytest.mark.parametrize(("field", "op", "value", "have", "expected"), TABLE)
def test_leaf(
    field: str, op: str, value: Any, have: Any, expected: Truth, facts_of: Callable[..., Facts], words: Vocabulary
) -> None:
    leaf = condition_from_json({"field": field, "op": op, "value": value})
    assert leaf_truth(leaf, facts_of(**{field: have}), words) is expected  # type: ignore[arg-type]


def test_a_fact_known_in_part_decides_where_all_possibilities_agree(facts_of: Callable[..., Facts], words: Vocabulary) -> None:
    facts = facts_of(industry="I65", employees=50)  # micro or small, depending on revenue
    small = condition_from_json({"field": "enterprise_size", "op": "in", "value": ["micro", "small"]})
    large = condition_from_json({"field": "enterprise_size", "op": "in", "value": ["large"]})
    micro = condition_from_json({"field": "enterprise_size", "op": "==", "value": "micro"})
    truths = [leaf_truth(leaf, facts, words) for leaf in (small, large, micro)]  # type: ignore[arg-type]
    assert truths == [YES, NO, UNKNOWN]

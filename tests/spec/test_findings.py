"""Verdict, missing, failed and to-confirm as a table: small trees beside small profiles."""

from collections.abc import Callable
from typing import Any

import pytest

from matcher.facts import Facts
from matcher.rules import evaluate, failed, missing, nearest_failures, to_confirm
from policies.condition import Leaf, condition_from_json
from policies.vocabulary import Vocabulary

A = {"field": "is_founder", "op": "is_true"}
B = {"field": "employees", "op": ">=", "value": 10}
C = {"field": "gender", "op": "==", "value": "female"}
AGE = {"field": "age", "op": "<=", "value": 35}
D = {"field": "other", "op": "==", "value": "经营规范"}
E = {"field": "other", "op": "==", "value": "劳务派遣企业"}

# name, tree, profile, verdict, missing, failed, to confirm
TABLE: list[tuple[str, Any, dict[str, Any], str, list[str], list[str], list[str]]] = [
    ("all met", {"all": [A, B]}, {"is_founder": True, "employees": 10}, "eligible", [], [], []),
    ("one fails", {"all": [A, B]}, {"is_founder": False, "employees": 10}, "not_eligible", [], ["is_founder"], []),
    ("a failure decides before an unknown", {"all": [A, B]}, {"employees": 1}, "not_eligible", [], ["employees"], []),
    ("one unknown", {"all": [A, B]}, {"is_founder": True}, "unknown", ["employees"], [], []),
    ("two unknown", {"all": [A, B]}, {}, "unknown", ["is_founder", "employees"], [], []),
    ("a route met hides unknown routes", {"any": [A, B]}, {"employees": 10}, "eligible", [], [], []),
    ("a route failed is not missing", {"any": [A, B]}, {"employees": 1}, "unknown", ["is_founder"], [], []),
    ("no route", {"any": [A, B]}, {"is_founder": False, "employees": 1}, "not_eligible", [], ["employees", "is_founder"], []),
    ("not", {"not": A}, {"is_founder": True}, "not_eligible", [], ["is_founder"], []),
    ("not unknown", {"not": A}, {}, "unknown", ["is_founder"], [], []),
    ("derived field is named", AGE, {}, "unknown", ["age"], [], []),
    ("declared, directly required", {"all": [A, D]}, {"is_founder": True}, "eligible", [], [], ["经营规范"]),
    ("declared alone", D, {}, "eligible", [], [], ["经营规范"]),
    ("declared, required through all", {"all": [A, {"all": [D]}]}, {"is_founder": True}, "eligible", [], [], ["经营规范"]),
    ("declared negated", {"all": [A, {"not": E}]}, {"is_founder": True}, "eligible", [], [], ["不属于：劳务派遣企业"]),
    ("declared in an any", {"all": [{"any": [A, D]}]}, {"is_founder": False}, "unknown", ["other"], [], []),
    ("declared in an any that is met", {"all": [{"any": [A, D]}]}, {"is_founder": True}, "eligible", [], [], []),
    ("declared beside a failure", {"all": [A, D]}, {"is_founder": False}, "not_eligible", [], ["is_founder"], ["经营规范"]),
    ("any of one is no choice", {"all": [{"any": [D]}]}, {}, "eligible", [], [], ["经营规范"]),
    ("neither of two declared", {"not": {"any": [D, E]}}, {}, "eligible", [], [], ["不属于：经营规范", "不属于：劳务派遣企业"]),
    ("not both of two declared", {"not": {"all": [D, E]}}, {}, "unknown", ["other"], [], []),
    (
        "the nearest route comes first",
        {"any": [{"all": [C, AGE]}, {"all": [A, B]}]},
        {"gender": "female", "age": 40, "is_founder": False, "employees": 1},
        "not_eligible", [], ["age", "is_founder", "employees"], [],
    ),
    (
        "a threshold is nearer than a kind",
        {"any": [A, B]}, {"is_founder": False, "employees": 9}, "not_eligible", [], ["employees", "is_founder"], [],
    ),
    ("nothing required", {"all": []}, {}, "eligible", [], [], []),
]  # fmt: skip


@pytest.mark.parametrize("row", TABLE, ids=[row[0] for row in TABLE])
def test_finding(row: Any, facts_of: Callable[..., Facts], words: Vocabulary) -> None:
    _, tree, profile, verdict, lacking, failing, confirm = row
    from matcher.sentences import declared_text

    finding = evaluate(condition_from_json(tree), facts_of(**profile), words)
    assert finding.truth.verdict == verdict
    assert list(missing(finding)) == lacking
    assert list(failed(finding)) == failing
    texts = [declared_text(f.node, positive=f.positive).zh for f in to_confirm(finding) if isinstance(f.node, Leaf)]
    assert texts == confirm


def test_ties_on_the_nearest_route_are_all_named(facts_of: Callable[..., Facts], words: Vocabulary) -> None:
    either = {"any": [AGE, B, A]}
    finding = evaluate(condition_from_json(either), facts_of(age=40, employees=1, is_founder=False), words)
    assert [f.node.field for f in nearest_failures(finding) if isinstance(f.node, Leaf)] == ["age", "employees"]
    assert failed(finding) == ("age", "employees", "is_founder")

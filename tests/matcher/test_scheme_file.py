"""Schemes from outside."""

import json

import pytest

from matcher.scheme_file import SchemeFileError, schemes_from_bytes
from policies.catalogue import Catalogue
from policies.vocabulary import Vocabulary

LEAF = {"field": "age", "op": "<=", "value": 35}


def test_forms(words: Vocabulary, catalogue: Catalogue) -> None:
    gold = {"title": "文件", "schemes": [{"name": "甲", "conditions": {"all": [LEAF]}}, {"conditions": LEAF}]}
    assert [s.name for s in schemes_from_bytes(json.dumps(gold).encode(), words)] == ["甲", "scheme 2"]
    assert len(schemes_from_bytes(json.dumps(gold["schemes"]).encode(), words)) == 2
    assert len(schemes_from_bytes(catalogue.to_jsonl().encode(), words)) == len(catalogue)


def test_labels_of_a_page_are_allowed(words: Vocabulary) -> None:
    leaf = {"field": "groups", "op": "contains_any", "value": ["本页自设人群"]}
    assert schemes_from_bytes(json.dumps({"schemes": [{"name": "甲", "conditions": leaf}]}).encode(), words)


WRONG = [
    ({"field": "agee", "op": "<=", "value": 35}, "age"),
    ({"field": "age", "op": "~", "value": 35}, "op"),
    ({"field": "age", "op": "<="}, "needs a value"),
    ({"field": "age", "op": "<=", "value": "x"}, "number"),
    ({"field": "age", "op": "contains_any", "value": ["x"]}, "takes"),
    ({"field": "gender", "op": "==", "value": "weiblich"}, "gender"),
    ({"field": "registered_region", "op": "within_region", "value": "999999"}, "division"),
    ({"field": "industry", "op": "in", "value": ["X99"]}, "industry"),
    ({"field": "groups", "op": "contains_any", "value": "退役军人"}, "list"),
    ({"any": []}, "empty"),
    ({"not": {"all": []}}, "empty"),
    ({"all": [LEAF], "any": [LEAF]}, "exactly one"),
    ({"all": {}}, "list"),
    (3, "object"),
    ({"field": "other", "op": "==", "value": ""}, "words"),
    ({"field": "birth_date", "op": ">=", "value": "1990"}, "date"),
]


@pytest.mark.parametrize(("condition", "hint"), WRONG)
def test_every_wrong_scheme_is_named(condition: object, hint: str, words: Vocabulary) -> None:
    body = json.dumps({"schemes": [{"name": "好", "conditions": LEAF}, {"name": "坏", "conditions": {"all": [condition]}}]})
    with pytest.raises(SchemeFileError, match=hint) as caught:
        schemes_from_bytes(body.encode(), words)
    assert len(caught.value.problems) == 1


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 10000, b'"x"', b'{"schemes": {}}x'])
def test_no_schemes(body: bytes, words: Vocabulary) -> None:
    with pytest.raises(SchemeFileError):
        schemes_from_bytes(body, words)


def test_too_deep(words: Vocabulary) -> None:
    deep: object = LEAF
    for _ in range(60):
        deep = {"not": deep}
    with pytest.raises(SchemeFileError, match="deeper"):
        schemes_from_bytes(json.dumps([{"name": "x", "conditions": deep}]).encode(), words)

"""Exchange form: round trips, wrong entries named."""

import json
from pathlib import Path
from typing import Any

import pytest

import policies
from policies.catalogue import Catalogue, CatalogueError, catalogue_from_text, load_catalogue
from policies.codec import PolicyFormatError, policy_from_json, policy_to_json

STARTER = Path(policies.__file__).parent / "data" / "starter_catalogue.jsonl"
HEAD: dict[str, Any] = {
    "id": "x-1",
    "title": "测试",
    "level": "national",
    "region": "100000",
    "instrument": "grant",
    "audience": "both",
}


def test_the_starter_catalogue_is_its_own_export(catalogue: Catalogue) -> None:
    assert catalogue.to_jsonl() == STARTER.read_text(encoding="utf-8")
    again = catalogue_from_text(catalogue.to_jsonl(), "starter")
    assert again.policies == catalogue.policies
    assert again.version == catalogue.version


def test_full_entry_round_trip() -> None:
    entry = {
        **HEAD, "kind": "commitment", "title": {"zh": "测试", "en": "test"}, "issued": "2024", "effective_from": "2024-03", "effective_to": "2026-12-31",
        "conditions": {"all": [{"field": "age", "op": "<=", "value": 35, "basis": "document", "quote": "35岁以下", "span": [3, 8], "confidence": 0.9},
                               {"not": {"field": "other", "op": "==", "value": "失信", "value_en": "dishonest"}}]},
        "benefits": [{"kind": "cap", "cap_yuan": 5, "cap_per": "person", "lent": True, "when": {"zh": "甲", "en": "a"}, "basis": "page"}],
        "once_only": False, "exclusive_with": ["y"], "exclusions": ["不得重复"], "relations": [{"kind": "requires", "policy": "y", "reason": "因为"}],
        "application": {"how": "网上", "offices": ["市人社局"], "materials": ["营业执照"], "window": "period", "opens": "2024-01-01", "closes": "2024-02"},
        "source": {"kind": "official", "title": "通知", "url": "https://www.gov.cn/"}, "confidence": "low", "evidence": "页面", "notes": "备注", "reviewed": True,
    }  # fmt: skip
    policy = policy_from_json(entry)
    assert policy_from_json(json.loads(json.dumps(policy_to_json(policy)))) == policy
    assert policy_to_json(policy_from_json(policy_to_json(policy))) == policy_to_json(policy)


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"id": "Ä"}, "id"),
    ({"kind": "law"}, "kind"),
    ({"audience": "all"}, "audience"),
    ({"confidence": "sure"}, "confidence"),
    ({"title": None}, "title"),
    ({"title": {"de": "x"}}, "text"),
    ({"issued": "2024-13"}, "month"),
    ({"issued": "gestern"}, "YYYY"),
    ({"effective_from": "2025", "effective_to": "2024"}, "after"),
    ({"benefits": [{"kind": "cap", "cap_yuan": -1}]}, "cap_yuan"),
    ({"benefits": [{}]}, "kind"),
    ({"benefits": [{"kind": "service", "amount_yuan": 5}]}, "service"),
    ({"conditions": {"all": [{"field": "age", "op": "?", "value": 1}]}}, r"all\[0\]"),
    ({"colour": "red"}, "colour"),
    ({"relations": [{"kind": "requires"}]}, "policy"),
]


@pytest.mark.parametrize(("change", "hint"), WRONG)
def test_wrong_entries(change: dict[str, Any], hint: str) -> None:
    with pytest.raises(PolicyFormatError, match=hint):
        policy_from_json(HEAD | change)


def test_missing_key() -> None:
    with pytest.raises(PolicyFormatError, match="level"):
        policy_from_json({key: value for key, value in HEAD.items() if key != "level"})


def test_a_catalogue_names_every_wrong_line(tmp_path: Path) -> None:
    good = json.dumps(HEAD)
    path = tmp_path / "c.jsonl"
    path.write_text(
        "\n".join([good, "{", json.dumps(HEAD | {"id": "x-2", "level": 3, "issued": "?"}), "", good]), encoding="utf-8"
    )
    with pytest.raises(CatalogueError) as caught:
        load_catalogue(path)
    assert [problem.split(":")[0] for problem in caught.value.problems] == ["line 2", "line 3", "line 5"]


def test_catalogue_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="No such file"):
        load_catalogue(tmp_path / "none.jsonl")
    (tmp_path / "gbk.jsonl").write_bytes("测试".encode("gbk"))
    with pytest.raises(CatalogueError, match="UTF-8"):
        load_catalogue(tmp_path / "gbk.jsonl")


def test_the_version_follows_the_content(catalogue: Catalogue) -> None:
    fewer = Catalogue(catalogue.policies[1:], "starter")
    assert fewer.version != catalogue.version
    assert Catalogue(catalogue.policies, "starter").version == catalogue.version

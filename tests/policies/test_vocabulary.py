"""The vocabulary files themselves, and finding a word in them."""

import csv
from collections import Counter
from pathlib import Path

import pytest

import policies
from policies.catalogue import Catalogue
from policies.vocabulary import FIELD_TYPES, Vocabulary

DATA = Path(policies.__file__).parent / "data"


def test_fields_are_complete(words: Vocabulary, catalogue: Catalogue) -> None:
    for field in words.fields.values():
        assert field.type in FIELD_TYPES
        assert field.label.en, field.name
        assert field.question.en, field.name
        assert field.subject in ("enterprise", "individual", "both"), field.name
        assert all(name in words.fields for name in field.derived_from), field.name
        if field.type in ("enum", "ordered"):
            assert words.terms[field.vocabulary], field.name
        if field.type == "number":
            assert field.unit, field.name
            assert field.minimum is not None, field.name
            assert field.maximum is not None, field.name
    labels = Counter(field.label.zh for field in words.fields.values())
    assert [label for label, count in labels.items() if count > 1] == []


def test_the_contract_fields_are_all_there(words: Vocabulary, shared: Path) -> None:
    with (shared / "contract" / "profile_fields.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert {row["field"] for row in rows} <= set(words.fields)
    for row in rows:
        field = words.fields[row["field"]]
        assert field.subject in (row["subject"], "both"), field.name
        kind = "ordered" if row["type"] == "ordered enum" else row["type"]
        assert field.type == kind or (field.name == "enterprise_size" and field.type == "ordered"), field.name
        if row["type"] in ("enum", "ordered enum") and "|" in row["unit"]:
            assert set(row["unit"].split("|")) <= set(words.terms[field.vocabulary]), field.name


def test_labels_imply_known_labels(words: Vocabulary) -> None:
    for entries in words.labels.values():
        for entry in entries.values():
            assert set(entry.implies) <= set(entries), entry.value
            assert entry.label.en, entry.value


def test_an_alias_names_one_entry_only(words: Vocabulary) -> None:
    for name, entries in words.labels.items():
        owners = Counter(alias for entry in entries.values() for alias in (entry.value, *entry.aliases))
        assert [alias for alias, count in owners.items() if count > 1] == [], name
    bodies = words.departments.values()
    owners = Counter(alias for b in bodies for alias in {b.name, b.short, *b.aliases, *b.former_names} if alias)
    assert [alias for alias, count in owners.items() if count > 1] == []


def test_ordered_terms_are_in_order(words: Vocabulary) -> None:
    assert list(words.terms["education"]) == ["secondary", "vocational", "associate", "bachelor", "master", "doctor"]
    assert list(words.terms["enterprise_size"]) == ["micro", "small", "medium", "large"]
    assert list(words.terms["professional_title"]) == ["none", "junior", "intermediate", "associate_senior", "senior"]


def test_industries(words: Vocabulary) -> None:
    levels = Counter(entry.level for entry in words.industries.values())
    assert levels["section"] == 20
    assert levels["division"] == 97


CODES = [
    ("I", "I"),
    ("I65", "I65"),
    ("65", "I65"),
    ("i65", "I65"),
    ("6510", "I6510"),
    ("I6510", "I6510"),
    ("Z", None),
    ("99", None),
    ("", None),
    ("I99", None),
]


@pytest.mark.parametrize(("text", "code"), CODES)
def test_industry(text: str, code: str | None, words: Vocabulary) -> None:
    assert words.industry(text) == code


def test_words_by_any_name(words: Vocabulary) -> None:
    assert words.term("education", "硕士研究生") == "master"
    assert words.term("education", "Master") == "master"
    assert words.term("education", "飞行员") is None
    assert words.label("groups", "海归") == "留学回国人员"
    assert words.label("groups", "新类别") == "新类别"
    assert words.with_implied("certifications", ["国家小巨人"]) == {"专精特新小巨人", "专精特新中小企业", "创新型中小企业"}
    assert words.department("市人社局") == "上海市人力资源和社会保障局"
    assert words.department("没有这个局") is None
    assert words.nearest_fields("registred_region")[0] == "registered_region"
    assert words.nearest_fields("注册地址")[0] == "registered_region"
    assert words.word("instrument", "grant", "en") == "grant"
    assert words.word("instrument", "其他") == "其他"


def test_size_rules_name_known_industries(words: Vocabulary) -> None:
    with (DATA / "size_rules.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            assert all(words.industry(code) for code in row["industries"].split("|")), row
            assert float(row["small"]) < float(row["medium"]) < float(row["large"]), row

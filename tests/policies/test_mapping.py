"""The form of a mapping: every key does what FORM.md says; what cannot be placed is an Issue."""

from __future__ import annotations

import pytest

from policies.codec import policy_to_json
from policies.mapped import MappedTable, map_table
from policies.mapping import MappingError, mapping_from_text
from policies.vocabulary import Vocabulary

HEAD = """
name: t
title: 表
department: 上海市人力资源和社会保障局
level: municipal
region: "310000"
reader: {kind: csv}
empty: ["—"]
defaults: {instrument: grant, audience: enterprise}
"""


def read(words: Vocabulary, columns: str, table: str, more: str = "") -> MappedTable:
    return map_table(table.encode(), mapping_from_text(f"{HEAD}{more}columns:\n  名称: title\n{columns}", words), words)


def only(found: MappedTable) -> dict[str, object]:
    (record,) = found.records
    assert record.issues == ()
    return policy_to_json(record.policy)


def test_conditions(words: Vocabulary) -> None:
    data = only(read(words, """
  年限: {to: conditions, field: organisation_age_months, op: "<=", unit: 年}
  高企: {to: conditions, field: certifications, op: contains_any, value: [高新技术企业]}
  失信: {to: conditions, field: has_bad_credit, op: is_true, not: true}
  人群: {to: conditions, group: g, split: "、", value_map: {残疾人: {field: groups, op: contains_any, value: [残疾人]}, 女性: {field: gender, op: ==, value: female}}}
  其他: {to: conditions, declared: true, split: "；"}
""", "名称,年限,高企,失信,人群,其他\n甲,3,有,是,残疾人、女性,有场地；有团队\n"))  # fmt: skip
    tree = data["conditions"]
    assert isinstance(tree, dict)
    brief = [one if "field" not in one else (one["field"], one["op"], one["value"], one["quote"]) for one in tree["all"]]
    assert brief[0] == ("organisation_age_months", "<=", 36, "3")
    assert brief[1] == ("certifications", "contains_any", ["高新技术企业"], "有")
    assert brief[2]["not"]["field"] == "has_bad_credit"
    assert brief[3:5] == [("other", "==", "有场地", "有场地；有团队"), ("other", "==", "有团队", "有场地；有团队")]
    assert [one["field"] for one in brief[5]["any"]] == ["groups", "gender"]


def test_benefits_by_pattern_and_constants(words: Vocabulary) -> None:
    data = only(read(words, """
  标准:
    to: benefits[main]
    unit: 万元
    pattern:
      - {match: '^(?P<rate>[\\d.]+)%.*最高(?P<cap_yuan>[\\d.]+)万元', set: {kind: rate, rate_kind: subsidy_share}}
      - '^(?P<amount_yuan>[\\d.]+)万元'
""", "名称,标准\n甲,50%，最高20万元\n"))  # fmt: skip
    assert data["benefits"] == [
        {
            "kind": "rate",
            "rate": 0.5,
            "rate_kind": "subsidy_share",
            "cap_yuan": 200000,
            "basis": "document",
            "quote": "50%，最高20万元",
        }
    ]


def test_what_cannot_be_placed_is_an_issue(words: Vocabulary) -> None:
    found = read(words, """
  金额: {to: "benefits[a].amount_yuan", unit: 万元}
  方式: {to: instrument, value_map: {奖: grant}}
  部门: issuers
  到期: effective_to
  办法: {to: conditions, field: age, op: "<=", pattern: '(?P<value>\\d+)岁'}
""", "名称,金额,方式,部门,到期,办法,多余\n甲,若干,补,市人力局,长期,不限,x\n乙,—,奖,市人社局,2027,35岁,\n")  # fmt: skip
    assert [issue.kind for issue in found.issues] == ["unmapped_column"]
    kinds = [issue.kind for issue in found.records[0].issues]
    assert kinds == ["unreadable_number", "unmapped_instrument", "unmapped_issuers", "unmapped_effective_to", "unreadable_cell"]
    assert found.records[0].policy.issuers == ("市人力局",)
    assert found.records[1].issues == ()
    assert found.records[1].policy.effective_to is not None


def test_joined_rows(words: Vocabulary) -> None:
    found = read(words, """
  金额: {to: "benefits[a].amount_yuan", unit: 万元}
  文号: document_no
""", "名称,金额,文号\n甲,1,甲〔2024〕1号\n甲,2,甲〔2024〕2号\n乙,3,\n", "join: [名称]\n")  # fmt: skip
    assert [len(one.policy.benefits) for one in found.records] == [2, 1]
    assert [issue.kind for issue in found.records[0].issues] == ["rows_disagree"]


def test_rows_that_make_no_policy_are_told(words: Vocabulary) -> None:
    found = read(words, "  起: effective_from\n  止: effective_to\n", "名称,起,止\n甲,2026,2024\n,2024,2025\n乙,2024,2025\n")
    assert [record.key for record in found.records] == ["乙"]
    assert [issue.kind for issue in found.issues] == ["row_unreadable", "row_unreadable"]


def test_equal_titles_get_keys_of_their_own(words: Vocabulary) -> None:
    found = read(words, "  备注: notes\n", "名称,备注\n甲,一\n甲,二\n")
    assert [record.key for record in found.records] == ["甲", "甲#2"]
    assert len({record.policy.id for record in found.records}) == 2


WRONG = [
    ("not: [a", "YAML"),
    ("just text", "键值对"),
    ("name: x\ntitle: y\n", "reader"),
    (HEAD + "columns: {甲: document_no}", "title"),
    (HEAD + "columns: {名称: title, 甲: {to: conditions, field: agee, op: '<='}}", "age"),
    (HEAD + "columns: {名称: title, 甲: {to: conditions, field: age, op: '~'}}", "op"),
    (HEAD + "columns: {名称: title, 甲: {to: 'benefits[x].amount'}}", "amount"),
    (HEAD + "columns: {名称: title, 甲: {to: notes, pattern: '('}}", "正则"),
    (HEAD + "columns: {名称: title, 甲: {to: conditions, value_map: {x: {field: age}}}}", "value_map"),
    (HEAD.replace("municipal", "city") + "columns: {名称: title}", "level"),
]


@pytest.mark.parametrize(("text", "hint"), WRONG)
def test_wrong_mappings(words: Vocabulary, text: str, hint: str) -> None:
    with pytest.raises(MappingError, match=hint):
        mapping_from_text(text, words)

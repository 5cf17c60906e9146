"""Benefits in words and figures."""

from typing import Any

import pytest

from matcher.benefits import Worth, benefit_text, worth, worth_text
from policies.codec import benefit_from_json, policy_from_json
from policies.vocabulary import Vocabulary

TABLE: list[tuple[dict[str, Any], str, str]] = [
    ({"kind": "lump_sum", "amount_yuan": 8000, "per": "person"}, "8,000元/人", "CNY 8,000 per person"),
    ({"kind": "cap", "cap_yuan": 300000, "cap_per": "person"}, "最高 30万元/人", "up to CNY 300,000 per person"),
    ({"kind": "cap", "cap_yuan": 5000000, "cap_per": "total"}, "累计最高 500万元", "up to CNY 5,000,000 in total"),
    ({"kind": "monthly", "amount_yuan": 500, "per": "month"}, "每月 500元", "CNY 500 a month"),
    ({"kind": "rate", "rate": 0.5, "rate_kind": "interest_subsidy_share", "of": {"zh": "实际利息", "en": "interest paid"}},
     "贴息比例 50%（实际利息）", "share of interest subsidised 50% (interest paid)"),
    ({"kind": "term", "duration_months": 36}, "期限 36 个月（3 年）", "for 36 months (3 years)"),
    ({"kind": "lump_sum", "amount_yuan": 20000, "cap_yuan": 80000, "per": "project"}, "2万元至8万元/项目", "CNY 20,000 to CNY 80,000 per project"),
    ({"kind": "lump_sum", "amount_yuan": 200000, "per": "project", "when": {"zh": "一等奖", "en": "first prize"}},
     "一等奖：20万元/项目", "first prize: CNY 200,000 per project"),
    ({"kind": "service", "when": {"zh": "免费工位", "en": "free desks"}}, "免费工位", "free desks"),
    ({"kind": "service"}, "服务", "service"),
    ({"kind": "per_person", "amount_yuan": 2000, "per": "person", "cap_yuan": 30000, "cap_per": "total"},
     "2,000元/人，累计最高 3万元", "CNY 2,000 per person, up to CNY 30,000 in total"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "zh", "en"), TABLE)
def test_words(data: dict[str, Any], zh: str, en: str, words: Vocabulary) -> None:
    text = benefit_text(benefit_from_json(data), words)
    assert (text.zh, text.en) == (zh, en)


def policy(instrument: str, *benefits: dict[str, Any]) -> Any:
    head = {"id": "x", "title": "测试", "level": "national", "region": "100000", "instrument": instrument, "audience": "both"}
    return policy_from_json({**head, "benefits": list(benefits)})


WORTHS = [
    ("grant", [{"kind": "lump_sum", "amount_yuan": 8000}], Worth(8000, 8000, None), "8,000元"),
    ("grant", [{"kind": "cap", "cap_yuan": 50000}], Worth(None, 50000, None), "最高 5万元"),
    ("grant", [{"kind": "lump_sum", "amount_yuan": 10000}, {"kind": "lump_sum", "amount_yuan": 200000}], Worth(10000, 200000, None), "1万元至20万元"),
    ("grant", [{"kind": "monthly", "amount_yuan": 500, "duration_months": 12}], Worth(6000, 6000, None), "6,000元"),
    ("grant", [{"kind": "lump_sum", "amount_yuan": 6000, "per": "year", "duration_months": 36}], Worth(18000, 18000, None), "1.8万元"),
    ("loan", [{"kind": "cap", "cap_yuan": 300000}], Worth(None, None, 300000), "融资额度最高 30万元"),
    ("interest_subsidy", [{"kind": "cap", "cap_yuan": 300000}, {"kind": "lump_sum", "amount_yuan": 1000}], Worth(1000, 1000, 300000), "1,000元；融资额度最高 30万元"),
    ("talent_award", [{"kind": "cap", "cap_yuan": 300000, "lent": True}], Worth(None, None, 300000), "融资额度最高 30万元"),
    ("service", [{"kind": "service"}], Worth(), "未公布金额"),
]  # fmt: skip


@pytest.mark.parametrize(("instrument", "benefits", "value", "zh"), WORTHS)
def test_worth(instrument: str, benefits: list[dict[str, Any]], value: Worth, zh: str) -> None:
    assert worth(policy(instrument, *benefits)) == value
    assert worth_text(value).zh == zh

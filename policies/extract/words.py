"""The word tables of the grammar, read once from ``policies/data/reading_*.csv``."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Final

EDUCATION: Final = (
    ("doctor", r"博士(?!后|点)(?:研究生)?"),
    ("master", r"硕士(?!点)(?:研究生)?|研究生(?:学历)?"),
    ("bachelor", r"(?:全日制|大学)?本科|学士|大学本科"),
    ("associate", r"大专|专科|高职|大学专科"),
    ("vocational", r"中专|中职|技校"),
)
TITLES: Final = (
    ("senior", r"正高级?"),
    ("associate_senior", r"副高级?|高级(?:专业技术)?(?:职称|资格|职务)|高级职称|高级专业技术"),
    ("intermediate", r"中级"),
    ("junior", r"初级"),
)
SKILLS: Final = (
    ("chief_technician", r"首席技师|特级技师"),
    ("senior_technician", r"高级技师"),
    ("technician", r"(?<!高级)(?<!特级)(?<!首席)技师(?!学院)"),
    ("senior_worker", r"高级工(?!程)"),
    ("intermediate_worker", r"中级工(?!程)"),
    ("junior_worker", r"初级工(?!程)"),
)
ORGANISATIONS: Final = (
    ("sole_proprietor", r"个体工商户|个体户(?!经营者)"),
    ("social_organisation", r"社会组织|社会团体"),
    ("private_non_enterprise", r"民办非企业(?:单位)?|社会服务机构"),
    ("farmers_cooperative", r"农民(?:专业)?合作社|农业合作社"),
    ("partnership", r"律师事务所|会计师事务所|合伙企业|个人独资企业"),
    ("public_institution", r"事业单位"),
)
SIZES: Final = (
    (("micro", "small", "medium"), r"中小微企业|中小企业"),
    (("micro", "small"), r"小微企业|小型微型企业|小型(?:、|和)微型企业|小型企业和微型企业|小微型企业"),
    (("medium", "small"), r"中小型企业"),
    (("micro",), r"(?<!小型)微型企业"),
)
SECTORS: Final = (
    ("I65", r"软件(?:和信息技术服务)?业"),
    ("I63", r"电信业"),
    ("B|C|D", r"工业(?!和信息|园|设计|互联网|区|化|用地)"),
    ("C", r"制造业"),
    ("E", r"建筑业"),
    ("F51", r"批发业"),
    ("F52", r"零售业"),
    ("H61", r"住宿业"),
    ("H62", r"餐饮业"),
    ("G", r"交通运输业?|物流业"),
    ("M", r"科技服务业|科学研究和技术服务业"),
    ("A", r"农业(?!农村|合作|技术)"),
    ("J", r"金融业"),
    ("R", r"文化体育和娱乐业|文化产业"),
)


@dataclass(frozen=True, slots=True)
class Phrase:
    """A pattern that states one leaf by itself."""

    field: str
    op: str
    value: str | None
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Measure:
    """A number field and the words that name it before its quantity."""

    field: str
    units: tuple[str, ...]
    words: re.Pattern[str]


def _rows(name: str) -> list[dict[str, str]]:
    source = resources.files("policies") / "data" / name
    return list(csv.DictReader(io.StringIO(source.read_text(encoding="utf-8"))))


@lru_cache(maxsize=1)
def groups() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Labels of the field ``groups`` with the words that name them."""
    return tuple((row["label"], re.compile(row["pattern"])) for row in _rows("reading_groups.csv"))


@lru_cache(maxsize=1)
def phrases() -> tuple[Phrase, ...]:
    """Patterns that state a leaf by themselves."""
    return tuple(
        Phrase(row["field"], row["op"], row["value"] or None, re.compile(row["pattern"])) for row in _rows("reading_phrases.csv")
    )


@lru_cache(maxsize=1)
def measures() -> tuple[Measure, ...]:
    """Number fields with the words before their quantity."""
    return tuple(
        Measure(row["field"], tuple(row["units"].split("|")), re.compile(row["words"])) for row in _rows("reading_measures.csv")
    )

"""What speaks for and against two records being one scheme, as numbers between -1 and 1."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from policies.precedence import Entry
from policies.regions import Regions
from policies.resolve.names import (
    core_title,
    document_numbers,
    pair_weights,
    pairs_of,
    plain_title,
    title_marks,
    title_years,
    version_words,
)
from policies.schema import PartialDate, Text

LABELS: Final[Mapping[str, Text]] = {
    "title": Text("名称相似", "similar titles"),
    "title_inside": Text("一个名称含在另一个里", "one title holds the other"),
    "core": Text("名称主干相似", "similar cores of the titles"),
    "core_inside": Text("名称主干互相包含", "one core holds the other"),
    "characters": Text("名称用字相同", "same characters in the titles"),
    "weighed": Text("名称中少见的字词相同", "same rare words in the titles"),
    "run": Text("名称主干有较长的相同片段", "a long common run in the cores"),
    "marks_shared": Text("名称里的字母数字相同", "same letters and figures in the titles"),
    "marks_differ": Text("名称里的字母数字不同", "different letters and figures in the titles"),
    "own_words": Text("两个名称各有对方没有的字词", "each title has words of its own"),
    "number_shared": Text("文号相同", "same document number"),
    "number_differs": Text("文号不同", "different document numbers"),
    "number_series": Text("同一系列的不同文号", "numbers of one series"),
    "issuers": Text("发文部门相同", "same issuers"),
    "same_place": Text("同一地区", "same place"),
    "nested_place": Text("地区有上下级关系", "one place lies in the other"),
    "other_place": Text("不同地区", "different places"),
    "instrument": Text("扶持方式相同", "same instrument"),
    "audience": Text("对象相同", "same audience"),
    "audience_apart": Text("对象不同", "different audiences"),
    "amounts": Text("金额相同", "same amounts"),
    "amounts_differ": Text("金额不同", "different amounts"),
    "rates": Text("比例相同", "same rates"),
    "rates_differ": Text("比例不同", "different rates"),
    "clauses": Text("条件相同", "same conditions"),
    "fields": Text("条件涉及的事项相同", "conditions on the same facts"),
    "limits_differ": Text("同一条件的数字不同", "different limits"),
    "texts": Text("声明条件文字相似", "similar declared conditions"),
    "cases": Text("待遇说明文字相似", "similar wording of the benefits"),
    "same_content": Text("条件与待遇完全一致", "conditions and benefits all the same"),
    "groups": Text("人群相同", "same groups"),
    "same_start": Text("起始日期相同", "same beginning"),
    "start_gap": Text("起始日期相隔年数", "years between the beginnings"),
    "same_end": Text("截止日期相同", "same end"),
    "end_gap": Text("截止日期相隔年数", "years between the ends"),
    "apart_in_time": Text("执行期不重叠", "periods do not overlap"),
    "title_years_differ": Text("名称里的年份不同", "different years in the titles"),
    "one_title_year": Text("只有一个名称带年份", "only one title names a year"),
    "year_clash": Text("名称年份与另一方年份不符", "a title's year is not the other's"),
    "year_agrees": Text("名称年份与另一方年份相符", "a title's year is the other's"),
    "prolonged": Text("一方是延长、继续有效", "one prolongs"),
    "renewed": Text("一方是新办法、修订", "one is a new wording"),
    "same_number_other_end": Text("文号相同而截止不同", "same number, other end"),
    "stated": Text("两方写明的条件和金额多少", "how much both state"),
    "alike_here": Text("同一地区且名称主干相似", "same place and similar core"),
    "alike_above": Text("上下级地区且名称主干相似", "nested places and similar core"),
    "alike_later": Text("名称主干相似而年份不同", "similar core, other year"),
    "alike_same_kind": Text("名称主干相似且扶持方式相同", "similar core and same instrument"),
    "alike_other_figures": Text("名称主干相似而金额不同", "similar core, other amounts"),
}
"""Every feature with what it is called in a reason; the order is that of the vectors."""

NAMES: Final = tuple(LABELS)


@dataclass(frozen=True, slots=True)
class Sketch:
    """What is compared of one record, worked out once."""

    uid: str
    title: str
    core: str
    title_pairs: frozenset[str]
    core_pairs: frozenset[str]
    years: frozenset[int]
    says: frozenset[str]
    numbers: frozenset[str]
    issuers: frozenset[str]
    region: str
    level: str
    instrument: str
    audience: str
    amounts: frozenset[float]
    rates: frozenset[float]
    clauses: frozenset[str]
    limits: Mapping[str, str]
    texts: frozenset[str]
    cases: frozenset[str]
    marks: frozenset[str]
    groups: frozenset[str]
    start: dt.date | None
    end: dt.date | None


def sketch(entry: Entry) -> Sketch:
    """The parts of a record that are compared."""
    data = entry.data
    title = _words(data["title"])
    leaves = [leaf for leaf in _leaves(data.get("conditions", {})) if leaf["field"] not in ("other", "subject_type")]
    benefits = data.get("benefits", ())
    texts = [str(leaf["value"]) for leaf in _leaves(data.get("conditions", {})) if leaf["field"] == "other"]
    cases = [_words(one.get(key)) for one in benefits for key in ("of", "when")]
    start = data.get("effective_from") or data.get("issued")
    core = core_title(title)
    return Sketch(
        uid=entry.uid,
        title=plain_title(title),
        core=core,
        title_pairs=pairs_of(plain_title(title)),
        core_pairs=pairs_of(core),
        years=title_years(title),
        says=version_words(title),
        numbers=document_numbers(data.get("document_no") or ""),
        issuers=frozenset(data.get("issuers", ())),
        region=data["region"],
        level=data["level"],
        instrument=data["instrument"],
        audience=data["audience"],
        amounts=frozenset(float(one[key]) for one in benefits for key in ("amount_yuan", "cap_yuan") if one.get(key)),
        rates=frozenset(float(one["rate"]) for one in benefits if one.get("rate") is not None),
        clauses=frozenset(f"{leaf['field']} {leaf['op']} {json.dumps(leaf['value'])}" for leaf in leaves),
        limits={f"{leaf['field']} {leaf['op']}": json.dumps(leaf["value"]) for leaf in leaves},
        texts=frozenset(pair for text in texts if text for pair in pairs_of(plain_title(text))),
        cases=frozenset(pair for text in cases if text for pair in pairs_of(plain_title(text))),
        marks=title_marks(title),
        groups=frozenset(data.get("groups", ())),
        start=PartialDate(start).first_day() if start else None,
        end=PartialDate(data["effective_to"]).last_day() if data.get("effective_to") else None,
    )


def features(a: Sketch, b: Sketch, regions: Regions) -> tuple[float, ...]:
    """The numbers of a pair in the order of :data:`NAMES`; the same whichever record comes first."""
    core, inside = _shared(a.core_pairs, b.core_pairs), _inside(a.core_pairs, b.core_pairs)
    alike = max(core, inside * 0.8)
    same = a.region == b.region
    nested = not same and regions.nested(a.region, b.region)
    shared_number = bool(a.numbers & b.numbers)
    number_differs = bool(a.numbers and b.numbers) and not shared_number
    amounts_differ = bool(a.amounts and b.amounts) and not a.amounts <= b.amounts and not b.amounts <= a.amounts
    rates_differ = bool(a.rates and b.rates) and not a.rates <= b.rates and not b.rates <= a.rates
    years_differ = bool(a.years and b.years) and not a.years & b.years
    one_year = bool(a.years) != bool(b.years)
    start_gap = _gap(a.start, b.start)
    clash, agrees = _years(a, b)
    return (
        _shared(a.title_pairs, b.title_pairs),
        _inside(a.title_pairs, b.title_pairs),
        core,
        inside,
        _inside(frozenset(a.core), frozenset(b.core)),
        _weighed(a.core_pairs, b.core_pairs),
        _run(a.core, b.core) if a.core_pairs & b.core_pairs else 0.0,
        float(bool(a.marks & b.marks)),
        float(bool(a.marks and b.marks) and not a.marks & b.marks),
        _own_words(frozenset(a.core), frozenset(b.core)),
        float(shared_number),
        float(number_differs),
        float(number_differs and bool({n.split("-")[0] for n in a.numbers} & {n.split("-")[0] for n in b.numbers})),
        _inside(a.issuers, b.issuers),
        float(same),
        float(nested),
        float(not same and not nested),
        float(a.instrument == b.instrument),
        float(a.audience == b.audience),
        float({a.audience, b.audience} == {"enterprise", "individual"}),
        _inside(a.amounts, b.amounts),
        float(amounts_differ),
        _inside(a.rates, b.rates),
        float(rates_differ),
        _shared(a.clauses, b.clauses),
        _inside(frozenset(a.limits), frozenset(b.limits)),
        float(any(a.limits[key] != b.limits[key] for key in a.limits.keys() & b.limits.keys())),
        _inside(a.texts, b.texts),
        _inside(a.cases, b.cases),
        float(
            bool(a.clauses or a.amounts or a.rates) and a.clauses == b.clauses and a.amounts == b.amounts and a.rates == b.rates
        ),
        _inside(a.groups, b.groups),
        float(start_gap == 0),
        min(start_gap or 0.0, 5) / 5,
        float(_gap(a.end, b.end) == 0),
        min(_gap(a.end, b.end) or 0.0, 5) / 5,
        float(_ends_before(a, b) or _ends_before(b, a)),
        float(years_differ),
        float(one_year),
        clash,
        float(agrees),
        float("prolonged" in a.says ^ b.says),
        float("renewed" in a.says ^ b.says),
        float(shared_number and (_gap(a.end, b.end) or 0) > 0.1),
        min(len(a.clauses) + len(a.amounts), len(b.clauses) + len(b.amounts), 5) / 5,
        alike * same,
        alike * nested,
        alike * max(clash, (start_gap or 0.0) > 0.5),
        alike * (a.instrument == b.instrument),
        alike * (amounts_differ or rates_differ),
    )


def _shared(a: frozenset[Any], b: frozenset[Any]) -> float:
    return len(a & b) / len(a | b) if a and b else 0.0


def _inside(a: frozenset[Any], b: frozenset[Any]) -> float:
    return len(a & b) / min(len(a), len(b)) if a and b else 0.0


def _weighed(a: frozenset[str], b: frozenset[str]) -> float:
    """Like :func:`_inside`, rare pairs counting more."""
    weights, rare = pair_weights(), 5.0
    sums = [sum(weights.get(pair, rare) for pair in pairs) for pairs in (a & b, a, b)]
    return sums[0] / min(sums[1:]) if min(sums[1:]) else 0.0


def _run(a: str, b: str) -> float:
    """Length of the longest common run of characters, as a share of the shorter text."""
    best, before = 0, [0] * (len(b) + 1)
    for one in a:
        row = [0]
        for number, other in enumerate(b):
            row.append(before[number] + 1 if one == other else 0)
        best, before = max(best, *row), row
    return best / min(len(a), len(b)) if a and b else 0.0


def _own_words(a: frozenset[str], b: frozenset[str]) -> float:
    return min(len(a - b) / len(a), len(b - a) / len(b)) if a and b else 0.0


def _years(a: Sketch, b: Sketch) -> tuple[float, bool]:
    """How far a year in one title is from the years of the other (in fifths of a year, at most 1); whether it is one."""
    clash, agrees = 0.0, False
    for one, other in ((a, b), (b, a)):
        theirs = other.years or ({other.start.year} if other.start else frozenset())
        if one.years and theirs:
            distance = min(abs(x - y) for x in one.years for y in theirs)
            agrees |= distance == 0
            clash = max(clash, min(distance, 5) / 5 * 0.5 + 0.5 * (distance > 0))
    return clash, agrees


def _gap(a: dt.date | None, b: dt.date | None) -> float | None:
    return abs((a - b).days) / 365.25 if a and b else None


def _ends_before(a: Sketch, b: Sketch) -> bool:
    return a.end is not None and b.start is not None and a.end < b.start


def _words(text: object) -> str:
    return str(text["zh"]) if isinstance(text, Mapping) else str(text or "")


def _leaves(tree: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if "field" in tree:
        yield tree
    elif "not" in tree:
        yield from _leaves(tree["not"])
    else:
        for child in (*tree.get("all", ()), *tree.get("any", ())):
            yield from _leaves(child)

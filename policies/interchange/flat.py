"""A policy as a flat row of texts and back: the form of the xlsx and csv exports.

Texts have a column for each language; lists, conditions and benefits are JSON in their cell. The
columns and what they hold are the data dictionary.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from policies.catalogue import Catalogue
from policies.codec import policy_to_json

COLUMNS: Final[Mapping[str, tuple[str, str, str]]] = {
    "id": ("text", "编号", "id, a-z 0-9 . _ -"),
    "kind": ("text", "类别：scheme 可申请，commitment 承诺", "scheme or commitment"),
    "title.zh": ("text", "名称", "title in Chinese"),
    "title.en": ("text", "英文名称", "title in English"),
    "summary.zh": ("text", "一句话说明", "summary in Chinese"),
    "summary.en": ("text", "英文说明", "summary in English"),
    "level": ("term level", "层级", "level"),
    "region": ("code", "适用地区的区划代码", "code of the division, GB/T 2260"),
    "issuers": ("list", "发文部门", "issuing bodies, full names"),
    "document_no": ("text", "文号", "document number"),
    "issued": ("date", "发文日期", "issued, to the precision known"),
    "effective_from": ("date", "施行日期", "in force from"),
    "effective_to": ("date", "有效期至", "in force until"),
    "status": ("term status", "状态", "what was last found out"),
    "instrument": ("term instrument", "扶持方式", "instrument"),
    "audience": ("term", "对象：enterprise、individual、both", "enterprise, individual or both"),
    "groups": ("list", "人群", "groups"),
    "industries": ("list", "行业代码", "industry codes, GB/T 4754"),
    "conditions": ("json", "条件树", "tree of conditions, exchange form"),
    "benefits": ("json", "待遇：金额为元，比例为小数，期限为月", "benefits: yuan, ratios, months"),
    "once_only": ("json", "限享受一次", "once only: true or false"),
    "exclusive_with": ("list", "不可兼得的政策编号", "ids of policies that cannot be combined"),
    "exclusions": ("json", "除外情形", "exclusions in words"),
    "relations": ("json", "关联政策", "relations to other policies"),
    "application.how.zh": ("text", "怎么申请", "how to apply"),
    "application.how.en": ("text", "怎么申请（英文）", "how to apply, English"),
    "application.offices": ("list", "受理部门", "offices"),
    "application.materials": ("list", "材料", "materials"),
    "application.window": ("term window", "受理时段", "when applications are taken"),
    "application.opens": ("date", "开始受理", "applications from"),
    "application.closes": ("date", "截止受理", "applications until"),
    "application.window_note.zh": ("text", "受理时间说明", "note on the period"),
    "application.window_note.en": ("text", "受理时间说明（英文）", "note on the period, English"),
    "source.kind": ("term source_kind", "来源种类", "kind of source"),
    "source.title": ("text", "来源名称", "title of the source"),
    "source.url": ("text", "来源网址", "address of the source"),
    "confidence": ("text", "把握：high、medium、low", "high, medium or low"),
    "evidence": ("text", "依据", "what the entry rests on"),
    "notes.zh": ("text", "备注", "notes"),
    "notes.en": ("text", "备注（英文）", "notes, English"),
    "reviewed": ("json", "人工核对过", "reviewed by a person: true"),
}
"""Column → (type, Chinese, English)."""

_AS_JSON: Final = frozenset(name for name, (kind, _, _) in COLUMNS.items() if kind in ("json", "list"))


def flat_row(data: Mapping[str, Any]) -> dict[str, str]:
    """The exchange form of a policy as column → text; absent values are left out."""
    found: dict[str, str] = {}
    for column in COLUMNS:
        value = _at(data, column)
        if value is not None:
            found[column] = json.dumps(value, ensure_ascii=False) if column in _AS_JSON else str(value)
    return found


def from_flat_row(row: Mapping[str, str]) -> dict[str, Any]:
    """The exchange form of a flat row.

    Raises:
        ValueError: an unknown column, or a cell that should be JSON and is not.
    """
    found: dict[str, Any] = {}
    for column, text in row.items():
        if column not in COLUMNS:
            raise ValueError(f"没有列 {column} / there is no column {column}")
        if text == "":
            continue
        try:
            value = json.loads(text) if column in _AS_JSON else text
        except json.JSONDecodeError as error:
            raise ValueError(f"{column} 不是 JSON / is not JSON: {text:.60} ({error})") from error
        place = found
        *above, last = column.split(".")
        for step in above:
            place = place.setdefault(step, {})
        place[last] = value
    return found


def _at(data: Mapping[str, Any], column: str) -> Any:  # noqa: ANN401 - any JSON value
    value: Any = data
    for step in column.split("."):
        if isinstance(value, str):  # a text in Chinese only is a plain string
            return value if step == "zh" else None
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def to_csv(catalogue: Catalogue) -> str:
    """All policies as CSV with a header; a text a spreadsheet would take for a formula gets an apostrophe."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(COLUMNS), lineterminator="\r\n", restval="")
    writer.writeheader()
    for policy in catalogue:
        writer.writerow({name: _harmless(text) for name, text in flat_row(policy_to_json(policy)).items()})
    return out.getvalue()


def data_dictionary() -> str:
    """The columns of the csv and xlsx exports as CSV: column, type, Chinese, English."""
    return _csv([("column", "type", "zh", "en"), *((name, *told) for name, told in COLUMNS.items())])


def _csv(rows: Iterable[tuple[str, ...]]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue()


def _harmless(text: str) -> str:
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") else text

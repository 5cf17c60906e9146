"""A first mapping for a table nobody has mapped yet, from its headers and its values.

The proposal is for a person to correct: every column it is not sure of is marked with ``?``.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import PurePath
from typing import Any, Final

import yaml

from policies.normalise import Normaliser, date_of, number_of
from policies.tables import Reader, Row, TableError, docx_tables, html_tables, read_rows
from policies.vocabulary import Vocabulary

_ENOUGH: Final = 0.6
"""Share of a column's values that must fit a vocabulary for it to be proposed."""

_UNITS: Final = re.compile(r"[（(]\s*(?P<unit>万元|亿元|元|%|年|月|个月|人|周岁|件)[^）)]*[）)]|(?P<percent>比例|税率)")
_KINDS: Final = {
    ".xlsx": "xlsx",
    ".xls": "xlsx",
    ".csv": "csv",
    ".json": "json",
    ".html": "html",
    ".htm": "html",
    ".docx": "docx",
}
_MOST_VALUES: Final = 12


@dataclass(frozen=True, slots=True)
class _Hint:
    """A regular expression over headers and the spec it suggests."""

    header: re.Pattern[str]
    to: str
    extra: Mapping[str, str]


@lru_cache(maxsize=1)
def _hints() -> tuple[_Hint, ...]:
    text = (resources.files("policies") / "data" / "mapping_hints.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(io.StringIO(text, newline=""))
    extra = ("field", "op")
    return tuple(_Hint(re.compile(r["header"]), r["to"], {key: r[key] for key in extra if r[key]}) for r in rows)


def suggest_mapping(name: str, body: bytes, vocabulary: Vocabulary) -> str:
    """The text of a mapping file proposed for a table.

    Args:
        name: of the file; its ending says what kind it is.
        body: the file.
        vocabulary: to recognise values.

    Raises:
        TableError: an unknown kind of file, or one that cannot be read.
    """
    reader, rows = _best_reading(name, body)
    rows = [
        row for row in rows if len(row.cells) < 3 or len(set(map(str, row.cells.values()))) > 1
    ]  # a note over the whole width
    columns = list(dict.fromkeys(column for row in rows for column in row.cells))
    normaliser = Normaliser(vocabulary)
    specs: dict[str, Any] = {}
    unsure: list[str] = []
    ignored: list[str] = []
    for column in columns:
        values = [str(row.cells[column]) for row in rows if column in row.cells and str(row.cells[column]).strip()]
        if not values or re.fullmatch(r"序号|编号|编码|No\.?", column):
            ignored.append(column)
            continue
        spec = _spec(column, values, normaliser)
        if spec is None:
            unsure.append(column)
            spec = {"to": "notes", "prefix": f"{column.split('/')[-1]}："}
        specs[column] = spec
    if not any(_target(spec) == "title" for spec in specs.values()) and specs:
        first = max(specs, key=lambda one: len({str(row.cells.get(one, "")) for row in rows}))
        specs[first] = {"to": "title", "required": True}
        unsure.append(first)
    stem = re.sub(r"[^a-z0-9-]+", "-", PurePath(name).stem.lower()).strip("-") or "table"
    mapping: dict[str, Any] = {
        "name": stem,
        "title": PurePath(name).stem,
        "department": "",
        "level": "municipal",
        "region": "310000",
        "source_kind": "official",
        "file": name,
        "reader": _reader_data(reader),
        "empty": ["—", "/", "-", "无"],
        "columns": specs,
        "ignore": ignored,
    }
    head = ["# 由 policymatch mapping suggest 拟出，请核对后使用。 Proposed; check before use."]
    head += ["# ？部门、层级、地区要填写 / fill in department, level, region"]
    head += [f"# ？{column}：没有把握，暂放入备注或名称 / not sure" for column in unsure]
    return "\n".join(head) + "\n" + yaml.safe_dump(mapping, allow_unicode=True, sort_keys=False, width=120)


def _best_reading(name: str, body: bytes) -> tuple[Reader, list[Row]]:
    """The reading in which most columns have a name of their own."""
    best: tuple[float, Reader, list[Row]] | None = None
    fault: TableError | None = None
    for reader in _readings(name, body):
        try:
            rows = read_rows(body, reader)
        except TableError as error:
            fault = error
            continue
        if rows and (best is None or _likely(rows) > best[0]):
            best = (_likely(rows), reader, rows)
    if best is None:
        raise fault or TableError("没有找到带数据的表格", "no table with data was found")
    return best[1], best[2]


def _readings(name: str, body: bytes) -> Iterator[Reader]:
    kind = _KINDS.get(PurePath(name).suffix.lower())
    if kind is None:
        raise TableError(f"不认识这种文件：{name}，可用 {'、'.join(_KINDS)}", f"unknown kind of file: {name}")
    headers = [(1,), (2,), (3,), (1, 2), (2, 3), (3, 4)]
    if kind == "json":
        yield from (
            Reader("json", records=path) for path in ("", "data", "items", "records", "data.items", "data.list", "data.records")
        )
    elif kind == "csv":
        for encoding in ("utf-8-sig", "gb18030"):
            yield from (
                Reader("csv", encoding=encoding, delimiter=one, header_rows=rows) for one in ",;\t" for rows in headers[:3]
            )
    elif kind == "xlsx":
        yield from (Reader("xlsx", header_rows=rows) for rows in headers)
    else:
        count = len(html_tables(body.decode("utf-8", "replace")) if kind == "html" else docx_tables(body))
        yield from (Reader(kind, table=number, header_rows=rows) for number in range(count) for rows in headers[:4])


def _likely(rows: Sequence[Row]) -> float:
    """How much a reading looks right: headers that hints know, short, and each its own."""
    headers = list(dict.fromkeys(column for row in rows for column in row.cells))
    known = sum(any(hint.header.search(one) for hint in _hints()) for one in headers)
    long = sum(len(one.split("/")[-1]) > 16 or one.split("/")[-1].isdigit() for one in headers)
    return known - long + min(len(rows), 50) / 1000


def _spec(column: str, values: Sequence[str], normaliser: Normaliser) -> Any:  # noqa: ANN401 - a spec as YAML holds it
    hint = _hint(column)
    found = _UNITS.search(column)
    unit = (found["unit"] or "%") if found else None
    if hint is None:
        return _by_values(values, normaliser)
    spec: dict[str, Any] = {"to": hint.to, **hint.extra}
    if hint.to == "title":
        return {"to": "title", "required": True}
    numeric = hint.to.startswith("benefits") or "field" in hint.extra
    if numeric and unit:
        spec["unit"] = unit
    if hint.to.startswith("benefits") and not _share(values, lambda v: number_of(v, unit or "元", "") is not None):
        return {"to": "conditions", "declared": True} if "条件" in column else {"to": "benefits[main].when"}
    if hint.to in ("issuers", "groups", "application.offices", "application.materials"):
        spec["split"] = _separators(values)
    if hint.to in ("instrument", "audience", "level", "application.window"):
        spec["value_map"] = _value_map(hint.to, values, normaliser)
    if hint.to == "conditions" and "field" not in spec:
        spec |= {"declared": True, "split": _separators(values)}
    return spec if len(spec) > 1 else hint.to


def _hint(column: str) -> _Hint | None:
    """By the lowest header first: of 文件依据/印发日期 the date counts."""
    for text in (column.rsplit("/", maxsplit=1)[-1], column):
        found = next((hint for hint in _hints() if hint.header.search(text)), None)
        if found is not None:
            return found
    return None


def _by_values(values: Sequence[str], normaliser: Normaliser) -> Any:  # noqa: ANN401 - a spec as YAML holds it
    if _share(values, lambda v: date_of(v) is not None):
        return "issued"
    if _share(values, lambda v: normaliser.department(v).value is not None):
        return "issuers"
    if _share(values, lambda v: normaliser.region(v).value is not None):
        return "region"
    if _share(values, lambda v: normaliser.term("instrument", v).value is not None):
        return {"to": "instrument", "value_map": _value_map("instrument", values, normaliser)}
    if _share(values, lambda v: bool(re.search(r"〔\d{4}〕|\[\d{4}\]|\d{4}年第?\d+号", v))):
        return "document_no"
    return None


def _share(values: Sequence[str], fits: Any) -> bool:  # noqa: ANN401 - a test of a text
    return sum(bool(fits(value)) for value in values) >= _ENOUGH * len(values)


def _separators(values: Sequence[str]) -> str:
    counts = Counter(one for value in values for one in value if one in "、；;\n，|")
    return "".join(one for one, _ in counts.most_common(2)) or "、"


def _value_map(to: str, values: Sequence[str], normaliser: Normaliser) -> dict[str, str | None]:
    terms = {"application.window": "window", "audience": "subject_type"}.get(to, to)
    common = [value for value, _ in Counter(values).most_common(_MOST_VALUES)]
    return {value: normaliser.term(terms, value).value for value in common}


def _target(spec: object) -> str:
    return spec if isinstance(spec, str) else str(spec.get("to", "")) if isinstance(spec, Mapping) else ""


def _reader_data(reader: Reader) -> dict[str, Any]:
    found: dict[str, Any] = {"kind": reader.kind}
    if reader.kind == "json":
        return found | {"records": reader.records}
    found["header_rows"] = list(reader.header_rows)
    if reader.kind == "csv":
        found |= {"encoding": reader.encoding, "delimiter": reader.delimiter}
    elif reader.kind == "xlsx":
        found["sheets"] = "*"
    else:
        found["table"] = reader.table
    return found

"""Mappings: how one department's table becomes records, as data in a YAML file.

This module reads and checks the file; :mod:`policies.mapped` applies it to rows. The form is
described in ``policies/data/mappings/FORM.md``.
"""

from __future__ import annotations

import fnmatch
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Final

import yaml

from policies.condition import OPS, ConditionError, condition_from_json
from policies.tables import Reader, plain_header
from policies.vocabulary import Vocabulary

TEXTS: Final = ("title", "summary", "notes", "application.how", "application.window_note", "source.title", "source.url")
TERMS: Final = {
    "level": "level",
    "instrument": "instrument",
    "status": "status",
    "application.window": "window",
    "source.kind": "source_kind",
    "audience": "subject_type",
}
DATES: Final = ("issued", "effective_from", "effective_to", "application.opens", "application.closes")
LISTS: Final = ("issuers", "groups", "industries", "application.offices", "application.materials", "exclusions")
TARGETS: Final = (*TEXTS, *TERMS, *DATES, *LISTS, "document_no", "region", "once_only", "conditions")
BENEFIT_KEYS: Final = frozenset(
    [
        "kind",
        "amount_yuan",
        "rate",
        "rate_kind",
        "of",
        "cap_yuan",
        "cap_per",
        "duration_months",
        "per",
        "when",
        "lent",
    ]
)

_BENEFIT: Final = re.compile(r"benefits(?:\[(?P<name>[^\]]+)\])?(?:\.(?P<key>\w+))?")
_TOP: Final = frozenset(
    [
        "name",
        "title",
        "department",
        "level",
        "region",
        "source_kind",
        "file",
        "reader",
        "empty",
        "skip",
        "join",
        "defaults",
        "columns",
        "ignore",
    ]
)
_SPEC: Final = frozenset(
    [
        "to",
        "required",
        "default",
        "unit",
        "units",
        "split",
        "value_map",
        "pattern",
        "set",
        "optional",
        "if",
        "value",
        "prefix",
        "field",
        "op",
        "not",
        "group",
        "declared",
        "each",
    ]
)
UNSET: Final = object()
"""A value not given; None is a value that can be given."""


class MappingError(ValueError):
    """A mapping file that cannot be used; ``problems`` lists every fault with its place."""

    def __init__(self, name: str, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(f"mapping {name}: " + "; ".join(self.problems[:5]))


@dataclass(frozen=True, slots=True)
class Pattern:
    """One regular expression with the constants and the unit that go with a match."""

    match: re.Pattern[str]
    constants: Mapping[str, Any]
    unit: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """One reading of a column; the attributes are the keys of a spec in the mapping file."""

    to: str
    required: bool = False
    default: Any = UNSET
    unit: str | None = None
    units: Mapping[str, str]
    split: str = ""
    value_map: Mapping[str, Any] | None = None
    patterns: tuple[Pattern, ...] = ()
    constants: Mapping[str, Any]
    optional: bool = False
    only_if: Mapping[str, re.Pattern[str]]
    value: Any = UNSET
    prefix: str = ""
    field: str = ""
    op: str = ""
    negated: bool = False
    group: str = ""
    declared: bool = False
    each: Mapping[str, tuple[Spec, ...]]

    @property
    def benefit(self) -> tuple[str, str] | None:
        """(name, key) of the benefit it fills; the key is empty where the groups of a pattern are keys."""
        found = _BENEFIT.fullmatch(self.to)
        return (found["name"] or "", found["key"] or "") if found else None


@dataclass(frozen=True, slots=True)
class TableMapping:
    """A whole mapping file; ``version`` changes with its content."""

    name: str
    title: str
    department: str
    level: str
    region: str
    source_kind: str
    file: str
    reader: Reader
    empty: frozenset[str]
    skip: Mapping[str, re.Pattern[str]]
    join: tuple[str, ...]
    defaults: Mapping[str, Any]
    columns: Mapping[str, tuple[Spec, ...]]
    ignore: frozenset[str]
    version: str

    def is_for(self, path: Path) -> bool:
        """Whether the mapping's ``file`` pattern fits the name of a file."""
        return not self.file or fnmatch.fnmatch(path.name, self.file)


def mapping_from_text(text: str, vocabulary: Vocabulary, name: str = "mapping") -> TableMapping:
    """Read a mapping file.

    Raises:
        MappingError: with every key, target, term and regular expression that is wrong.
    """
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise MappingError(name, [f"不是 YAML / not YAML: {' '.join(str(error).split())}"]) from error
    if not isinstance(data, Mapping):
        raise MappingError(name, ["顶层应是键值对 / the top level must hold keys"])
    problems = [f"{key}: 没有这个键 / no such key" for key in data if key not in _TOP]
    problems += [f"{key}: 缺少 / missing" for key in ("name", "title", "reader", "columns") if not data.get(key)]
    if problems:
        raise MappingError(name, problems)
    columns = {
        plain_header(str(column)): _specs(given, f"columns.{column}", vocabulary, problems)
        for column, given in dict(data["columns"]).items()
    }
    for key, terms in (("level", "level"), ("source_kind", "source_kind")):
        if data.get(key) and data[key] not in vocabulary.terms[terms]:
            problems.append(f"{key}: {data[key]} 不在词表中 / not in the vocabulary: {', '.join(vocabulary.terms[terms])}")
    if not any(spec.to == "title" for specs in columns.values() for spec in specs):
        problems.append("columns: 没有哪一列写入 title / no column goes to title")
    reader = _reader(data["reader"], problems)
    skip = {
        plain_header(str(column)): _regex(one, f"skip.{column}", problems) for column, one in dict(data.get("skip") or {}).items()
    }
    if problems:
        raise MappingError(name, problems)
    return TableMapping(
        name=str(data["name"]),
        title=str(data["title"]),
        department=str(data.get("department") or ""),
        level=str(data.get("level") or ""),
        region=str(data.get("region") or ""),
        source_kind=str(data.get("source_kind") or "official"),
        file=str(data.get("file") or ""),
        reader=reader,
        empty=frozenset(str(one).strip() for one in data.get("empty") or ()),
        skip=skip,
        join=tuple(plain_header(str(column)) for column in data.get("join") or ()),
        defaults=dict(data.get("defaults") or {}),
        columns=columns,
        ignore=frozenset(plain_header(str(column)) for column in data.get("ignore") or ()),
        version=hashlib.sha256(text.encode()).hexdigest()[:12],
    )


def load_mapping(path: Path, vocabulary: Vocabulary) -> TableMapping:
    """Read a mapping from a file, or one that comes with the program by its name.

    Raises:
        MappingError: missing, not UTF-8, or wrong.
    """
    try:
        if not path.is_file() and path.parent == Path() and path.name in shipped_mappings():
            return mapping_from_text(shipped_mappings()[path.name], vocabulary, path.name)
        return mapping_from_text(path.read_text(encoding="utf-8-sig"), vocabulary, path.name)
    except OSError as error:
        known = "、".join(shipped_mappings())
        raise MappingError(str(path), [f"无法读取 / cannot be read: {error.strerror}；自带的有 / shipped: {known}"]) from error
    except UnicodeDecodeError as error:
        raise MappingError(str(path), ["不是 UTF-8 文本 / not UTF-8 text"]) from error


def shipped_mappings() -> dict[str, str]:
    """Mappings that come with the program: name → text of the file."""
    folder = resources.files("policies") / "data" / "mappings"
    files = sorted((one for one in folder.iterdir() if one.name.endswith(".yaml")), key=lambda one: one.name)
    return {one.name.removesuffix(".yaml"): one.read_text(encoding="utf-8") for one in files}


def _reader(data: Any, problems: list[str]) -> Reader:  # noqa: ANN401 - whatever the file holds
    if isinstance(data, str):
        data = {"kind": data}
    known = {"kind", "sheets", "header_rows", "encoding", "delimiter", "table", "records"}
    if not isinstance(data, Mapping) or data.get("kind") not in ("xlsx", "csv", "json", "html", "docx"):
        problems.append("reader.kind: 应是 xlsx、csv、json、html 或 docx / must be one of these")
        return Reader("csv")
    problems += [f"reader.{key}: 没有这个键 / no such key" for key in data if key not in known]
    sheets = data.get("sheets")
    wanted = None if sheets in (None, "*") else tuple([sheets] if isinstance(sheets, str) else map(str, sheets))
    rows = data.get("header_rows", [1])
    return Reader(
        kind=data["kind"],
        sheets=wanted,
        header_rows=tuple([rows] if isinstance(rows, int) else map(int, rows)),
        encoding=data.get("encoding"),
        delimiter=str(data.get("delimiter", ",")),
        table=int(data.get("table", 0)),
        records=str(data.get("records", "")),
    )


def _specs(given: object, where: str, vocabulary: Vocabulary, problems: list[str]) -> tuple[Spec, ...]:
    listed = given if isinstance(given, list) else [given]
    return tuple(_spec(one, where, vocabulary, problems) for one in listed)


def _spec(given: object, where: str, vocabulary: Vocabulary, problems: list[str], within: str = "") -> Spec:
    data: Mapping[str, Any] = {"to": given} if isinstance(given, str) else given if isinstance(given, Mapping) else {}
    problems += [f"{where}.{key}: 没有这个键 / no such key" for key in data if key not in _SPEC]
    to = str(data.get("to", ""))
    _check_target(to, data, where, problems, within)
    if to == "conditions":
        _check_condition(data, where, vocabulary, problems)
    patterns = data.get("pattern", ())
    listed = patterns if isinstance(patterns, Sequence) and not isinstance(patterns, str) else [patterns]
    value_map = data.get("value_map")
    return Spec(
        to=to,
        required=bool(data.get("required")),
        default=data.get("default", UNSET),
        unit=data.get("unit"),
        units=dict(data.get("units") or {}),
        split=str(data.get("split", "")),
        value_map={str(key).strip(): value for key, value in value_map.items()} if isinstance(value_map, Mapping) else None,
        patterns=tuple(_pattern(one, where, problems) for one in listed),
        constants=dict(data.get("set") or {}),
        optional=bool(data.get("optional")),
        only_if={plain_header(str(k)): _regex(v, f"{where}.if", problems) for k, v in dict(data.get("if") or {}).items()},
        value=data.get("value", UNSET),
        prefix=str(data.get("prefix", "")),
        field=str(data.get("field", "")),
        op=str(data.get("op", "")),
        negated=bool(data.get("not")),
        group=str(data.get("group", "")),
        declared=bool(data.get("declared")),
        each={
            str(key): (_spec(one, f"{where}.each.{key}", vocabulary, problems, to),)
            for key, one in dict(data.get("each") or {}).items()
        },
    )


def _check_target(to: str, data: Mapping[str, Any], where: str, problems: list[str], within: str) -> None:
    if within:
        if to not in BENEFIT_KEYS:
            problems.append(f"{where}.to: {to} 不是待遇的键 / not a key of a benefit")
        return
    benefit = _BENEFIT.fullmatch(to)
    if benefit is not None:
        if benefit["key"] and benefit["key"] not in BENEFIT_KEYS:
            problems.append(f"{where}.to: {benefit['key']} 不是待遇的键 / not a key of a benefit")
    elif to not in TARGETS and not (to == "" and data.get("pattern")):
        problems.append(f"{where}.to: {to or '（空）'} 不是目标 / not a target; {', '.join(TARGETS)}, benefits[NAME].KEY")


def _check_condition(data: Mapping[str, Any], where: str, vocabulary: Vocabulary, problems: list[str]) -> None:
    field = data.get("field")
    if field and field not in vocabulary.fields:
        near = ", ".join(vocabulary.nearest_fields(str(field)))
        problems.append(f"{where}.field: 没有字段 {field} / no such field; near: {near}")
    if field and data.get("op") not in OPS:
        problems.append(f"{where}.op: {data.get('op')} 不是比较 / not a test; {' '.join(sorted(OPS))}")
    for text, tree in (data.get("value_map") or {}).items():
        if isinstance(tree, Mapping):
            try:
                condition_from_json(tree)
            except ConditionError as error:
                problems.append(f"{where}.value_map.{text}: {error}")


def _pattern(given: object, where: str, problems: list[str]) -> Pattern:
    if isinstance(given, Mapping):
        regex = _regex(given.get("match", ""), f"{where}.pattern", problems)
        return Pattern(regex, dict(given.get("set") or {}), given.get("unit"))
    return Pattern(_regex(given, f"{where}.pattern", problems), {}, None)


def _regex(text: object, where: str, problems: list[str]) -> re.Pattern[str]:
    try:
        return re.compile(str(text))
    except re.error as error:
        problems.append(f"{where}: {text} 不是正则表达式 / not a regular expression: {error}")
        return re.compile("$^")

"""Profiles: facts about an organisation, a person or a team, read and checked once at the edge.

Every fact may be unknown: an absent key, ``null``, an empty text cell and NaN all mean "not
known"; an empty list means "known to have none". All errors of one input are reported together.
"""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeAlias

from matcher.profile_text import read_text
from policies.schema import Text
from policies.vocabulary import ProfileField, Vocabulary

ProfileValue: TypeAlias = str | float | bool | dt.date | frozenset[str]

MAX_LABELS: Final = 500
"""Most labels one set field takes; more is a mistake or an attack."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong with a profile, for people: the fault, the value, the next step."""

    field: str
    value: object
    message: Text
    suggestions: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """The form used in error bodies."""
        shown = self.value if isinstance(self.value, str | int | float | bool | None) else str(self.value)
        found: dict[str, object] = {
            "field": self.field,
            "value": shown[:200] if isinstance(shown, str) else shown,
            "message_zh": self.message.zh,
            "message": self.message.en or self.message.zh,
        }
        if self.suggestions:
            found["suggestions"] = list(self.suggestions)
        return found


class ProfileError(ValueError):
    """A profile with at least one wrong field; ``errors`` holds all of them."""

    def __init__(self, errors: Iterable[FieldError]) -> None:
        self.errors = tuple(errors)
        super().__init__("; ".join(f"{e.field}: {e.message.en or e.message.zh}" for e in self.errors))


@dataclass(frozen=True, slots=True)
class Profile:
    """Known facts by field name, typed by the vocabulary; what is absent is unknown.

    Values: ``float`` for numbers, ``bool``, ``datetime.date``, a term, a division or industry code
    as ``str``, and ``frozenset`` of labels.
    """

    values: Mapping[str, ProfileValue]

    def as_json(self) -> dict[str, object]:
        """The exchange form; reading it gives an equal profile."""
        return {name: _plain(value) for name, value in self.values.items()}


def profile_from_json(data: object, vocabulary: Vocabulary, as_of: dt.date) -> Profile:
    """Read a profile object with typed JSON values.

    Args:
        data: object of field names; absent or null = unknown.
        vocabulary: fields, terms and labels.
        as_of: the day of the question; dates of birth and registration must not lie after it.

    Raises:
        ProfileError: with every error at once.
    """
    if not isinstance(data, Mapping):
        message = Text(f"档案须是一个 JSON 对象，收到的是：{data!r:.60}", f"a profile must be a JSON object, got {data!r:.60}")
        raise ProfileError([FieldError("", str(data)[:60], message)])
    values: dict[str, ProfileValue] = {}
    errors: list[FieldError] = []
    for name, raw in data.items():
        field = vocabulary.fields.get(str(name))
        if field is None:
            errors.append(_unknown_field(str(name), raw, vocabulary))
            continue
        if raw is None or (isinstance(raw, float) and math.isnan(raw)):
            continue
        try:
            values[field.name] = _read(field, raw, vocabulary, as_of)
        except _WrongValueError as wrong:
            errors.append(FieldError(field.name, raw, wrong.message, wrong.suggestions))
    if errors:
        raise ProfileError(errors)
    return Profile(MappingProxyType(values))


def profile_from_text(data: Mapping[str, str | list[str]], vocabulary: Vocabulary, as_of: dt.date) -> Profile:
    """Read a profile from texts: a row of a table or a submitted form.

    An empty text is unknown. Numbers may carry 万, 亿, % and separators; yes and no may be 是/否;
    labels are separated by 、 ； or ``|``; 「无」 alone in a set means known to have none.
    Terms, regions and labels may be given by name.

    Raises:
        ProfileError: with every error at once.
    """
    typed: dict[str, object] = {}
    errors: list[FieldError] = []
    for name, raw in data.items():
        field = vocabulary.fields.get(name)
        if field is None:
            errors.append(_unknown_field(name, raw, vocabulary))
            continue
        try:
            typed[name] = read_text(field.type, field.unit, raw)
        except ValueError:
            expected = _EXPECTED[field.type]
            message = Text(f"{field.label.zh}填写有误：{raw}。{expected[0]}", f"{name} cannot be read: {raw!r}; {expected[1]}")
            errors.append(FieldError(name, raw, message))
    try:
        profile = profile_from_json(typed, vocabulary, as_of)
    except ProfileError as error:
        raise ProfileError([*errors, *error.errors]) from error
    if errors:
        raise ProfileError(errors)
    return profile


def profile_from_bytes(body: bytes, vocabulary: Vocabulary, as_of: dt.date) -> Profile:
    """Read a profile from a JSON file's bytes.

    Raises:
        ProfileError: for broken JSON (with line and column) as for wrong fields.
    """
    return profile_from_json(json_value(body), vocabulary, as_of)


def json_value(body: bytes) -> object:
    """The JSON value of ``body`` (UTF-8, with or without byte order mark).

    Raises:
        ProfileError: for broken JSON, with line and column.
    """
    try:
        return json.loads(body.decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        where_zh, where_en = f"第 {error.lineno} 行第 {error.colno} 列", f"line {error.lineno}, column {error.colno}"
        message = Text(f"JSON 格式有误（{where_zh}），请检查引号、逗号和括号", f"broken JSON at {where_en}: {error.msg}")
    except UnicodeDecodeError:
        message = Text("内容不是 UTF-8 文本，请另存为 UTF-8 后重试", "the content is not UTF-8 text; save it as UTF-8")
    except RecursionError:
        message = Text("JSON 嵌套过深", "the JSON is nested too deeply")
    except ValueError:  # a number of thousands of digits
        message = Text("JSON 中有位数过多的数字", "the JSON holds a number with too many digits")
    raise ProfileError([FieldError("", None, message)])


class _WrongValueError(Exception):
    def __init__(self, zh: str, en: str, suggestions: Iterable[str] = ()) -> None:
        super().__init__(en)
        self.message = Text(zh, en)
        self.suggestions = tuple(suggestions)


_EXPECTED: Final = {
    "number": ("请填数字，如 120000 或 12万", "give a number such as 120000"),
    "bool": ("请填 是 或 否", "give true or false"),
    "date": ("请填日期，如 2024-03-01", "give a date such as 2024-03-01"),
    "enum": ("请从给出的选项中选择", "give one of the listed values"),
    "ordered": ("请从给出的选项中选择", "give one of the listed values"),
    "region": ("请填区划代码或名称，如 310110 或 上海市杨浦区", "give a division code or name, such as 310110"),
    "code": ("请填国标行业代码，如 I65", "give a GB/T 4754 code such as I65"),
    "set": ("请填列表，没有请填空列表 []", "give a list, an empty one if there is none"),
}


def _unknown_field(name: str, value: object, vocabulary: Vocabulary) -> FieldError:
    near = vocabulary.nearest_fields(name)
    zh = f"没有“{name}”这个字段" + (f"，是不是 {near[0]}（{vocabulary.fields[near[0]].label.zh}）？" if near else "")
    en = f"there is no field {name!r}" + (f"; did you mean {near[0]}?" if near else "")
    return FieldError(name, value, Text(zh, en), near)


def _read(field: ProfileField, raw: object, vocabulary: Vocabulary, as_of: dt.date) -> ProfileValue:
    """A typed JSON value as the field's type."""
    match field.type:
        case "number":
            return _number(field, raw)
        case "bool":
            if not isinstance(raw, bool):
                raise _mismatch(field, raw)
            return raw
        case "date":
            return _date(field, raw, as_of)
        case "set":
            return _labels(field, raw, vocabulary)
    if not isinstance(raw, str) or not raw.strip():
        raise _mismatch(field, raw)
    match field.type:
        case "region":
            return _region(field, raw, vocabulary)
        case "code":
            code = vocabulary.industry(raw)
            if code is None:
                raise _mismatch(field, raw)
            return code
        case _:
            term = vocabulary.term(field.vocabulary, raw)
            if term is None:
                terms = vocabulary.terms[field.vocabulary].values()
                listed_zh = "、".join(f"{t.value}（{t.label.zh}）" for t in terms)
                listed_en = ", ".join(t.value for t in terms)
                raise _WrongValueError(
                    f"{field.label.zh}没有“{raw}”这个选项；可选：{listed_zh}", f"{raw!r} is not one of {listed_en}"
                )
            return term


def _mismatch(field: ProfileField, raw: object) -> _WrongValueError:
    zh, en = _EXPECTED[field.type]
    shown = json.dumps(raw, ensure_ascii=False, default=str)[:60]
    return _WrongValueError(f"{field.label.zh}的值不对：{shown}。{zh}", f"{field.name} cannot be {shown}; {en}")


def _number(field: ProfileField, raw: object) -> float:
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise _mismatch(field, raw)
    try:
        value = float(raw)
    except OverflowError:
        raise _mismatch(field, raw) from None
    low, high = field.minimum, field.maximum
    if math.isinf(value) or (low is not None and value < low) or (high is not None and value > high):
        raise _WrongValueError(
            f"{field.label.zh}须在 {low:g} 到 {high:g} 之间，收到 {raw}", f"{field.name} must be {low:g} to {high:g}, got {raw}"
        )
    return value


def _date(field: ProfileField, raw: object, as_of: dt.date) -> dt.date:
    if not isinstance(raw, str) or len(raw) != len("2024-03-01"):
        raise _mismatch(field, raw)
    try:
        value = dt.date.fromisoformat(raw)
    except ValueError:
        raise _mismatch(field, raw) from None
    if value > as_of and field.name != "graduated_on":
        raise _WrongValueError(
            f"{field.label.zh}（{value}）晚于查询日期（{as_of}），请核对",
            f"{field.name} {value} lies after the date asked, {as_of}",
        )
    if value.year < 1900:  # nobody living was born and hardly a firm registered before
        raise _WrongValueError(f"{field.label.zh}（{value}）早于 1900 年，请核对", f"{field.name} {value} is before 1900")
    return value


def _region(field: ProfileField, raw: str, vocabulary: Vocabulary) -> str:
    found = vocabulary.regions.find(raw)
    if len(found) == 1:
        return found[0]
    if found:
        listed = "、".join(f"{vocabulary.regions.name(code)}（{code}）" for code in found[:6])
        raise _WrongValueError(f"“{raw}”不止一处，请写明：{listed}", f"{raw!r} names several places: {listed}", found[:6])
    raise _mismatch(field, raw)


def _labels(field: ProfileField, raw: object, vocabulary: Vocabulary) -> frozenset[str]:
    if not isinstance(raw, list | tuple | set | frozenset) or not all(isinstance(item, str) for item in raw):
        raise _mismatch(field, raw)
    if len(raw) > MAX_LABELS:
        raise _WrongValueError(f"{field.label.zh}最多 {MAX_LABELS} 项", f"{field.name} takes at most {MAX_LABELS} labels")
    return vocabulary.with_implied(field.vocabulary, (item for item in raw if item.strip()))


def _plain(value: ProfileValue) -> object:
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value

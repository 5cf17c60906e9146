"""Column headers as profile fields, by the names and labels of the vocabulary, Chinese or English."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from policies.schema import Text
from policies.vocabulary import Vocabulary

ID_NAMES: Final = ("profile_id", "id", "编号", "档案编号", "统一社会信用代码", "企业编号", "身份证号")
"""Headers of the column that names a profile, in order of preference."""


class InputError(ValueError):
    """An input that cannot be used; ``message`` names it and says why."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.message = Text(zh, en)

    def __reduce__(self) -> tuple[type[InputError], tuple[str, str]]:
        return InputError, (self.message.zh, str(self))


@dataclass(frozen=True, slots=True)
class Headers:
    """What the columns of a file are.

    Attributes:
        fields: field -> header.
        id_column: header of the profile's id; None where rows are named by their number.
        ignored: headers that are no field, each with the nearest field or "".
    """

    fields: Mapping[str, str]
    id_column: str | None
    ignored: Mapping[str, str]


def match_headers(names: Sequence[str], vocabulary: Vocabulary, given: Mapping[str, str]) -> Headers:
    """Find the fields among headers.

    Args:
        names: the headers, in order.
        vocabulary: fields by name, Chinese and English label; letter case and spaces do not count.
        given: header -> field, or header -> ``profile_id``.

    Raises:
        InputError: two headers mean one field, no header is one, or ``given`` names an unknown field.
    """
    known = {_plain(word): name for name, f in vocabulary.fields.items() for word in (f.label.en or name, f.label.zh, name)}
    fields: dict[str, str] = {}
    ids = [header for header, field in given.items() if field == "profile_id"]
    ignored: dict[str, str] = {}
    for header in names:
        field = given.get(header) or known.get(_plain(header))
        if field is None or field == "profile_id":
            ignored[header] = next(iter(vocabulary.nearest_fields(header, 1)), "")
            continue
        if field not in vocabulary.fields:
            near = ", ".join(vocabulary.nearest_fields(field)) or "none is near"
            raise InputError(f"没有“{field}”这个字段（相近：{near}）", f"there is no field {field!r} ({near})")
        if field in fields:
            both = f"{fields[field]!r}, {header!r}"
            raise InputError(f"两列是同一个字段 {field}：{both}", f"two columns mean the field {field}: {both}")
        fields[field] = header
    if not fields:
        shown = ", ".join(names[:10])
        raise InputError(
            f"没有一列是已知字段（{shown}）；可用 --column 表头=字段 指明",
            f"no column is a known field ({shown}); name them by --column HEADER=FIELD",
        )
    by_plain = {_plain(header): header for header in names}
    ids += [by_plain[_plain(name)] for name in ID_NAMES if _plain(name) in by_plain]
    own = next((header for header in ids if header in names), None)
    ignored.pop(own or "", None)
    return Headers(fields, own, ignored)


def _plain(text: str) -> str:
    return "".join(text.split()).lower().lstrip("\ufeff")

"""One row, or group of joined rows, of a department's table becoming one record."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from policies.codec import policy_from_json
from policies.condition import FLAG_OPS, LIST_OPS
from policies.mapping import DATES, LISTS, TERMS, TEXTS, UNSET, Spec, TableMapping
from policies.normalise import Normalised, Normaliser, date_of, number_of, unmapped, yes_or_no
from policies.schema import Issue, Policy, Text
from policies.tables import Cell, Row
from policies.vocabulary import Vocabulary

_UNIT_OF: Final = {"amount_yuan": "yuan", "cap_yuan": "yuan", "rate": "ratio", "duration_months": "months"}


@dataclass(frozen=True, slots=True)
class MappedRecord:
    """One scheme out of a table: its key there, the draft, the row as received, what was unclear."""

    key: str
    policy: Policy
    raw: str
    issues: tuple[Issue, ...]


@dataclass
class RowDraft:
    """What the cells of one scheme have given so far, in the exchange form."""

    mapping: TableMapping
    normaliser: Normaliser
    vocabulary: Vocabulary
    where: str
    values: dict[str, Any] = field(default_factory=dict)
    benefits: dict[str, dict[str, Any]] = field(default_factory=dict)
    conditions: list[dict[str, Any]] = field(default_factory=list)
    groups: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)
    quote: str = ""
    number: int = 0

    def read(self, row: Row, number: int) -> None:
        """Take in one row, the ``number``-th of its group."""
        self.number = number
        for column, specs in self.mapping.columns.items():
            for spec in specs:
                if all(regex.search(_plain(row.cells.get(one, ""))) for one, regex in spec.only_if.items()):
                    self._read_cell(row.cells.get(column, ""), spec, column)

    def _read_cell(self, cell: Cell, spec: Spec, column: str) -> None:
        if isinstance(cell, tuple) and any(isinstance(one, Mapping) for one in cell):
            self._read_objects(cell, spec, column)
            return
        pieces = [str(one) for one in cell] if isinstance(cell, tuple) else [str(cell)]
        pieces = [one.strip() for one in pieces if one.strip() and one.strip() not in self.mapping.empty]
        if not pieces:
            if spec.default is not UNSET:
                self._put(spec.to, spec.default, spec, column)
            elif spec.required:
                self._issue("missing_value", column, "", "必填的格子是空的", "a required cell is empty")
            return
        self.quote = "；".join(pieces)
        if spec.patterns:
            self._match(pieces[0] if len(pieces) == 1 else "\n".join(pieces), spec, column)
            return
        if spec.value is not UNSET:
            self._put_fixed(spec, column)
            return
        if spec.split:
            pieces = [part.strip() for piece in pieces for part in _split(piece, spec.split) if part.strip()]
        self._put_pieces(pieces, spec, column, spec.to)

    def _read_objects(self, cell: Iterable[Any], spec: Spec, column: str) -> None:
        for number, item in enumerate(one for one in cell if isinstance(one, Mapping)):
            name = f"{column}#{number}"
            self.quote = "；".join(_plain(value) for value in item.values() if _plain(value))
            for key, inner in item.items():
                for one in spec.each.get(key, ()):
                    pieces = [_plain(inner)] if _plain(inner) else []
                    if pieces:
                        self._put_pieces(pieces, one, f"{column}.{key}", f"benefits[{name}].{one.to}")
                if key not in spec.each and _plain(inner):
                    self._issue(
                        "unmapped_column", f"{column}.{key}", _plain(inner), "映射的 each 里没有", "not in each of the mapping"
                    )

    def _match(self, text: str, spec: Spec, column: str) -> None:
        for pattern in spec.patterns:
            found = pattern.match.search(text)
            if found is None:
                continue
            given = {name: value.strip() for name, value in found.groupdict().items() if value}
            benefit = spec.benefit
            if benefit is not None and not benefit[1]:
                self._constants(benefit[0], {**spec.constants, **pattern.constants})
                for key, value in given.items():
                    unit = spec.units.get(key) or {"rate": "%", "duration_months": "月"}.get(key, pattern.unit or spec.unit)
                    self._number_or_text(f"benefits[{benefit[0]}].{key}", value, unit, column)
            elif "value" in given:
                self._put_pieces([given["value"]], spec, column, spec.to)
            elif given:
                for key, value in given.items():
                    self._put_pieces([value], spec, column, key.replace("__", "."))
            elif spec.value is not UNSET or spec.field:
                self._put_fixed(spec, column)
            else:
                self._put_pieces([text], spec, column, spec.to)
            return
        if not spec.optional:
            self._issue("unreadable_cell", column, text, "没有哪个 pattern 读得了", "no pattern reads it")

    def _put_fixed(self, spec: Spec, column: str) -> None:
        if spec.to == "conditions":
            value = None if spec.value is UNSET else spec.value
            self._leaf({"field": spec.field, "op": spec.op, "value": value}, spec)
        else:
            self._put(spec.to, spec.value, spec, column)

    def _put_pieces(self, pieces: list[str], spec: Spec, column: str, to: str) -> None:
        left: list[str] = []
        for piece in pieces:
            mapped = self._mapped(piece, spec)
            if mapped is UNSET:
                left.append(piece)
            elif mapped is not None and to == "conditions" and isinstance(mapped, Mapping):
                self._leaf(dict(mapped), spec)
            elif mapped is not None and not (to == "conditions" and spec.field):
                self._put(to, mapped, spec, column)
            elif mapped is not None:
                left.append(str(mapped))
        if not left:
            return
        if to == "conditions":
            self._conditions(left, spec, column)
            return
        for piece in left:
            self._text(to, piece, spec, column)

    def _mapped(self, piece: str, spec: Spec) -> Any:  # noqa: ANN401 - any value of the YAML file
        if spec.value_map is None:
            return UNSET
        return spec.value_map.get(piece, spec.value_map.get("*", UNSET))

    def _conditions(self, pieces: list[str], spec: Spec, column: str) -> None:
        if spec.declared:
            for piece in pieces:
                self._leaf({"field": "other", "op": "==", "value": piece}, spec)
        elif not spec.field:
            if not spec.optional:
                for piece in pieces:
                    self._issue("unmapped_condition", column, piece, "value_map 里没有这个条件", "value_map lacks this condition")
        elif spec.op in FLAG_OPS:
            if yes_or_no(pieces[0]) is None:
                self._issue("unmapped_yes_no", column, pieces[0], "看不出是或否", "neither yes nor no")
            elif yes_or_no(pieces[0]):
                self._leaf({"field": spec.field, "op": spec.op, "value": None}, spec)
        else:
            values = [value for piece in pieces if (value := self._field_value(piece, spec, column)) is not None]
            if values:
                self._leaf({"field": spec.field, "op": spec.op, "value": values if spec.op in LIST_OPS else values[0]}, spec)

    def _field_value(self, piece: str, spec: Spec, column: str) -> object:
        wanted = self.vocabulary.fields[spec.field]
        if wanted.type == "number":
            number = number_of(piece, spec.unit, wanted.unit)
            if number is None:
                self._issue("unreadable_number", column, piece, f"读不出数字（{wanted.unit}）", f"no number of {wanted.unit}")
            return number
        found = {
            "enum": lambda: self.normaliser.term(wanted.vocabulary, piece),
            "ordered": lambda: self.normaliser.term(wanted.vocabulary, piece),
            "region": lambda: self.normaliser.region(piece),
            "code": lambda: self.normaliser.industry(piece),
            "set": lambda: self.normaliser.label(wanted.vocabulary, piece),
            "date": lambda: Normalised(piece, date_of(piece)),
        }[wanted.type]()
        if found.value is None and not spec.optional:
            self.issues.append(unmapped(wanted.vocabulary or wanted.type, self._at(column), found))
        return found.value

    def _text(self, to: str, piece: str, spec: Spec, column: str) -> None:
        """A text that no value_map knows, to a target that is not ``conditions``."""
        if to.startswith("benefits["):
            self._number_or_text(to, piece, spec.unit, column, spec)
            return
        found = self._look_up(to, piece)
        if found is None:
            self._put(to, f"{spec.prefix}{piece}", spec, column)
        elif found.value is not None:
            self._put(to, found.value, spec, column)
        elif not spec.optional:
            self.issues.append(unmapped(to, self._at(column), found))
            if to in LISTS:
                self._put(to, piece, spec, column)  # a name unknown to the vocabulary stays as it is written

    def _look_up(self, to: str, piece: str) -> Normalised | None:
        if to in TERMS:
            return self.normaliser.term(TERMS[to], piece)
        if to in DATES:
            return Normalised(piece, date_of(piece))
        if to == "region":
            return self.normaliser.region(piece)
        if to == "issuers":
            return self.normaliser.department(piece)
        if to == "groups":
            return self.normaliser.group(piece)
        if to == "industries":
            return self.normaliser.industry(piece)
        if to == "application.offices":
            return Normalised(piece, self.vocabulary.department(piece) or piece)
        if to == "once_only":
            answer = yes_or_no(piece)
            return Normalised(piece, None if answer is None else str(answer))
        return None

    def _number_or_text(self, to: str, piece: str, unit: str | None, column: str, spec: Spec | None = None) -> None:
        name, key = to.removeprefix("benefits[").split("].")
        if key in _UNIT_OF:
            number = number_of(piece, unit, _UNIT_OF[key])
            if number is None:
                if spec is None or not spec.optional:
                    self._issue("unreadable_number", column, piece, "读不出数字", "no number can be read")
                return
            self._put(to, number, spec, column)
            return
        if key in ("kind", "rate_kind", "per", "cap_per"):
            found = self.normaliser.term({"kind": "benefit_kind", "cap_per": "per"}.get(key, key), piece)
            if found.value is None:
                if spec is None or not spec.optional:
                    self.issues.append(unmapped(key, self._at(column), found))
                return
            piece = found.value
        self._put(f"benefits[{name}].{key}", piece, spec, column)

    def _put(self, to: str, value: Any, spec: Spec | None, column: str) -> None:  # noqa: ANN401 - any value
        if to.startswith("benefits["):
            name, key = to.removeprefix("benefits[").split("].")
            if spec is not None:
                self._constants(name, spec.constants)
            self.benefits.setdefault(self._scoped(name), {})[key] = value
        elif to in LISTS:
            known = self.values.setdefault(to, [])
            known += [one for one in (value if isinstance(value, list) else [value]) if one not in known]
        elif to in TEXTS and to in self.values:
            parts = self.values[to].split("；")
            self.values[to] = self.values[to] if str(value) in parts else f"{self.values[to]}；{value}"
        elif to == "once_only":
            self.values.setdefault(to, value in (True, "True"))
        elif self.number and self.values.get(to, value) != value:
            said = f"{self.values[to]} | {value}"
            self._issue("rows_disagree", column, said, "合并的几行说法不一", "the joined rows disagree")
        else:
            self.values.setdefault(to, value)

    def _constants(self, name: str, constants: Mapping[str, Any]) -> None:
        if constants:
            benefit = self.benefits.setdefault(self._scoped(name), {})
            benefit |= {"quote": self.quote, **constants}

    def _scoped(self, name: str) -> str:
        return f"{name}@{self.number}"

    def _leaf(self, tree: dict[str, Any], spec: Spec) -> None:
        tree = _with_evidence(tree, self.quote)
        tree = {"not": tree} if spec.negated else tree
        into = self.groups.setdefault(spec.group, []) if spec.group else self.conditions
        if tree not in into:
            into.append(tree)

    def _at(self, column: str) -> str:
        return f"{self.mapping.name} {self.where} {column}"

    def _issue(self, kind: str, column: str, value: str, zh: str, en: str) -> None:
        at = self._at(column)
        self.issues.append(Issue(kind, at, Text(f"{at}：{zh}：{value}", f"{at}: {en}: {value}"), value))

    def record(self, rows: Sequence[Row], taken: dict[str, int]) -> MappedRecord:
        """The record that the rows have given.

        Args:
            rows: the rows, kept with the record.
            taken: how often each title has occurred in the table so far; counted up here.

        Raises:
            PolicyFormatError: the cells make no policy: no title, an end before its begin.
        """
        mapping, raw = self.mapping, raw_rows(rows)
        values = {**mapping.defaults, **self.values}
        title = str(values.get("title") or "")
        taken[title] = taken.get(title, 0) + 1
        key = f"{title[:150]}#{taken[title]}" if taken[title] > 1 else title[:150]
        source = {"kind": mapping.source_kind, "title": mapping.title}
        data: dict[str, Any] = {
            "id": f"{mapping.name}-{hashlib.blake2b(key.encode(), digest_size=5).hexdigest()}",
            "level": mapping.level,
            "region": mapping.region,
            "issuers": [mapping.department] if mapping.department else [],
            "instrument": "unknown",
            "audience": "both",
            "confidence": "medium",
            "source": source,
        }
        for name in ("instrument", "audience"):
            if name not in values:
                self._issue("missing_value", name, "", "表中没有写明", "the table does not say")
        for target, value in values.items():
            head, _, rest = target.partition(".")
            if rest:
                data[head] = {**data.get(head, {}), rest: value}
            else:
                data[head] = value
        groups = [members[0] if len(members) == 1 else {"any": members} for members in self.groups.values()]
        data["conditions"] = {"all": [*self.conditions, *groups]}
        data["benefits"] = [one for one in map(_benefit, self.benefits.values()) if one]
        policy = policy_from_json(data)
        return MappedRecord(key, policy, raw, tuple(self.issues))


def _benefit(given: dict[str, Any]) -> dict[str, Any] | None:
    stated = [key for key in ("rate", "amount_yuan", "cap_yuan", "duration_months") if given.get(key) is not None]
    if not stated and not (given.get("kind") == "service" and given.get("when")):
        return None
    kinds = {"rate": "rate", "amount_yuan": "lump_sum", "cap_yuan": "cap", "duration_months": "term"}
    found = {"kind": next((kinds[key] for key in kinds if key in stated), "service")} | given
    if "rate" not in stated:
        found.pop("rate_kind", None)
    return found | {"basis": "document"}


def _with_evidence(tree: dict[str, Any], quote: str) -> dict[str, Any]:
    if "field" in tree:
        value = {} if "value" in tree else {"value": None}
        return {**tree, **value, "basis": "document", "quote": quote}
    if "not" in tree:
        return {"not": _with_evidence(tree["not"], quote)}
    return {key: [_with_evidence(child, quote) for child in children] for key, children in tree.items()}


def _split(text: str, characters: str) -> list[str]:
    for one in characters[1:]:
        text = text.replace(one, characters[0])
    return text.split(characters[0])


def _plain(cell: Cell) -> str:
    return "；".join(map(str, cell)) if isinstance(cell, tuple) else str(cell)


def raw_rows(rows: Sequence[Row]) -> str:
    """The rows as received, as JSON."""
    return json.dumps([{"where": row.where, "cells": row.cells} for row in rows], ensure_ascii=False)

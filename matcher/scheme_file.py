"""Schemes given from outside, for ``check``: a gold or extraction file, a list, or a catalogue."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from matcher.recommend import applicable_condition
from policies.codec import PolicyFormatError, policy_from_json
from policies.condition import Condition, ConditionError, condition_from_json, leaves
from policies.validate import leaf_issues
from policies.vocabulary import Vocabulary

MAX_SCHEMES = 100_000
"""Most schemes of one file; the published catalogue of a city has a few thousand."""


@dataclass(frozen=True, slots=True)
class Scheme:
    """A named condition to check a profile against."""

    name: str
    condition: Condition


class SchemeFileError(ValueError):
    """Schemes that cannot be read; ``problems`` names each scheme and fault."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(self.problems[:5]) + (f" … {len(self.problems)} in all" if len(self.problems) > 5 else ""))


def schemes_from_bytes(body: bytes, vocabulary: Vocabulary) -> list[Scheme]:
    """Read a file of schemes: one JSON value, or JSON Lines.

    Raises:
        SchemeFileError: broken JSON or wrong schemes, all of them named.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SchemeFileError(["文件不是 UTF-8 文本 / the file is not UTF-8 text"]) from error
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:  # also a number of thousands of digits
        data = _lines(text, error)
    return schemes_from_json(data, vocabulary)


def _lines(text: str, error: Exception) -> list[object]:
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        raise SchemeFileError(["文件是空的 / the file is empty"]) from error
    try:
        return [json.loads(line) for line in lines]
    except (ValueError, RecursionError):
        raise SchemeFileError([f"JSON 格式有误 / broken JSON: {error}"]) from error


def schemes_from_json(data: object, vocabulary: Vocabulary) -> list[Scheme]:
    """Read schemes from an object with ``schemes``, a list of schemes, or catalogue entries.

    Labels that the vocabulary does not hold are allowed, as documents use their own names.

    Raises:
        SchemeFileError: naming every scheme that is wrong.
    """
    items = data.get("schemes") if isinstance(data, Mapping) and "schemes" in data else data
    if isinstance(items, Mapping):
        items = [items]
    if not isinstance(items, list) or len(items) > MAX_SCHEMES:
        raise SchemeFileError([f"需要 schemes 列表（至多 {MAX_SCHEMES} 项）/ a list of schemes is needed, at most {MAX_SCHEMES}"])
    found: list[Scheme] = []
    problems: list[str] = []
    for number, item in enumerate(items, 1):
        try:
            scheme = _scheme(item, number)
        except (ConditionError, PolicyFormatError) as error:
            problems.append(f"scheme {number}: {error}")
            continue
        issues = [issue for leaf in leaves(scheme.condition) for issue in leaf_issues(leaf, vocabulary, scheme.name)]
        problems += [f"{i.where}: {i.message.zh} / {i.message.en}" for i in issues if i.kind != "unknown_label"]
        found.append(scheme)
    if problems:
        raise SchemeFileError(problems)
    return found


def _scheme(item: object, number: int) -> Scheme:
    if isinstance(item, Mapping) and "id" in item and "title" in item:
        policy = policy_from_json(item)
        return Scheme(policy.id, applicable_condition(policy))
    if not isinstance(item, Mapping) or "conditions" not in item:
        raise ConditionError(f"[{number}]", f"expected an object with name and conditions, got {item!r:.80}")
    return Scheme(str(item.get("name") or f"scheme {number}"), condition_from_json(item["conditions"]))

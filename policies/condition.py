"""The eligibility tree: ``all``, ``any``, ``not`` and leaves, as frozen, checked values.

A condition says *what* is required and where that was read; evaluating it is
:mod:`matcher.rules`. The JSON form is the exchange form of the gold files::

    {"all": [{"field": "age", "op": "<=", "value": 35}, {"not": {...}}]}

A leaf on the field ``other`` is a *declared* condition: no profile field can
express it and a person must confirm it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

DECLARED: Final = "other"
"""Field name of a declared condition in the exchange form."""

AS_OF: Final = "as_of"
"""Built-in date field: the day for which a question is asked."""

THRESHOLD_OPS: Final = frozenset({">=", "<=", ">", "<"})
SET_OPS: Final = frozenset({"contains_any", "contains_all"})
FLAG_OPS: Final = frozenset({"is_true", "is_false"})
LIST_OPS: Final = frozenset({"in", *SET_OPS})
OPS: Final = THRESHOLD_OPS | LIST_OPS | FLAG_OPS | {"==", "within_region", "starts_with"}

MAX_DEPTH: Final = 40
"""Deepest tree read from outside; real trees have at most 5 levels, the cap stops stack abuse."""

Scalar: TypeAlias = str | int | float | bool
LeafValue: TypeAlias = Scalar | tuple[Scalar, ...] | None


class ConditionError(ValueError):
    """A condition in exchange form that cannot be read.

    Attributes:
        path: where in the tree, such as ``all[2].any[0]``.
        problem: what is wrong, with the value, in English.
    """

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path or 'conditions'}: {problem}")
        self.path = path
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of characters ``[start, end)`` in a document's text."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"span {self.start}..{self.end} is not a range of characters")


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a fact was read.

    ``basis`` is a term of the vocabulary ``basis``: ``page`` (an excerpt of the page found),
    ``general`` (general knowledge, original not seen), ``scope`` (implied by the issuing level
    or audience), ``document`` (a document in the catalogue; then ``quote`` and ``span`` are set).
    """

    basis: str
    quote: str | None = None
    span: Span | None = None
    confidence: float | None = None

    def __post_init__(self) -> None:
        if self.confidence is not None and not 0 <= self.confidence <= 1:
            raise ValueError(f"confidence {self.confidence} is not between 0 and 1")


@dataclass(frozen=True, slots=True)
class Leaf:
    """One test on one profile field, or a declared condition (``field == "other"``).

    ``value`` is a scalar, a tuple (for ``in``, ``contains_any``, ``contains_all`` and a list of
    regions) or ``None`` (for ``is_true`` and ``is_false``). ``value_en`` is the English wording
    of a declared condition.
    """

    field: str
    op: str
    value: LeafValue = None
    value_en: str | None = None
    evidence: Evidence | None = None

    def __post_init__(self) -> None:
        if self.op not in OPS:
            raise ValueError(f"op {self.op!r} is not one of {' '.join(sorted(OPS))}")
        for one in self.value if isinstance(self.value, tuple) else (self.value,):
            if isinstance(one, float) and not math.isfinite(one):
                raise ValueError(f"{one} is not a number to compare with")
        if self.op in FLAG_OPS and self.value is not None:
            raise ValueError(f"{self.op} takes no value, not {self.value!r}")
        if self.op not in FLAG_OPS and self.value is None:
            raise ValueError(f"{self.op} needs a value")
        if self.op in LIST_OPS and not isinstance(self.value, tuple):
            raise ValueError(f"{self.op} needs a list, not {self.value!r}")
        if self.op in THRESHOLD_OPS and isinstance(self.value, bool | tuple):
            raise ValueError(f"{self.op} needs one number, date or level, not {self.value!r}")

    @property
    def declared(self) -> bool:
        """Whether no profile field expresses this condition."""
        return self.field == DECLARED


@dataclass(frozen=True, slots=True)
class All:
    """Every child must hold. Without children it holds; that is only for a whole condition."""

    children: tuple[Condition, ...]

    def __post_init__(self) -> None:
        _check_children(self.children)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one child must hold. At least one child is required."""

    children: tuple[Condition, ...]

    def __post_init__(self) -> None:
        if not self.children:
            raise ValueError("any needs at least one condition: an empty one can never hold")
        _check_children(self.children)


@dataclass(frozen=True, slots=True)
class Not:
    """The child must not hold."""

    child: Condition

    def __post_init__(self) -> None:
        _check_children((self.child,))


def _check_children(children: tuple[Condition, ...]) -> None:
    if any(isinstance(child, All) and not child.children for child in children):
        raise ValueError("an empty all can only be the whole condition: inside another it says nothing")


Condition: TypeAlias = All | AnyOf | Not | Leaf


def leaves(node: Condition) -> Iterator[Leaf]:
    """Every leaf below ``node``, left to right."""
    match node:
        case Leaf():
            yield node
        case Not(child):
            yield from leaves(child)
        case All(children) | AnyOf(children):
            for child in children:
                yield from leaves(child)


def condition_from_json(data: object, path: str = "", depth: int = 0) -> Condition:
    """Read a condition from its exchange form.

    Args:
        data: ``{"all": [...]}``, ``{"any": [...]}``, ``{"not": {...}}`` or a leaf object.
        path: where ``data`` stands, for error messages.
        depth: nesting so far.

    Raises:
        ConditionError: naming the place and the problem.
    """
    if depth > MAX_DEPTH:
        raise ConditionError(path, f"nested deeper than {MAX_DEPTH} levels")
    if not isinstance(data, Mapping):
        raise ConditionError(path, f"expected an object with all, any, not or field, got {data!r:.80}")
    kinds = [key for key in ("all", "any", "not", "field") if key in data]
    if len(kinds) != 1:
        raise ConditionError(path, f"expected exactly one of all, any, not, field; got {sorted(map(str, data))}")
    kind = kinds[0]
    if kind == "field":
        return _leaf_from_json(data, path)
    where = f"{path}.{kind}" if path else kind
    if kind == "not":
        return _checked(Not, condition_from_json(data["not"], where, depth + 1), where)
    items = data[kind]
    if not isinstance(items, Sequence) or isinstance(items, str):
        raise ConditionError(where, f"expected a list of conditions, got {items!r:.80}")
    children = tuple(condition_from_json(item, f"{where}[{i}]", depth + 1) for i, item in enumerate(items))
    return _checked(All if kind == "all" else AnyOf, children, where)


def _checked(kind: Callable[[Any], Condition], content: object, where: str) -> Condition:
    try:
        return kind(content)
    except ValueError as error:
        raise ConditionError(where, str(error)) from error


def _leaf_from_json(data: Mapping[str, Any], path: str) -> Leaf:
    field, op, value = data["field"], data.get("op"), data.get("value")
    if not isinstance(field, str) or not isinstance(op, str):
        raise ConditionError(path, f"field and op must be words, got {field!r} and {op!r}")
    if isinstance(value, list):
        value = tuple(value)
    if not (value is None or isinstance(value, str | int | float | bool | tuple)):
        raise ConditionError(path, f"value {value!r:.80} of {field} is neither a number, a text nor a list")
    try:
        return Leaf(field, op, value, data.get("value_en"), evidence_from_json(data))
    except (ValueError, TypeError) as error:
        raise ConditionError(path, f"{field}: {error}") from error


def evidence_from_json(data: Mapping[str, Any]) -> Evidence | None:
    """Read the evidence keys ``basis quote span confidence`` of a leaf or benefit object."""
    quote, span = data.get("quote"), data.get("span")
    basis = data.get("basis") or ("document" if quote else None)
    if basis is None:
        return None
    return Evidence(basis, quote, Span(*span) if span else None, data.get("confidence"))


def evidence_to_json(evidence: Evidence | None) -> dict[str, object]:
    """The evidence keys of the exchange form; empty where there is no evidence."""
    if evidence is None:
        return {}
    found: dict[str, object] = {"basis": evidence.basis}
    if evidence.quote is not None:
        found["quote"] = evidence.quote
    if evidence.span is not None:
        found["span"] = [evidence.span.start, evidence.span.end]
    if evidence.confidence is not None:
        found["confidence"] = evidence.confidence
    return found


def condition_to_json(node: Condition) -> dict[str, object]:
    """The exchange form; ``condition_from_json`` reads it back to an equal condition."""
    match node:
        case All(children):
            return {"all": [condition_to_json(child) for child in children]}
        case AnyOf(children):
            return {"any": [condition_to_json(child) for child in children]}
        case Not(child):
            return {"not": condition_to_json(child)}
        case Leaf(field, op, value, value_en, evidence):
            found: dict[str, object] = {"field": field, "op": op}
            found["value"] = list(value) if isinstance(value, tuple) else value
            if value_en is not None:
                found["value_en"] = value_en
            return found | evidence_to_json(evidence)

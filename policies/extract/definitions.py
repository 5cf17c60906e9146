"""Terms a document defines (本办法所称初创企业，是指…), applied where the terms are used."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from policies.condition import All, AnyOf, Condition, Leaf, Not, leaves
from policies.extract.conditions import Reader
from policies.extract.hit import all_of, any_of, distinct
from policies.read.document import Document

_DEFINED: Final = re.compile(
    r"(?:本(?:办法|通知|细则|意见|措施|政策|规定|条例|方案|公告)?)?(?:中)?所称(?:的)?[“”]?(?P<term>[^，。；：“”]{2,16}?)[“”]?[，,]?\s*"
    r"(?:是指|系指|指的是|指)(?P<meaning>[^。\n]{6,400})"
)


@dataclass(frozen=True, slots=True)
class Definition:
    """A term and where its meaning stands: ``text[start:end]``."""

    term: str
    start: int
    end: int


def definitions_in(document: Document) -> tuple[Definition, ...]:
    """The terms a document defines, in order."""
    return tuple(
        Definition(found.group("term"), found.start("meaning"), found.end("meaning"))
        for found in _DEFINED.finditer(document.text)
    )


def with_definitions(nodes: list[Condition], definitions: tuple[Definition, ...], reader: Reader) -> list[Condition]:
    """``nodes`` where each leaf whose words use a defined term also holds what the term means.

    Only what a field expresses is taken from a meaning; a declared leaf that says nothing but the
    term is replaced by its meaning.
    """
    for definition in definitions:
        meaning = [
            node for node in reader.sentence(definition.start, definition.end) if not all(leaf.declared for leaf in leaves(node))
        ]
        if meaning:
            nodes = [_applied(node, definition, meaning) for node in nodes]
    flat: list[Condition] = []
    for node in nodes:
        flat += node.children if isinstance(node, All) else (node,)
    return distinct(flat) if definitions else nodes


def _applied(node: Condition, definition: Definition, meaning: list[Condition]) -> Condition:
    match node:
        case All(children):
            return all_of([_applied(child, definition, meaning) for child in children])
        case AnyOf(children):
            return any_of([_applied(child, definition, meaning) for child in children])
        case Not():
            return node
        case Leaf():
            return _defined(node, definition, meaning)


def _defined(leaf: Leaf, definition: Definition, meaning: list[Condition]) -> Condition:
    evidence = leaf.evidence
    quote = evidence.quote if evidence and evidence.quote else ""
    inside = evidence is not None and evidence.span is not None and definition.start <= evidence.span.start < definition.end
    if inside or definition.term not in quote:
        return leaf
    rest = re.sub(r"符合条件的|申请人?|对象|为|的|是|属于", "", quote.replace(definition.term, ""))
    return all_of(meaning if leaf.declared and len(rest) < 3 else [leaf, *meaning])

"""How a reading is written in the table of phrases: short, one line, the same for all three kinds."""

from __future__ import annotations

from policies.condition import All, AnyOf, Condition, Leaf, Not
from policies.extract.benefits import read_benefits
from policies.extract.conditions import Reader
from policies.extract.hit import Context, all_of
from policies.extract.quantities import quantities
from policies.extract.setting import Setting
from policies.schema import Benefit

REGION = "310110"
"""The documents of the table are those of Yangpu district, Shanghai."""


def quantity_reading(phrase: str) -> str:
    """Each quantity as ``<= 3000000 yuan``, a range as ``50000..100000 yuan``."""
    found = [
        f"{q.low:g}..{q.high:g} {q.unit}" if q.bound == "range" else f"{q.bound} {q.high:.10g} {q.unit}"
        for q in quantities(phrase)
    ]
    return "; ".join(found) or "none"


def condition_reading(phrase: str, audience: str = "both") -> str:
    """The tree as ``any(a; all(b; c))``; declared parts in guillemets."""
    nodes = Reader(phrase, Context(REGION, audience)).passage(0, len(phrase))
    return tree(all_of(nodes)) if nodes else "none"


def tree(node: Condition) -> str:
    match node:
        case All(children):
            return f"all({'; '.join(map(tree, children))})"
        case AnyOf(children):
            return f"any({'; '.join(map(tree, children))})"
        case Not(child):
            return f"not({tree(child)})"
        case Leaf(field, op, value):
            if field == "other":
                return f"«{value}»"
            words = "" if value is None else " " + ("|".join(map(str, value)) if isinstance(value, tuple) else str(value))
            return f"{field} {op}{words}"


def benefit_reading(phrase: str, instrument: str = "grant", audience: str = "enterprise") -> str:
    """Each benefit as its kind with what is known of amount, rate, cap, term."""
    found = read_benefits(Setting(phrase, instrument, audience), [(0, len(phrase))])
    return "; ".join(map(figures, found)) or "none"


def figures(benefit: Benefit) -> str:
    parts = [benefit.kind]
    for name, value in (
        ("amount", benefit.amount_yuan),
        ("rate", benefit.rate),
        ("cap", benefit.cap_yuan),
        ("months", benefit.duration_months),
    ):
        if value is not None:
            parts.append(f"{name}={value:.10g}")
    if benefit.cap_per:
        parts.append(f"cap_per={benefit.cap_per}")
    if benefit.when:
        parts.append(f"when={benefit.when.zh}")
    return " ".join(parts)


READINGS = {"quantity": quantity_reading, "condition": condition_reading, "benefit": benefit_reading}

"""One test on one known value: the meaning of each op on each type of field.

Used by the evaluator for every leaf; faster back ends build their tables from it, so that there
is one meaning only. A value may be coarser than the test asks (a city where a district is asked,
a section where a division is asked): then the answer is UNKNOWN.
"""

from __future__ import annotations

import datetime as dt
import operator
from collections.abc import Callable, Mapping
from typing import Any, Final

from matcher.facts import Facts
from matcher.profile import ProfileValue
from matcher.truth import Truth, disjunction, truth
from policies.condition import AS_OF, Leaf
from policies.vocabulary import Vocabulary

_COMPARE: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "==": operator.eq,
}


def leaf_truth(leaf: Leaf, facts: Facts, vocabulary: Vocabulary) -> Truth:
    """The truth of a leaf that is not declared.

    A fact known only in part decides where all its possible values agree.
    """
    value = facts.values.get(leaf.field)
    if value is not None:
        return value_truth(leaf, value, vocabulary)
    possible = facts.possible.get(leaf.field)
    if possible:
        outcomes = {value_truth(leaf, one, vocabulary) for one in possible}
        if len(outcomes) == 1:
            return outcomes.pop()
    return Truth.UNKNOWN


def value_truth(leaf: Leaf, value: ProfileValue, vocabulary: Vocabulary) -> Truth:
    """The truth of ``leaf`` for a known ``value`` of its field.

    Raises:
        KeyError: the field is not in the vocabulary.
        TypeError, ValueError: the op or the operand does not fit the field's type.
    """
    field_type = "date" if leaf.field == AS_OF else vocabulary.fields[leaf.field].type
    operands = leaf.value if isinstance(leaf.value, tuple) else (leaf.value,)
    match field_type:
        case "bool":
            wanted = leaf.value if leaf.op == "==" else leaf.op == "is_true"
            return truth(value is wanted)
        case "set":
            return _set_truth(leaf, value, vocabulary)
        case "region":
            return disjunction(_region_truth(str(value), str(code), vocabulary) for code in operands)
        case "code":
            return disjunction(_code_truth(str(value), str(code), vocabulary) for code in operands)
        case "ordered" if leaf.op in _COMPARE:
            terms = vocabulary.terms[vocabulary.fields[leaf.field].vocabulary]
            return truth(_COMPARE[leaf.op](terms[str(value)].order, terms[str(leaf.value)].order))
        case "enum" | "ordered":
            return truth(value in operands)
        case "date":
            return truth(_COMPARE[leaf.op](value, dt.date.fromisoformat(str(leaf.value))))
        case _:
            return truth(value in operands if leaf.op == "in" else _COMPARE[leaf.op](value, leaf.value))


def _set_truth(leaf: Leaf, value: ProfileValue, vocabulary: Vocabulary) -> Truth:
    if not isinstance(value, frozenset) or not isinstance(leaf.value, tuple):
        raise TypeError(f"{leaf.field} {leaf.op} needs lists of labels")
    name = vocabulary.fields[leaf.field].vocabulary
    wanted = {vocabulary.label(name, str(label)) for label in leaf.value}
    return truth(wanted <= value if leaf.op == "contains_all" else bool(wanted & value))


def _region_truth(place: str, wanted: str, vocabulary: Vocabulary) -> Truth:
    if vocabulary.regions.within(place, wanted):
        return Truth.YES
    return Truth.UNKNOWN if vocabulary.regions.within(wanted, place) else Truth.NO


def _code_truth(code: str, wanted: str, vocabulary: Vocabulary) -> Truth:
    full = vocabulary.industry(wanted) or wanted
    if code.startswith(full):
        return Truth.YES
    return Truth.UNKNOWN if full.startswith(code) else Truth.NO

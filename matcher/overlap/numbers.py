"""A pair of schemes in numbers, and the kind that a fitted model reads from them.

The numbers compare purposes, words, figures, conditions, people and places, and say what the
definitions of the kinds would give if read as rules; none of them names a scheme or a department.
What a condition asks about tells more the rarer it is, so shared fields are weighed by how few schemes
of the starter catalogue ask for them.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from matcher.overlap.purpose import Purpose, containment, pair_similarity
from models.pair_model import PairModel, shipped_pair_model
from policies.catalogue import starter_catalogue
from policies.condition import AS_OF, Leaf, leaves
from policies.schema import Policy

if TYPE_CHECKING:
    from matcher.overlap.kinds import PairFacts

MODEL: Final = "overlap_kinds"
_EVERYWHERE: Final = frozenset({"subject_type", "registered_region", AS_OF})
"""Fields nearly every scheme asks for."""
_DECLARED: Final = "other"
_MOST_FIGURES: Final = 3
_NAMING: Final = 4
_PEOPLE_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "veterans": ("退役", "退伍", "老兵", "军人", "复员", "转业"),
    "women": ("女性", "妇女", "女企业家", "女大学生", "女创", "巾帼", "她创", "妈妈", "玉兰"),
    "disabled": ("残疾", "助残", "扶残"),
    "graduates": ("毕业生", "大学生", "在校生", "毕业学年", "青年见习"),
    "returnees": ("留学", "海归", "海外", "回国"),
    "jobless": ("失业", "下岗", "就业困难", "零就业", "低保", "脱贫"),
    "hong_kong_macao_taiwan": ("港澳", "台湾", "台胞"),
    "foreigners": ("外国人", "外籍"),
    "farmers": ("农民", "返乡", "农村"),
}
_PEOPLE_FIELDS: Final[Mapping[str, str]] = {
    "is_student": "graduates",
    "is_current_year_graduate": "graduates",
    "graduation_years": "graduates",
    "overseas_study": "returnees",
    "overseas_university_rank": "returnees",
    "disabled_staff_ratio": "disabled",
    "disabled_employees": "disabled",
}
_PEOPLE_VALUES: Final[Mapping[tuple[str, str], str]] = {
    ("gender", "female"): "women",
    ("employment_status", "unemployed"): "jobless",
}

NUMBERS: Final = (
    "shared_matter", "shared_mentions", "other_matter", "no_matter",
    "title_likeness", "text_likeness", "title_contained", "benefit_likeness", "title_in_text",
    "same_instrument", "same_family", "same_means", "pays_twice",
    "nested", "national_local", "same_level", "city_and_district", "same_department",
    "different_people", "same_group_named", "one_group_named", "other_group_named",
    "people_shared", "people_apart", "people_of_one", "same_audience", "same_applicants",
    "stated", "disjoint", "opens", "implies", "equivalent",
    "figures_agree", "figures_same", "figures_shared", "shared_benefit_kinds",
    "shared_fields", "telling_fields", "telling_fields_of_fewer", "no_fields",
    "shared_values", "shared_labels", "other_labels", "declared_likeness",
    "recognition_beside_money", "asks_by_name", "both_finance", "a_tax_relief",
)  # fmt: skip
"""Names of the single numbers, all between 0 and 2."""

PRODUCTS: Final = (
    ("text_likeness", "same_family"), ("telling_fields", "same_family"), ("telling_fields", "national_local"),
    ("text_likeness", "national_local"), ("telling_fields", "figures_agree"), ("text_likeness", "figures_agree"),
    ("same_department", "figures_agree"), ("national_local", "figures_agree"), ("same_instrument", "national_local"),
    ("shared_matter", "same_family"), ("shared_matter", "national_local"), ("shared_mentions", "same_family"),
    ("same_instrument", "same_department"), ("same_instrument", "figures_agree"), ("telling_fields", "pays_twice"),
    ("title_likeness", "same_department"), ("title_likeness", "figures_agree"), ("shared_values", "figures_agree"),
    ("stated", "figures_agree"), ("asks_by_name", "recognition_beside_money"), ("shared_matter", "recognition_beside_money"),
    ("people_shared", "same_family"), ("people_shared", "national_local"),
)  # fmt: skip
"""Numbers that mean more together than each alone."""

VERDICTS: Final = ("duplicate", "exclusive", "stacks", "same_purpose", "harmless")
"""What plain rules on the facts make of a pair: with the purposes as the words have it, and if both were for one purpose."""

FEATURES: Final = (
    *NUMBERS,
    *("*".join(pair) for pair in PRODUCTS),
    *(f"rules:{kind}" for kind in VERDICTS),
    *(f"if_one_purpose:{kind}" for kind in VERDICTS),
)

SAME_TITLE: Final = 0.65
"""Likeness of titles from which one department's two schemes count as one matter listed twice."""
_SAME_WORDS: Final = 0.5
"""Likeness of whole texts from which the rules take two schemes for one purpose whatever the list of purposes says."""


class Demands:
    """What the conditions of one scheme ask about, beyond what nearly all ask.

    Attributes:
        fields: names of fields.
        values: fields with the values asked for.
        labels: values out of lists, whatever the field.
        declared: the words of conditions that no field holds.
        named: labels and declared words long enough to name what another scheme gives.
        people: for whom it is, by conditions and title.
    """

    __slots__ = ("declared", "fields", "labels", "named", "people", "values")

    def __init__(self, policy: Policy) -> None:
        asked = [leaf for leaf in leaves(policy.conditions) if leaf.field not in _EVERYWHERE]
        own = [leaf for leaf in asked if leaf.field != _DECLARED]
        self.fields = frozenset(leaf.field for leaf in own)
        self.values = frozenset(
            (leaf.field, str(value)) for leaf in own for value in (leaf.value if isinstance(leaf.value, tuple) else (leaf.value,))
        )
        self.labels = frozenset(str(value) for leaf in own if isinstance(leaf.value, tuple) for value in leaf.value)
        self.declared = " ".join(str(leaf.value) for leaf in asked if leaf.field == _DECLARED)
        words = [*self.labels, *(str(leaf.value) for leaf in asked if leaf.field == _DECLARED)]
        self.named = tuple(sorted(word for word in words if len(word) >= _NAMING))
        self.people = _people(policy.title.zh, own)


def _people(title: str, asked: Sequence[Leaf]) -> frozenset[str]:
    found = {people for people, words in _PEOPLE_WORDS.items() if any(word in title for word in words)}
    for leaf in asked:
        if leaf.field in _PEOPLE_FIELDS:
            found.add(_PEOPLE_FIELDS[leaf.field])
        values = leaf.value if isinstance(leaf.value, tuple) else (leaf.value,)
        for value in map(str, values):
            if (leaf.field, value) in _PEOPLE_VALUES:
                found.add(_PEOPLE_VALUES[leaf.field, value])
            elif leaf.field.endswith("groups"):
                found |= {people for people, words in _PEOPLE_WORDS.items() if any(word in value for word in words)} or {value}
    return frozenset(found)


def pair_numbers(
    facts: PairFacts, policies: tuple[Policy, Policy], purposes: tuple[Purpose, Purpose], demands: tuple[Demands, Demands]
) -> tuple[float, ...]:
    """The numbers of a pair in the order of :data:`FEATURES`; the same whichever scheme comes first."""
    found = _words(*purposes) | _facts(facts, *policies, *purposes) | _conditions(*demands) | _named(purposes, demands)
    products = (found[a] * found[b] for a, b in PRODUCTS)
    related = bool(facts.matters) or facts.likeness >= _SAME_WORDS
    verdicts = (by_rules(facts, related=related), by_rules(facts, related=True))
    said = (float(verdict == kind) for verdict in verdicts for kind in VERDICTS)
    return (*(found[name] for name in NUMBERS), *products, *said)


def by_rules(facts: PairFacts, *, related: bool) -> str:
    """The kind that the definitions give when read as rules on the facts; ``related``: both are for one purpose."""
    if not facts.nested:
        return "harmless"
    if related and facts.same_family and not facts.different_people and _one_matter(facts):
        return "duplicate"
    if facts.stated or (related and facts.same_family and facts.disjoint):
        return "exclusive"
    if facts.different_people:
        return "harmless"
    if facts.opens or (facts.national_local and related and not (facts.same_instrument and facts.pays_twice)):
        return "stacks"
    return "same_purpose" if related and facts.same_family and facts.pays_twice else "harmless"


def _one_matter(facts: PairFacts) -> bool:
    """One department's two entries with one title and the same figures, or a national scheme and its local detail."""
    if not facts.benefit.agree or facts.same_applicants is False:
        return False
    if facts.national_local:
        return facts.stated is not None or (facts.same_instrument and facts.titles >= SAME_TITLE)
    return facts.same_department and facts.same_instrument and facts.titles >= SAME_TITLE


@lru_cache(maxsize=1)
def kinds_model() -> PairModel:
    """The model that comes with the program; its card is ``models/weights/overlap_kinds.md``."""
    return shipped_pair_model(MODEL)


def _words(one: Purpose, other: Purpose) -> dict[str, float]:
    return {
        "shared_matter": float(bool(one.matters & other.matters)),
        "shared_mentions": _share(one.mentioned, other.mentioned),
        "other_matter": float(bool(one.matters and other.matters and not one.matters & other.matters)),
        "no_matter": float(not one.matters) + float(not other.matters),
        "text_likeness": pair_similarity(one.text, other.text),
        "title_contained": containment(one.title, other.title),
        "benefit_likeness": pair_similarity(one.clauses, other.clauses),
        "title_in_text": max(containment(one.title, other.text), containment(other.title, one.text)),
        "same_group_named": float(bool(one.people & other.people)),
        "one_group_named": float(bool(one.people) != bool(other.people)),
        "other_group_named": float(bool(one.people and other.people and not one.people & other.people)),
    }


def _facts(facts: PairFacts, first: Policy, second: Policy, one: Purpose, other: Purpose) -> dict[str, float]:
    same = facts.benefit.same_figures
    levels = {first.level, second.level}
    recognised = [policy.instrument in ("recognition", "service") for policy in (first, second)]
    return {
        "title_likeness": facts.titles,
        "same_instrument": float(first.instrument == second.instrument),
        "same_family": float(facts.same_family),
        "same_means": float(facts.same_instrument),
        "pays_twice": float(facts.pays_twice),
        "nested": float(facts.nested),
        "national_local": float(facts.national_local),
        "same_level": float(first.level == second.level),
        "city_and_district": float(levels == {"municipal", "district"}),
        "same_department": float(facts.same_department),
        "different_people": float(facts.different_people),
        "same_audience": float(first.audience == second.audience),
        "same_applicants": float(facts.same_applicants is not False),
        "stated": float(facts.stated is not None),
        "disjoint": float(bool(facts.disjoint)),
        "opens": float(facts.opens),
        "implies": float(bool(facts.first_implies or facts.second_implies)),
        "equivalent": float(bool(facts.first_implies and facts.second_implies)),
        "figures_agree": float(facts.benefit.agree),
        "figures_same": float(bool(same)),
        "figures_shared": min(len(same), _MOST_FIGURES) / _MOST_FIGURES,
        "shared_benefit_kinds": _share(*(frozenset(b.kind for b in policy.benefits) for policy in (first, second))),
        "recognition_beside_money": float(recognised[0] != recognised[1]),
        "both_finance": float(one.family == other.family == "finance"),
        "a_tax_relief": float("tax_relief" in (first.instrument, second.instrument)),
    }


def _conditions(a: Demands, b: Demands) -> dict[str, float]:
    weight = field_weights()
    shared, every = (sum(weight.get(name, weight[""]) for name in names) for names in (a.fields & b.fields, a.fields | b.fields))
    fewer = min(sum(weight.get(name, weight[""]) for name in one.fields) for one in (a, b))
    return {
        "shared_fields": _share(a.fields, b.fields),
        "telling_fields": shared / every if every else 0.0,
        "telling_fields_of_fewer": shared / fewer if fewer else 0.0,
        "no_fields": float(not a.fields) + float(not b.fields),
        "shared_values": _share(a.values, b.values),
        "shared_labels": len(a.labels & b.labels) / max(1, min(len(a.labels), len(b.labels))),
        "other_labels": float(bool(a.labels and b.labels and not a.labels & b.labels)),
        "declared_likeness": pair_similarity(a.declared, b.declared),
        "people_shared": float(bool(a.people & b.people)),
        "people_apart": float(bool(a.people and b.people and not a.people & b.people)),
        "people_of_one": float(bool(a.people) != bool(b.people)),
    }


def _named(purposes: tuple[Purpose, Purpose], demands: tuple[Demands, Demands]) -> dict[str, float]:
    """How nearly something that one asks for is what the other's title names."""
    nearness = (containment(word, p.title) for p, d in zip(purposes, reversed(demands), strict=True) for word in d.named)
    return {"asks_by_name": max(nearness, default=0.0)}


@lru_cache(maxsize=1)
def field_weights() -> Mapping[str, float]:
    """How much a shared field tells: the rarer in the starter catalogue, the more; ``""`` for a field it never asks."""
    policies = starter_catalogue().policies
    count = Counter(name for policy in policies for name in Demands(policy).fields)
    return {name: math.log((len(policies) + 1) / (count[name] + 0.5)) for name in ("", *count)}


def _share(one: frozenset[object], other: frozenset[object]) -> float:
    return len(one & other) / max(1, len(one | other))

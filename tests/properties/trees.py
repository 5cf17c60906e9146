"""Random profiles and condition trees over a handful of fields of every type."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import strategies as st

from policies.condition import All, AnyOf, Condition, Leaf, Not

AS_OF = dt.date(2026, 11, 23)

VALUES: dict[str, st.SearchStrategy[Any]] = {
    "employees": st.integers(0, 400),
    "annual_revenue": st.sampled_from([0, 500_000, 3_000_000, 20_000_000, 500_000_000]),
    "rd_expense_ratio": st.sampled_from([0.0, 0.03, 0.05, 0.2]),
    "industry": st.sampled_from(["I", "I65", "I6510", "C", "C39", "F52", "J66"]),
    "registered_region": st.sampled_from(["310110", "310000", "310115", "440100", "100000", "310110019"]),
    "certifications": st.lists(st.sampled_from(["高新技术企业", "专精特新小巨人", "科技型中小企业"]), max_size=2),
    "groups": st.lists(st.sampled_from(["高校毕业生", "退役军人", "登记失业半年以上人员"]), max_size=2),
    "is_founder": st.booleans(),
    "gender": st.sampled_from(["female", "male"]),
    "education": st.sampled_from(["secondary", "associate", "bachelor", "doctor"]),
    "birth_date": st.dates(dt.date(1950, 1, 1), AS_OF).map(dt.date.isoformat),
    "founded_on": st.dates(dt.date(2015, 1, 1), AS_OF).map(dt.date.isoformat),
    "graduated_on": st.dates(dt.date(2015, 1, 1), dt.date(2027, 6, 30)).map(dt.date.isoformat),
}

PROFILES = st.fixed_dictionaries({}, optional=VALUES)

LEAVES: st.SearchStrategy[Leaf] = st.one_of(
    st.builds(Leaf, st.just("employees"), st.sampled_from([">=", "<=", ">", "<"]), st.sampled_from([10, 20, 100, 300])),
    st.builds(Leaf, st.just("rd_expense_ratio"), st.sampled_from([">=", "<"]), st.sampled_from([0.03, 0.05])),
    st.builds(Leaf, st.just("age"), st.sampled_from([">=", "<=", "<"]), st.sampled_from([18, 35, 45])),
    st.builds(Leaf, st.just("organisation_age_months"), st.sampled_from([">=", "<="]), st.sampled_from([12, 36])),
    st.builds(Leaf, st.just("graduation_years"), st.sampled_from([">", "<="]), st.sampled_from([2, 5])),
    st.builds(Leaf, st.just("industry"), st.just("in"), st.sampled_from([("I65",), ("C", "F52"), ("I",)])),
    st.builds(Leaf, st.just("registered_region"), st.just("within_region"), st.sampled_from(["310110", "310000", "440000"])),
    st.builds(Leaf, st.just("enterprise_size"), st.just("in"), st.sampled_from([("micro", "small"), ("large",)])),
    st.builds(Leaf, st.just("education"), st.sampled_from([">=", "<="]), st.sampled_from(["associate", "master"])),
    st.builds(Leaf, st.just("gender"), st.just("=="), st.sampled_from(["female", "male"])),
    st.builds(Leaf, st.just("is_founder"), st.sampled_from(["is_true", "is_false"])),
    st.builds(
        Leaf,
        st.just("certifications"),
        st.sampled_from(["contains_any", "contains_all"]),
        st.sampled_from([("高新技术企业",), ("专精特新中小企业", "科技型中小企业")]),
    ),
    st.builds(Leaf, st.just("groups"), st.just("contains_any"), st.sampled_from([("登记失业人员",), ("高校毕业生", "退役军人")])),
    st.builds(Leaf, st.just("as_of"), st.sampled_from(["<=", ">="]), st.sampled_from(["2025-12-31", "2027-12-31"])),
)

DECLARED = st.sampled_from([Leaf("other", "==", "财务规范"), Leaf("other", "==", "属重点项目")])


def _grow(children: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    some = st.lists(children, min_size=1, max_size=4).map(tuple)
    return st.one_of(st.builds(All, some), st.builds(AnyOf, some), st.builds(Not, children))


MODELLED: st.SearchStrategy[Condition] = st.recursive(LEAVES, _grow, max_leaves=10)
CONDITIONS: st.SearchStrategy[Condition] = st.recursive(st.one_of(LEAVES, LEAVES, DECLARED), _grow, max_leaves=10)

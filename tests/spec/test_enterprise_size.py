"""The size rules of 2017 as a table: at, below and above each bound, and with facts missing."""

import pytest

from matcher.enterprise_size import SIZES, possible_sizes

WAN = 1e4

# industry, employees, revenue, assets -> size
KNOWN = [
    ("A01", None, 19999 * WAN, None, "medium"),
    ("A01", None, 20000 * WAN, None, "large"),
    ("A01", None, 49.9 * WAN, None, "micro"),
    ("C39", 1000, 40000 * WAN, None, "large"),
    ("C39", 999, 40000 * WAN, None, "medium"),
    ("C39", 1000, 39999 * WAN, None, "medium"),
    ("C39", 300, 2000 * WAN, None, "medium"),
    ("C39", 299, 2000 * WAN, None, "small"),
    ("C39", 20, 300 * WAN, None, "small"),
    ("C39", 19, 99999 * WAN, None, "micro"),  # one measure below the bound is enough for micro
    ("C39", 5000, 299 * WAN, None, "micro"),
    ("E47", None, 80000 * WAN, 80000 * WAN, "large"),
    ("E47", None, 6000 * WAN, 5000 * WAN, "medium"),
    ("E47", None, 300 * WAN, 299 * WAN, "micro"),
    ("F51", 20, 5000 * WAN, None, "medium"),
    ("F52", 50, 500 * WAN, None, "medium"),
    ("F5212", 9, 500 * WAN, None, "micro"),
    ("G54", 20, 200 * WAN, None, "small"),
    ("G59", 100, 1000 * WAN, None, "medium"),
    ("H62", 10, 100 * WAN, None, "small"),
    ("I63", 2000, 100000 * WAN, None, "large"),
    ("I64", 10, 100 * WAN, None, "small"),
    ("I65", 300, 10000 * WAN, None, "large"),
    ("I65", 100, 1000 * WAN, None, "medium"),
    ("I65", 10, 50 * WAN, None, "small"),
    ("I6510", 9, 5000 * WAN, None, "micro"),
    ("K7010", None, 1000 * WAN, 5000 * WAN, "medium"),
    ("K7010", None, 200000 * WAN, 10000 * WAN, "large"),
    ("K7020", 300, 1000 * WAN, None, "medium"),
    ("L72", 100, None, 8000 * WAN, "medium"),
    ("M73", 300, None, None, "large"),
    ("M73", 9, None, None, "micro"),
    ("R87", 100, None, None, "medium"),
]

# with facts missing: what remains possible
PARTIAL = [
    ("I65", 50, None, {"micro", "small"}),  # revenue cannot lift 50 people to medium
    ("I65", 5, None, {"micro"}),
    ("I65", 500, None, set(SIZES)),
    ("I65", None, 60 * WAN, {"micro", "small"}),
    ("I", 12, 300 * WAN, {"small"}),  # the same in all three divisions of the section
    ("I", 150, 2000 * WAN, {"medium"}),
    ("F", 30, 600 * WAN, {"micro", "small"}),
    ("G", 50, 500 * WAN, set(SIZES)),  # railways have no rule, so the section does not decide
    ("J66", 50, 500 * WAN, set(SIZES)),  # finance has rules of its own
    (None, 5, 1 * WAN, set(SIZES)),
]


@pytest.mark.parametrize(("industry", "employees", "revenue", "assets", "size"), KNOWN)
def test_known(industry: str, employees: float | None, revenue: float | None, assets: float | None, size: str) -> None:
    measures = {"employees": employees, "annual_revenue": revenue, "total_assets": assets}
    assert possible_sizes(industry, {name: value for name, value in measures.items() if value is not None}) == {size}


@pytest.mark.parametrize(("industry", "employees", "revenue", "sizes"), PARTIAL)
def test_partly_known(industry: str | None, employees: float | None, revenue: float | None, sizes: set[str]) -> None:
    measures = {"employees": employees, "annual_revenue": revenue}
    assert possible_sizes(industry, {name: value for name, value in measures.items() if value is not None}) == sizes

"""What kind of rate the words around a share name."""

import pytest

from policies.extract.grades import rate_kind

TABLE = [
    ("按实际缴纳房租的", "给予补贴", "subsidy_share"),
    ("按市场租金的", "收取", "price_ratio"),
    ("按贷款利息的", "给予补贴", "interest_subsidy_share"),
    ("按上年度缴纳失业保险费的", "返还", "refund_share"),
    ("所得税减征", "", "reduction_share"),
    ("按设备投入的", "给予资助", "subsidy_share"),
]


@pytest.mark.parametrize(("before", "after", "kind"), TABLE)
def test_rate_kind(before: str, after: str, kind: str) -> None:
    assert rate_kind(before, after) == kind

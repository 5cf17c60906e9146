"""Who a sentence is about: the noun on which its first words end."""

import pytest

from policies.extract.kinds import audience_of

TABLE = [
    ("首次创业并正常经营满1年的企业，给予一次性奖励8000元", "enterprise"),
    ("对毕业5年内首次创办企业的高校毕业生，给予补贴", "individual"),
    ("招用登记失业人员并缴纳社会保险的用人单位，可申请补贴", "enterprise"),
    ("在本市企业就业的毕业生，按每月500元发放", "individual"),
    ("个体工商户可申请贷款", "enterprise"),
    ("符合条件的老年人，免费乘车", "individual"),
]


@pytest.mark.parametrize(("subject", "audience"), TABLE)
def test_subject(subject: str, audience: str) -> None:
    assert audience_of("", "", subject, "", "grant") == audience

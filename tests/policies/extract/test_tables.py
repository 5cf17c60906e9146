"""A row of a table is a scheme, in a workbook, a csv file and a page."""

from __future__ import annotations

import io

import pytest

from policies.extract.extract import extract_document
from policies.read.reader import read_bytes
from tests.policies.extract.reading import figures, tree
from tests.policies.extract.test_extraction import assert_letter_for_letter

ROWS = (
    ("政策名称", "支持对象", "申请条件", "补贴标准", "受理部门"),
    ("租房补贴", "毕业5年内高校毕业生", "在杨浦区就业；本市没有自有产权住房", "每人每月1000元，最长不超过24个月", "区人社局"),
    ("创新奖励", "科技型中小企业", "上年度研发费用占营业收入的比例不低于5%", "一次性奖励10万元", "区科委"),
)


def as_csv() -> bytes:
    return "\n".join(",".join(row) for row in ROWS).encode("gb18030")


def as_xlsx() -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    for row in ROWS:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def as_html() -> bytes:
    rows = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in ROWS)
    return f"<html><body><p>杨浦区政策清单，请查收。</p><table>{rows}</table></body></html>".encode()


@pytest.mark.parametrize(("name", "make"), [("x.csv", as_csv), ("x.xlsx", as_xlsx), ("x.html", as_html)])
def test_rows_are_schemes(name: str, make: object) -> None:
    found = extract_document(read_bytes(make(), name))  # type: ignore[operator]
    first, second = found.schemes
    assert (first.name, second.name) == ("租房补贴", "创新奖励")
    assert "graduation_years <= 5" in tree(first.conditions)
    assert "owns_local_home is_false" in tree(first.conditions)
    assert [figures(benefit) for benefit in first.benefits] == ["monthly amount=1000 months=24"]
    assert "rd_expense_ratio >= 0.05" in tree(second.conditions)
    assert [figures(benefit) for benefit in second.benefits] == ["lump_sum amount=100000"]
    assert (first.audience, second.audience) == ("individual", "enterprise")
    assert_letter_for_letter(found)

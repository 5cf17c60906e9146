"""Tables out of files, and texts to values."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from policies.normalise import Normaliser, date_of, number_of, yes_or_no
from policies.tables import Reader, TableError, html_tables, read_rows
from policies.vocabulary import Vocabulary


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2024/3/1", "2024-03-01"), ("2024-3-1", "2024-03-01"), ("2024.3.1", "2024-03-01"), ("2024年3月1日", "2024-03-01"),
        ("20240301", "2024-03-01"), ("2024年3月", "2024-03"), ("2024年", "2024"), ("2024", "2024"), ("２０２４年３月", "2024-03"),
        ("2024年13月", None), ("长期", None), ("12", None),
    ],
)  # fmt: skip
def test_dates(text: str, date: str | None) -> None:
    assert date_of(text) == date


@pytest.mark.parametrize(
    ("text", "unit", "target", "value"),
    [
        ("3", "万元", "yuan", 30000), ("0.35", "万元", "yuan", 3500), ("1,000", "元", "yuan", 1000), ("2亿元", "万元", "yuan", 200000000),
        ("50", "%", "ratio", 0.5), ("3成", None, "ratio", 0.3), ("3", "年", "months", 36), ("18个月", "年", "months", 18),
        ("３５周岁", None, "years", 35), ("5", "人", "people", 5), ("5-10", "万元", "yuan", None), ("5", "人", "yuan", None), ("若干", "万元", "yuan", None),
    ],
)  # fmt: skip
def test_numbers(text: str, unit: str | None, target: str, value: float | None) -> None:
    assert number_of(text, unit, target) == value


def test_vocabularies(words: Vocabulary) -> None:
    found = Normaliser(words, "310110")
    assert found.department("市人社局").value == "上海市人力资源和社会保障局"
    unknown = found.department("上海市人力资源局")
    assert unknown.value is None
    assert "上海市人力资源和社会保障局" in unknown.suggestions
    assert found.group("高企").value == "高新技术企业"
    assert found.group("应届生").value == "毕业学年学生"
    assert found.region("杨浦").value == "310110"
    assert found.industry("软件和信息技术服务业").value == "I65"
    assert (yes_or_no("√"), yes_or_no("否"), yes_or_no("看情况")) == (True, False, None)


def test_spans_of_html() -> None:
    page = "<table><tr><th>a<th colspan=2>b</tr><tr><td rowspan=2>1<td>2<td>3<tr><td>4<td>5<table><tr><td>x</table></table>"
    assert html_tables(page)[0] == [
        ["a", "b", "b"],
        ["1", "2", "3"],
        ["1", "4", "5x"],
    ]  # a table inside a cell is text of the cell


def test_json_paths() -> None:
    body = json.dumps({"data": {"items": [{"a": {"b": 1}, "c": ["x", "y"], "d": [{"e": 2.5}], "f": None}]}}).encode()
    (row,) = read_rows(body, Reader("json", records="data.items"))
    assert row.cells == {"a.b": "1", "c": ("x", "y"), "d[]": ({"e": "2.5"},), "f": ""}


WRONG = [
    (b"", Reader("xlsx"), "电子表格"),
    (b"PK\x03\x04 broken", Reader("xlsx"), "损坏"),
    ("政策".encode("gbk"), Reader("csv", encoding="utf-8"), "encoding"),
    (b"<html></html>", Reader("html", table=2), "没有第 2 个"),
    (b"{}", Reader("json", records="data"), "不是记录的列表"),
    (b"{", Reader("json"), "不是 JSON"),
    (b"x", Reader("docx"), "Word"),
    (b"a,b", Reader("csv", header_rows=(3,)), "表头应在第 3 行"),
]


@pytest.mark.parametrize(("body", "reader", "hint"), WRONG)
def test_files_that_cannot_be_read(body: bytes, reader: Reader, hint: str) -> None:
    with pytest.raises(TableError, match=hint):
        read_rows(body, reader)


def test_bombs_are_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/workbook.xml", b"0" * (300 * 2**20))
    with pytest.raises(TableError, match="解压后"):
        read_rows(out.getvalue(), Reader("xlsx"))
    page = b"<table><tr>" + b"<td rowspan=1000 colspan=1000>x" * 8 + b"<tr>" * 1000 + b"</table>"
    with pytest.raises(TableError, match="格"):
        read_rows(page, Reader("html"))

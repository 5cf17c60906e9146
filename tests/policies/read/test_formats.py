"""The same notice gives the same schemes in every format."""

from __future__ import annotations

import io
import json

import pytest

from policies.extract.extract import extract_document
from policies.extract.result import extraction_to_json
from policies.read.document import CELL_MARK
from policies.read.encoding import decode, fold, index_form
from policies.read.lines import paragraphs
from policies.read.reader import read_bytes
from tests.policies.sample import FORMATS, LINES, TITLE


def plain(name: str) -> list[dict[str, object]]:
    """Schemes without places, for comparison over formats."""
    found = extraction_to_json(extract_document(read_bytes(FORMATS[name](), name)))

    def bare(value: object) -> object:
        if isinstance(value, dict):
            return {key: bare(item) for key, item in value.items() if key not in ("span", "quote")}
        return [bare(item) for item in value] if isinstance(value, list) else value

    return [bare(scheme) for scheme in found["schemes"]]  # type: ignore[misc]


@pytest.mark.parametrize("name", list(FORMATS))
def test_every_format_gives_the_same_schemes(name: str) -> None:
    expected = plain("notice.txt")
    assert [scheme["name"] for scheme in expected] == ["一次性创业补贴", "房租补贴", "就业奖励"]
    assert plain(name) == expected


@pytest.mark.parametrize("name", list(FORMATS))
def test_blocks_cover_the_text(name: str) -> None:
    document = read_bytes(FORMATS[name](), name)
    assert [document.words(block) for block in document.blocks] == list(LINES)
    assert "\n".join(LINES) == document.text
    assert len(document.sha256) == 64


def test_pdf_blocks_know_their_page() -> None:
    assert {block.page for block in read_bytes(FORMATS["notice.pdf"](), "x.pdf").blocks} == {1}


def test_html_states_title_and_publication_day() -> None:
    document = read_bytes(FORMATS["notice.html"](), "notice.html")
    assert document.fact("title") == TITLE
    assert document.fact("published") == "2025-06-25 10:00"
    assert "栏目" not in document.text
    assert "版权所有" not in document.text


def test_html_table_rows_repeat_a_cell_that_spans_rows() -> None:
    page = "<p>标准如下，请查收。</p><table><tr><td rowspan=2>甲</td><td>一</td></tr><tr><td>二</td></tr></table>"
    document = read_bytes(page.encode(), "t.html")
    rows = [document.words(block) for block in document.blocks if block.kind == "row"]
    assert rows == [f"甲{CELL_MARK}一", f"甲{CELL_MARK}二"]


def test_docx_keeps_the_order_of_paragraphs_and_tables() -> None:
    import docx

    made = docx.Document()
    made.add_paragraph("前")
    table = made.add_table(1, 2)
    table.rows[0].cells[0].text, table.rows[0].cells[1].text = "甲", "乙"
    made.add_paragraph("后")
    out = io.BytesIO()
    made.save(out)
    document = read_bytes(out.getvalue(), "x.docx")
    assert [(block.kind, document.words(block)) for block in document.blocks] == [
        ("paragraph", "前"),
        ("row", f"甲{CELL_MARK}乙"),
        ("paragraph", "后"),
    ]


def test_workbook_with_merged_header_and_two_sheets() -> None:
    from openpyxl import Workbook

    book = Workbook()
    first = book.active
    first.title = "补贴"
    first.append(["2025年扶持政策一览表"])
    first.append(["名称", "补贴", None])
    first.append([None, "金额", "期限"])
    first.append(["房租补贴", "每年2万元", "3年"])
    second = book.create_sheet("贷款")
    second.append(["名称", "额度"])
    second.append(["创业贷款", "30万元"])
    out = io.BytesIO()
    book.save(out)
    document = read_bytes(out.getvalue(), "x.xlsx")
    words = [document.words(block) for block in document.blocks]
    assert "名称：房租补贴\t补贴·金额：每年2万元\t补贴·期限：3年" in words
    assert "名称：创业贷款\t额度：30万元" in words
    assert "2025年扶持政策一览表" in words


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv_in_any_encoding(encoding: str) -> None:
    document = read_bytes("名称,金额\n房租补贴,2万元\n".encode(encoding), "x.csv")
    assert document.text == "名称：房租补贴\t金额：2万元"


def test_json_and_json_lines() -> None:
    one = read_bytes(json.dumps({"标题": "创业补贴办法", "正文": "给予补贴。\n第二段。"}, ensure_ascii=False).encode(), "x.json")
    assert one.fact("title") == "创业补贴办法"
    many = read_bytes('{"问": "多少？"}\n{"问": "多久？"}\n'.encode(), "x.jsonl")
    assert many.text == "问：多少？\n问：多久？"


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("政策".encode("gb18030"), "政策"),
        (b'<meta charset="gb2312">' + "政策㐀".encode("gb18030"), '<meta charset="gb2312">政策㐀'),
        ("\ufeff政策".encode(), "政策"),
        ("⼈⼒⼯作".encode(), "人力工作"),
    ],
)
def test_encoding_ladder(raw: bytes, text: str) -> None:
    assert decode(raw) == text


def test_folding_leaves_full_width_punctuation_alone() -> None:
    assert fold("（２）豈") == "（２）豈"
    assert index_form("（２）補貼") == "(2)补贴"


@pytest.mark.parametrize(
    ("lines", "joined"),
    [
        (
            ["关于打造人才高地推进试点城", "区建设的实施意见", "一、指导思想"],
            ["关于打造人才高地推进试点城区建设的实施意见", "一、指导思想"],
        ),
        (["申请条件：", "（一）在本区注册；", "（二）成立满一年。"], ["申请条件：", "（一）在本区注册；", "（二）成立满一年。"]),
        (["某某局", "2025年6月20日"], ["某某局", "2025年6月20日"]),
    ],
)
def test_hard_line_breaks(lines: list[str], joined: list[str]) -> None:
    assert list(paragraphs(lines)) == joined

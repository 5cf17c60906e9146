"""Outline, parts of a file, signatures and metadata on texts written for the tests."""

from __future__ import annotations

from policies.extract.extract import extract_source
from policies.extract.metadata import metadata_of
from policies.read.reader import document_from_text
from policies.split.outline import Clause, outline
from policies.split.parts import documents_in, signature
from tests.policies.sample import TEXT


def sketch(clause: Clause) -> list[object]:
    return [clause.label or clause.kind, *map(sketch, clause.children)]


def test_numbers_nest_by_their_kind() -> None:
    text = "第一章 总则\n第一条 目的。\n第二章 支持\n第二条 条件如下：\n（一）甲；\n1.子；\n（1）孙；\n①重孙。\n（二）乙。\n第三条 其他。"
    assert sketch(outline(document_from_text(text))) == [
        "root",
        ["第一章", ["第一条"]],
        ["第二章", ["第二条", ["（一）", ["1.", ["（1）", ["①"]]]], ["（二）"]], ["第三条"]],
    ]


def test_labels_and_restarted_numbering() -> None:
    text = (
        "面向单位的政策\n一、甲补贴\n补贴条件：\n（1）子；\n（2）丑。\n补贴标准：1万元。\n面向个人的政策\n一、乙补贴\n给予补贴。"
    )
    assert sketch(outline(document_from_text(text))) == [
        "root",
        ["heading", ["一、", ["补贴条件：", ["（1）"], ["（2）"]], ["补贴标准："]]],
        ["heading", ["一、", ["text"]]],
    ]


def test_numbered_parts_inside_one_paragraph() -> None:
    text = "答：需要具备以下条件：（一）在本市就业；（二）年满18周岁；（三）缴纳社会保险满1年。"
    assert sketch(outline(document_from_text(text))) == ["root", ["text", ["（一）"], ["（二）"], ["（三）"]]]


def test_offsets_are_exact() -> None:
    document = document_from_text(TEXT)
    for clause in outline(document).walk():
        if clause.label:
            assert document.text[clause.start :].startswith(clause.label.strip())
        assert clause.start <= clause.body <= clause.end <= clause.until or clause.kind == "root"


def test_several_documents_in_one_file() -> None:
    text = f"{TEXT}\n第二篇：青年人才住房实施意见\n一、总体目标\n到2026年，建设人才公寓500套。\n第三篇：工作报告（定稿）\n一、成效\n取得成效。"
    parts = documents_in(document_from_text(text))
    assert [metadata_of(part).title for part in parts] == ["杨浦区青年创业扶持办法", "青年人才住房实施意见", "工作报告"]
    second = extract_source(document_from_text(text))[1]
    assert [measure.targets for measure in second.measures] == [("到2026年：建设人才公寓500套",)]


def test_signature_and_metadata() -> None:
    document = document_from_text(TEXT)
    found = signature(document)
    assert found is not None
    assert found.bodies == ("上海市杨浦区人力资源和社会保障局",)
    meta = metadata_of(document)
    assert meta.document_no == "杨人社规〔2025〕3号"
    assert (meta.signed, meta.effective_from, meta.effective_to) == ("2025-06-20", "2025-07-01", "2027-06-30")
    assert meta.issuers == ("上海市杨浦区人力资源和社会保障局",)
    assert meta.region == "310110"

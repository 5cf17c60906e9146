"""Whole documents: the tree of the sample, evidence letter for letter, determinism."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.condition import leaves
from policies.extract.extract import extract_document, extract_source
from policies.extract.result import Extraction
from policies.read.reader import document_from_text, read_path
from policies.validate import leaf_issues
from policies.vocabulary import vocabulary
from tests.policies.extract.reading import figures, tree
from tests.policies.extract.test_phrases import ROWS
from tests.policies.sample import TEXT


def quotes(found: Extraction) -> Iterator[tuple[str, int, int]]:
    for scheme in found.schemes:
        for leaf in leaves(scheme.conditions):
            assert leaf.evidence is not None, leaf
            assert leaf.evidence.span is not None
            yield leaf.evidence.quote or "", leaf.evidence.span.start, leaf.evidence.span.end
        for benefit in scheme.benefits:
            assert benefit.evidence is not None
            assert benefit.evidence.span is not None
            yield benefit.evidence.quote or "", benefit.evidence.span.start, benefit.evidence.span.end
    for measure in found.measures:
        yield measure.text, *measure.span


def assert_letter_for_letter(found: Extraction) -> None:
    for quote, start, end in quotes(found):
        assert found.text[start:end] == quote


def test_the_sample() -> None:
    found = extract_document(document_from_text(TEXT))
    first, second, third = found.schemes
    assert tree(first.conditions) == (
        "all(all(groups contains_any 高校毕业生; graduation_years <= 5); organisation_age_months <= 36; "
        "registered_region within_region 310110; enterprise_size in micro|small; is_founder is_true; has_bad_credit is_false)"
    )
    assert tree(second.conditions) == (
        "all(registered_region within_region 310110; enterprise_size in micro|small; any(invention_patents >= 2; annual_revenue >= 1000000))"
    )
    assert [figures(benefit) for benefit in second.benefits] == ["rate rate=0.5 cap=20000 months=36 cap_per=year"]
    assert (third.instrument, third.audience) == ("grant", "enterprise")
    assert [figures(benefit) for benefit in third.benefits] == ["per_person amount=2000 cap=100000 cap_per=total"]
    assert_letter_for_letter(found)


def test_a_defined_term_is_applied_where_it_is_used() -> None:
    text = (
        "创业扶持办法\n第一条 本办法所称初创企业，是指在本市登记注册3年内的小微企业。\n第二条 创业补贴\n申请条件：\n"
        "（一）初创企业；\n（二）符合下列条件之一：\n1.初创企业拥有发明专利1件以上；\n2.吸纳就业3人以上。\n补贴标准：5000元。"
    )
    (scheme,) = extract_document(document_from_text(text)).schemes
    meaning = "organisation_age_months <= 36; enterprise_size in micro|small"
    read = tree(scheme.conditions)
    assert "«初创企业»" not in read
    assert read.count(meaning) >= 1
    assert "any(all(" in read


def test_reading_twice_gives_the_same() -> None:
    document = document_from_text(TEXT)
    assert extract_document(document) == extract_document(document)


@given(st.lists(st.sampled_from([row[1] for row in ROWS]), min_size=1, max_size=12), st.booleans())
def test_evidence_is_letter_for_letter_in_any_arrangement(phrases: list[str], numbered: bool) -> None:
    marks = "一二三四五六七八九十" + "十" * 2
    lines = [f"{marks[i]}、{phrase}" if numbered and i < 10 else phrase + "。" for i, phrase in enumerate(phrases)]
    assert_letter_for_letter(
        extract_document(document_from_text("\n".join(["创业补贴办法", *lines, "符合条件的，给予补贴5000元。"])))
    )


@given(st.text(alphabet="一二三（）()、，。；：以下符合条件之一补贴给予万元年内毕业不超过1234567890%\n ", max_size=300))
def test_no_text_breaks_the_reading(text: str) -> None:
    assert_letter_for_letter(extract_document(document_from_text("补贴申请指南\n" + text)))


def pages(shared: Path) -> list[Path]:
    return sorted((shared / "gov_pages" / "html").glob("*.html")) + sorted((shared / "seed").glob("*.txt"))


def test_every_span_on_real_documents_is_found_letter_for_letter(shared: Path) -> None:
    count = 0
    for path in pages(shared):
        for found in extract_source(read_path(path)):
            assert_letter_for_letter(found)
            count += len(list(quotes(found)))
    assert count > 300


def test_leaves_fit_their_fields_on_real_documents(shared: Path) -> None:
    words = vocabulary()
    wrong = {"unknown_field", "wrong_op", "wrong_value", "unknown_term", "unknown_region", "unknown_industry"}
    for path in pages(shared):
        for found in extract_source(read_path(path)):
            for scheme in found.schemes:
                issues = [issue for leaf in leaves(scheme.conditions) for issue in leaf_issues(leaf, words)]
                assert [issue for issue in issues if issue.kind in wrong] == []


def test_the_seed_file_holds_five_documents_with_commitments(shared: Path) -> None:
    (path,) = (shared / "seed").glob("*.txt")
    found = extract_source(read_path(path))
    assert len(found) == 5
    assert all(part.metadata.title for part in found)
    assert found[0].metadata.document_no == "杨委【2024】26号"
    assert found[0].metadata.signed == "2024-11-02"
    assert found[3].metadata.signed == "2024-03-18"
    assert all(part.measures for part in found)
    assert sum(len(part.measures) for part in found) >= 80
    assert not any(part.schemes for part in found)


@pytest.mark.parametrize("title", ["杨浦区人才发展规划", "关于推进创新城区建设的实施意见"])
def test_framework_documents_give_commitments(title: str) -> None:
    text = f"{title}\n一、主要任务\n（一）支持高校毕业生创业，到2026年建设孵化基地10家。\n二、成效\n去年引进了人才100名。"
    found = extract_document(document_from_text(text))
    assert not found.schemes
    (measure,) = found.measures
    assert measure.groups == ("高校毕业生",)
    assert measure.targets == ("到2026年建设孵化基地10家",)

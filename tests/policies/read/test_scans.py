"""Scanned pages: read where the extra is installed, a clear next step where it is not."""

from __future__ import annotations

import sys

import pytest

from policies.extract.extract import extract_document
from policies.read import pdf
from policies.read.document import ReadError
from policies.read.reader import read_bytes
from tests.policies.sample import LINES, as_scan


def test_without_the_extra_the_message_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rapidocr", None)
    pdf._recogniser.cache_clear()
    with pytest.raises(ReadError, match=r"policymatch\[ocr\]") as caught:
        read_bytes(as_scan(), "scan.pdf")
    assert caught.value.kind == "needs_ocr"


@pytest.mark.filterwarnings("ignore")
def test_a_scan_gives_the_schemes_of_the_page(capfd: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("rapidocr", reason="the extra ocr is not installed")
    pytest.importorskip("onnxruntime", reason="the extra ocr is not installed")
    pdf._recogniser.cache_clear()
    document = read_bytes(as_scan(), "scan.pdf")
    assert capfd.readouterr().out == ""
    assert document.kind == "scan"
    if sum(line in document.text for line in LINES) < len(LINES) // 2:
        pytest.skip("no Chinese font to draw the scan with")
    assert [scheme.name for scheme in extract_document(document).schemes] == ["一次性创业补贴", "房租补贴", "就业奖励"]

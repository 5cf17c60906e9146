"""The commands of the catalogue, end to end on one store."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from api.cli.main import app
from api.cli.messages import UserError

ROOT = Path(__file__).resolve().parents[2]
TABLES = ROOT / "tests" / "fixtures" / "departments"
Run = Callable[..., Any]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("POLICYMATCH_CATALOGUE", raising=False)

    def call(*words: str, code: int = 0) -> Any:
        done = CliRunner().invoke(app, list(words), catch_exceptions=True)
        if isinstance(done.exception, UserError):
            assert done.exception.code == code, done.exception.lines
            return "\n".join(done.exception.lines)
        assert done.exit_code == code, (done.output, done.exception)
        return json.loads(done.stdout) if "--json" in words else done.output

    return call


def test_from_tables_to_versions_and_back(run: Run, tmp_path: Path) -> None:
    assert run("catalogue", "import", "starter", "--json")["published"]["policies"] == 136
    report = run("ingest", "--mapping", "rsj", str(TABLES / "rsj.xlsx"), "--json")
    assert report["tables"][0]["new"] == 20
    assert report["published"]["number"] == 2
    again = run("ingest", "--mapping", "rsj", str(TABLES / "rsj.xlsx"), "--json")
    assert again["tables"][0]["unchanged"]
    assert again["published"]["number"] == 2
    assert [one["number"] for one in run("catalogue", "log", "--json")] == [2, 1]
    changed = run("catalogue", "diff", "1", "2", "--json")
    assert {"added", "changed"} == {one["kind"] for one in changed}
    assert "+ rsj-" in run("catalogue", "diff", "1", "2")
    assert run("catalogue", "verify", "--json") == []
    assert any(one["kind"] == "conflicting_facts" for one in run("catalogue", "issues", "--json"))
    loan = next(d for d in run("catalogue", "decisions", "starter/m-skill-base", "--json") if d["kind"] == "duplicate")
    assert loan["parts"]
    assert loan["reason"]["zh"].startswith("同一政策")
    run("catalogue", "decide", loan["left"], loan["right"], "different", "--reason", "两个政策")
    assert run("catalogue", "publish", "--json")["policies"] == report["published"]["policies"] + 1
    run("catalogue", "edit", "m-first-startup-subsidy", "title", "首次创业补贴（人工）")
    run("catalogue", "publish")
    found = run("recommend", "--profile", str(ROOT / "docs/examples/firm.json"), "--catalogue", "policies.db", "--json")
    assert "首次创业补贴（人工）" in json.dumps(found, ensure_ascii=False)
    old = run("recommend", "--profile", str(ROOT / "docs/examples/firm.json"), "--catalogue", "policies.db@1", "--json")
    assert old["catalogue_version"].startswith("policies-1-")
    run("catalogue", "undo-edit", "m-first-startup-subsidy", "title")
    assert run("catalogue", "restore", "1", "--json")["policies"] == 136
    assert run("catalogue", "expiring", "--days", "60", "--as-of", "2026-11-23", "--catalogue", "policies.db", "--json")
    assert run("catalogue", "completeness", "--catalogue", "policies.db", "--json")["summary"]["policies"] == 136
    for form in ("jsonl", "csv", "dictionary", "xlsx", "jsonld", "atom", "ics"):
        run("export", "--format", form, "--catalogue", "policies.db", "--out", f"x.{form}")
        assert (tmp_path / f"x.{form}").stat().st_size > 500
    assert run("catalogue", "import", "x.xlsx", "--catalogue", "other.db", "--json")["published"]["policies"] == 136


def test_one_bad_table_does_not_stop_the_rest(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.xlsx").write_bytes(b"PK no")
    words = ("ingest", "--mapping", "rsj", "bad.xlsx", "none.xlsx", str(TABLES / "rsj.xlsx"))
    assert "新 20" in run(*words, code=1)


def test_faults_are_told_with_the_next_step(run: Run, tmp_path: Path) -> None:
    assert "没有这个目录库" in run("catalogue", "log", "--catalogue", "none.db", code=1)
    assert ".db" in run("catalogue", "log", "--catalogue", "x.jsonl", code=2)
    assert "oracle" in run("catalogue", "log", "--catalogue", "oracle://a/b", code=1)
    assert "自带的有" in run("ingest", "--mapping", "none.yaml", "x.csv", code=2)
    (tmp_path / "wrong.yaml").write_text("name: x\ntitle: y\nreader: {kind: pdf}\ncolumns: {甲: {to: titel, colour: red}}\n")
    told = run("ingest", "--mapping", "wrong.yaml", "x.csv", code=2)
    assert "titel" in told
    assert "colour" in told
    assert "reader.kind" in told
    run("catalogue", "import", "starter")
    assert "catalogue log" in run("catalogue", "diff", "1", "7", code=1)
    assert "没有政策" in run("catalogue", "edit", "zzz", "title", "x", code=1)
    assert "没有可撤销" in run("catalogue", "undo", "77", code=1)
    assert "无法导入" in run("catalogue", "import", "none.jsonl", code=1)


@pytest.mark.parametrize("name", ["rsj.xlsx", "kw.csv", "tax.json", "gov.html", "tw.docx", "ip.csv"])
def test_a_suggested_mapping_can_be_used(run: Run, tmp_path: Path, name: str) -> None:
    out = f"suggested-{name}.yaml"
    run("mapping", "suggest", str(TABLES / name), "--out", out)
    found = run("mapping", "check", out, str(TABLES / name), "--json")
    known = run("mapping", "check", name.split(".", maxsplit=1)[0], str(TABLES / name), "--json")
    titles = [{one["title"] for one in report["records"]} for report in (found, known)]
    assert len(titles[0] & titles[1]) >= 0.9 * len(titles[1])
    assert [one["name"] for one in run("mapping", "list", "--json")] == ["gov", "ip", "kw", "rsj", "tax", "tw"]

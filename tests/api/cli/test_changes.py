"""Notification lists from the command line."""

from __future__ import annotations

import csv
import json
import sys
from importlib import resources

import pytest

import api.cli.main as command

pytest.importorskip("pyarrow", reason="pip install 'policymatch[bulk]'")

ROWS = """编号,主体类型,注册地,从业人数,成立日期,出生日期,行业
甲,企业,上海市杨浦区,12,2024-01-10,,I65
乙,企业,上海市杨浦区,很多,2024-01-10,,I65
丙,企业,上海市杨浦区,30,2026-06-01,,I65
"""


@pytest.fixture
def call(tmp_path, monkeypatch, capfd):
    path = tmp_path / "p.csv"
    path.write_text(ROWS, encoding="utf-8")

    def run(*more):
        monkeypatch.setattr(sys, "argv", ["policymatch", "changes", "--profiles", str(path), *map(str, more)])
        with pytest.raises(SystemExit) as ended:
            command.main()
        return ended.value.code or 0, *capfd.readouterr()

    return run


def test_between_two_days(call, tmp_path):
    code, out, err = call("--before", "2026-01-10", "--after", "2028-01-10", "--json")
    assert code == 1, err
    assert "很多" in err
    assert out.count("\n") == 1
    found = json.loads(out)
    assert (found["rows"], found["bad_rows"]) == (3, 1)
    assert found["gained"] + found["lost"] == len(found["changes"]) > 0
    assert {one["profile_id"] for one in found["changes"]} <= {"甲", "丙"}
    for one in found["changes"]:
        assert (one["reason"], one["change"] == "gained") == ("time_passed", one["after"] == "eligible")
        assert one["fields"]
        assert "；" in one["reason_zh"]
        assert "; " in one["reason_en"]
    path = tmp_path / "list.csv"
    code, out, _ = call("--before", "2026-01-10", "--after", "2028-01-10", "--out", path)
    assert code == 1
    assert "gained" in out
    with path.open(encoding="utf-8-sig", newline="") as source:
        rows = list(csv.DictReader(source))
    assert [(row["profile_id"], row["policy_id"]) for row in rows] == [
        (c["profile_id"], c["policy_id"]) for c in found["changes"]
    ]
    assert "很多" in (tmp_path / "list.errors.csv").read_text(encoding="utf-8-sig")


def test_between_two_catalogues(call, tmp_path):
    lines = (
        (resources.files("policies") / "data" / "starter_catalogue.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    )
    old, new = tmp_path / "old.jsonl", tmp_path / "new.jsonl"
    old.write_text("".join(lines[:80]), encoding="utf-8")
    new.write_text("".join(lines), encoding="utf-8")
    _, out, _ = call("--before", old, "--after", new, "--as-of", "2026-11-23", "--json")
    found = json.loads(out)
    assert {one["reason"] for one in found["policies"]} <= {"new_policy"}
    assert found["gained"] > 0
    _, out, _ = call("--before", new, "--after", old, "--as-of", "2026-11-23")
    assert "removed_policy" in out


@pytest.mark.parametrize(("before", "after", "code"), [("tomorrow", "2026-11-23", 2), ("2026-11-23", "no.jsonl", 1)])
def test_wrong_sides(call, before, after, code):
    ended, out, err = call("--before", before, "--after", after, "--json")
    assert (ended, out) == (code, "")
    assert " / " in err
    assert before in err or after in err

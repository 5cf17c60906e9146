"""The command line of bulk runs: exit codes, one JSON value on stdout, messages that help."""

from __future__ import annotations

import json
import sys

import pytest

import api.cli.main as command

pytest.importorskip("pyarrow", reason="pip install 'policymatch[bulk]'")

GOOD, BAD = "编号,从业人数,注册地\n甲,20,上海市杨浦区\n", "编号,从业人数,注册地\n甲,很多,上海市杨浦区\n"


@pytest.fixture
def call(tmp_path, monkeypatch, capfd):
    """Run the command through its entry point on a csv; gives (exit code, stdout, stderr)."""

    def run(text, *more, name="bulk", out=True):
        path = tmp_path / "p.csv"
        if text is not None and not path.exists():  # a file written again is another file
            path.write_text(text, encoding="utf-8")
        to = ["--out", str(tmp_path / "out")] if out else []
        monkeypatch.setattr(sys, "argv", ["policymatch", name, "--profiles", str(path), *to, *more])
        with pytest.raises(SystemExit) as ended:
            command.main()
        return ended.value.code or 0, *capfd.readouterr()

    return run


def test_good_rows(call):
    code, out, err = call(GOOD, "--as-of", "2026-11-23", "--json")
    assert code == 0, err
    assert out.count("\n") == 1
    assert json.loads(out)["rows"] == 1
    assert "rows/s" in err
    code, out, err = call(GOOD, "--as-of", "2026-11-23")
    assert "1 rows were done before" in err
    assert "1 rows" in out


def test_rows_set_aside_are_a_finding(call, tmp_path):
    code, out, _ = call(BAD, "--json")
    assert code == 1
    assert json.loads(out)["bad_rows"] == 1
    errors = (tmp_path / "out" / "errors.csv").read_text(encoding="utf-8-sig")
    assert "从业人数,很多,从业人数填写有误" in errors
    assert " / employees cannot be read" in errors


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--verdicts", "maybe"), "maybe"),
        (("--as-of", "tomorrow"), "tomorrow"),
        (("--column", "从业人数=annual_revenu"), "annual_revenue"),
        (("--column", "从业人数"), "HEADER=FIELD"),
        (("--column", "注册地=employees"), "两列"),
    ],
)
def test_wrong_usage(call, more, message):
    code, out, err = call(GOOD, *more, "--json")
    assert (code, out) == (2, "")
    assert message in err
    assert " / " in err
    assert "Traceback" not in err


@pytest.mark.parametrize("more", [("--sink", "pictures"), ("--engine", "cloud"), ("--samples", "0")])
def test_no_such_choice(call, more):
    code, out, err = call(GOOD, *more)
    assert (code, out) == (2, "")
    assert more[0] in err


def test_a_missing_file_and_a_file_without_fields(call):
    code, _, err = call(None)
    assert code == 2
    assert "p.csv" in err
    code, _, err = call("名称,备注\n甲,乙\n")
    assert code == 2
    assert "HEADER=FIELD" in err


def test_a_broken_catalogue(call, tmp_path):
    path = tmp_path / "broken.jsonl"
    path.write_text("{\n[]\n", encoding="utf-8")
    code, out, err = call(GOOD, "--catalogue", str(path), "--json")
    assert (code, out) == (1, "")
    assert "broken.jsonl" in err
    assert "line 2" in err


def test_another_run_in_the_folder(call):
    assert call(GOOD)[0] == 0
    code, _, err = call(GOOD, "--sink", "counts")
    assert code == 2
    assert "another run" in err

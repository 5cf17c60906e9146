"""The command line of bulk runs: exit codes, one JSON value on stdout, messages that help."""

from __future__ import annotations

import json

import pytest
import typer
from typer.testing import CliRunner

pytest.importorskip("pyarrow", reason="pip install 'policymatch[bulk]'")

from api.cli.bulk import bulk

APP = typer.Typer()
APP.command()(bulk)
GOOD, BAD = "编号,从业人数,注册地\n甲,20,上海市杨浦区\n", "编号,从业人数,注册地\n甲,很多,上海市杨浦区\n"


def call(tmp_path, text: str, *more: str):
    path = tmp_path / "p.csv"
    path.write_text(text, encoding="utf-8")
    args = ["--profiles", str(path), "--out", str(tmp_path / "out"), "--as-of", "2026-11-23", "--json", *more]
    return CliRunner().invoke(APP, args)


def test_good_rows(tmp_path):
    result = call(tmp_path, GOOD)
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["rows"] == 1
    assert "rows/s" in result.stderr


def test_rows_set_aside_are_a_finding(tmp_path):
    result = call(tmp_path, BAD)
    assert result.exit_code == 1
    assert json.loads(result.stdout)["bad_rows"] == 1
    assert "很多" in (tmp_path / "out" / "errors.csv").read_text(encoding="utf-8-sig")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--sink", "pictures"), "ids, counts, planes"),
        (("--engine", "cloud"), "local or dask"),
        (("--verdicts", "maybe"), "maybe"),
        (("--as-of", "tomorrow"), "tomorrow"),
        (("--column", "从业人数=annual_revenu"), "annual_revenue"),
    ],
)
def test_wrong_usage(tmp_path, more, message):
    result = call(tmp_path, GOOD, *more)
    assert result.exit_code == 2
    assert message in result.stderr


def test_a_missing_file(tmp_path):
    result = CliRunner().invoke(APP, ["--profiles", str(tmp_path / "no.parquet"), "--out", str(tmp_path / "out")])
    assert result.exit_code == 2
    assert "no.parquet" in result.stderr

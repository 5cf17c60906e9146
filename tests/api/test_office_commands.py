"""The policy office at the command line: one JSON value, the notice, errors with the next step."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

pytest.importorskip("pyarrow", reason="pip install 'policymatch[office]'")

from api.cli.main import app
from api.cli.messages import UserError

runner = CliRunner()


def run(*arguments: str) -> dict:
    answer = runner.invoke(app, [*arguments, "--json", "--as-of", "2026-11-23"])
    assert answer.exit_code == 0, answer.output
    return json.loads(answer.stdout)


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("people") / "people.parquet"
    made = run("population", "make", "--size", "1500", "--seed", "2", "--out", str(path))
    assert (made["size"], made["seed"], made["kind"]) == (1500, 2, "synthetic")
    return path


def test_overlaps_and_their_table(people: Path, tmp_path: Path) -> None:
    out = tmp_path / "overlaps.csv"
    found = run("overlaps", "--population", str(people), "--top", "3", "--out", str(out))
    assert len(found["overlaps"]) == 3
    assert found["population"]["seed"] == 2
    assert "不是真实企业" in out.read_text(encoding="utf-8-sig").splitlines()[0]


def test_gaps_with_contradictions(people: Path) -> None:
    pytest.importorskip("sklearn", reason="pip install 'policymatch[office]'")
    found = run("gaps", "--population", str(people))
    assert found["segments"]
    assert {one["kind"] for one in found["contradictions"]} >= {"idle"}


def test_a_scenario_and_another_draft(people: Path, tmp_path: Path) -> None:
    drafts = []
    for age in (40, 45):
        path = tmp_path / f"{age}.json"
        path.write_text(json.dumps({"name": str(age), "edits": [{"policy": "m-startup-loan-pre", "at": "all[1]", "value": age}]}))
        drafts.append(path)
    first = run("simulate", "--scenario", str(drafts[0]), "--population", str(people))["changes"][0]
    second = run("simulate", "--scenario", str(drafts[1]), "--against", str(drafts[0]), "--population", str(people))["changes"][0]
    assert first["winners"] > 0
    assert second["before"] == first["after"]


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["overlaps", "--population", "nowhere.parquet"], "nowhere.parquet"),
        (["overlaps", "--out", "table.pdf"], ".xlsx"),
        (["simulate", "--scenario", "nowhere.json"], "nowhere.json"),
    ],
)
def test_a_fault_names_the_value_and_the_next_step(people: Path, arguments: list[str], fault: str) -> None:
    extra = [] if "--population" in arguments else ["--population", str(people)]
    answer = runner.invoke(app, [*arguments, *extra])
    assert isinstance(answer.exception, UserError)
    assert fault in answer.exception.lines[0]

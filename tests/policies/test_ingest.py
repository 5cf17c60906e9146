"""Ingest, the review queue and the commands: nothing is lost, one bad file never stops the rest."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from api.cli.evaluate_extraction import extraction
from api.cli.extract import extract
from api.cli.ingest import ingest
from api.cli.matching import recommend
from api.cli.messages import UserError
from api.cli.review import app as review
from policies.ingest import files_in, read_all, read_file
from policies.queue import QueueError, ReviewQueue
from tests.policies.drafts import CHANGED
from tests.policies.sample import FORMATS, TEXT, TITLE

NOW = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
app = typer.Typer()
app.command()(extract)
app.command()(ingest)
app.command()(recommend)
app.command()(extraction)
app.add_typer(review, name="review")
run = CliRunner().invoke


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "in"
    made.mkdir()
    for name, make in FORMATS.items():
        (made / name).write_bytes(make())
    (made / "empty.txt").write_bytes(b"")
    (made / "picture.png").write_bytes(b"\x89PNG")
    return made


@pytest.mark.parametrize("jobs", [1, 2])
def test_all_files_get_an_outcome(folder: Path, jobs: int) -> None:
    outcomes = list(read_all(files_in([folder]), lambda *_: False, jobs))
    assert len(outcomes) == len(FORMATS) + 1
    assert [outcome.path.name for outcome in outcomes if outcome.error] == ["empty.txt"]


def test_a_fault_of_the_program_becomes_an_outcome(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("policies.ingest.extract_source", fail)
    outcome = read_file(folder / "notice.txt")
    assert outcome.error is not None
    assert "RuntimeError" in outcome.error.en


def test_unchanged_sources_are_skipped_and_decisions_kept(folder: Path, tmp_path: Path) -> None:
    queue = ReviewQueue(tmp_path / "q.sqlite")
    found = read_file(folder / "notice.txt").found
    assert len(queue.add(found, NOW).new) == 3
    draft = queue.drafts()[0]
    queue.decide(draft.id, "accepted", "核对无误", NOW)
    again = queue.add(found, NOW)
    assert (len(again.unchanged), again.new, again.changed, again.vanished) == (3, (), (), ())
    assert queue.draft(draft.id).state == "accepted"
    assert len(queue.drafts()) == 2
    assert queue.knows(found[0].sha256)
    shown = queue.draft(draft.id)
    for leaf in shown.content["conditions"]["all"]:
        if "span" in leaf:
            assert shown.text[leaf["span"][0] : leaf["span"][1]] == leaf["quote"]
    with pytest.raises(QueueError):
        queue.draft("d-nothing")
    with pytest.raises(QueueError):
        queue.decide(draft.id, "perhaps", None, NOW)


def test_a_file_that_is_no_queue(tmp_path: Path) -> None:
    wrong = tmp_path / "q.sqlite"
    wrong.write_bytes(b"not a database at all" * 100)
    with pytest.raises(QueueError):
        ReviewQueue(wrong).drafts()


def test_commands(folder: Path, tmp_path: Path) -> None:
    queue = str(tmp_path / "q.sqlite")
    first = run(app, ["ingest", str(folder), "--queue", queue, "--json"])
    assert first.exit_code == 1
    summary = json.loads(first.stdout)["summary"]
    assert (summary["files"], summary["failed"], summary["schemes"]) == (6, 1, 15)
    assert summary["pages_per_second_per_core"] > 0
    (folder / "empty.txt").unlink()
    second = run(app, ["ingest", str(folder), "--queue", queue, "--json"])
    assert second.exit_code == 0
    assert json.loads(second.stdout)["summary"]["unchanged"] == 5
    listed = json.loads(run(app, ["review", "list", "--queue", queue, "--json"]).stdout)
    assert len(listed) == 15
    identity = listed[0]["id"]
    assert run(app, ["review", "show", identity, "--queue", queue]).exit_code == 0
    assert json.loads(run(app, ["review", "accept", identity, "--queue", queue, "--json"]).stdout)["state"] == "accepted"
    assert json.loads(run(app, ["review", "reject", identity, "--queue", queue, "--json"]).stdout)["state"] == "rejected"
    assert run(app, ["ingest", str(folder), "--queue", queue]).exit_code == 0
    assert "5 unchanged" in run(app, ["ingest", str(folder), "--queue", queue]).stdout


def test_extract_prints_json_and_text(folder: Path) -> None:
    found = json.loads(run(app, ["extract", str(folder / "notice.pdf"), "--json"]).stdout)
    assert found["document"]["title"] == TITLE
    assert {"name", "locator", "instrument", "audience", "conditions", "benefits", "once_only"} <= set(found["schemes"][0])
    assert TITLE in run(app, ["extract", str(folder / "notice.html")]).stdout


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["extract", "nothing.txt"], 2),
        (["extract", "{folder}/empty.txt"], 1),
        (["ingest", "nothing"], 2),
        (["review", "list", "--queue", "nothing.sqlite"], 2),
        (["extraction"], 2),
        (["extraction", "--data", "{folder}"], 2),
    ],
)
def test_wrong_usage_is_told_without_a_stack_trace(folder: Path, arguments: list[str], code: int) -> None:
    result = run(app, [argument.format(folder=folder) for argument in arguments])
    assert isinstance(result.exception, UserError)
    assert result.exception.code == code
    assert result.exception.lines


def test_a_changed_source_is_told_and_accepted_drafts_are_recommended(tmp_path: Path) -> None:
    queue, out, file = str(tmp_path / "q.sqlite"), tmp_path / "out.jsonl", tmp_path / "notice.txt"
    file.write_text(TEXT, encoding="utf-8")
    assert run(app, ["ingest", str(file), "--queue", queue]).exit_code == 0
    listed = json.loads(run(app, ["review", "list", "--queue", queue, "--json"]).stdout)
    rent = next(one["id"] for one in listed if one["name"] == "房租补贴")
    accepted = run(app, ["review", "accept", rent, "--queue", queue, "--catalogue", str(out), "--json"])
    assert json.loads(accepted.stdout)["policy"].startswith("310110-")
    file.write_text(CHANGED, encoding="utf-8")
    told = run(app, ["ingest", str(file), "--queue", queue])
    assert all(word in told.stdout for word in ("变动 changed", "不再出现 vanished", f"{rent} accepted"))
    changed = json.loads(run(app, ["review", "list", "--state", "changed", "--queue", queue, "--json"]).stdout)
    identity = next(one["id"] for one in changed if one["replaces"] == rent)
    shown = run(app, ["review", "show", identity, "--queue", queue]).stdout
    assert "cap_yuan=20000" in shown
    assert "cap_yuan=30000" in shown
    assert json.loads(run(app, ["review", "show", identity, "--queue", queue, "--json"]).stdout)["changes"]
    profile = tmp_path / "firm.json"
    profile.write_text(json.dumps({"subject_type": "enterprise", "registered_region": "310110"}), encoding="utf-8")
    found = run(app, ["recommend", "--catalogue", str(out), "--profile", str(profile), "--as-of", "2026-11-23", "--json"])
    assert [one["policy"]["title"]["zh"] for one in json.loads(found.stdout)["recommendations"]] == ["房租补贴"]
    assert run(app, ["review", "reject", rent, "--queue", queue, "--catalogue", str(out)]).exit_code == 0
    assert out.read_text(encoding="utf-8") == ""
    wrong = run(app, ["review", "accept", identity, "--queue", queue, "--catalogue", str(file)])
    assert isinstance(wrong.exception, UserError)

"""The README is tested: its commands run, its tables are true, its links lead somewhere.

``python -m tests.test_readme`` prints the tables as they should be.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from policies.catalogue import starter_catalogue
from policies.condition import leaves

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^\$ (.+)$", README, re.MULTILINE)
LEVELS = {"national": "国家 national", "municipal": "上海市 municipal", "district": "杨浦区 district"}


def settings_rows() -> list[str]:
    rows = []
    for name, field in Settings.model_fields.items():
        default = f"`{field.default}`" if field.default is not None else ""
        rows.append(f"| `POLICYMATCH_{name.upper()}` | {default} | {field.description} |")
    return rows


def data_rows() -> list[str]:
    rows, sums = [], [0, 0, 0, 0]
    for level, title in [*LEVELS.items(), ("", "合计 total")]:
        policies = [p for p in starter_catalogue() if p.level == level]
        found = [leaf for policy in policies for leaf in leaves(policy.conditions)]
        stated = [leaf for leaf in found if leaf.evidence and leaf.evidence.basis != "scope"]
        declared = sum(leaf.declared for leaf in stated)
        counts = [len(policies), len(stated) - declared, declared, len(found) - len(stated)]
        if level:
            sums = [a + b for a, b in zip(sums, counts, strict=True)]
        number, modelled, asked, scope = counts if level else sums
        rows.append(f"| {title} | {number} | {modelled} | {asked} | {modelled / (modelled + asked):.0%} | {scope} |")
    return rows


def table_after(mark: str) -> list[str]:
    lines = README.split(f"<!-- {mark}: checked by a test -->\n")[1].splitlines()
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append(line)
    return rows[2:]


def test_settings_table() -> None:
    assert table_after("settings") == settings_rows()


def test_data_table() -> None:
    assert table_after("data") == data_rows()


def test_every_command_is_tried() -> None:
    assert len(COMMANDS) >= 10
    assert {command.split()[0] for command in COMMANDS} == {"policymatch", "curl"}


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.startswith("policymatch ")])
def test_command(command: str, tmp_path: Path) -> None:
    words = shlex.split(command)[1:]
    if "--out" in words:
        place = words.index("--out") + 1
        words[place] = str(tmp_path / words[place])
    run = [sys.executable, "-m", "api.cli.main", *words]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=False, encoding="utf-8")
    absent = re.search(r"pip install 'policymatch\[.*\]'", done.stderr)
    if done.returncode == 2 and absent:
        pytest.skip(absent[0])
    one_row_is_wrong = "docs/examples/profiles.csv" in words
    assert done.returncode == int(one_row_is_wrong), done.stderr
    if one_row_is_wrong:
        assert "五六个" in done.stderr + "".join(p.read_text(encoding="utf-8-sig") for p in tmp_path.rglob("*errors.csv"))
    if "--out" in words:
        assert list(tmp_path.iterdir())
    assert done.stdout
    if "--json" in command:
        json.loads(done.stdout)


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.startswith("curl ")])
def test_http_example(command: str) -> None:
    words = shlex.split(command)
    url = next(word for word in words if word.startswith("http://127.0.0.1:8000"))
    client = TestClient(create_app(Settings()), base_url="http://127.0.0.1:8000")
    if "-d" in words:
        header, _, value = words[words.index("-H") + 1].partition(": ")
        answer = client.post(url, content=words[words.index("-d") + 1].encode(), headers={header: value})
    else:
        answer = client.get(url)
    assert answer.status_code == 200, answer.text
    assert answer.json()


def test_the_answer_shown_for_check() -> None:
    shown = json.loads(re.search(r"```json\n(.*?)```", README, re.DOTALL)[1])  # type: ignore[index]
    command = next(c for c in COMMANDS if c.startswith("policymatch check"))
    run = [sys.executable, "-m", "api.cli.main", *shlex.split(command)[1:]]
    found = json.loads(subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=True, encoding="utf-8").stdout)
    assert [{key: one[key] for key in shown[0]} for one in found] == shown


def test_make_targets_exist() -> None:
    targets = set(re.findall(r"^make (\w+)", README, re.MULTILINE))
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert targets == {"serve", "test"}
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in targets)


def test_named_files_exist() -> None:
    named = re.findall(r"\]\(([^)#:]+)\)", README) + re.findall(r"`((?:policies|docs|tests|api|matcher)/[\w./-]+)`", README)
    assert [name for name in named if not (ROOT / name).exists()] == []


if __name__ == "__main__":
    sys.stdout.write("\n".join([*settings_rows(), "", *data_rows()]) + "\n")

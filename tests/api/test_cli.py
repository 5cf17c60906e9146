"""The command line as a user runs it: what goes to stdout, what to stderr, and how it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from fastapi import FastAPI

import api.cli.main as command
from tests.api.conftest import AS_OF, FIRM, starter

STARTER = (resources.files("policies") / "data" / "starter_catalogue.jsonl").read_bytes()
ON_DAY = ("--as-of", AS_OF.isoformat())


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


Run = Callable[..., Ended]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Run the command in this process through its entry point; file descriptors are captured."""

    def call(*arguments: object) -> Ended:
        monkeypatch.setattr(sys, "argv", ["policymatch", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            command.main()
        out, err = capfd.readouterr()
        code = ended.value.code
        return Ended(code if isinstance(code, int) else 0, out, err)

    return call


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    path = tmp_path / "profile.json"
    path.write_text(json.dumps(FIRM, ensure_ascii=False), encoding="utf-8")
    return path


def _only_json(ended: Ended) -> Any:
    assert ended.code == 0, ended.err
    assert ended.out.count("\n") == 1, "one line"
    return json.loads(ended.out)


def _said(ended: Ended, code: int, *words: str) -> None:
    assert ended.code == code, ended
    assert ended.out == ""
    assert "Traceback" not in ended.err
    for word in words:
        assert word in ended.err
    assert any("\u4e00" <= letter <= "\u9fff" for letter in ended.err), "Chinese"
    assert " / " in ended.err, "and English"


def test_recommend_prints_one_json_value_and_nothing_else(profile: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "LANG": "C", "PYTHONWARNINGS": "error"}
    arguments = [sys.executable, "-m", "api.cli.main", "recommend", "--profile", str(profile), *ON_DAY, "--top", "2", "--json"]
    done = subprocess.run(arguments, capture_output=True, check=False, env=environment, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, b"")
    found = json.loads(done.stdout.decode())
    assert done.stdout.count(b"\n") == 1
    assert set(found) == {"as_of", "catalogue_version", "counts", "recommendations"}
    assert len(found["recommendations"]) == 2


def test_recommend_says_what_http_says(run: Run, profile: Path, app: FastAPI, recommended: Callable[..., dict[str, Any]]) -> None:
    app.state.service.search.get(wait=180)  # the server orders by shared words until the index is built
    assert _only_json(run("recommend", "--profile", profile, *ON_DAY, "--json")) == recommended()
    wished = _only_json(run("recommend", "--profile", profile, *ON_DAY, "--query", "贷款", "--top", 5, "--json"))
    assert wished == recommended(query="贷款", top=5)


def test_as_of_is_today_without_the_option(run: Run, profile: Path) -> None:
    days = [time.strftime("%Y-%m-%d")]
    found = _only_json(run("recommend", "--profile", profile, "--top", 1, "--json"))["as_of"]
    days.append(time.strftime("%Y-%m-%d"))
    assert found in days


def test_a_table_for_people_names_the_groups(run: Run, profile: Path) -> None:
    zh, en = run("recommend", "--profile", profile, *ON_DAY), run("recommend", "--profile", profile, *ON_DAY, "--english")
    assert (zh.code, en.code) == (0, 0)
    assert all(title in zh.out for title in ("可申请", "再答几题可定", "不符合"))
    assert all(title in en.out for title in ("You can apply", "A few answers decide", "Not eligible"))


def test_check_on_a_scheme_file(run: Run, tmp_path: Path, profile: Path) -> None:
    small = {"all": [{"field": "employees", "op": "<=", "value": 10}]}
    near = {"field": "registered_region", "op": "within_region", "value": "310000"}
    tree = {"schemes": [{"name": "小店", "conditions": small}, {"name": "本市", "conditions": near}]}
    path = tmp_path / "schemes.json"
    path.write_text(json.dumps(tree, ensure_ascii=False), encoding="utf-8")
    found = _only_json(run("check", "--schemes", path, "--profile", profile, *ON_DAY, "--json"))
    got = [(one["scheme"], one["verdict"], one["missing"], one["failed"], one["to_confirm"]) for one in found]
    assert got == [("小店", "not_eligible", [], ["employees"], []), ("本市", "eligible", [], [], [])]
    assert found[0]["finding"]["all"][0]["sentence"]["zh"]
    table = run("check", "--schemes", path, "--profile", profile, *ON_DAY)
    assert table.code == 0
    assert "小店" in table.out
    assert "not_eligible" in table.out


def test_check_takes_a_catalogue(run: Run, tmp_path: Path, profile: Path) -> None:
    path = tmp_path / "catalogue.jsonl"
    path.write_bytes(STARTER)
    found = _only_json(run("check", "--schemes", path, "--profile", profile, *ON_DAY, "--json"))
    listed = _only_json(run("recommend", "--profile", profile, *ON_DAY, "--json"))["recommendations"]
    assert {one["scheme"]: one["verdict"] for one in found} == {one["policy"]["id"]: one["verdict"] for one in listed}


def test_export_gives_the_catalogue_byte_for_byte(run: Run, tmp_path: Path) -> None:
    assert run("export", "--format", "jsonl").out.encode() == STARTER
    path = tmp_path / "out.jsonl"
    ended = run("export", "--out", path)
    assert (ended.code, ended.out) == (0, "")
    assert str(len(starter())) in ended.err
    assert path.read_bytes() == STARTER


def test_export_into_a_closed_pipe_is_quiet() -> None:
    arguments = [sys.executable, "-m", "api.cli.main", "export"]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(10)
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()


WRONG_USE: dict[str, tuple[str, ...]] = {
    "no such command": ("match",),
    "no profile": ("recommend",),
    "top zero": ("recommend", "--profile", "x.json", "--top", "0"),
    "top a word": ("recommend", "--profile", "x.json", "--top", "many"),
    "no schemes": ("check", "--profile", "x.json"),
    "unknown form": ("export", "--format", "docx"),
    "unknown option": ("export", "--all"),
    "port out of range": ("serve", "--port", "99999"),
}


@pytest.mark.parametrize("arguments", WRONG_USE.values(), ids=WRONG_USE.keys())
def test_wrong_use_ends_with_2(run: Run, arguments: tuple[str, ...]) -> None:
    ended = run(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err


@pytest.mark.parametrize("day", ["tomorrow", "2026-02-30", "20261123", "2026-W48-1", "9999-12-31", ""])
def test_a_wrong_day_ends_with_2(run: Run, profile: Path, day: str) -> None:
    _said(run("recommend", "--profile", profile, "--as-of", day), 2, "--as-of", day)


@pytest.mark.parametrize("option", ["--profile", "--schemes"])
def test_a_missing_file_ends_with_2(run: Run, profile: Path, tmp_path: Path, option: str) -> None:
    files = {"--profile": profile, "--schemes": profile, option: tmp_path / "nothing.json"}
    _said(run("check", *(part for pair in files.items() for part in pair)), 2, "nothing.json")


def test_a_folder_is_no_profile(run: Run, tmp_path: Path) -> None:
    _said(run("recommend", "--profile", tmp_path), 2, str(tmp_path))


WRONG_PROFILES = {
    "unknown field": (b'{"employes": 1}', ["employees"]),
    "several": (b'{"employees": -1, "gendr": "x", "birth_date": "2030-01-01"}', ["employees", "gender", "birth_date", "3 "]),
    "broken JSON": (b'{"employees": 1,}', ["1", "17"]),
    "not UTF-8": (b'{"gender": "\xff"}', ["UTF-8"]),
    "list": (b"[1]", ["JSON"]),
    "deep": (b"[" * 100_000, ["nested"]),
    "infinite": (b'{"employees": Infinity}', ["employees", "inf"]),
    "thousands of digits": (b'{"employees": ' + b"1" * 5000 + b"}", ["digits"]),
    "half a surrogate pair": (b'{"\\ud800": 1}', ["ud800"]),
}


@pytest.mark.parametrize("case", WRONG_PROFILES.values(), ids=WRONG_PROFILES.keys())
def test_a_wrong_profile_ends_with_1_and_every_error(run: Run, tmp_path: Path, case: tuple[bytes, list[str]]) -> None:
    body, words = case
    path = tmp_path / "wrong.json"
    path.write_bytes(body)
    _said(run("recommend", "--profile", path, *ON_DAY, "--json"), 1, "wrong.json", *words)


HEADERS = "主体类型,注册地,成立日期,从业人数,年营业收入,行业,资质认定"
ROW = "企业,上海市杨浦区,2024-05-01,12,300万,I65,科技型中小企业"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_csv_row_with_chinese_headers_is_a_profile(
    run: Run, tmp_path: Path, recommended: Callable[..., dict[str, Any]], encoding: str
) -> None:
    path = tmp_path / "档案.CSV"
    path.write_bytes(f"{HEADERS}\r\n{ROW}\r\n另一家,,,,,,\r\n".encode(encoding))
    assert _only_json(run("recommend", "--profile", path, *ON_DAY, "--json")) == recommended()


WRONG_CSV = {
    "unknown column": ("从业人数,员工福利\n12,好\n".encode(), ["员工福利"]),
    "wrong cell": ("从业人数\n十二三\n".encode(), ["employees", "十二三"]),
    "no row": ("从业人数\n".encode(), ["CSV"]),
    "nothing": (b"", ["CSV"]),
    "neither encoding": (b"a,b\n\xff\xff,\x80\n", ["GB18030"]),
    "enormous cell": (b"employees\n" + b"1" * 200_000 + b"\n", ["CSV"]),
}


@pytest.mark.parametrize("case", WRONG_CSV.values(), ids=WRONG_CSV.keys())
def test_a_wrong_csv_ends_with_1(run: Run, tmp_path: Path, case: tuple[bytes, list[str]]) -> None:
    body, words = case
    path = tmp_path / "wrong.csv"
    path.write_bytes(body)
    _said(run("recommend", "--profile", path, *ON_DAY), 1, "wrong.csv", *words)


WRONG_SCHEMES = {
    "broken JSON": (b'{"schemes": [', ["JSON"]),
    "not UTF-8": (b"\xff\xfe", ["UTF-8"]),
    "two wrong": (b'{"schemes": [{"name": "a"}, {"name": "b", "conditions": {"field": "agge"}}]}', ["scheme 1", "scheme 2"]),
    "unknown field": (b'[{"name": "a", "conditions": {"field": "agge", "op": "<=", "value": 3}}]', ["agge", "age"]),
    "thousands of digits": (
        b'[{"name": "a", "conditions": {"field": "age", "op": "<=", "value": ' + b"1" * 5000 + b"}}]",
        ["digits"],
    ),
}


@pytest.mark.parametrize("case", WRONG_SCHEMES.values(), ids=WRONG_SCHEMES.keys())
def test_wrong_schemes_end_with_1(run: Run, tmp_path: Path, profile: Path, case: tuple[bytes, list[str]]) -> None:
    body, words = case
    path = tmp_path / "wrong-schemes.json"
    path.write_bytes(body)
    _said(run("check", "--schemes", path, "--profile", profile, *ON_DAY, "--json"), 1, "wrong-schemes.json", *words)


def test_a_broken_catalogue_lists_every_wrong_line(run: Run, tmp_path: Path, profile: Path) -> None:
    lines = STARTER.decode().splitlines()
    broken = [lines[0], "{", lines[1].replace('"level": "national"', '"levell": "national"'), lines[2], lines[0], *["[]"] * 30]
    path = tmp_path / "broken.jsonl"
    path.write_text("\n".join(broken), encoding="utf-8")
    for arguments in (("recommend", "--profile", profile), ("export",), ("serve",)):
        ended = run(*arguments, "--catalogue", path)
        _said(ended, 1, "broken.jsonl")
        for number in (2, 3, 5, *range(6, 36)):
            assert f"line {number}:" in ended.err, (arguments, number)
        assert "line 1:" not in ended.err
        assert "line 4:" not in ended.err


def test_a_missing_catalogue_is_named(run: Run, profile: Path) -> None:
    _said(run("recommend", "--profile", profile, "--catalogue", "nothing.jsonl"), 1, "nothing.jsonl")


def test_out_into_a_missing_folder_ends_with_2(run: Run, tmp_path: Path) -> None:
    _said(run("export", "--out", tmp_path / "none" / "x.jsonl"), 2, "x.jsonl")


def test_an_empty_setting_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    from api.settings import Settings, settings_from_environment

    for name in Settings.model_fields:
        monkeypatch.setenv(f"POLICYMATCH_{name.upper()}", "")
    found = settings_from_environment()
    for name in Settings.model_fields:
        monkeypatch.delenv(f"POLICYMATCH_{name.upper()}")
    assert found == settings_from_environment()


def test_wrong_settings_are_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLICYMATCH_LANGUAGE", "tlh")
    _said(run("serve"), 2, "POLICYMATCH_LANGUAGE", "tlh")


def test_help_is_quick_and_bilingual() -> None:
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "api.cli.main", "--help"], capture_output=True, check=True)
    assert time.perf_counter() - began < 2.5, "the aim is 0.3 s; the bound allows a busy machine"
    text = done.stdout.decode()
    assert all(name in text for name in ("serve", "recommend", "check", "export"))
    assert "政策匹配" in text
    assert "Which support schemes" in text


def test_the_command_starts_without_its_heavy_parts() -> None:
    heavy = ("fastapi", "pydantic", "numpy", "jinja2", "rich", "uvicorn", "starlette")
    code = f"import sys, api.cli.main; print(*[name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout.strip() == ""

"""Bulk runs: the verdicts of the plain evaluator, bad rows with reasons, resuming, the same bytes on Dask."""

from __future__ import annotations

import csv
import datetime as dt
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from matcher.applicability import applicable_condition
from matcher.facts import facts_on
from matcher.profile import profile_from_json
from matcher.rules import evaluate, missing
from policies.catalogue import starter_catalogue
from policies.vocabulary import vocabulary

pa = pytest.importorskip("pyarrow", reason="pip install 'policymatch[bulk]'")
pq = pytest.importorskip("pyarrow.parquet")

from matcher.bulk import csv_rows, files  # noqa: E402
from matcher.bulk.files import InputError  # noqa: E402 - needs pyarrow
from matcher.bulk.results import SINKS, Wanted  # noqa: E402
from matcher.bulk.run import Job, locally, process, run  # noqa: E402
from tests.matcher.program import cases  # noqa: E402

AS_OF = dt.date(2026, 11, 23)
NAMES = (
    "subject_type",
    "registered_region",
    "industry",
    "employees",
    "annual_revenue",
    "founded_on",
    "certifications",
    "groups",
    "birth_date",
)


def quiet(done, finished, total):
    pass


def profiles(count: int) -> list[dict[str, object]]:
    rng = random.Random(5)
    return [cases.profile(rng, AS_OF, NAMES, 0.8) for _ in range(count)]


def parquet(path: Path, rows: list[dict[str, object]], group: int = 100) -> Path:
    typed = [one | {n: dt.date.fromisoformat(str(one[n])) for n in ("founded_on", "birth_date") if n in one} for one in rows]
    table = pa.table({name: pa.array([one.get(name) for one in typed]) for name in NAMES})
    pq.write_table(table.append_column("id", pa.array([f"甲{i}" for i in range(len(rows))])), path, row_group_size=group)
    return path


def pairs(out: Path) -> dict[tuple[str, str], tuple[str, frozenset[str]]]:
    found = {}
    for path in sorted((out / "results").glob("*.parquet")):
        for row in pq.read_table(path).to_pylist():
            found[row["policy_id"], row["profile_id"]] = (row["verdict"], frozenset(row["missing"]))
    return found


def tree(out: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for folder in ("results", "errors", "done") for p in sorted((out / folder).iterdir())}


def test_verdicts_and_missing_fields(tmp_path):
    rows = profiles(230)
    job = Job(tmp_path / "out", AS_OF, wanted=Wanted(verdicts=(2, 1, 0)))
    done = run(job, [parquet(tmp_path / "p.parquet", rows)], locally, quiet)
    assert [(one.rows, one.bad) for one in done] == [(100, 0), (100, 0), (30, 0)]
    expected = {}
    for number, raw in enumerate(rows):
        facts = facts_on(profile_from_json(raw, vocabulary(), AS_OF), AS_OF)
        for policy in starter_catalogue():
            finding = evaluate(applicable_condition(policy), facts, vocabulary())
            expected[policy.id, f"甲{number}"] = (finding.truth.verdict, frozenset(missing(finding)))
    assert pairs(job.out) == expected


def test_chinese_csv_with_bad_rows(tmp_path):
    path = tmp_path / "企业.csv"
    header = ["编号", "注册地", "行业", "从业人数", "年营业收入", "成立日期", "资质认定", "主体类型", "备注"]
    good = ["a1", "上海市杨浦区", "I65", "50", "1200万元", "2020年3月1日", "高新技术企业、专精特新中小企业", "enterprise", "x"]
    bad = ["a2", "火星", "I65", "很多", "", "2999-01-01", "无", "enterprise", ""]
    with path.open("w", encoding="gb18030", newline="") as target:
        csv.writer(target).writerows([header, good, bad, good[:1] + [""] * 8])
    job = Job(tmp_path / "out", AS_OF)
    (done,) = run(job, [path], locally, quiet)
    assert (done.rows, done.bad) == (3, 1)
    errors = list(csv.DictReader((job.out / "errors.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert {(e["row"], e["column"], e["value"]) for e in errors} == {
        ("2", "注册地", "火星"),
        ("2", "从业人数", "很多"),
        ("2", "成立日期", "2999-01-01"),
    }
    assert all(e["reason"] and e["file"] == "企业.csv" for e in errors)
    assert {profile for _, profile in pairs(job.out)} == {"a1"}


def test_counts(tmp_path):
    path = parquet(tmp_path / "p.parquet", profiles(130))
    run(Job(tmp_path / "ids", AS_OF), [path], locally, quiet)
    run(Job(tmp_path / "counts", AS_OF, wanted=Wanted("counts")), [path], locally, quiet)
    found = pairs(tmp_path / "ids")
    for row in pq.read_table(tmp_path / "counts" / "counts.parquet").to_pylist():
        own = [verdict for (policy, _), (verdict, _) in found.items() if policy == row["policy_id"]]
        assert (own.count("eligible"), own.count("unknown")) == (row["eligible"], row["unknown"])
        assert row["eligible"] + row["unknown"] + row["not_eligible"] == 130


def test_goes_on_after_a_stop(tmp_path):
    path = parquet(tmp_path / "p.parquet", profiles(300), 50)
    whole, stopped = Job(tmp_path / "whole", AS_OF), Job(tmp_path / "stopped", AS_OF)
    run(whole, [path], locally, quiet)

    def breaks_off(job, units):
        for unit in units[:2]:
            yield process(job, unit)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(stopped, [path], breaks_off, quiet)
    again = []
    run(stopped, [path], lambda job, units: (again.append(unit.part) or process(job, unit) for unit in units), quiet)
    assert again == [2, 3, 4, 5]
    assert tree(stopped.out) == tree(whole.out)
    with pytest.raises(InputError, match="another run"):
        run(Job(stopped.out, AS_OF, wanted=Wanted("counts")), [path], locally, quiet)


CHILD = """
import sys, datetime as dt
from pathlib import Path
from matcher.bulk import csv_rows, files  # noqa: E402
from matcher.bulk.results import SINKS, Wanted  # noqa: E402
from matcher.bulk.run import Job, locally, run
run(Job(Path(sys.argv[2]), dt.date(2026, 11, 23)), [Path(sys.argv[1])], locally, lambda *_: print("part", flush=True))
"""


def test_goes_on_after_a_kill(tmp_path):
    path = parquet(tmp_path / "p.parquet", profiles(600), 20)
    run(Job(tmp_path / "whole", AS_OF), [path], locally, quiet)
    child = subprocess.Popen([sys.executable, "-c", CHILD, path, tmp_path / "killed"], stdout=subprocess.PIPE)
    assert child.stdout is not None
    for _ in range(6):
        child.stdout.readline()
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    before = len(list((tmp_path / "killed" / "done").iterdir()))
    assert 5 <= before < 30
    run(Job(tmp_path / "killed", AS_OF), [path], locally, quiet)
    whole, killed = tree(tmp_path / "whole"), tree(tmp_path / "killed")
    assert killed == whole


def test_dask_gives_the_same_bytes_though_a_worker_dies(tmp_path, monkeypatch):
    distributed = pytest.importorskip("distributed", reason="pip install 'policymatch[dask]'")
    import warnings

    from matcher.bulk.dask_engine import on_dask

    monkeypatch.setattr(files, "CSV_ROWS", 100)  # shared by the workers too
    paths = [parquet(tmp_path / "p.parquet", profiles(1500), 25), csv_file(tmp_path / "q.csv", 1500)]
    run(Job(tmp_path / "local", AS_OF), paths, locally, quiet)
    killed = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50) as cluster:
            workers = [worker.process.pid for worker in cluster.workers.values()]

            def kill_one(done, finished, total):
                if done is not None and finished >= 100 and not killed:
                    killed.append(workers[0])
                    os.kill(workers[0], signal.SIGKILL)

            run(Job(tmp_path / "dask", AS_OF), paths, on_dask(cluster.scheduler_address), kill_one)
            time.sleep(0.2)
    assert killed
    assert tree(tmp_path / "dask") == tree(tmp_path / "local")


def test_run_json_says_what_was_asked(tmp_path):
    run(Job(tmp_path / "out", AS_OF), [parquet(tmp_path / "p.parquet", profiles(5))], locally, quiet)
    asked = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    assert asked["as_of"] == "2026-11-23"
    assert asked["catalogue_version"] == starter_catalogue().version


def csv_file(path: Path, count: int) -> Path:
    rng = random.Random(9)
    lines = ["编号,从业人数,注册地,成立日期,备注"]
    for i in range(count):
        remark = rng.choice(["", '"一,二"', '"两\n行"', '"说""好"""', '5寸 " 管'])
        lines.append(
            f"甲{i},{rng.choice(['', '3', '20', '很多'])},{rng.choice(['上海市杨浦区', '310115', ''])},2020-01-0{i % 9 + 1},{remark}"
        )
        if i % 37 == 5:
            lines.append(f"多{i},1,2,3,4,5,6")
        if i % 41 == 7:
            lines.append(f"少{i},1")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("sink", SINKS)
def test_a_csv_in_pieces(tmp_path, monkeypatch, sink):
    """However units are ordered the bytes are the same; every row of the file is matched or set aside."""
    monkeypatch.setattr(files, "CSV_ROWS", 100)
    monkeypatch.setattr(csv_rows, "_BLOCK", 4096)
    path = csv_file(tmp_path / "p.csv", 1000)
    one, other = Job(tmp_path / "one", AS_OF, wanted=Wanted(sink)), Job(tmp_path / "other", AS_OF, wanted=Wanted(sink))
    done = run(one, [path], locally, quiet)
    assert len(done) > 10
    assert sum(d.rows for d in done) == 1000 + 27 + 25
    run(other, [path], lambda job, units: [process(job, unit) for unit in reversed(units)], quiet)
    assert tree(one.out) == tree(other.out)
    errors = list(csv.DictReader((one.out / "errors.csv").read_text(encoding="utf-8-sig").splitlines()))
    lines = [f"{e['row']} {e['value']}" for e in errors if not e["column"]]
    assert lines[:3] == ["7 多5,1,2,3,4,5,6", "10 少7,1", "46 多42,1,2,3,4,5,6"]
    assert sum(e["value"] == "很多" for e in errors) == sum("很多" in x for x in path.read_text(encoding="utf-8").splitlines())
    if sink == "ids":
        names = {profile for _, profile in pairs(one.out)}
        assert names <= {f"甲{i}" for i in range(1000)}
        assert len(names) > 700


def test_lists_with_a_hole_are_set_aside(tmp_path):
    labels = pa.array([["创业者"], ["a", None], None, [], [None]])
    table = pa.table({"id": list("abcde"), "groups": labels, "employees": [1, 2, 3, 4, -5]})
    pq.write_table(table.slice(0), tmp_path / "p.parquet")
    coded = table.set_column(
        1, "groups", pa.ListArray.from_arrays(pa.array([0, 1, 3, 3, 3, 4]), pa.array(["a", "a", None, None]).dictionary_encode())
    )
    with pa.ipc.new_file(tmp_path / "p.arrow", coded.schema) as writer:
        writer.write_table(coded)
    for name in ("p.parquet", "p.arrow"):
        job = Job(tmp_path / f"out-{name}", AS_OF, wanted=Wanted(verdicts=(2, 1, 0)))
        (done,) = run(job, [tmp_path / name], locally, quiet)
        assert (done.rows, done.bad) == (5, 2)
        errors = list(csv.DictReader((job.out / "errors.csv").read_text(encoding="utf-8-sig").splitlines()))
        assert [(e["row"], e["column"], e["value"]) for e in errors] == [
            ("2", "groups", "a, null"),
            ("5", "groups", "null"),
            ("5", "employees", "-5"),
        ]
        assert {profile for _, profile in pairs(job.out)} == {"a", "c", "d"}


def test_one_away_names_whom_to_ask(tmp_path):
    rows = profiles(150)
    path = parquet(tmp_path / "p.parquet", rows)
    run(Job(tmp_path / "one", AS_OF, wanted=Wanted("one-away")), [path], locally, quiet)
    run(Job(tmp_path / "ids", AS_OF), [path], locally, quiet)
    undecided = {pair: fields for pair, (verdict, fields) in pairs(tmp_path / "ids").items() if verdict == "unknown"}
    found = [row for part in sorted((tmp_path / "one" / "results").iterdir()) for row in pq.read_table(part).to_pylist()]
    assert found
    assert all(row["field"] in undecided[row["policy_id"], row["profile_id"]] for row in found)
    single = {(*pair, next(iter(fields))) for pair, fields in undecided.items() if len(fields) == 1 and "other" not in fields}
    assert single <= {(row["policy_id"], row["profile_id"], row["field"]) for row in found}


def test_samples_do_not_depend_on_the_cut(tmp_path):
    rows = profiles(300)
    outs = []
    for group in (300, 40):
        (tmp_path / str(group)).mkdir()
        job = Job(tmp_path / str(group) / "out", AS_OF, wanted=Wanted("samples", (2, 1, 0), 2))
        run(job, [parquet(tmp_path / str(group) / "p.parquet", rows, group)], locally, quiet)
        outs.append((job.out / "samples.jsonl").read_text(encoding="utf-8"))
    assert outs[0] == outs[1]
    samples = [json.loads(line) for line in outs[0].splitlines()]
    seen: dict[tuple[str, str], int] = {}
    for one in samples:
        facts = facts_on(profile_from_json(rows[int(one["profile_id"][1:])], vocabulary(), AS_OF), AS_OF)
        policy = starter_catalogue().by_id[one["policy_id"]]
        finding = evaluate(applicable_condition(policy), facts, vocabulary())
        assert (one["verdict"], tuple(one["missing"])) == (finding.truth.verdict, missing(finding))
        assert all(sentence["zh"] and sentence["en"] for sentence in one["sentences"])
        seen[one["policy_id"], one["verdict"]] = seen.get((one["policy_id"], one["verdict"]), 0) + 1
    assert set(seen.values()) <= {1, 2}
    assert len({policy for policy, _ in seen}) == len(starter_catalogue())


def test_duckdb_reads_the_results(tmp_path):
    duckdb = pytest.importorskip("duckdb", reason="pip install 'policymatch[bench]'")
    path = parquet(tmp_path / "p.parquet", profiles(130))
    for sink in ("ids", "one-away", "counts", "planes", "samples"):
        run(Job(tmp_path / sink, AS_OF, wanted=Wanted(sink)), [path], locally, quiet)
    asked = {
        "ids/results/*.parquet": "SELECT count(*) WHERE verdict = 'unknown' AND len(missing) > 0 AND profile_id LIKE '甲%'",
        "one-away/results/*.parquet": "SELECT count(*) WHERE field = 'groups' OR policy_id <> ''",
        "counts/counts.parquet": "SELECT sum(eligible + unknown + not_eligible)",
        "planes/results/*.parquet": "SELECT sum(rows)",
        "samples/samples.jsonl": "SELECT count(*) WHERE sentences[1].zh <> ''",
    }
    for files_asked, query in asked.items():
        head, _, tail = query.partition(" WHERE ")
        ((value,),) = duckdb.sql(f"{head} FROM '{tmp_path / files_asked}' {'WHERE ' + tail if tail else ''}").fetchall()
        assert value, files_asked


def test_a_file_without_rows_counts_nobody(tmp_path):
    path = tmp_path / "p.csv"
    path.write_text("编号,从业人数\n", encoding="utf-8")
    assert run(Job(tmp_path / "out", AS_OF, wanted=Wanted("counts")), [path], locally, quiet) == []
    rows = pq.read_table(tmp_path / "out" / "counts.parquet").to_pylist()
    assert [row["policy_id"] for row in rows] == [policy.id for policy in starter_catalogue()]
    assert {row["eligible"] + row["unknown"] + row["not_eligible"] for row in rows} == {0}

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

from matcher.facts import facts_on
from matcher.profile import profile_from_json
from matcher.recommend import applicable_condition
from matcher.rules import evaluate, missing
from policies.catalogue import starter_catalogue
from policies.vocabulary import vocabulary

pa = pytest.importorskip("pyarrow", reason="pip install 'policymatch[bulk]'")
pq = pytest.importorskip("pyarrow.parquet")

from matcher.bulk.files import InputError  # noqa: E402 - needs pyarrow
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
    job = Job(tmp_path / "out", AS_OF, verdicts=(2, 1, 0))
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
    run(Job(tmp_path / "counts", AS_OF, sink="counts"), [path], locally, quiet)
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
        run(Job(stopped.out, AS_OF, sink="counts"), [path], locally, quiet)


CHILD = """
import sys, datetime as dt
from pathlib import Path
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


def test_dask_gives_the_same_bytes_though_a_worker_dies(tmp_path):
    distributed = pytest.importorskip("distributed", reason="pip install 'policymatch[dask]'")
    import warnings

    from matcher.bulk.dask_engine import on_dask

    path = parquet(tmp_path / "p.parquet", profiles(2000), 25)
    run(Job(tmp_path / "local", AS_OF), [path], locally, quiet)
    killed = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50) as cluster:
            workers = [worker.process.pid for worker in cluster.workers.values()]

            def kill_one(done, finished, total):
                if done is not None and finished >= 3 and not killed:
                    killed.append(workers[0])
                    os.kill(workers[0], signal.SIGKILL)

            run(Job(tmp_path / "dask", AS_OF), [path], on_dask(cluster.scheduler_address), kill_one)
            time.sleep(0.2)
    assert killed
    assert tree(tmp_path / "dask") == tree(tmp_path / "local")


def test_run_json_says_what_was_asked(tmp_path):
    run(Job(tmp_path / "out", AS_OF), [parquet(tmp_path / "p.parquet", profiles(5))], locally, quiet)
    asked = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    assert asked["as_of"] == "2026-11-23"
    assert asked["catalogue_version"] == starter_catalogue().version

"""The memory of a run from files does not grow with the number of profiles."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from pathlib import Path

import pytest

from policies.vocabulary import vocabulary

pytest.importorskip("pyarrow", reason="pip install 'policymatch[bulk]'")

from evaluation.bulk.generator import generate_profiles

AS_OF = dt.date(2026, 11, 23)
GROUP = 50_000
CHILD = """
import datetime as dt, resource, sys
from pathlib import Path
from matcher.bulk.results import Wanted
from matcher.bulk.run import Job, locally, run
folder = Path(sys.argv[1])
for name in ("small", "small", "large"):
    out = folder / f"{name}-{len(list(folder.iterdir()))}"
    run(Job(out, dt.date(2026, 11, 23), wanted=Wanted(sys.argv[2])), [folder / f"{name}.parquet"], locally, lambda *_: None)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
CHANGES = """
import datetime as dt, resource, sys
from pathlib import Path
from matcher.bulk.changes import changes_of_files
from matcher.program import compile_program
from policies.catalogue import starter_catalogue
from policies.vocabulary import vocabulary
days = dt.date(2026, 11, 23), dt.date(2026, 11, 24)
programs = [compile_program(starter_catalogue().policies, day, vocabulary()) for day in days]
for name in ("small", "small", "large"):
    found = sum(1 for b in changes_of_files(*programs, [Path(sys.argv[1]) / f"{name}.parquet"]) for _ in b.changes)
    assert found
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def write(path: Path, groups: int) -> None:
    import pyarrow.parquet as pq

    batch = generate_profiles(GROUP, 7, vocabulary(), AS_OF)
    with pq.ParquetWriter(path, batch.schema) as writer:
        for _ in range(groups):
            writer.write_batch(batch)


@pytest.mark.slow
@pytest.mark.parametrize("program", [CHILD, CHANGES], ids=["bulk", "changes"])
def test_memory_stays_flat(tmp_path, program):
    write(tmp_path / "small.parquet", 4)
    write(tmp_path / "large.parquet", 16)
    done = subprocess.run([sys.executable, "-c", program, tmp_path, "counts"], capture_output=True, text=True, check=True)
    _, small, large = map(int, done.stdout.split())
    assert (large - small) / 1024 < 60, "MB more for 800,000 profiles than for 200,000"

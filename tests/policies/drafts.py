"""Readings of the sample notice, as it was first and as it came back changed."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from policies.ingest import read_file
from policies.queue import Draft, Report, ReviewQueue
from tests.policies.sample import LINES, TEXT

NOW = dt.datetime(2026, 11, 23, 8, tzinfo=dt.UTC)
LATER = dt.datetime(2026, 12, 24, 8, tzinfo=dt.UTC)
CHANGED = (
    "\n".join(line for line in LINES if "就业奖励" not in line and "招用" not in line)
    .replace("毕业5年内", "毕业8年内")
    .replace("每年最高2万元", "每年最高3万元")
    .replace("1.持有发明专利2件以上；\n2.上年度营业收入不低于100万元。", "1.持有发明专利2件以上；\n2.上年度净利润不低于10万元。")
)
"""Another age limit, cap and alternative; the third scheme is gone, the dates are the same."""


def read(queue: ReviewQueue, folder: Path, text: str = TEXT, name: str = "notice.txt", now: dt.datetime = NOW) -> Report:
    """Put ``text`` into the file ``name`` and read it into the queue."""
    file = folder / name
    file.write_text(text, encoding="utf-8")
    outcome = read_file(file)
    assert outcome.error is None
    return queue.add(outcome.found, now, str(file))


def named(queue: ReviewQueue, name: str, state: str = "waiting") -> Draft:
    """The only draft of this name in this state, with its text."""
    found = [draft for draft in queue.drafts((state,)) if draft.name == name]
    assert len(found) == 1, (name, state, [draft.state for draft in queue.drafts(None)])
    return queue.draft(found[0].id)

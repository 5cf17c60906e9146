"""Reading a changed source again: what stays, what comes back as changed, what a person decided is kept."""

from __future__ import annotations

import hashlib
import sqlite3
from pathlib import Path

import pytest

from policies.extract.result import Extraction
from policies.queue import QueueError, ReviewQueue
from policies.rereading import MAX_PAIRS, Earlier, Seen, changes_between, plan
from tests.policies.drafts import CHANGED, LATER, NOW, named, read
from tests.policies.sample import TEXT


@pytest.fixture
def queue(tmp_path: Path) -> ReviewQueue:
    return ReviewQueue(tmp_path / "q.sqlite")


def test_the_first_reading_is_new(queue: ReviewQueue, tmp_path: Path) -> None:
    report = read(queue, tmp_path)
    assert (len(report.new), report.changed, report.unchanged, report.vanished) == (3, (), (), ())


def test_unchanged_drafts_keep_their_state(queue: ReviewQueue, tmp_path: Path) -> None:
    read(queue, tmp_path)
    kept = named(queue, "就业奖励")
    queue.decide(kept.id, "rejected", "不在本区", NOW)
    report = read(queue, tmp_path, TEXT.replace("最高2万元", "最高3万元") + "\n", now=LATER)
    assert len(report.unchanged) == 2
    assert len(report.changed) == 1
    assert (queue.draft(kept.id).state, queue.draft(kept.id).note) == ("rejected", "不在本区")


def test_changes_are_listed_condition_by_condition(queue: ReviewQueue, tmp_path: Path) -> None:
    read(queue, tmp_path)
    read(queue, tmp_path, CHANGED, now=LATER)
    [change] = named(queue, "一次性创业补贴", "changed").changes
    assert (change.part, change.how) == ("condition", "altered")
    assert (change.before["field"], change.before["value"], change.after["value"]) == ("graduation_years", 5, 8)
    changes = named(queue, "房租补贴", "changed").changes
    caps = [(c.before["cap_yuan"], c.after["cap_yuan"]) for c in changes if c.part == "benefit"]
    assert caps == [(20000, 30000)]
    assert {c.part for c in changes} == {"condition", "benefit"}


def test_an_accepted_draft_is_never_overwritten(queue: ReviewQueue, tmp_path: Path) -> None:
    read(queue, tmp_path)
    first = named(queue, "房租补贴")
    queue.decide(first.id, "accepted", "核对无误", NOW)
    before = queue.draft(first.id)
    read(queue, tmp_path, CHANGED, now=LATER)
    assert queue.draft(first.id) == before
    beside = named(queue, "房租补贴", "changed")
    assert beside.replaces == first.id
    for leaf in beside.content["benefits"]:
        assert beside.text[leaf["span"][0] : leaf["span"][1]] == leaf["quote"]


def test_undecided_drafts_are_replaced_and_point_to_the_new_reading(queue: ReviewQueue, tmp_path: Path) -> None:
    read(queue, tmp_path)
    first = named(queue, "房租补贴")
    read(queue, tmp_path, CHANGED, now=LATER)
    assert queue.draft(first.id).state == "superseded"
    with pytest.raises(QueueError, match=named(queue, "房租补贴", "changed").id):
        queue.decide(first.id, "accepted", None, LATER)


def test_vanished_drafts_are_listed_and_come_back(queue: ReviewQueue, tmp_path: Path) -> None:
    read(queue, tmp_path)
    lost = named(queue, "就业奖励")
    report = read(queue, tmp_path, CHANGED, now=LATER)
    assert report.vanished == (lost.id,)
    assert queue.draft(lost.id).gone_at
    assert queue.draft(lost.id).state == "waiting"
    assert read(queue, tmp_path, CHANGED + "\n\n", now=LATER).vanished == (lost.id,), "still away"
    report = read(queue, tmp_path, TEXT, now=LATER)
    assert lost.id in report.unchanged
    assert queue.draft(lost.id).gone_at is None


def test_a_source_that_goes_back_to_its_old_words(queue: ReviewQueue, tmp_path: Path) -> None:
    read(queue, tmp_path)
    confirmed = named(queue, "房租补贴")
    queue.decide(confirmed.id, "accepted", None, NOW)
    place, digest = str(tmp_path / "notice.txt"), hashlib.sha256(TEXT.encode()).hexdigest()
    assert queue.knows(digest, place)
    read(queue, tmp_path, CHANGED, now=LATER)
    assert not queue.knows(digest, place), "the old words are news again"
    assert queue.knows(digest, "elsewhere/copy.txt"), "a copy is not read twice"
    report = read(queue, tmp_path, TEXT, now=LATER)
    assert confirmed.id in report.unchanged
    assert [d.state for d in queue.drafts(None) if d.name == "房租补贴"] == ["accepted", "superseded"]
    woken = named(queue, "一次性创业补贴", "changed")
    assert [(c.before["value"], c.after["value"]) for c in woken.changes] == [(8, 5)]


def test_accepting_the_new_reading_sets_the_old_one_aside_until_taken_back(queue: ReviewQueue, tmp_path: Path) -> None:
    read(queue, tmp_path)
    old = named(queue, "房租补贴")
    queue.decide(old.id, "accepted", None, NOW)
    read(queue, tmp_path, CHANGED, now=LATER)
    new = named(queue, "房租补贴", "changed")
    queue.decide(new.id, "accepted", None, LATER)
    assert queue.draft(old.id).state == "superseded"
    queue.decide(new.id, "rejected", None, LATER)
    assert queue.draft(old.id).state == "accepted"
    assert queue.draft(new.id).state == "rejected"


def test_a_later_change_is_compared_with_what_was_confirmed(queue: ReviewQueue, tmp_path: Path) -> None:
    read(queue, tmp_path)
    old = named(queue, "房租补贴")
    queue.decide(old.id, "accepted", None, NOW)
    read(queue, tmp_path, CHANGED, now=LATER)
    second = named(queue, "房租补贴", "changed")
    read(queue, tmp_path, TEXT.replace("最高2万元", "最高4万元"), now=LATER)
    third = named(queue, "房租补贴", "changed")
    assert (third.replaces, queue.draft(second.id).state) == (old.id, "superseded")
    assert [(c.before["cap_yuan"], c.after["cap_yuan"]) for c in third.changes] == [(20000, 40000)]


def test_a_change_of_the_documents_dates_is_a_change(queue: ReviewQueue, tmp_path: Path) -> None:
    read(queue, tmp_path)
    report = read(queue, tmp_path, TEXT.replace("有效期2年", "有效期3年"), now=LATER)
    assert len(report.changed) == 3
    [change] = queue.draft(report.changed[0]).changes
    assert (change.part, change.name, change.before, change.after) == ("document", "effective_to", "2027-06-30", "2028-06-30")


def test_files_of_one_name_in_two_folders_are_two_sources(queue: ReviewQueue, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    read(queue, tmp_path / "a")
    assert len(read(queue, tmp_path / "b", CHANGED).new) == 2


def test_renamed_schemes_are_known_again() -> None:
    leaf = {"field": "age", "op": "<=", "value": 35}
    old = Seen("scheme", "青年创业补贴", {"name": "青年创业补贴", "conditions": {"all": [leaf]}, "benefits": []}, {})
    new = Seen("scheme", "青年创业资助", {"name": "青年创业资助", "conditions": {"all": [leaf]}, "benefits": []}, {})
    other = Seen("scheme", "落户", {"name": "落户", "conditions": {"all": []}, "benefits": []}, {})
    found = plan([Earlier("d-1", "d-1", "waiting", old)], [other, new])
    assert set(found.changed) == {1}
    assert [(c.part, c.name) for c in found.changed[1][1]] == [("terms", "name")]
    assert found.new == (0,)


def test_order_spans_and_confidence_are_no_changes() -> None:
    a, b = ({"field": "age", "op": "<=", "value": 35}, {"field": "employees", "op": ">=", "value": 3})
    first = Seen("scheme", "x", {"conditions": {"all": [a, b]}, "benefits": []}, {})
    moved = Seen("scheme", "x", {"conditions": {"all": [b | {"span": [3, 9]}, a | {"confidence": 0.5}]}, "benefits": []}, {})
    assert changes_between(first, moved) == ()
    either = Seen("scheme", "x", {"conditions": {"any": [a, b]}, "benefits": []}, {})
    assert [change.part for change in changes_between(first, either)] == ["shape"]
    wider = Seen(
        "scheme", "x", {"conditions": {"any": [a, b, {"field": "gender", "op": "==", "value": "female"}]}, "benefits": []}, {}
    )
    assert [(change.part, change.how) for change in changes_between(either, wider)] == [("condition", "added")]


def test_large_tables_are_paired_without_comparing_all_with_all() -> None:
    def rows(amount: int) -> list[Seen]:
        said = [{"kind": "lump_sum", "amount_yuan": amount}]
        return [
            Seen("scheme", f"第{n}项{amount}", {"conditions": {"all": []}, "benefits": said}, {})
            for n in range(int(MAX_PAIRS**0.5) + 50)
        ]

    earlier = [Earlier(f"d-{n}", f"d-{n}", "waiting", seen) for n, seen in enumerate(rows(1))]
    found = plan(earlier, rows(2))
    assert len(found.new) == len(found.vanished) == len(earlier)
    assert len(plan(earlier, rows(1)).unchanged) == len(earlier)


def test_a_queue_of_the_first_version_is_brought_up_to_date(tmp_path: Path) -> None:
    file = tmp_path / "q.sqlite"
    connection = sqlite3.connect(file)
    connection.executescript(
        """create table source (sha256 text primary key, origin text not null, read_at text not null, text text not null,
             document text not null);
           create table draft (id text primary key, sha256 text not null, part integer not null, kind text not null,
             name text not null, content text not null, state text not null default 'waiting', note text, decided_at text);
           insert into source values ('abc', 'notice.txt', '2026-01-01', 'words', '["标题"]');
           insert into draft (id, sha256, part, kind, name, content) values ('d-old', 'abc', 0, 'scheme', '旧', '{}');"""
    )
    connection.close()
    [draft] = ReviewQueue(file).drafts()
    assert (draft.id, draft.lineage, draft.document) == ("d-old", "d-old", {"title": "标题"})
    assert ReviewQueue(file).knows("abc", "notice.txt")
    assert ReviewQueue(file).draft("d-old").text == "words"


def test_nothing_read_is_nothing_stored(queue: ReviewQueue) -> None:
    found: tuple[Extraction, ...] = ()
    assert queue.add(found, NOW).new == ()

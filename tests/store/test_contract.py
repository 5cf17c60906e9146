"""One contract for both databases."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from policies.catalogue import CatalogueError, starter_catalogue
from policies.codec import policy_to_line
from policies.schema import Issue, Text
from policies.store import open_catalogue, postgres_of
from policies.store.database import HEAD, ConflictError, StoreError
from policies.store.migrating import newest
from policies.store.records import Incoming, Received, SourceInfo
from policies.store.store import Store
from tests.store.entries import entries, entry

TABLE = SourceInfo("hrss", "table", "人社局政策表", "municipal")


class Clock:
    """A clock that moves a day with every reading."""

    def __init__(self) -> None:
        self.time = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)

    def __call__(self) -> dt.datetime:
        self.time += dt.timedelta(days=1)
        return self.time


@pytest.fixture
def store(place: str):
    with Store(place, now=Clock()) as opened:
        yield opened


def test_the_code_knows_the_newest_migration() -> None:
    assert newest() == HEAD


def test_the_tables_are_those_of_the_migrations(place: str) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from policies.store.tables import metadata

    with Store(place) as opened, opened.database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_the_migrations_go_back(place: str) -> None:
    from alembic import command
    from sqlalchemy import inspect

    from policies.store.migrating import configuration

    with Store(place) as opened:
        with opened.database.writing() as connection:
            config = configuration()
            config.attributes["connection"] = connection
            command.downgrade(config, "base")
        with opened.database.reading() as connection:
            assert inspect(connection).get_table_names() == ["alembic_version"]


def test_nothing_is_published_at_first(store: Store) -> None:
    with pytest.raises(StoreError, match="catalogue publish"):
        store.catalogue()
    assert store.log() == []
    assert store.publish().number == 1
    assert len(store.catalogue()) == 0


def test_the_starter_catalogue_comes_back_word_for_word(store: Store, place: str) -> None:
    starter = starter_catalogue()
    taken = store.add_catalogue("starter", starter)
    assert (taken.new, taken.changed) == (136, 0)
    done = store.publish()
    assert (done.number, done.policies, done.added) == (1, 136, 136)
    found = store.catalogue()
    assert sorted(map(policy_to_line, found)) == sorted(starter.lines)
    assert found.version == f"{store.database.name}-1-{done.digest[:12]}"
    assert open_catalogue(place).version == found.version


def test_the_same_again_changes_nothing(store: Store) -> None:
    for _ in range(2):
        store.add_catalogue("starter", entries("a", "b"))
        assert store.publish().number == 1
    received = Received("a.csv", b"x", "mapping 1")
    assert not store.add(TABLE, [Incoming("1", entry("c"))], received).unchanged
    assert store.add(TABLE, [Incoming("1", entry("c"))], received).unchanged
    assert not store.add(TABLE, [Incoming("1", entry("c"))], Received("a.csv", b"x", "mapping 2")).unchanged
    assert store.publish().number == 2


def test_versions_are_numbered_and_stay(store: Store, place: str) -> None:
    store.add_catalogue("test", entries("a", "b"))
    first = store.publish()
    store.add(SourceInfo("test", "catalogue", "test"), [Incoming("a", entry("a", title="新名")), Incoming("c", entry("c"))])
    second = store.publish()
    assert (second.number, second.added, second.changed, second.removed) == (2, 1, 1, 0)
    assert [policy.title.zh for policy in store.catalogue(1)] == ["测试补贴a", "测试补贴b"]
    assert [policy.title.zh for policy in store.catalogue()] == ["新名", "测试补贴b", "测试补贴c"]
    assert {one: (bool(old), bool(new)) for one, old, new in store.changes(1, 2)} == {"a": (True, True), "c": (False, True)}
    assert {one: (bool(old), bool(new)) for one, old, new in store.changes(2, 1)} == {"a": (True, True), "c": (True, False)}
    assert store.changes(2, 2) == []
    restored = store.restore(1)
    assert (restored.number, restored.digest) == (3, first.digest)
    assert store.publish().digest == second.digest
    assert [one.number for one in store.log()] == [4, 3, 2, 1]
    assert store.verify() == []
    day = first.at.date()
    assert open_catalogue(f"{place}@{day}").version == open_catalogue(f"{place}@1").version
    with pytest.raises(CatalogueError, match="9"):
        open_catalogue(f"{place}@9")
    with pytest.raises(CatalogueError):
        open_catalogue(f"{place}@{day - dt.timedelta(days=9)}")


def test_a_reader_keeps_the_version_it_began_with(store: Store, place: str) -> None:
    from policies.store import publishing

    store.add_catalogue("test", entries("a"))
    store.publish()
    with store.database.reading() as connection:
        began = publishing.version(connection)
        with Store(place) as other:
            other.add_catalogue("test", entries("a", "b"))
            other.publish()
        assert publishing.version(connection) == began
        assert [one for one, _ in publishing.lines_of(connection, began.number)] == ["a"]
    assert len(store.catalogue()) == 2


def test_in_force_on_a_day(store: Store) -> None:
    store.add(TABLE, [Incoming("1", entry("old", effective_to="2024")), Incoming("2", entry("new", effective_from="2025-03"))])
    store.publish()
    assert [one for one, _ in store.in_force(dt.date(2024, 12, 31))] == ["old"]
    assert store.in_force(dt.date(2025, 2, 28)) == []
    assert [one for one, _ in store.in_force(dt.date(2025, 3, 1))] == ["new"]


def test_drafts_wait_and_what_was_accepted_stays(store: Store) -> None:
    document = SourceInfo("notice", "document", "通知")
    store.add_drafts(document, [entry("a"), entry("b")])
    assert [draft.uid for draft in store.drafts()] == ["notice/a", "notice/b"]
    assert store.publish().policies == 0
    store.review("notice/a", "accepted")
    store.review("notice/b", "rejected", "不是可申请的事项")
    assert [policy.id for policy in (store.publish(), store.catalogue())[1]] == ["a"]
    store.add_drafts(document, [entry("a", title="又改了")])
    (waiting,) = store.drafts()
    assert "又改了" in waiting.line
    assert waiting.in_force is not None
    assert "测试补贴a" in waiting.in_force
    assert store.publish().number == 2
    assert store.catalogue().by_id["a"].title.zh == "测试补贴a"
    store.review("notice/a", "accepted")
    store.publish()
    assert store.catalogue().by_id["a"].title.zh == "又改了"
    with pytest.raises(StoreError, match="已经是"):
        store.review("notice/a", "accepted")
    with pytest.raises(StoreError, match="没有记录"):
        store.review("notice/zzz", "accepted")


def test_a_hand_edit_outlives_a_changed_source_and_the_change_is_shown(store: Store) -> None:
    store.add(TABLE, [Incoming("1", entry("a"))])
    store.publish()
    store.edit("a", "title", "人工名称")
    store.edit("a", "application.closes", "2026-12-31")
    store.publish()
    store.add(TABLE, [Incoming("1", entry("a", title="来源新名", summary="新的摘要"))])
    store.publish()
    policy = store.catalogue().by_id["a"]
    assert (policy.title.zh, policy.summary and policy.summary.zh) == ("人工名称", "新的摘要")
    assert policy.application.closes is not None
    (issue,) = [issue for _, issue in store.issues()]
    assert issue.kind == "edited_source_changed"
    assert "来源新名" in issue.message.zh
    store.undo_edit("a", "title")
    store.publish()
    assert store.catalogue().by_id["a"].title.zh == "来源新名"
    assert store.issues() == []
    with pytest.raises(StoreError, match="没有人工修改"):
        store.undo_edit("a", "title")
    with pytest.raises(StoreError, match="没有政策"):
        store.edit("zzz", "title", "x")
    with pytest.raises(StoreError, match="不能这样修改"):
        store.edit("a", "audience", "cats")


def test_an_edit_of_what_another_has_edited_is_a_conflict(store: Store) -> None:
    store.add(TABLE, [Incoming("1", entry("a"))])
    store.publish()
    store.edit("a", "title", "甲改的")
    with pytest.raises(ConflictError, match="甲改的"):
        store.edit("a", "title", "乙改的")
    store.edit("a", "title", "乙改的", expected="甲改的")
    store.publish()
    assert store.catalogue().by_id["a"].title.zh == "乙改的"


def test_a_person_joins_and_parts_records(store: Store) -> None:
    other = SourceInfo("portal", "table", "区门户", "district")
    store.add(TABLE, [Incoming("1", entry("a"))])
    store.add(other, [Incoming("7", entry("p-7", benefits=[{"kind": "lump_sum", "amount_yuan": 10000}]))])
    assert store.publish().policies == 2
    store.decide("portal/7", "hrss/1", "duplicate", "同一通知")
    assert store.publish().policies == 1
    members, provenance = store.origin("a")
    assert members == ["hrss/1", "portal/7"]
    assert provenance["benefits"] == "hrss/1"
    (issue,) = [issue for _, issue in store.issues()]
    assert issue.kind == "conflicting_facts"
    assert "8000" in (issue.value or "")
    assert "10000" in (issue.value or "")
    assert "区门户" in (issue.value or "")
    (decision,) = store.decisions("hrss/1")
    assert decision.person
    store.undo_decision(decision.number)
    assert store.publish().policies == 2
    assert store.issues() == []
    with pytest.raises(StoreError, match="没有可撤销"):
        store.undo_decision(decision.number)
    with pytest.raises(StoreError):
        store.decide("hrss/1", "hrss/9", "duplicate")
    with pytest.raises(StoreError, match="判定有误"):
        store.decide("hrss/1", "portal/7", "cousin")


def test_a_newer_version_ends_the_older_and_both_stay(store: Store) -> None:
    store.add(
        TABLE,
        [Incoming("1", entry("old", effective_from="2023-01-01")), Incoming("2", entry("new", effective_from="2025-01-01"))],
    )
    store.decide("hrss/1", "hrss/2", "version")
    store.publish()
    found = store.catalogue().by_id
    assert found["old"].effective_to is not None
    assert found["old"].effective_to.text == "2024-12-31"
    assert [(r.kind, r.policy) for r in found["old"].relations] == [("possibly_superseded_by", "new")]
    assert [one for one, _ in store.in_force(dt.date(2024, 6, 1))] == ["old"]
    assert [one for one, _ in store.in_force(dt.date(2025, 6, 1))] == ["new"]


def test_rows_that_are_gone_are_told_and_kept(store: Store) -> None:
    issue = Issue("unknown_term", "hrss/1 instrument", Text("不认识", "unknown"), "补", ("grant",))
    store.add(TABLE, [Incoming("1", entry("a"), None, (issue,)), Incoming("2", entry("b"))], Received("t.csv", b"1"))
    assert [(origin, one) for origin, one in store.issues()] == [("hrss", issue)]
    taken = store.add(TABLE, [Incoming("1", entry("a"))], Received("t.csv", b"2"))
    assert taken.gone == ("2",)
    assert [one.kind for _, one in store.issues()] == ["row_gone"]
    assert store.publish().policies == 2


def test_wrong_use(store: Store, place: str, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="重复"):
        store.add(TABLE, [Incoming("1", entry("a")), Incoming("1", entry("b"))])
    store.add(TABLE, [Incoming("1", entry("a"))])
    with pytest.raises(StoreError, match="已登记"):
        store.add(SourceInfo("hrss", "document", "x"), [])
    with pytest.raises(StoreError, match="没有这个目录库"):
        Store(str(tmp_path / "none.db"), create=False)
    with pytest.raises(CatalogueError, match="没有这个目录库"):
        open_catalogue(tmp_path / "none.db")
    with pytest.raises(StoreError, match="oracle"):
        Store("oracle://x/y")
    (tmp_path / "text.db").write_text("not a database" * 100)
    with pytest.raises(StoreError):
        Store(str(tmp_path / "text.db"))


def test_a_store_of_a_newer_program_is_refused(place: str) -> None:
    from sqlalchemy import text

    with Store(place) as opened, opened.database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="升级"):
        Store(place)


def test_verify_sees_tampering(store: Store) -> None:
    from sqlalchemy import text

    store.add_catalogue("test", entries("a", "b"))
    store.publish()
    assert store.verify() == []
    with store.database.writing() as connection:
        connection.execute(text("UPDATE contents SET line = replace(line, '8000', '9000')"))
        connection.execute(text("UPDATE audit SET detail = '{}'"))
    found = [one.en or "" for one in store.verify()]
    assert any("hash" in one for one in found)
    assert any("published" in one for one in found)
    assert any("audit" in one for one in found)


@pytest.mark.parametrize(
    ("place", "url"),
    [
        (None, None),
        ("policies.db@3", None),
        ("sqlite:///policies.db", None),
        ("catalogue.jsonl", None),
        ("postgresql://u@h/n", "postgresql://u@h/n"),
        ("postgres://u@h/n@3", "postgresql://u@h/n"),
        ("postgresql+psycopg://u:p@h/n?sslmode=require@2026-01-31", "postgresql://u:p@h/n?sslmode=require"),
    ],
)
def test_the_postgresql_of_a_place(place: str | None, url: str | None) -> None:
    assert postgres_of(place) == url

"""The review queue: drafts read from documents wait here until a person accepts or rejects them.

A small SQLite file. A source is known by its place (where it was read) and its hash, so that one
already read is skipped. Reading a changed source again compares: what says the same stays as it is,
what differs comes back as ``changed`` beside the earlier draft, and what a person decided is never
touched.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from policies.extract.result import Extraction, extraction_to_json, measure_to_json, scheme_to_json
from policies.rereading import Change, Earlier, Plan, Seen, change_from_json, plan

STATES: Final = ("waiting", "changed", "accepted", "rejected", "superseded")
DECISIONS: Final = ("waiting", "accepted", "rejected")
OPEN: Final = ("waiting", "changed")
"""States that ask for a decision."""

_SCHEMA: Final = """
create table if not exists source (
  sha256 text primary key, origin text not null, read_at text not null, text text not null, document text not null);
create table if not exists draft (
  id text primary key, sha256 text not null references source(sha256), part integer not null, kind text not null,
  name text not null, content text not null, state text not null default 'waiting', note text, decided_at text);
create table if not exists reading (
  id integer primary key autoincrement, place text not null, sha256 text not null, read_at text not null, report text not null);
create index if not exists draft_state on draft(state);
create index if not exists reading_place on reading(place);
"""
_ADDED: Final = ("place", "lineage", "replaces", "changes", "gone_at", "superseded_by", "policy_id")
"""Columns of ``draft`` that files of the first version lack."""

_COLUMNS: Final = (
    "d.id, d.kind, d.name, d.state, s.origin, d.content, d.note, d.decided_at, d.lineage, d.replaces, d.changes, d.gone_at,"
    " d.policy_id, s.document, d.part, s.read_at"
)
_PART: Final = "\n\f\n"


class QueueError(ValueError):
    """A request the queue cannot serve; the message says why in both languages."""


class UnusableQueueError(QueueError):
    """A file that is no queue, or cannot be read or written."""


@dataclass(frozen=True, slots=True)
class Draft:
    """One scheme or commitment with its state.

    Attributes:
        content: its JSON form; spans refer to ``text``, which only :meth:`ReviewQueue.draft` fills in.
        document: metadata of its document; ``warnings`` what was read with doubt.
        replaces: the earlier draft that this reading stands beside, with ``changes`` against it.
        gone_at: when the source was last read without it.
        policy_id: its entry in the catalogue, once published.
    """

    id: str
    kind: str
    name: str
    state: str
    origin: str
    content: dict[str, Any]
    note: str | None = None
    text: str = ""
    document: dict[str, Any] = field(default_factory=dict)
    warnings: tuple[dict[str, str], ...] = ()
    changes: tuple[Change, ...] = ()
    replaces: str | None = None
    lineage: str = ""
    gone_at: str | None = None
    decided_at: str | None = None
    policy_id: str | None = None
    read_at: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What one reading of a source brought: ids of drafts."""

    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    vanished: tuple[str, ...] = ()


class ReviewQueue:
    """The queue in the SQLite file ``path``; made on first use."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(self._path, timeout=30)
            try:
                connection.executescript(_SCHEMA)
                _upgrade(connection)
                with connection:
                    yield connection
            finally:
                connection.close()
        except (sqlite3.DatabaseError, OSError) as error:
            raise UnusableQueueError(
                f"审核队列 {self._path.name} 无法使用：{error}，请换一个文件 / the review queue cannot be used; name another file"
            ) from error

    def knows(self, sha256: str, place: str | None = None) -> bool:
        """Whether this is what was last read at ``place``, or, where nothing was read there, known from elsewhere."""
        with self._open() as connection:
            last = connection.execute("select sha256 from reading where place = ? order by id desc", (place,)).fetchone()
            if last is not None:
                return bool(last[0] == sha256)
            return connection.execute("select 1 from source where sha256 = ?", (sha256,)).fetchone() is not None

    def add(self, found: tuple[Extraction, ...], now: dt.datetime, place: str | None = None) -> Report:
        """Store what was read from one source and compare it with earlier readings of the same ``place``.

        Raises:
            QueueError: the file cannot be written.
        """
        if not found:
            return Report()
        first, at = found[0], now.isoformat(timespec="seconds")
        place = place or first.origin
        fresh = [(number, seen) for number, part in enumerate(found) for seen in _seen(part)]
        with self._open() as connection:
            connection.execute("begin immediate")
            heads = json.dumps([_head(part) for part in found], ensure_ascii=False)
            connection.execute(
                "insert or ignore into source values (?, ?, ?, ?, ?)",
                (first.sha256, first.origin, at, _PART.join(part.text for part in found), heads),
            )
            done = plan(_earlier(connection, place), [seen for _, seen in fresh])
            report = _store(connection, done, fresh, first.sha256, place, at)
            text = json.dumps(
                {"new": report.new, "changed": report.changed, "unchanged": report.unchanged, "vanished": report.vanished}
            )
            connection.execute(
                "insert into reading (place, sha256, read_at, report) values (?, ?, ?, ?)", (place, first.sha256, at, text)
            )
        return report

    def drafts(self, states: Collection[str] | None = OPEN) -> tuple[Draft, ...]:
        """Drafts in one of ``states``, all of them where it is None, by source and place; without their text."""
        with self._open() as connection:
            rows = connection.execute(
                f"select {_COLUMNS} from draft d join source s using (sha256)"  # noqa: S608 - a constant
                " order by s.origin, d.place, d.part, d.rowid"
            ).fetchall()
        return tuple(_draft(row) for row in rows if states is None or row[3] in states)

    def draft(self, identity: str) -> Draft:
        """One draft with the text of its document.

        Raises:
            QueueError: no such draft.
        """
        with self._open() as connection:
            row = connection.execute(
                f"select {_COLUMNS}, s.text from draft d join source s using (sha256) where d.id = ?",  # noqa: S608
                (identity,),
            ).fetchone()
        if row is None:
            raise QueueError(f"没有编号 {identity} 的草稿，请用 review list 查看 / no draft {identity}; see review list")
        return _draft(row[:-1], row[-1].split(_PART)[row[14]])

    def accepted_of(self, lineage: str) -> tuple[Draft, ...]:
        """Confirmed readings of one scheme, those set aside by a newer confirmed one included."""
        return tuple(d for d in self.drafts(("accepted", "superseded")) if d.lineage == lineage and d.decided_at)

    def decidable(self, identity: str) -> Draft:
        """A draft that can be decided on: one that no newer reading replaced.

        Raises:
            QueueError: no such draft, or a replaced one; names the newer reading.
        """
        found = self.draft(identity)
        if found.state == "superseded":
            later = [one.id for one in self.drafts(None) if one.lineage == found.lineage and one.state != "superseded"]
            name = later[-1] if later else "-"
            raise QueueError(f"草稿 {identity} 已被新的读取替代，请审核 {name} / {identity} was replaced; decide on {name}")
        return found

    def decide(self, identity: str, state: str, note: str | None, now: dt.datetime, policy_id: str | None = None) -> Draft:
        """Record a person's decision on a draft.

        Accepting a reading sets an earlier accepted one of the same scheme aside; taking that back
        restores it.

        Raises:
            QueueError: no such draft, a draft that a newer reading replaced, or a state that is none.
        """
        if state not in DECISIONS:
            raise QueueError(f"状态 {state} 无效，可用：{'、'.join(DECISIONS)} / no such state; use {', '.join(DECISIONS)}")
        found = self.decidable(identity)
        with self._open() as connection:
            connection.execute("begin immediate")
            if state == "accepted":
                connection.execute(
                    "update draft set state = 'superseded', superseded_by = ?"
                    " where lineage = ? and state = 'accepted' and id != ?",
                    (identity, found.lineage, identity),
                )
            else:
                connection.execute(
                    "update draft set state = 'accepted', superseded_by = null where superseded_by = ?", (identity,)
                )
            connection.execute(
                "update draft set state = ?, note = ?, decided_at = ?, policy_id = coalesce(?, policy_id) where id = ?",
                (state, note, now.isoformat(timespec="seconds"), policy_id, identity),
            )
        return self.draft(identity)


def _upgrade(connection: sqlite3.Connection) -> None:
    """Bring a file of the first version up to date."""
    present = {row[1] for row in connection.execute("pragma table_info(draft)")}
    missing = [name for name in _ADDED if name not in present]
    for name in missing:
        connection.execute(f"alter table draft add column {name} text")
    if missing:
        connection.execute(
            "update draft set lineage = id, place = (select origin from source where source.sha256 = draft.sha256)"
        )
        connection.execute(
            "insert into reading (place, sha256, read_at, report) select origin, sha256, read_at, '{}' from source order by rowid"
        )
    connection.commit()


def _seen(part: Extraction) -> Iterator[Seen]:
    document = _head(part)["document"]
    for scheme in part.schemes:
        yield Seen("scheme", scheme.name, _plain_json(scheme_to_json(scheme)), document)
    for measure in part.measures:
        yield Seen("commitment", measure.text[:40], _plain_json(measure_to_json(measure)), document)


def _head(part: Extraction) -> dict[str, Any]:
    found = extraction_to_json(part)
    return {"document": found["document"], "warnings": found["warnings"]}


def _plain_json(value: dict[str, Any]) -> dict[str, Any]:
    """As it will be read back, so that two readings can be compared."""
    found: dict[str, Any] = json.loads(json.dumps(value, ensure_ascii=False))
    return found


def _earlier(connection: sqlite3.Connection, place: str) -> list[Earlier]:
    rows = connection.execute(
        f"select {_COLUMNS} from draft d join source s using (sha256)"  # noqa: S608 - a constant
        " where d.place = ? and d.state != 'superseded' order by d.rowid",
        (place,),
    ).fetchall()
    drafts = [_draft(row) for row in rows]
    return [Earlier(d.id, d.lineage, d.state, Seen(d.kind, d.name, d.content, d.document)) for d in drafts]


def _store(connection: sqlite3.Connection, done: Plan, fresh: list[tuple[int, Seen]], sha256: str, place: str, at: str) -> Report:
    ids: dict[int, str] = {}
    connection.executemany("update draft set state = 'superseded' where id = ?", [(identity,) for identity in done.outdated])
    for position, (part, seen) in enumerate(fresh):
        if position in done.unchanged:
            ids[position] = done.unchanged[position].id
            lineage = done.unchanged[position].lineage
        else:
            content = json.dumps(seen.content, ensure_ascii=False)
            ids[position] = identity = _id(place, sha256, part, position, content)
            earlier, changes = done.changed.get(position, (None, ()))
            lineage = earlier.lineage if earlier else identity
            row = (identity, sha256, part, seen.kind, seen.name, content, "changed" if earlier else "waiting", place, lineage)
            listed = json.dumps([change.as_json() for change in changes], ensure_ascii=False) if changes else None
            connection.execute(  # a reading that comes back after another one is woken up again
                "insert into draft (id, sha256, part, kind, name, content, state, place, lineage, replaces, changes)"
                " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (id) do update set state = excluded.state,"
                " lineage = excluded.lineage, replaces = excluded.replaces, changes = excluded.changes,"
                " note = null, decided_at = null, superseded_by = null where draft.state = 'superseded'",
                (*row, earlier.id if earlier else None, listed),
            )
        connection.execute("update draft set gone_at = null where lineage = ? and place = ?", (lineage, place))
    gone = [(at, lineage, place) for lineage in done.vanished]
    connection.executemany(
        "update draft set gone_at = coalesce(gone_at, ?) where lineage = ? and place = ? and state != 'superseded'", gone
    )
    vanished = connection.execute(
        "select id from draft where place = ? and gone_at = ? and state != 'superseded'", (place, at)
    ).fetchall()
    return Report(
        tuple(ids[p] for p in done.new),
        tuple(ids[p] for p in sorted(done.changed)),
        tuple(ids[p] for p in sorted(done.unchanged)),
        tuple(row[0] for row in vanished) if gone else (),
    )


def _id(*parts: object) -> str:
    return f"d-{hashlib.sha256('/'.join(map(str, parts)).encode()).hexdigest()[:10]}"


def _draft(row: tuple[Any, ...], text: str = "") -> Draft:
    identity, kind, name, state, origin, content, note, decided, lineage, replaces, changes, gone, policy, heads, part, read = row
    parts = json.loads(heads)
    head = parts[part] if part < len(parts) else ""
    head = head if isinstance(head, dict) else {"document": {"title": head}, "warnings": []}
    return Draft(
        id=identity,
        kind=kind,
        name=name,
        state=state,
        origin=origin,
        content=json.loads(content),
        note=note,
        text=text,
        document=head["document"],
        warnings=tuple(head["warnings"]),
        changes=tuple(change_from_json(one) for one in json.loads(changes)) if changes else (),
        replaces=replaces,
        lineage=lineage,
        gone_at=gone,
        decided_at=decided,
        policy_id=policy,
        read_at=read,
    )

"""Records: what each source says, kept as received, with every earlier wording."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, and_, func, or_, select, update

from policies.codec import policy_to_line
from policies.precedence import Entry
from policies.schema import Issue, Policy, Text
from policies.store import tables as t
from policies.store.database import StoreError, insert_new

KINDS: Final = ("catalogue", "table", "document")
MAX_KEPT_BYTES: Final = 32 * 2**20
"""Largest file whose bytes are kept with its record; of a larger one the hash and the name are kept."""

_Item = TypeVar("_Item")

_CHUNK: Final = 5000
"""Rows sent to the database at a time."""


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """A department's table, a document or a catalogue.

    Attributes:
        key: short name, the first part of its records' uids.
        kind: one of :data:`KINDS`; the ids in a ``catalogue`` are its own and never merged with each other.
        title: for people.
        level: of the body that keeps it: national, municipal, district; empty where not known.
    """

    key: str
    kind: str
    title: str
    level: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"source kind {self.kind!r} is not one of {KINDS}")
        if not self.key or "/" in self.key or len(self.key) > 200:
            raise ValueError(f"source key {self.key!r} must have 1 to 200 characters and no /")


@dataclass(frozen=True, slots=True)
class Incoming:
    """One record as read: its key within the source, what it says, the row it was read from."""

    key: str
    policy: Policy
    raw: str | None = None
    issues: tuple[Issue, ...] = ()


@dataclass(frozen=True, slots=True)
class Received:
    """The file the records were read from, and what read it (name and version of a mapping, say)."""

    name: str
    body: bytes
    reading: str = ""


@dataclass(frozen=True)
class Taken:
    """What came of handing records in.

    ``unchanged`` says that the very same file had been read the same way before; ``gone`` lists the
    keys that an earlier file of the same name had and this one lacks (they stay in the catalogue).
    """

    source: str
    unchanged: bool = False
    new: int = 0
    changed: int = 0
    same: int = 0
    issues: int = 0
    gone: tuple[str, ...] = field(default=())

    def as_json(self) -> dict[str, object]:
        """For ``--json``."""
        return {**self.__dict__, "gone": list(self.gone)}


def content_hash(line: str) -> str:
    """BLAKE2b of 16 bytes over the line, in hexadecimal."""
    return hashlib.blake2b(line.encode(), digest_size=16).hexdigest()


def add_records(
    connection: Connection,
    source: SourceInfo,
    incoming: Sequence[Incoming],
    received: Received | None,
    *,
    review: bool,
    at: dt.datetime,
    issues: Iterable[Issue] = (),
) -> Taken:
    """Store records; those whose content is the same as before stay as they are.

    With ``review`` new and changed records wait as ``pending`` and the wording in force stays.

    Raises:
        StoreError: two records have one key, or the source is known as another kind.
    """
    keys = [one.key for one in incoming]
    twice = sorted({key for key in keys if keys.count(key) > 1}) if len(set(keys)) < len(keys) else []
    if twice:
        raise StoreError(
            Text(f"{source.key} 中记录重复：{'、'.join(twice[:5])}", f"{source.key} has records twice: {', '.join(twice[:5])}")
        )
    source_id = _source_id(connection, source, at)
    document_id, known, earlier = _document(connection, source_id, received, at)
    if known:
        return Taken(source.key, unchanged=True, same=len(incoming))
    latest = _latest(connection, source_id)
    rows: list[dict[str, Any]] = []
    lines: dict[str, str] = {}
    counts = {"new": 0, "changed": 0, "same": 0}
    seen_again: list[int] = []
    for one in incoming:
        line = policy_to_line(one.policy)
        hashed = content_hash(line)
        before = latest.get(one.key)
        if before is not None and before.hash == hashed:
            counts["same"] += 1
            seen_again.append(before.id)
            continue
        counts["new" if before is None else "changed"] += 1
        lines[hashed] = line
        rows.append(
            {
                "source_id": source_id,
                "key": one.key,
                "number": before.number + 1 if before else 1,
                "document_id": document_id,
                "hash": hashed,
                "raw": one.raw,
                "state": "pending" if review else "accepted",
                "live": not review,
                "compared": "",
                "received": at,
            }
        )
    _write(connection, source_id, rows, lines, replace=not review)
    if seen_again and document_id is not None:
        for ids in _chunks(seen_again):
            connection.execute(update(t.records).where(t.records.c.id.in_(ids)).values(document_id=document_id))
    gone = _gone(connection, source_id, earlier, set(keys))
    found = [*issues, *(issue for one in incoming for issue in one.issues), *(_gone_issue(source, key) for key in gone)]
    replace_issues(connection, source.key, found, at)
    return Taken(source.key, new=counts["new"], changed=counts["changed"], same=counts["same"], issues=len(found), gone=gone)


def live_entries(connection: Connection) -> list[Entry]:
    """Every record that counts for the catalogue."""
    query = (
        select(t.records.c.key, t.sources.c.key, t.sources.c.kind, t.sources.c.title, t.sources.c.level, t.contents.c.line)
        .join(t.sources, t.sources.c.id == t.records.c.source_id)
        .join(t.contents, t.contents.c.hash == t.records.c.hash)
        .where(t.records.c.live)
    )
    return [
        Entry(f"{source}/{key}", kind, source, title, level, line)
        for key, source, kind, title, level, line in connection.execute(query)
    ]


def replace_issues(connection: Connection, origin: str, issues: Iterable[Issue], at: dt.datetime) -> None:
    """Make ``issues`` the open ones of ``origin``; those not found any more are closed, not deleted."""
    rows = {}
    for one in issues:
        hashed = content_hash(json.dumps([origin, one.kind, one.where, one.value], ensure_ascii=False))
        rows[hashed] = {
            "hash": hashed,
            "origin": origin,
            "kind": one.kind,
            "where": one.where,
            "message_zh": one.message.zh,
            "message_en": one.message.en or one.message.zh,
            "value": one.value,
            "suggestions": json.dumps(list(one.suggestions), ensure_ascii=False),
            "seen": at,
        }
    known = {
        row.hash: row.closed
        for row in connection.execute(select(t.issues.c.hash, t.issues.c.closed).where(t.issues.c.origin == origin))
    }
    insert_new(connection, t.issues, list(rows.values()), "hash")
    for hashes, closed in (
        ([key for key, when in known.items() if when is None and key not in rows], at),
        ([key for key, when in known.items() if when is not None and key in rows], None),
    ):
        for some in _chunks(hashes):
            connection.execute(update(t.issues).where(t.issues.c.hash.in_(some)).values(closed=closed))


def _source_id(connection: Connection, source: SourceInfo, at: dt.datetime) -> int:
    found = connection.execute(select(t.sources).where(t.sources.c.key == source.key)).one_or_none()
    if found is None:
        values = {"key": source.key, "kind": source.kind, "title": source.title, "level": source.level, "created": at}
        return int(connection.execute(t.sources.insert().values(values)).inserted_primary_key[0])  # type: ignore[index]
    if found.kind != source.kind:
        raise StoreError(
            Text(
                f"来源 {source.key} 已登记为 {found.kind}，不能作为 {source.kind} 导入，请换一个名称",
                f"the source {source.key} is known as {found.kind} and cannot be read as {source.kind}; choose another name",
            )
        )
    if (found.title, found.level) != (source.title, source.level):
        connection.execute(update(t.sources).where(t.sources.c.id == found.id).values(title=source.title, level=source.level))
    return int(found.id)


def _document(
    connection: Connection, source_id: int, received: Received | None, at: dt.datetime
) -> tuple[int | None, bool, list[int]]:
    """Id of the file's row, whether it is the last one read from it, ids of earlier files of its name."""
    if received is None:
        return None, False, []
    sha256 = hashlib.sha256(received.body).hexdigest()
    d = t.documents.c
    same_name = connection.execute(
        select(d.id, d.sha256, d.reading).where(d.source_id == source_id, d.name == received.name).order_by(d.id)
    ).all()
    if same_name and (same_name[-1].sha256, same_name[-1].reading) == (sha256, received.reading):
        return int(same_name[-1].id), True, []
    values = {
        "source_id": source_id,
        "sha256": sha256,
        "name": received.name,
        "size": len(received.body),
        "reading": received.reading,
        "body": zlib.compress(received.body) if len(received.body) <= MAX_KEPT_BYTES else None,
        "received": at,
    }
    number = connection.execute(t.documents.insert().values(values)).inserted_primary_key[0]  # type: ignore[index]
    return int(number), False, [int(row.id) for row in same_name]


def _latest(connection: Connection, source_id: int) -> dict[str, Any]:
    r = t.records.c
    newest = select(r.key, func.max(r.number).label("number")).where(r.source_id == source_id).group_by(r.key).subquery()
    query = (
        select(r.id, r.key, r.number, r.hash)
        .join(newest, and_(newest.c.key == r.key, newest.c.number == r.number))
        .where(r.source_id == source_id)
    )
    return {row.key: row for row in connection.execute(query)}


def _write(connection: Connection, source_id: int, rows: list[dict[str, Any]], lines: dict[str, str], *, replace: bool) -> None:
    contents = [{"hash": hashed, "line": line} for hashed, line in lines.items()]
    for some in _chunks(contents):
        insert_new(connection, t.contents, some, "hash")
    r = t.records.c
    changed = [row["key"] for row in rows if row["number"] > 1]
    for keys in _chunks(changed):
        old = update(t.records).where(r.source_id == source_id, r.key.in_(keys))
        if replace:
            connection.execute(old.where(or_(r.live, r.state == "pending")).values(live=False))
        connection.execute(old.where(r.state == "pending").values(state="replaced"))
    for part in _chunks(rows):
        connection.execute(t.records.insert(), part)


def _gone(connection: Connection, source_id: int, earlier: list[int], keys: set[str]) -> tuple[str, ...]:
    if not earlier:
        return ()
    r = t.records.c
    query = select(r.key).where(r.source_id == source_id, r.document_id.in_(earlier)).distinct()
    return tuple(sorted(key for (key,) in connection.execute(query) if key not in keys))


def _gone_issue(source: SourceInfo, key: str) -> Issue:
    zh = f"{source.title} 的新文件里没有这一行了：{key}；目录保留原内容，请核对该政策是否停办"
    en = f"the new file of {source.key} lacks this row: {key}; the catalogue keeps it, check whether the scheme has ended"
    return Issue("row_gone", f"{source.key}/{key}", Text(zh, en), key)


def _chunks(items: list[_Item]) -> Iterable[list[_Item]]:
    return (items[i : i + _CHUNK] for i in range(0, len(items), _CHUNK))

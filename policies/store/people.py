"""What persons and comparators have decided: pairs of records, hand edits, review states, issues.

Nothing here is deleted. Undoing a decision or an edit marks it, and the next publication follows.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, and_, or_, select, update

from policies.decision import Decision
from policies.merge import Edit, Link
from policies.schema import Issue, Text
from policies.store import tables as t
from policies.store.database import ConflictError, StoreError

STATES = ("pending", "accepted", "rejected")


def write_decisions(connection: Connection, decisions: Iterable[Decision], at: dt.datetime) -> None:
    """Store decisions as they are."""
    rows = [
        {
            "left": one.left,
            "right": one.right,
            "kind": one.kind,
            "probability": one.probability,
            "parts": json.dumps(dict(one.parts), ensure_ascii=False),
            "reason_zh": one.reason.zh,
            "reason_en": one.reason.en or one.reason.zh,
            "by": one.by,
            "person": one.person,
            "at": at,
            "undone": None,
        }
        for one in decisions
    ]
    if rows:
        connection.execute(t.decisions.insert(), rows)


def withdraw_machine_decisions(connection: Connection, uids: Sequence[str], at: dt.datetime) -> None:
    """Set aside what comparators said about records that have changed; persons' decisions stay."""
    d = t.decisions.c
    for start in range(0, len(uids), 2000):
        some = uids[start : start + 2000]
        mine = and_(d.person.is_(False), d.undone.is_(None), or_(d.left.in_(some), d.right.in_(some)))
        connection.execute(update(t.decisions).where(mine).values(undone=at))


def decide(connection: Connection, decision: Decision, at: dt.datetime) -> None:
    """Store a person's decision; an earlier one of a person about the same pair is set aside.

    Raises:
        StoreError: one of the records is not in the store.
    """
    for uid in (decision.left, decision.right):
        _must_exist(connection, uid)
    d = t.decisions.c
    same = and_(d.left == decision.left, d.right == decision.right, d.person, d.undone.is_(None))
    connection.execute(update(t.decisions).where(same).values(undone=at))
    write_decisions(connection, [decision], at)


def undo_decision(connection: Connection, number: int, at: dt.datetime) -> None:
    """Set a decision aside; what comparators said before counts again.

    Raises:
        StoreError: there is none, or it was set aside before.
    """
    d = t.decisions.c
    done = connection.execute(update(t.decisions).where(d.id == number, d.undone.is_(None)).values(undone=at))
    if done.rowcount == 0:
        raise StoreError(Text(f"没有可撤销的判定 {number}", f"there is no decision {number} to undo"))


def live_decisions(connection: Connection, about: str | None = None) -> list[Decision]:
    """Decisions in force, those of persons first; only those about one record where ``about`` is given."""
    d = t.decisions.c
    query: Select[Any] = select(t.decisions).where(d.undone.is_(None)).order_by(d.person.desc(), d.left, d.right, d.id)
    if about is not None:
        query = query.where(or_(d.left == about, d.right == about))
    return [
        Decision(
            row.left,
            row.right,
            row.kind,
            row.probability,
            tuple(json.loads(row.parts).items()),
            Text(row.reason_zh, row.reason_en),
            row.by,
            row.person,
            row.id,
        )
        for row in connection.execute(query)
    ]


def links(connection: Connection) -> list[Link]:
    """The decisions in force as :func:`policies.merge.assemble` takes them."""
    d = t.decisions.c
    query = select(d.left, d.right, d.kind, d.probability, d.person).where(d.undone.is_(None), d.kind != "different")
    apart = select(d.left, d.right, d.kind, d.probability, d.person).where(d.undone.is_(None), d.kind == "different", d.person)
    return [Link(*row) for row in (*connection.execute(query), *connection.execute(apart))]


def write_edit(connection: Connection, edit: Edit, *, expected: object, by: str, at: dt.datetime) -> None:
    """Store a person's value.

    Args:
        connection: the writing connection.
        edit: what to store.
        expected: the value the person saw; the latest edit of the same key must have it.
        by: the person.
        at: when.

    Raises:
        ConflictError: somebody else has edited the key since; nothing is stored.
        StoreError: the record is not in the store.
    """
    _must_exist(connection, edit.uid)
    e = t.edits.c
    last = connection.execute(
        select(e.value, e.by).where(e.uid == edit.uid, e.path == edit.path, e.undone.is_(None)).order_by(e.id.desc()).limit(1)
    ).one_or_none()
    if last is not None and json.loads(last.value) != expected:
        raise ConflictError(
            Text(
                f"{edit.path} 刚被 {last.by} 改为 {last.value}，与您看到的不同；没有改动，请重新查看后再改",
                f"{edit.path} has just been changed to {last.value} by {last.by}; nothing was stored, look again and edit anew",
            )
        )
    values = {"uid": edit.uid, "path": edit.path, "by": by, "at": at}
    values |= {name: json.dumps(getattr(edit, name), ensure_ascii=False) for name in ("value", "base")}
    connection.execute(t.edits.insert().values(values))


def live_edits(connection: Connection) -> list[Edit]:
    """Edits in force, in the order in which they were made."""
    e = t.edits.c
    rows = connection.execute(select(e.uid, e.path, e.value, e.base).where(e.undone.is_(None)).order_by(e.id))
    return [Edit(row.uid, row.path, json.loads(row.value), json.loads(row.base)) for row in rows]


def undo_edits(connection: Connection, uid: str, path: str, at: dt.datetime) -> None:
    """Set all edits of one key aside: what the sources say counts again.

    Raises:
        StoreError: there is none.
    """
    e = t.edits.c
    mine = and_(e.uid == uid, e.path == path, e.undone.is_(None))
    if connection.execute(update(t.edits).where(mine).values(undone=at)).rowcount == 0:
        raise StoreError(Text(f"{uid} 的 {path} 没有人工修改", f"{path} of {uid} was not edited"))


def review(connection: Connection, uid: str, state: str, *, by: str, note: str, at: dt.datetime) -> None:
    """Accept or reject what a source says now; what was accepted before stays in force on a rejection.

    Raises:
        StoreError: unknown state or record, or nothing of it waits.
    """
    if state not in STATES:
        raise StoreError(Text(f"审核状态只能是 {'、'.join(STATES)}", f"a review state is one of {', '.join(STATES)}"))
    r = t.records.c
    source_id, key = _must_exist(connection, uid)
    of = and_(r.source_id == source_id, r.key == key)
    newest = connection.execute(select(r.id, r.state).where(of).order_by(r.number.desc()).limit(1)).one()
    if newest.state == state:
        raise StoreError(Text(f"{uid} 已经是 {state}", f"{uid} is {state} already"))
    if state == "accepted":
        connection.execute(update(t.records).where(of, r.live).values(live=False))
    connection.execute(update(t.records).where(r.id == newest.id).values(state=state, live=state == "accepted"))
    values = {"record_id": newest.id, "state": state, "by": by, "note": note, "at": at}
    connection.execute(t.review_states.insert().values(values))


@dataclass(frozen=True, slots=True)
class Draft:
    """A record in the review queue: the wording that waits and the one in force, if any."""

    uid: str
    state: str
    line: str
    in_force: str | None
    document: str | None


def drafts(connection: Connection, state: str = "pending") -> list[Draft]:
    """Records whose newest wording is in ``state``, in the order of their uids."""
    r, s, c, d = t.records.c, t.sources.c, t.contents.c, t.documents.c
    live = t.records.alias()
    content = t.contents.alias()
    query = (
        select(s.key, r.key, r.state, c.line, content.c.line, d.name)
        .select_from(t.records)
        .join(t.sources, s.id == r.source_id)
        .join(t.contents, c.hash == r.hash)
        .outerjoin(t.documents, d.id == r.document_id)
        .outerjoin(live, and_(live.c.source_id == r.source_id, live.c.key == r.key, live.c.live, live.c.id != r.id))
        .outerjoin(content, content.c.hash == live.c.hash)
        .where(r.state == state)
    )
    return sorted((Draft(f"{a}/{b}", *rest) for a, b, *rest in connection.execute(query)), key=lambda one: one.uid)


def open_issues(connection: Connection, origin: str | None = None) -> list[tuple[str, Issue]]:
    """(origin, issue) of everything that waits for a person, by origin and place."""
    i = t.issues.c
    query = select(t.issues).where(i.closed.is_(None))
    if origin is not None:
        query = query.where(i.origin == origin)
    found = [
        (
            row.origin,
            Issue(row.kind, row.where, Text(row.message_zh, row.message_en), row.value, tuple(json.loads(row.suggestions))),
        )
        for row in connection.execute(query)
    ]
    return sorted(found, key=lambda one: (one[0], one[1].where, one[1].kind, one[1].value or ""))


def _must_exist(connection: Connection, uid: str) -> tuple[int, str]:
    source, _, key = uid.partition("/")
    row = connection.execute(
        select(t.records.c.source_id)
        .join(t.sources, t.sources.c.id == t.records.c.source_id)
        .where(t.sources.c.key == source, t.records.c.key == key)
        .limit(1)
    ).one_or_none()
    if row is None:
        raise StoreError(Text(f"没有记录 {uid}，记录写作 来源/编号", f"there is no record {uid}; a record is written source/key"))
    return int(row.source_id), key

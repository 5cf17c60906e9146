"""Published versions: writing one, reading any of them, and what lies between two."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, update

from policies.merge import Assembled
from policies.schema import PartialDate, Text
from policies.store import tables as t
from policies.store.database import StoreError, insert_new
from policies.store.records import content_hash


@dataclass(frozen=True, slots=True)
class Published:
    """One published version of the catalogue; ``digest`` is the SHA-256 of its exchange form."""

    number: int
    digest: str
    policies: int
    added: int
    changed: int
    removed: int
    by: str
    note: str
    at: dt.datetime

    def as_json(self) -> dict[str, object]:
        """For ``--json``."""
        return {name: getattr(self, name) for name in self.__slots__ if name != "at"} | {"at": self.at.isoformat()}


def write_version(connection: Connection, policies: list[Assembled], *, by: str, note: str, at: dt.datetime) -> Published:
    """Publish ``policies`` as the next version; the same content as now gives no new version.

    Which records stand behind unchanged content is brought up to date without a new version.
    """
    current = latest(connection)
    digest = digest_of(one.line for one in policies)
    if current is not None:
        _update_members(connection, current.number, policies)
    if current is not None and current.digest == digest:
        return current
    number = current.number + 1 if current else 1
    before = {row.policy_id: row for row in connection.execute(_standing(current.number))} if current else {}
    rows: list[dict[str, Any]] = []
    lines: list[dict[str, Any]] = []
    closed: list[int] = []
    added = changed = 0
    for one in policies:
        hashed = content_hash(one.line)
        old = before.pop(one.id, None)
        if old is not None and old.hash == hashed:
            continue
        added, changed = added + (old is None), changed + (old is not None)
        if old is not None:
            closed.append(old.id)
        lines.append({"hash": hashed, "line": one.line})
        rows.append(_row(one, hashed, number))
    closed += [old.id for old in before.values()]
    for ids in (closed[i : i + 5000] for i in range(0, len(closed), 5000)):
        connection.execute(update(t.policy_versions).where(t.policy_versions.c.id.in_(ids)).values(to_version=number))
    insert_new(connection, t.contents, lines, "hash")
    insert_new(connection, t.policies, [{"id": row["policy_id"], "since": number} for row in rows], "id")
    if rows:
        connection.execute(t.policy_versions.insert(), rows)
    done = Published(number, digest, len(policies), added, changed, len(before), by, note, at)
    connection.execute(t.published.insert().values({name: getattr(done, name) for name in done.__slots__}))
    return done


def _update_members(connection: Connection, number: int, policies: list[Assembled]) -> None:
    v = t.policy_versions.c
    rows = {row.policy_id: row for row in connection.execute(select(v.id, v.policy_id, v.members).where(standing_in(number)))}
    for one in policies:
        row, members = rows.get(one.id), json.dumps(one.members, ensure_ascii=False)
        if row is not None and row.members != members:
            provenance = json.dumps(one.provenance, ensure_ascii=False) if one.provenance else None
            change = update(t.policy_versions).where(v.id == row.id)
            connection.execute(change.values(members=members, provenance=provenance))


def _row(one: Assembled, hashed: str, number: int) -> dict[str, Any]:
    begin, end = one.data.get("effective_from"), one.data.get("effective_to")
    title = one.data["title"]
    return {
        "policy_id": one.id,
        "hash": hashed,
        "members": json.dumps(one.members, ensure_ascii=False),
        "provenance": json.dumps(one.provenance, ensure_ascii=False) if one.provenance else None,
        "title": title["zh"] if isinstance(title, Mapping) else title,
        "valid_from": PartialDate(begin).first_day() if begin else None,
        "valid_to": PartialDate(end).last_day() if end else None,
        "from_version": number,
        "to_version": None,
    }


def digest_of(lines: Iterable[str]) -> str:
    """SHA-256 over the exchange form, as :attr:`policies.catalogue.Catalogue.version` takes it."""
    digest = hashlib.sha256()
    for line in lines:
        digest.update(line.encode() + b"\n")
    return digest.hexdigest()


def standing_in(number: int) -> ColumnElement[bool]:
    """The condition that a row of ``policy_versions`` belongs to a published version."""
    v = t.policy_versions.c
    return and_(v.from_version <= number, or_(v.to_version.is_(None), v.to_version > number))


def _standing(number: int) -> Any:  # noqa: ANN401 - a select with three columns
    v = t.policy_versions.c
    return select(v.id, v.policy_id, v.hash).where(standing_in(number))


def latest(connection: Connection) -> Published | None:
    """The newest published version, or None before the first."""
    row = connection.execute(select(t.published).order_by(t.published.c.number.desc()).limit(1)).one_or_none()
    return _published(row) if row else None


def version(connection: Connection, number: int | None = None, on: dt.date | None = None) -> Published:
    """A published version: by number, the last one published up to the day ``on``, or the newest.

    Raises:
        StoreError: there is none.
    """
    query = select(t.published).order_by(t.published.c.number.desc()).limit(1)
    if number is not None:
        query = query.where(t.published.c.number == number)
    if on is not None:
        midnight = dt.datetime.combine(on + dt.timedelta(days=1), dt.time(), dt.UTC)
        query = query.where(t.published.c.at < midnight)
    row = connection.execute(query).one_or_none()
    if row is None:
        asked = f"{number}" if number is not None else (f"（{on}）" if on else "")
        raise StoreError(
            Text(
                f"没有已发布的版本{asked}；先运行 policymatch catalogue publish，或用 catalogue log 查看",
                f"there is no published version {asked}; run policymatch catalogue publish, or see catalogue log".replace(
                    "  ", " "
                ),
            )
        )
    return _published(row)


def log(connection: Connection) -> list[Published]:
    """All published versions, the newest first."""
    return [_published(row) for row in connection.execute(select(t.published).order_by(t.published.c.number.desc()))]


def lines_of(connection: Connection, number: int, policy: str | None = None) -> Iterator[tuple[str, str]]:
    """(policy id, line) of a published version, in the order of ids; of one policy where it is named."""
    v = t.policy_versions.c
    query = select(v.policy_id, t.contents.c.line).join(t.contents, t.contents.c.hash == v.hash).where(standing_in(number))
    if policy is not None:
        query = query.where(v.policy_id == policy)
    found = sorted((row[0], row[1]) for row in connection.execute(query))  # not by the database: collations differ
    return iter(found)


def changed_between(connection: Connection, old: int, new: int) -> list[tuple[str, str | None, str | None]]:
    """(policy id, line in ``old``, line in ``new``) of every policy that differs, in the order of ids."""
    v = t.policy_versions.c
    low, high = min(old, new), max(old, new)
    touched = or_(and_(v.from_version > low, v.from_version <= high), and_(v.to_version > low, v.to_version <= high))
    query = (
        select(v.policy_id, v.from_version, v.to_version, t.contents.c.line)
        .join(t.contents, t.contents.c.hash == v.hash)
        .where(touched)
    )
    found: dict[str, dict[int, str]] = {}
    for policy, begins, ends, line in connection.execute(query):
        sides = found.setdefault(policy, {})
        for number in (old, new):
            if begins <= number and (ends is None or ends > number):
                sides[number] = line
    pairs = ((policy, sides.get(old), sides.get(new)) for policy, sides in sorted(found.items()))
    return [(policy, before, after) for policy, before, after in pairs if before != after]


def in_force(connection: Connection, number: int, day: dt.date) -> list[tuple[str, str]]:
    """(id, title) of the policies of a version that are in force on ``day`` by their dates."""
    v = t.policy_versions.c
    query = select(v.policy_id, v.title).where(
        standing_in(number), or_(v.valid_from.is_(None), v.valid_from <= day), or_(v.valid_to.is_(None), v.valid_to >= day)
    )
    return sorted((row[0], row[1]) for row in connection.execute(query))


def origin(connection: Connection, number: int, policy: str) -> tuple[list[str], dict[str, str]]:
    """Uids of the records a policy was made from, and which one each of its keys comes from.

    Raises:
        StoreError: the version has no such policy.
    """
    v = t.policy_versions.c
    row = connection.execute(select(v.members, v.provenance).where(v.policy_id == policy, standing_in(number))).one_or_none()
    if row is None:
        raise StoreError(Text(f"第 {number} 版没有政策 {policy}", f"version {number} has no policy {policy}"))
    return json.loads(row.members), json.loads(row.provenance) if row.provenance else {}


def assembled(connection: Connection, number: int) -> list[Assembled]:
    """The policies of a version in the form in which they were published, to publish them again."""
    v = t.policy_versions.c
    query = (
        select(v.policy_id, t.contents.c.line, v.members, v.provenance)
        .join(t.contents, t.contents.c.hash == v.hash)
        .where(standing_in(number))
    )
    rows = sorted(connection.execute(query), key=lambda row: str(row.policy_id))
    return [
        Assembled(
            row.policy_id,
            row.line,
            json.loads(row.line),
            tuple(json.loads(row.members)),
            json.loads(row.provenance) if row.provenance else None,
        )
        for row in rows
    ]


def faults(connection: Connection) -> list[Text]:
    """What is wrong with the published versions: contents, ranges and digests are all worked out anew."""
    found: list[Text] = []
    for hashed, line in connection.execute(select(t.contents.c.hash, t.contents.c.line)):
        if content_hash(line) != hashed:
            found.append(Text(f"内容 {hashed} 与其校验值不符", f"the content {hashed} does not match its hash"))
    newest = latest(connection)
    last = newest.number if newest else 0
    v = t.policy_versions.c
    open_twice = select(v.policy_id).where(v.to_version.is_(None)).group_by(v.policy_id).having(func.count() > 1)
    found += [
        Text(f"政策 {row[0]} 有两个现行版本", f"the policy {row[0]} stands twice") for row in connection.execute(open_twice)
    ]
    beyond = select(func.count()).select_from(t.policy_versions).where(or_(v.from_version > last, v.to_version > last))
    if connection.execute(beyond).scalar():
        found.append(Text("有内容属于未发布的版本", "there are rows of a version that was never published"))
    for one in log(connection):
        lines = [line for _, line in lines_of(connection, one.number)]
        if len(lines) != one.policies or digest_of(lines) != one.digest:
            zh, en = f"第 {one.number} 版的内容与发布时不符", f"version {one.number} is not what was published"
            found.append(Text(zh, en))
    return found


def _published(row: Any) -> Published:  # noqa: ANN401 - a row of the table published
    values = {name: getattr(row, name) for name in Published.__slots__}
    if values["at"].tzinfo is None:
        values["at"] = values["at"].replace(tzinfo=dt.UTC)
    return Published(**values)

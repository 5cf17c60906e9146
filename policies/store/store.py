"""The store: one catalogue with its sources, decisions and history.

Every method that writes is one transaction: it is stored whole or not at all, whatever happens to
the process. Readers keep the published version they began with.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol, Self

from sqlalchemy import Connection, func, select, update

from policies.catalogue import Catalogue, catalogue_from_text
from policies.decision import Decision
from policies.merge import Edit, assemble, value_at
from policies.precedence import Entry
from policies.schema import Issue, Policy, Text
from policies.store import people, publishing, records
from policies.store import tables as t
from policies.store.database import LOCK_SECONDS, Database, StoreError
from policies.store.people import Draft
from policies.store.publishing import Published
from policies.store.records import Incoming, Received, SourceInfo, Taken


class Resolver(Protocol):
    """What compares records; see :class:`policies.resolve.decide.PairResolver`."""

    @property
    def name(self) -> str:
        """Changes whenever its judgements may change."""
        ...

    def decide(self, entries: Sequence[Entry], fresh: frozenset[str]) -> Iterable[Decision]:
        """Decisions about the pairs that hold at least one of the uids in ``fresh``."""
        ...


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class Store:
    """A catalogue in a database.

    Args:
        place: name of a ``.db`` file, or a URL of SQLite or PostgreSQL.
        create: make it where it is missing.
        by: who writes, for the audit.
        now: the clock; times are stored in UTC.
        lock_seconds: how long to wait for another writer.

    Raises:
        StoreError: it cannot be opened.
    """

    def __init__(
        self,
        place: str,
        *,
        create: bool = True,
        by: str = "policymatch",
        now: Callable[[], dt.datetime] = _now,
        lock_seconds: float = LOCK_SECONDS,
    ) -> None:
        self.database = Database(place, create=create, lock_seconds=lock_seconds)
        self.by = by
        self._now = now

    def close(self) -> None:
        """Give the connections back."""
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # what comes in

    def add(
        self,
        source: SourceInfo,
        incoming: Sequence[Incoming],
        received: Received | None = None,
        *,
        review: bool = False,
        issues: Iterable[Issue] = (),
    ) -> Taken:
        """Store the records of one source; the same file read the same way changes nothing.

        Args:
            source: where they come from.
            incoming: all records of the file.
            received: the file, to be kept and recognised.
            review: let new and changed records wait for a person.
            issues: of the file as a whole; those of its records come with them.

        Raises:
            StoreError: two records with one key, or a source known as another kind.
            ConflictError: another writer held the store too long.
        """
        at = self._now()
        with self.database.writing() as connection:
            taken = records.add_records(connection, source, incoming, received, review=review, issues=issues, at=at)
            if not taken.unchanged:
                self._note(connection, "ingest", taken.as_json(), at)
        return taken

    def add_drafts(self, source: SourceInfo, policies: Iterable[Policy], received: Received | None = None) -> Taken:
        """Put drafts read from a document into the review queue, under their ids."""
        return self.add(source, [Incoming(policy.id, policy) for policy in policies], received, review=True)

    def add_catalogue(self, name: str, catalogue: Catalogue, received: Received | None = None) -> Taken:
        """Take over a catalogue with its ids: the starter catalogue, or an export of another store."""
        source = SourceInfo(name, "catalogue", catalogue.name)
        return self.add(source, [Incoming(policy.id, policy) for policy in catalogue], received)

    # what persons say

    def drafts(self, state: str = "pending") -> list[Draft]:
        """The review queue: records whose newest wording is in ``state``."""
        with self.database.reading() as connection:
            return people.drafts(connection, state)

    def review(self, uid: str, state: str, note: str = "") -> None:
        """Accept or reject the newest wording of a record.

        Raises:
            StoreError: unknown record or state.
        """
        at = self._now()
        with self.database.writing() as connection:
            people.review(connection, uid, state, by=self.by, note=note, at=at)
            self._note(connection, "review", {"record": uid, "state": state, "note": note}, at)

    def edit(self, policy: str, path: str, value: object, *, expected: object = ...) -> None:
        """Set a key of a published policy by hand; it outlives every later reading of the sources.

        Args:
            policy: id in the newest version.
            path: key of the exchange form, or ``application.KEY``.
            value: JSON value in the exchange form.
            expected: the value the person saw, by default the one published now.

        Raises:
            StoreError: no such policy, or a value that makes it unreadable.
            ConflictError: somebody else has edited the key since.
        """
        from policies.codec import PolicyFormatError, policy_from_json
        from policies.merge import set_value

        at = self._now()
        with self.database.writing() as connection:
            number = publishing.version(connection).number
            members, _ = publishing.origin(connection, number, policy)
            line = dict(publishing.lines_of(connection, number, policy))[policy]
            data = json.loads(line)
            shown = value_at(data, path)
            try:
                set_value(data, path, value)
                policy_from_json(data)
            except PolicyFormatError as error:
                raise StoreError(Text(f"不能这样修改：{error}", f"this edit cannot be made: {error}")) from error
            earlier = [one for one in people.live_edits(connection) if one.path == path and one.uid in members]
            edit = Edit(members[0], path, value, earlier[-1].base if earlier else shown)
            people.write_edit(connection, edit, expected=shown if expected is ... else expected, by=self.by, at=at)
            self._note(connection, "edit", {"policy": policy, "path": path, "value": value, "was": shown}, at)

    def undo_edit(self, policy: str, path: str) -> None:
        """Let the sources speak again for one key of a policy.

        Raises:
            StoreError: it was not edited.
        """
        at = self._now()
        with self.database.writing() as connection:
            members, _ = publishing.origin(connection, publishing.version(connection).number, policy)
            edited = {edit.uid for edit in people.live_edits(connection) if edit.path == path}
            uid = next((member for member in members if member in edited), members[0])
            people.undo_edits(connection, uid, path, at)
            self._note(connection, "undo edit", {"policy": policy, "path": path}, at)

    def decide(self, left: str, right: str, kind: str, reason: str = "") -> None:
        """A person's decision about two records; it wins over every comparator.

        Raises:
            StoreError: an unknown record or kind.
        """
        at = self._now()
        said = Text(reason or "人工判定", reason or "decided by a person")
        try:
            decision = Decision(min(left, right), max(left, right), kind, 1.0, (), said, self.by, person=True)
        except ValueError as error:
            raise StoreError(Text(f"判定有误：{error}", str(error))) from error
        with self.database.writing() as connection:
            people.decide(connection, decision, at)
            self._note(connection, "decide", {"left": left, "right": right, "kind": kind, "reason": reason}, at)

    def undo_decision(self, number: int) -> None:
        """Set a decision aside.

        Raises:
            StoreError: there is none in force with this number.
        """
        at = self._now()
        with self.database.writing() as connection:
            people.undo_decision(connection, number, at)
            self._note(connection, "undo decision", {"decision": number}, at)

    def decisions(self, about: str | None = None) -> list[Decision]:
        """Decisions in force, of persons first."""
        with self.database.reading() as connection:
            return people.live_decisions(connection, about)

    def issues(self) -> list[tuple[str, Issue]]:
        """(origin, issue) of everything that waits for a person."""
        with self.database.reading() as connection:
            return people.open_issues(connection)

    # what is published

    def publish(self, resolver: Resolver | None = None, note: str = "") -> Published:
        """Make the next version from the live records, the decisions and the edits.

        New and changed records are compared first. Nothing new to say gives no new version.

        Raises:
            ConflictError: another writer held the store too long.
        """
        at = self._now()
        with self.database.writing() as connection:
            entries = records.live_entries(connection)
            if resolver is not None:
                self._resolve(connection, resolver, entries, at)
            assembly = assemble(entries, people.links(connection), people.live_edits(connection))
            records.replace_issues(connection, "catalogue", assembly.issues, at)
            before = publishing.latest(connection)
            done = publishing.write_version(connection, assembly.policies, by=self.by, note=note, at=at)
            if before is None or before.number != done.number:
                self._note(connection, "publish", {"version": done.number, "digest": done.digest, "note": note}, at)
        return done

    def restore(self, number: int) -> Published:
        """Publish an earlier version's content again, as a new version; nothing in between is lost.

        The sources, decisions and edits stay: the next :meth:`publish` follows them again.

        Raises:
            StoreError: there is no such version.
        """
        at = self._now()
        with self.database.writing() as connection:
            publishing.version(connection, number)
            policies = publishing.assembled(connection, number)
            note = f"restored from {number}"
            done = publishing.write_version(connection, policies, by=self.by, note=note, at=at)
            self._note(connection, "restore", {"version": done.number, "from": number}, at)
        return done

    def version(self, number: int | None = None, on: dt.date | None = None) -> Published:
        """A published version: by number, the one that stood at the end of a day (UTC), or the newest.

        Raises:
            StoreError: there is none.
        """
        with self.database.reading() as connection:
            return publishing.version(connection, number, on)

    def log(self) -> list[Published]:
        """All published versions, the newest first."""
        with self.database.reading() as connection:
            return publishing.log(connection)

    def catalogue(self, number: int | None = None, on: dt.date | None = None) -> Catalogue:
        """A published version as the frozen read model.

        Raises:
            StoreError: there is none.
            CatalogueError: its content cannot be read.
        """
        with self.database.reading() as connection:
            found = publishing.version(connection, number, on)
            lines = [line for _, line in publishing.lines_of(connection, found.number)]
        return catalogue_from_text("\n".join(lines), f"{self.database.name}-{found.number}")

    def changes(self, old: int, new: int) -> list[tuple[str, str | None, str | None]]:
        """(policy id, line in ``old``, line in ``new``) of every policy that differs; 0 is before the first version.

        Raises:
            StoreError: there is no such version.
        """
        with self.database.reading() as connection:
            for number in filter(None, (old, new)):  # before version 1 there is nothing
                publishing.version(connection, number)
            return publishing.changed_between(connection, old, new)

    def in_force(self, day: dt.date, number: int | None = None) -> list[tuple[str, str]]:
        """(id, title) of the policies in force on ``day`` by their dates, in a version or the newest.

        Raises:
            StoreError: there is no such version.
        """
        with self.database.reading() as connection:
            return publishing.in_force(connection, publishing.version(connection, number).number, day)

    def origin(self, policy: str, number: int | None = None) -> tuple[list[str], dict[str, str]]:
        """Uids of the records a policy was made from; and key → uid where several were merged.

        Raises:
            StoreError: there is no such policy.
        """
        with self.database.reading() as connection:
            return publishing.origin(connection, publishing.version(connection, number).number, policy)

    def verify(self) -> list[Text]:
        """What is wrong with the store; empty when every version is what was published."""
        with self.database.reading() as connection:
            found = publishing.faults(connection)
            chain = ""
            for row in connection.execute(select(t.audit).order_by(t.audit.c.id)):
                chain = _link(chain, row.by, row.action, row.detail)
                if row.chain != chain:
                    found.append(Text(f"审计记录 {row.id} 被改动过", f"the audit entry {row.id} was altered"))
                    break
        return found

    # inside

    def _resolve(self, connection: Connection, resolver: Resolver, entries: list[Entry], at: dt.datetime) -> None:
        r = t.records.c
        name = resolver.name
        query = select(t.sources.c.key, r.key).join(t.sources, t.sources.c.id == r.source_id).where(r.live, r.compared != name)
        fresh = [f"{source}/{key}" for source, key in connection.execute(query)]
        if not fresh:
            return
        people.withdraw_machine_decisions(connection, fresh, at)
        people.write_decisions(connection, resolver.decide(entries, frozenset(fresh)), at)
        connection.execute(update(t.records).where(r.live, r.compared != name).values(compared=name))

    def _note(self, connection: Connection, action: str, detail: dict[str, Any], at: dt.datetime) -> None:
        last = connection.execute(select(t.audit.c.chain).where(t.audit.c.id == select(func.max(t.audit.c.id)).scalar_subquery()))
        text = json.dumps(detail, ensure_ascii=False, default=str)
        chain = _link(last.scalar() or "", self.by, action, text)
        connection.execute(t.audit.insert().values(at=at, by=self.by, action=action, detail=text, chain=chain))


def _link(before: str, by: str, action: str, detail: str) -> str:
    return hashlib.sha256("\n".join((before, by, action, detail)).encode()).hexdigest()

"""The review queue: drafts read from documents wait here until a person accepts or rejects them.

A small SQLite file. A source is known by its hash, so that one already read is skipped; reading a
changed source again adds new drafts and never touches what a person has decided.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from policies.extract.result import Extraction, measure_to_json, scheme_to_json

STATES: Final = ("waiting", "accepted", "rejected")

_SCHEMA: Final = """
create table if not exists source (
  sha256 text primary key, origin text not null, read_at text not null, text text not null, document text not null);
create table if not exists draft (
  id text primary key, sha256 text not null references source(sha256), part integer not null, kind text not null,
  name text not null, content text not null, state text not null default 'waiting', note text, decided_at text);
create index if not exists draft_state on draft(state);
"""


class QueueError(ValueError):
    """A request the queue cannot serve; the message says why in both languages."""


@dataclass(frozen=True, slots=True)
class Draft:
    """One scheme or commitment with its state. ``content`` is its JSON form, ``text`` what spans refer to."""

    id: str
    kind: str
    name: str
    state: str
    origin: str
    content: dict[str, Any]
    note: str | None = None
    text: str = ""


class ReviewQueue:
    """The queue in the SQLite file ``path``; made on first use."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            connection = sqlite3.connect(self._path, timeout=30)
            try:
                connection.executescript(_SCHEMA)
                with connection:
                    yield connection
            finally:
                connection.close()
        except sqlite3.DatabaseError as error:
            raise QueueError(
                f"审核队列 {self._path} 无法使用：{error}，请换一个 --queue 文件 / the queue cannot be used; name another --queue"
            ) from error

    def knows(self, sha256: str) -> bool:
        """Whether a source with this hash was read before."""
        with self._open() as connection:
            return connection.execute("select 1 from source where sha256 = ?", (sha256,)).fetchone() is not None

    def add(self, found: tuple[Extraction, ...], now: dt.datetime) -> int:
        """Store what was read from one source; returns the number of new drafts.

        Raises:
            QueueError: the file cannot be written.
        """
        if not found:
            return 0
        first = found[0]
        added = 0
        with self._open() as connection:
            text = "\n\f\n".join(part.text for part in found)
            meta = json.dumps([part.metadata.title for part in found], ensure_ascii=False)
            connection.execute(
                "insert or ignore into source values (?, ?, ?, ?, ?)",
                (first.sha256, first.origin, now.isoformat(timespec="seconds"), text, meta),
            )
            for number, part in enumerate(found):
                drafts = [("scheme", s.name, scheme_to_json(s)) for s in part.schemes]
                drafts += [("commitment", m.text[:40], measure_to_json(m)) for m in part.measures]
                for position, (kind, name, content) in enumerate(drafts):
                    row = (_id(first.sha256, number, position), first.sha256, number, kind, name)
                    done = connection.execute(
                        "insert or ignore into draft (id, sha256, part, kind, name, content) values (?, ?, ?, ?, ?, ?)",
                        (*row, json.dumps(content, ensure_ascii=False)),
                    )
                    added += done.rowcount
        return added

    def drafts(self, state: str | None = "waiting") -> tuple[Draft, ...]:
        """Drafts in ``state``, all of them where it is None, by source and place."""
        with self._open() as connection:
            rows = connection.execute(
                "select d.id, d.kind, d.name, d.state, s.origin, d.content, d.note from draft d join source s using (sha256)"
                " where ?1 is null or d.state = ?1 order by s.origin, d.part, d.rowid",
                (state,),
            ).fetchall()
        return tuple(_draft(row) for row in rows)

    def draft(self, identity: str) -> Draft:
        """One draft with the text of its document.

        Raises:
            QueueError: no such draft.
        """
        with self._open() as connection:
            row = connection.execute(
                "select d.id, d.kind, d.name, d.state, s.origin, d.content, d.note, s.text, d.part"
                " from draft d join source s using (sha256) where d.id = ?",
                (identity,),
            ).fetchone()
        if row is None:
            raise QueueError(f"没有编号 {identity} 的草稿，请用 review list 查看 / no draft {identity}; see review list")
        return _draft(row[:7], row[7].split("\n\f\n")[row[8]])

    def decide(self, identity: str, state: str, note: str | None, now: dt.datetime) -> Draft:
        """Record a person's decision on a draft.

        Raises:
            QueueError: no such draft, or a state that is none.
        """
        if state not in STATES:
            raise QueueError(f"状态 {state} 无效，可用：{'、'.join(STATES)} / no such state; use {', '.join(STATES)}")
        self.draft(identity)
        with self._open() as connection:
            connection.execute(
                "update draft set state = ?, note = ?, decided_at = ? where id = ?",
                (state, note, now.isoformat(timespec="seconds"), identity),
            )
        return self.draft(identity)


def _id(sha256: str, part: int, position: int) -> str:
    return f"d-{hashlib.sha256(f'{sha256}/{part}/{position}'.encode()).hexdigest()[:10]}"


def _draft(row: tuple[Any, ...], text: str = "") -> Draft:
    identity, kind, name, state, origin, content, note = row
    return Draft(identity, kind, name, state, origin, json.loads(content), note, text)

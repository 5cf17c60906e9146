"""The tables of the store, as SQLAlchemy sees them.

Identity and content are apart: a record or a policy is known by its key, what it says is a line of
the exchange form in ``contents``, kept once under its hash. A policy version is in force for a
range of published versions ``[from_version, to_version)``, so publishing writes only what changed
and every earlier version can still be read.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata: Final = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)

_HASH: Final = 32
"""Length of a content hash: BLAKE2b of 16 bytes, in hexadecimal."""

sources: Final = Table(
    "sources",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String(200), nullable=False, unique=True),
    Column("kind", String(20), nullable=False),  # catalogue, table, document
    Column("title", Text, nullable=False),
    Column("level", String(20), nullable=False),
    Column("created", DateTime(timezone=True), nullable=False),
)

documents: Final = Table(
    "documents",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("source_id", ForeignKey("sources.id"), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("name", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("reading", Text, nullable=False),  # what read it: name and hash of the mapping or reader
    Column("body", LargeBinary),  # as received, zlib
    Column("received", DateTime(timezone=True), nullable=False),
    UniqueConstraint("source_id", "sha256", "reading"),
)

contents: Final = Table(
    "contents",
    metadata,
    Column("hash", String(_HASH), primary_key=True),
    Column("line", Text, nullable=False),
)

records: Final = Table(
    "records",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("source_id", ForeignKey("sources.id"), nullable=False),
    Column("key", String(200), nullable=False),
    Column("number", Integer, nullable=False),  # 1, 2, … : what the source said over time
    Column("document_id", ForeignKey("documents.id")),
    Column("hash", ForeignKey("contents.hash"), nullable=False),
    Column("raw", Text),  # the row as received, JSON; null where the line itself is what was received
    Column("state", String(20), nullable=False),  # pending, accepted, rejected
    Column("live", Boolean, nullable=False),  # the one that counts for the catalogue
    Column("compared", String(64), nullable=False),  # the comparator that has seen it
    Column("received", DateTime(timezone=True), nullable=False),
    UniqueConstraint("source_id", "key", "number"),
)

review_states: Final = Table(
    "review_states",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("record_id", ForeignKey("records.id"), nullable=False, index=True),
    Column("state", String(20), nullable=False),
    Column("by", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("note", Text, nullable=False),
)

edits: Final = Table(
    "edits",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("uid", String(401), nullable=False, index=True),  # source/key of the record edited
    Column("path", String(60), nullable=False),
    Column("value", Text, nullable=False),  # JSON
    Column("base", Text, nullable=False),  # JSON: what the sources said when it was edited
    Column("by", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("undone", DateTime(timezone=True)),
)

decisions: Final = Table(
    "decisions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("left", String(401), nullable=False),
    Column("right", String(401), nullable=False),
    Column("kind", String(20), nullable=False),  # duplicate, version, parent_local, different
    Column("probability", Float, nullable=False),
    Column("parts", Text, nullable=False),  # JSON: what spoke for and against
    Column("reason_zh", Text, nullable=False),
    Column("reason_en", Text, nullable=False),
    Column("by", Text, nullable=False),  # name of the comparator, or of the person
    Column("person", Boolean, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("undone", DateTime(timezone=True)),
    Index("ix_decisions_pair", "left", "right"),
    Index("ix_decisions_right", "right"),
)

issues: Final = Table(
    "issues",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("hash", String(_HASH), nullable=False, unique=True),
    Column("origin", String(401), nullable=False, index=True),  # uid of the record, or "catalogue"
    Column("kind", String(60), nullable=False),
    Column("where", Text, nullable=False),
    Column("message_zh", Text, nullable=False),
    Column("message_en", Text, nullable=False),
    Column("value", Text),
    Column("suggestions", Text, nullable=False),  # JSON
    Column("seen", DateTime(timezone=True), nullable=False),
    Column("closed", DateTime(timezone=True)),
)

policies: Final = Table(
    "policies",
    metadata,
    Column("id", String(100), primary_key=True),
    Column("since", Integer, nullable=False),  # published version in which it first stood
)

policy_versions: Final = Table(
    "policy_versions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("policy_id", ForeignKey("policies.id"), nullable=False),
    Column("hash", ForeignKey("contents.hash"), nullable=False),
    Column("members", Text, nullable=False),  # JSON: uids of the records it was made from
    Column("provenance", Text),  # JSON: key -> uid, where several records were merged
    Column("title", Text, nullable=False),
    Column("valid_from", Date),
    Column("valid_to", Date),
    Column("from_version", Integer, nullable=False),
    Column("to_version", Integer),
    Index("ix_policy_versions_policy", "policy_id", "from_version"),
    Index("ix_policy_versions_from", "from_version"),
    Index("ix_policy_versions_to", "to_version"),
)

published: Final = Table(
    "published",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("digest", String(64), nullable=False),
    Column("policies", Integer, nullable=False),
    Column("added", Integer, nullable=False),
    Column("changed", Integer, nullable=False),
    Column("removed", Integer, nullable=False),
    Column("by", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)

audit: Final = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("by", Text, nullable=False),
    Column("action", String(40), nullable=False),
    Column("detail", Text, nullable=False),  # JSON
    Column("chain", String(64), nullable=False),  # SHA-256 over the entry and the chain before it
)

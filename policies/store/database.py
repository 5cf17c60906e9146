"""The database behind a store: opening, bringing up to date, one writer at a time.

SQLite runs in WAL mode, so readers never wait; a writer takes the write lock when its transaction
begins. PostgreSQL takes an advisory lock for the same purpose. A writer that cannot get the lock
in time is told so and has changed nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, Table, create_engine, event, inspect, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError, SQLAlchemyError

from policies.schema import Text

HEAD: Final = "0001"
"""Newest revision of the tables; a test compares it with the migrations."""

LOCK_SECONDS: Final = 60.0
"""How long a writer waits for another. An ordinary publication takes seconds; during the first one of
100,000 records, which compares them all, others are told to come back."""

_LOCK_KEY: Final = 0x706F6C6D
"""Number of the advisory lock in PostgreSQL ("polm")."""


class StoreError(Exception):
    """A store that cannot be used or a request it cannot meet; ``message`` says why, in both languages."""

    def __init__(self, message: Text) -> None:
        super().__init__(f"{message.zh} / {message.en or message.zh}")
        self.message = message


class ConflictError(StoreError):
    """Somebody else is writing, or has changed what this writer had read. Nothing was written."""


def database_url(place: str) -> URL:
    """The SQLAlchemy URL of a file name or a URL; ``postgresql://`` gets its driver.

    Raises:
        StoreError: a URL that cannot be read, or of another database.
    """
    if "://" not in place:
        return URL.create("sqlite+pysqlite", database=str(Path(place)))
    try:
        url = make_url(place)
    except ArgumentError:
        raise StoreError(
            Text(
                "数据库地址无法识别，请写成 postgresql://用户@主机/库名 或 .db 文件名",
                "the database URL cannot be read; write postgresql://user@host/name or the name of a .db file",
            )
        ) from None
    if url.drivername in {"postgresql", "postgres", "postgresql+psycopg"}:
        return url.set(drivername="postgresql+psycopg")
    if url.drivername.startswith("sqlite"):
        return url.set(drivername="sqlite+pysqlite")
    raise StoreError(
        Text(
            f"不支持数据库 {url.drivername}，可用 sqlite 或 postgresql",
            f"the database {url.drivername} is not supported; use sqlite or postgresql",
        )
    )


class Database:
    """An engine with the tables in place.

    Args:
        place: a file name or a URL.
        create: make the file and its tables where they are missing; without it a missing file is an error.
        lock_seconds: how long a writer waits for another one.

    Raises:
        StoreError: it cannot be reached, its driver is missing, or it is newer than this program.
    """

    def __init__(self, place: str, *, create: bool = True, lock_seconds: float = LOCK_SECONDS) -> None:
        self.url = database_url(place)
        self.lock_seconds = lock_seconds
        self.name = _short_name(self.url)
        if self.url.drivername.startswith("sqlite") and not create and not Path(self.url.database or "").is_file():
            raise StoreError(Text(f"没有这个目录库：{place}", f"there is no such catalogue: {place}"))
        self.engine = _engine(self.url, lock_seconds)
        try:
            self._prepare(create=create)
        except StoreError:
            self.close()
            raise

    @property
    def is_sqlite(self) -> bool:
        """Whether this is a file of SQLite."""
        return self.engine.dialect.name == "sqlite"

    def _prepare(self, *, create: bool) -> None:
        found = self._revision()
        if found == HEAD:
            return
        if found is None and not create:
            raise StoreError(Text(f"{self.name} 不是目录库", f"{self.name} holds no catalogue"))
        if found is not None and found > HEAD:
            raise StoreError(
                Text(
                    f"目录库由更新的版本建立（结构 {found}，本程序 {HEAD}），请升级 policymatch",
                    f"the catalogue was made by a newer program (tables {found}, this one knows {HEAD}); upgrade policymatch",
                )
            )
        from policies.store.migrating import upgrade

        with self.writing() as connection:
            upgrade(connection)

    def _revision(self) -> str | None:
        with _told(self.name), self.engine.connect() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one state of the store from its first query to its last."""
        with _told(self.name), self.engine.connect() as connection:
            if not self.is_sqlite:
                connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """The one writing connection; everything done in it is stored together or not at all.

        Raises:
            ConflictError: another writer held the store for longer than ``lock_seconds``.
        """
        with _told(self.name), self.engine.connect() as connection:
            connection.execution_options(policymatch_writing=True)
            with connection.begin():
                if not self.is_sqlite:
                    connection.execute(text(f"SET LOCAL lock_timeout = {int(self.lock_seconds * 1000)}"))
                    connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK_KEY})"))
                yield connection

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def insert_new(connection: Connection, table: Table, rows: list[dict[str, Any]], key: str) -> None:
    """Insert ``rows``, leaving out those whose ``key`` is there already."""
    if not rows:
        return
    build = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    connection.execute(build(table).on_conflict_do_nothing(index_elements=[key]), rows)


def _engine(url: URL, lock_seconds: float) -> Engine:
    try:
        if not url.drivername.startswith("sqlite"):
            return create_engine(url, pool_pre_ping=True)
        engine = create_engine(url, connect_args={"timeout": lock_seconds})
    except (ModuleNotFoundError, NoSuchModuleError):
        raise StoreError(
            Text(
                "缺少 PostgreSQL 驱动，请运行：pip install 'policymatch[postgres]'",
                "the PostgreSQL driver is missing, run: pip install 'policymatch[postgres]'",
            )
        ) from None
    event.listen(engine, "connect", _sqlite_connected)
    event.listen(engine, "begin", _sqlite_begun)
    return engine


def _sqlite_connected(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own type
    connection.isolation_level = None  # the driver must not begin transactions by itself
    cursor = connection.cursor()
    for setting in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "cache_size = -65536"):
        cursor.execute(f"PRAGMA {setting}")
    cursor.close()


def _sqlite_begun(connection: Connection) -> None:
    writing = connection.get_execution_options().get("policymatch_writing")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


@contextmanager
def _told(name: str) -> Iterator[None]:
    """Turn the errors of the database into those a user can act on."""
    try:
        yield
    except OperationalError as error:
        fault = str(error.orig)
        if re.search(r"locked|lock timeout|could not obtain lock", fault):
            raise ConflictError(
                Text(
                    f"{name} 正由另一个程序写入，本次没有改动，请稍后再试",
                    f"{name} is being written by another program; nothing was changed, try again later",
                )
            ) from error
        raise StoreError(Text(f"{name} 无法使用：{fault}", f"{name} cannot be used: {fault}")) from error
    except DBAPIError as error:
        fault = str(error.orig).splitlines()[0]
        raise StoreError(Text(f"{name} 出错：{fault}", f"{name} failed: {fault}")) from error
    except SQLAlchemyError as error:
        raise StoreError(Text(f"{name} 出错：{error}", f"{name} failed: {error}")) from error


def _short_name(url: URL) -> str:
    name = Path(url.database or "").stem if url.drivername.startswith("sqlite") else (url.database or "")
    return name or "catalogue"

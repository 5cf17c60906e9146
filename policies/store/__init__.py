"""The store of the catalogue: sources, records, decisions, published versions, in SQLite or PostgreSQL.

:func:`open_catalogue` reads a catalogue from wherever it lies; :class:`Store` keeps one. Both import
the database library only when it is needed.
"""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import TYPE_CHECKING

from policies.catalogue import Catalogue, CatalogueError, load_catalogue

if TYPE_CHECKING:
    from policies.store.store import Store

_POSTGRES = re.compile(r"postgres(ql)?(\+psycopg)?(?P<rest>://.*)")
_VERSIONED = re.compile(r"(?P<place>.+)@(?P<version>\d{4}-\d{2}-\d{2}|\d+)")


def open_catalogue(place: str | Path | None = None) -> Catalogue:
    """The catalogue at ``place``: the starter catalogue, a JSON Lines file, or a database.

    A database is a ``.db`` file or a URL of PostgreSQL; its newest published version is read.
    ``X.db@3`` is its version 3, ``X.db@2026-03-01`` the version that stood at the end of that day.

    Raises:
        CatalogueError: it cannot be read, or has no such version.
    """
    if place is None:
        return load_catalogue()
    where, number, day = split_place(str(place))
    if not is_database_name(where):
        return load_catalogue(Path(place))
    from policies.store.database import StoreError
    from policies.store.store import Store

    try:
        with Store(where, create=False) as store:
            return store.catalogue(number, day)
    except StoreError as error:
        raise CatalogueError(_without_password(str(place)), [str(error)]) from error


def split_place(place: str) -> tuple[str, int | None, dt.date | None]:
    """The database and the version asked for: by number, by day, or neither.

    Raises:
        CatalogueError: a day that does not exist.
    """
    found = _VERSIONED.fullmatch(place)
    if not found or not is_database_name(found["place"]):
        return place, None, None
    if "-" not in found["version"]:
        return found["place"], int(found["version"]), None
    try:
        return found["place"], None, dt.date.fromisoformat(found["version"])
    except ValueError:
        raise CatalogueError(place, [f"{found['version']} 不是日期 / is not a date"]) from None


def postgres_of(place: str | Path | None) -> str | None:
    """The PostgreSQL of a catalogue's address as a URL for its client library, without the version; None for other places."""
    found = _POSTGRES.fullmatch(split_place(str(place))[0]) if place is not None else None
    return f"postgresql{found['rest']}" if found else None


def is_database_name(place: str) -> bool:
    """Whether ``place`` names a database: a URL, or a file ending in ``.db`` or ``.sqlite``."""
    return "://" in place or Path(place).suffix.lower() in {".db", ".sqlite", ".sqlite3"}


def _without_password(place: str) -> str:
    return re.sub(r"(://[^:/@]*):[^@]*@", r"\1:***@", place)


def __getattr__(name: str) -> object:
    if name == "Store":
        from policies.store.store import Store

        return Store
    raise AttributeError(f"module {__name__} has no attribute {name}")


__all__ = ["Catalogue", "CatalogueError", "Store", "is_database_name", "open_catalogue", "postgres_of", "split_place"]

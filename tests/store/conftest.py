"""Both kinds of store, each test with one of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.postgresql import fresh_database

ENGINES = ("sqlite", "postgresql")


@pytest.fixture(params=ENGINES)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a new store may be made: a file, then a database of PostgreSQL."""
    if request.param == "sqlite":
        return str(tmp_path / "policies.db")
    return fresh_database(request.getfixturevalue("postgres"))

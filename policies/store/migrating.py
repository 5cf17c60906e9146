"""Bringing the tables of a store up to date with Alembic; imported only where that is needed."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection


def configuration() -> Config:
    """Alembic's configuration: the migrations lie in this package."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Run the migrations on ``connection``, inside its transaction."""
    config = configuration()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def newest() -> str | None:
    """The newest revision among the migrations."""
    return ScriptDirectory.from_config(configuration()).get_current_head()

"""Settings of the server, from environment variables that begin with ``POLICYMATCH_``.

Read in entry points only and passed in; the table in the README is checked against this class.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What can be set. Every value has a default that works on one machine."""

    model_config = SettingsConfigDict(
        env_prefix="POLICYMATCH_", env_ignore_empty=True, extra="ignore", frozen=True, validate_default=True
    )

    catalogue: str | None = Field(
        None, description="catalogue: a .jsonl or .db file or a postgresql:// URL; empty: the starter catalogue"
    )
    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(8000, ge=1, le=65535, description="port to listen on")
    language: Literal["zh", "en"] = Field("zh", description="language of pages where the visitor chose none")
    home_region: str = Field(
        "310110", description="division code of the office that runs the server; its places come first in forms"
    )
    max_body_bytes: int = Field(1_000_000, ge=1_000, description="largest request body accepted; a profile takes about 2 kB")
    encoder: str | None = Field(
        None, description="folder or name of a SentenceTransformer (needs the extra `st`); empty: the default encoder"
    )
    cache: Path = Field(Path("~/.cache/policymatch"), description="folder in which the encoder and the search index are kept")
    population: Path | None = Field(
        None,
        description="profiles the policy office counts on: a parquet, csv or jsonl file; empty: 20,000 synthetic ones",
    )
    review_queue: Path | None = Field(
        None,
        description="review queue file; set: the pages `/review` exist (they have no login: whoever reaches the server can"
        " decide, so let only reviewers reach it; buttons pressed from another site are refused), empty: they do not",
    )

    @field_validator("catalogue", mode="before")
    @classmethod
    def _as_text(cls, value: object) -> object:
        return str(value) if isinstance(value, Path) else value

    @field_validator("cache")
    @classmethod
    def _expand(cls, value: Path) -> Path:
        return value.expanduser()


def settings_from_environment() -> Settings:
    """The settings as the environment gives them."""
    given: dict[str, Any] = {}
    return Settings(**given)

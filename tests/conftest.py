"""Fixtures for all tests: the fixed day, the vocabularies, the catalogue, data from outside."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from matcher.facts import Facts, facts_on
from matcher.profile import profile_from_json
from policies.catalogue import Catalogue, starter_catalogue
from policies.vocabulary import Vocabulary, vocabulary
from tests.postgresql import running_server
from tests.search_parts import CACHE

os.environ.setdefault("POLICYMATCH_CACHE", str(CACHE))  # the encoder and the index of the tests stay beside them

settings.register_profile("policymatch", deadline=None, derandomize=True, max_examples=200)
settings.load_profile("policymatch")

SHARED = Path(__file__).resolve().parents[2] / "shared"
TODAY = dt.date(2026, 11, 23)


@pytest.fixture(scope="session")
def words() -> Vocabulary:
    """The vocabularies of the installation."""
    return vocabulary()


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """The starter catalogue."""
    return starter_catalogue()


@pytest.fixture(scope="session")
def facts_of(words: Vocabulary) -> Callable[..., Facts]:
    """A function from profile fields (and as_of) to the facts on that day."""

    def make(as_of: dt.date = TODAY, **fields: object) -> Facts:
        return facts_on(profile_from_json(fields, words, as_of), as_of)

    return make


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of test data beside the checkout; tests that need it are skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip(f"needs the test data in {SHARED.name}/ beside the checkout, which is not part of the project")
    return SHARED


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Address of a real PostgreSQL."""
    with running_server() as address:
        yield address

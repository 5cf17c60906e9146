"""The application on a fixed day, called in the same process."""

from __future__ import annotations

import datetime as dt
import os
import warnings
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest
from fastapi import FastAPI

with warnings.catch_warnings():
    # starlette asks for httpx2 in place of httpx, which is what the development extra installs
    warnings.filterwarnings("ignore", message="Using `httpx` with `starlette.testclient`")
    from fastapi.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from policies.catalogue import Catalogue, starter_catalogue

AS_OF = dt.date(2026, 11, 23)
FIRM = {
    "subject_type": "enterprise",
    "registered_region": "310110",
    "founded_on": "2024-05-01",
    "employees": 12,
    "annual_revenue": 3_000_000,
    "industry": "I65",
    "certifications": ["科技型中小企业"],
}
"""A software company in Yangpu with twelve people."""


@cache
def starter() -> Catalogue:
    """The starter catalogue, read once."""
    return starter_catalogue()


@pytest.fixture(scope="session")
def app() -> FastAPI:
    """The application with default settings, whatever the environment says."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.upper().startswith("POLICYMATCH_")]:
            patch.delenv(name)
        return create_app(Settings(), today=lambda: AS_OF)


@pytest.fixture(scope="session")
def client(app: FastAPI) -> Iterator[TestClient]:
    """A client without cookies of its own; a crash comes back as the answer that a visitor would get."""
    with TestClient(app, raise_server_exceptions=False, cookies={}) as found:
        yield found


@pytest.fixture(autouse=True)
def no_cookies(client: TestClient) -> Iterator[None]:
    """No test leaves a language behind for the next one."""
    yield
    client.cookies.clear()


@pytest.fixture(scope="session")
def recommended(client: TestClient) -> Callable[..., dict[str, Any]]:
    """A function from a profile and options to the answer of ``recommend``."""

    def ask(profile: dict[str, Any] | None = None, **options: Any) -> dict[str, Any]:
        answer = client.post("/api/v1/recommend", json={"profile": FIRM if profile is None else profile, **options})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    return ask

"""What a running server holds: the catalogue it serves, the vocabularies, the clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from api.errors import ProblemError
from api.searching import ServerSearch
from api.settings import Settings
from policies.catalogue import Catalogue
from policies.schema import Policy
from policies.vocabulary import Vocabulary


@dataclass(frozen=True)
class Service:
    """Shared by all requests; nothing in it changes while the server runs."""

    catalogue: Catalogue
    vocabulary: Vocabulary
    settings: Settings
    today: Callable[[], dt.date]
    search: ServerSearch

    def day(self, text: str | None) -> dt.date:
        """The date asked for, today where none is given.

        Raises:
            ProblemError: 422, not an ISO date.
        """
        if not text:
            return self.today()
        try:
            return dt.date.fromisoformat(text)
        except ValueError:
            detail = f"as_of 不是日期：{text[:40]}，请写成 2026-01-31 / as_of is not a date: {text[:40]}"
            raise ProblemError(422, detail, [{"field": "as_of", "value": text[:40], "message": "not an ISO date"}]) from None

    def wish_shares(self, query: str | None, day: dt.date) -> dict[str, float] | None:
        """How far each policy meets a wish in words, 0 to 1, by id; None without a wish."""
        if not query or not query.strip():
            return None
        return self.search.get().search(query[:500], day, top=0).shares

    def policy(self, policy_id: str) -> Policy:
        """A policy by id.

        Raises:
            ProblemError: 404, there is none.
        """
        found = self.catalogue.by_id.get(policy_id)
        if found is None:
            raise ProblemError(404, f"目录中没有政策 {policy_id[:80]} / there is no policy {policy_id[:80]}")
        return found


def _service(request: Request) -> Service:
    service = request.app.state.service
    assert isinstance(service, Service)  # noqa: S101 - set by create_app
    return service


ServiceOf = Annotated[Service, Depends(_service)]
"""Parameter type that gives a route the running service."""

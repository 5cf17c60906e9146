"""What a running server holds: the catalogue it serves, the vocabularies, the clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Annotated

from fastapi import Depends, Request

from api.days import WrongDayError, day_from_text
from api.errors import ProblemError
from api.searching import ServerSearch
from api.settings import Settings
from matcher.recommend import Recommender
from policies.catalogue import Catalogue
from policies.condition import leaves
from policies.schema import Policy
from policies.vocabulary import Vocabulary

DAYS_KEPT = 4
"""Compiled catalogues kept: nearly all questions are for today."""


@dataclass(frozen=True)
class Service:
    """Shared by all requests; nothing in it changes while the server runs."""

    catalogue: Catalogue
    vocabulary: Vocabulary
    settings: Settings
    today: Callable[[], dt.date]
    search: ServerSearch

    @cached_property
    def recommender(self) -> Callable[[dt.date], Recommender]:
        """The catalogue on a day, ready to be asked; the last few days asked for are kept."""
        return lru_cache(maxsize=DAYS_KEPT)(lambda day: Recommender(self.catalogue, day, self.vocabulary))

    @cached_property
    def used_labels(self) -> Mapping[str, frozenset[str]]:
        """Set field -> labels that some condition of the catalogue names: no others can matter."""
        found: dict[str, set[str]] = {}
        for leaf in (leaf for policy in self.catalogue for leaf in leaves(policy.conditions)):
            field = self.vocabulary.fields.get(leaf.field)
            if field is not None and isinstance(leaf.value, tuple):
                names = (self.vocabulary.label(field.vocabulary, str(value)) for value in leaf.value)
                found.setdefault(leaf.field, set()).update(names)
        return {name: frozenset(labels) for name, labels in found.items()}

    def day(self, text: str | None) -> dt.date:
        """The date asked for, today where none is given.

        Raises:
            ProblemError: 422, not a date like 2026-01-31 or out of range.
        """
        if text is None:
            return self.today()
        try:
            return day_from_text(text)
        except WrongDayError as error:
            zh, en = error.message.zh, error.message.en
            errors = [{"field": "as_of", "value": text[:40], "message": en, "message_zh": zh}]
            raise ProblemError(422, f"as_of：{zh} / as_of: {en}", errors) from None

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

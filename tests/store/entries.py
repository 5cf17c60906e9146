"""Small policies for the tests of the store."""

from __future__ import annotations

from typing import Any

from policies.catalogue import Catalogue
from policies.codec import policy_from_json
from policies.schema import Policy


def entry(identity: str, **changes: Any) -> Policy:
    """A policy with the keys given."""
    data: dict[str, Any] = {
        "id": identity,
        "title": f"测试补贴{identity}",
        "level": "municipal",
        "region": "310000",
        "issuers": ["上海市人力资源和社会保障局"],
        "instrument": "grant",
        "audience": "both",
        "conditions": {"all": [{"field": "age", "op": "<=", "value": 35, "basis": "document"}]},
        "benefits": [{"kind": "lump_sum", "amount_yuan": 8000, "basis": "document"}],
    }
    return policy_from_json(data | changes)


def entries(*identities: str) -> Catalogue:
    """A catalogue of such policies."""
    return Catalogue(tuple(entry(identity) for identity in identities), "test")

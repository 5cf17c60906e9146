"""``GET /api/v1/policies``, ``/policies/{id}``, ``/fields`` and ``/health``."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from api.errors import ProblemError, documented
from api.service import ServiceOf
from matcher.report import field_json, policy_json, policy_summary_json

router = APIRouter(tags=["catalogue"])


@router.get("/policies", responses=documented(422))
def list_policies(
    service: ServiceOf,
    level: Annotated[str | None, Query(description="national, municipal or district")] = None,
    instrument: Annotated[str | None, Query(description="a term of the vocabulary instrument")] = None,
    audience: Annotated[str | None, Query(description="enterprise, individual or both")] = None,
) -> dict[str, Any]:
    """The policies of the catalogue in short form, filtered by level, instrument and audience."""
    wanted = {"level": level, "instrument": instrument, "audience": audience}
    terms = service.vocabulary.terms
    known = {
        "level": set(terms["level"]),
        "instrument": set(terms["instrument"]),
        "audience": {"enterprise", "individual", "both"},
    }
    for name, value in wanted.items():
        if value is not None and value not in known[name]:
            listed = ", ".join(sorted(known[name]))
            raise ProblemError(
                422, f"{name} 没有 {value[:40]} / {name} must be one of {listed}", [{"field": name, "value": value[:40]}]
            )
    found = [
        policy_summary_json(policy, service.vocabulary)
        for policy in service.catalogue
        if all(value is None or getattr(policy, name) == value for name, value in wanted.items())
    ]
    return {"catalogue_version": service.catalogue.version, "count": len(found), "policies": found}


@router.get("/policies/{policy_id}", responses=documented(404, 422))
def get_policy(service: ServiceOf, policy_id: Annotated[str, Path(max_length=100)]) -> dict[str, Any]:
    """One policy in exchange form, with its requirements and benefits in words."""
    return policy_json(service.policy(policy_id), service.vocabulary)


@router.get("/fields")
def list_fields(service: ServiceOf) -> dict[str, Any]:
    """Every profile field with its type, unit, question and values."""
    return {"fields": [field_json(field, service.vocabulary) for field in service.vocabulary.fields.values()]}


@router.get("/health")
def health(service: ServiceOf) -> dict[str, Any]:
    """Whether the server is up, and which catalogue it serves."""
    return {"status": "ok", "catalogue_version": service.catalogue.version, "policies": len(service.catalogue)}

"""``/api/v1/overlaps``, ``/gaps`` and ``/simulate``: the policy office as JSON."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request

from api.errors import ProblemError, documented
from api.office import OfficeOf
from api.service import ServiceOf

router = APIRouter(tags=["policy office"])

_READ: Final = documented(422, 503)
_WRITE: Final = documented(400, 413, 415, 422, 503)
_EDIT = {"type": "object", "required": ["policy"], "properties": {"policy": {"type": "string"}}}
_SCENARIO = {
    "type": "object",
    "required": ["edits"],
    "properties": {"name": {"type": "string"}, "edits": {"type": "array", "minItems": 1, "maxItems": 200, "items": _EDIT}},
}
_SIMULATE = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["scenario"],
                    "properties": {
                        "scenario": _SCENARIO,
                        "against": {"anyOf": [_SCENARIO, {"type": "null"}]},
                        "as_of": {"type": ["string", "null"]},
                    },
                    "additionalProperties": False,
                },
                "example": {"scenario": {"name": "40", "edits": [{"policy": "m-startup-loan-pre", "at": "all[1]", "value": 40}]}},
            }
        },
    }
}


@router.get("/overlaps", responses=_READ)
def get_overlaps(
    service: ServiceOf,
    office: OfficeOf,
    top: Annotated[int | None, Query(ge=1, le=100_000)] = None,
    as_of: Annotated[str | None, Query(max_length=40)] = None,
) -> dict[str, Any]:
    """Pairs of schemes that are more than harmless, over a synthetic population."""
    from matcher.overlap.report import survey_json

    return survey_json(office.survey(service.day(as_of)), top)


@router.get("/gaps", responses=_READ)
def get_gaps(service: ServiceOf, office: OfficeOf, as_of: Annotated[str | None, Query(max_length=40)] = None) -> dict[str, Any]:
    """Segments served least, the coverage matrix, commitments without a scheme, contradictions."""
    from matcher.overlap.report import contradictions_json, gaps_json

    day = service.day(as_of)
    return {**gaps_json(office.gaps(day)), "contradictions": contradictions_json(office.contradictions(day))}


@router.post("/simulate", responses=_WRITE, openapi_extra=_SIMULATE)
async def post_simulate(request: Request, service: ServiceOf, office: OfficeOf) -> dict[str, Any]:
    """What a scenario does, against the catalogue or against another draft."""
    from starlette.concurrency import run_in_threadpool

    from matcher.overlap.report import outcome_json
    from matcher.overlap.scenario import ScenarioError, scenario_from_json
    from matcher.profile import json_value

    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != "application/json":
        raise ProblemError(415, "请用 Content-Type: application/json 发送 / send application/json")
    body = json_value(await request.body())
    if not isinstance(body, dict) or not isinstance(body.get("as_of"), str | None):
        raise ProblemError(422, "请求内容须是 JSON 对象，含 scenario / the body must be an object with scenario")
    unknown = sorted(set(body) - {"scenario", "against", "as_of"})
    if unknown:
        names = ", ".join(unknown)[:200]
        raise ProblemError(422, f"不认识的键：{names} / unknown keys: {names}")
    try:
        scenario = scenario_from_json(body.get("scenario"))
        against = scenario_from_json(body["against"]) if body.get("against") is not None else None
    except ScenarioError as error:
        raise ProblemError(422, f"{error.message.zh} / {error.message.en}") from error
    outcome = await run_in_threadpool(office.simulate, scenario, against, service.day(body.get("as_of")))
    return outcome_json(scenario, outcome)

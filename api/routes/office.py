"""``/api/v1/overlaps``, ``/gaps`` and ``/simulate``: the policy office as JSON."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from api.errors import PROBLEM_TYPE, ProblemError
from api.office import OfficeOf
from api.service import ServiceOf

router = APIRouter(tags=["policy office"])

_PROBLEM = {"type": "object", "properties": {k: {} for k in ("type", "title", "status", "detail", "errors")}}
_PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"description": text, "content": {PROBLEM_TYPE: {"schema": _PROBLEM}}}
    for status, text in ((400, "not JSON"), (413, "too large"), (415, "not JSON"), (422, "wrong values"), (503, "not installed"))
}
_EDIT = {"type": "object", "required": ["policy"], "properties": {"policy": {"type": "string"}, "at": {"type": "string"}}}
_SCENARIO = {
    "type": "object",
    "required": ["edits"],
    "properties": {"name": {"type": "string"}, "edits": {"type": "array", "items": _EDIT}},
}
_SIMULATE = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["scenario"],
                    "properties": {"scenario": _SCENARIO, "against": _SCENARIO, "as_of": {"type": ["string", "null"]}},
                },
                "example": {"scenario": {"name": "40", "edits": [{"policy": "m-startup-loan-pre", "at": "all[1]", "value": 40}]}},
            }
        },
    }
}


@router.get("/overlaps", responses=_PROBLEMS)
def get_overlaps(
    service: ServiceOf,
    office: OfficeOf,
    top: Annotated[int | None, Query(ge=1, le=100_000)] = None,
    as_of: Annotated[str | None, Query(max_length=40)] = None,
) -> dict[str, Any]:
    """Pairs of schemes that are more than harmless, over a synthetic population."""
    from matcher.overlap.report import survey_json

    return survey_json(office.survey(service.day(as_of)), top)


@router.get("/gaps", responses=_PROBLEMS)
def get_gaps(service: ServiceOf, office: OfficeOf, as_of: Annotated[str | None, Query(max_length=40)] = None) -> dict[str, Any]:
    """Segments served least, the coverage matrix, commitments without a scheme, contradictions."""
    from matcher.overlap.report import contradictions_json, gaps_json

    day = service.day(as_of)
    return {**gaps_json(office.gaps(day)), "contradictions": contradictions_json(office.contradictions(day))}


@router.post("/simulate", responses=_PROBLEMS, openapi_extra=_SIMULATE)
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
    try:
        scenario = scenario_from_json(body.get("scenario"))
        against = scenario_from_json(body["against"]) if body.get("against") is not None else None
    except ScenarioError as error:
        raise ProblemError(422, f"{error.message.zh} / {error.message.en}") from error
    outcome = await run_in_threadpool(office.simulate, scenario, against, service.day(body.get("as_of")))
    return outcome_json(scenario, outcome)

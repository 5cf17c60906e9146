"""``POST /api/v1/recommend`` and ``POST /api/v1/check``: verdicts for a profile."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from api.errors import PROBLEM_TYPE, ProblemError
from api.service import Service, ServiceOf
from matcher.facts import facts_on
from matcher.profile import Profile, json_value, profile_from_json
from matcher.recommend import recommend
from matcher.report import check_json, recommendations_json
from matcher.scheme_file import SchemeFileError, schemes_from_json

router = APIRouter(tags=["matching"])

_PROBLEM = {"type": "object", "properties": {k: {} for k in ("type", "title", "status", "detail", "errors")}}
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"description": text, "content": {PROBLEM_TYPE: {"schema": _PROBLEM}}}
    for status, text in ((400, "not JSON"), (413, "body too large"), (415, "not application/json"), (422, "wrong fields"))
}

_PROFILE_SCHEMA = {
    "type": "object",
    "description": "Facts by field name (see /api/v1/fields); absent or null means unknown, an empty list known-none.",
    "additionalProperties": True,
}
_AS_OF_SCHEMA = {"type": ["string", "null"], "format": "date", "description": "the day asked for; default today"}


def _body(required: list[str], properties: dict[str, Any], example: dict[str, Any]) -> dict[str, Any]:
    schema = {"type": "object", "required": required, "properties": properties, "additionalProperties": False}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema, "example": example}}}}


@router.post(
    "/recommend",
    responses=PROBLEMS,
    openapi_extra=_body(
        ["profile"],
        {
            "profile": _PROFILE_SCHEMA,
            "as_of": _AS_OF_SCHEMA,
            "top": {"type": ["integer", "null"], "minimum": 1, "maximum": 100000},
            "query": {"type": ["string", "null"], "maxLength": 500},
        },
        {"profile": {"subject_type": "enterprise", "registered_region": "310110", "employees": 12}, "top": 5},
    ),
)
async def post_recommend(request: Request, service: ServiceOf) -> dict[str, Any]:
    """Every policy of the catalogue for a profile, best first."""
    body = await json_object(request, {"profile", "as_of", "top", "query"})
    top, query = body.get("top"), body.get("query")
    if top is not None and (isinstance(top, bool) or not isinstance(top, int) or not 1 <= top <= 100_000):
        raise _wrong("top", top, "须是 1 到 100000 的整数", "must be a whole number from 1 to 100000")
    if query is not None and (not isinstance(query, str) or len(query) > 500):
        raise _wrong("query", query, "须是 500 字以内的文字", "must be a text of at most 500 characters")
    profile, as_of = _profile(body, service)
    shares = service.wish_shares(query, as_of)
    found = recommend(service.catalogue, profile, as_of, service.vocabulary, query=query, shares=shares)
    return recommendations_json(found, service.vocabulary, top)


@router.post(
    "/check",
    responses=PROBLEMS,
    openapi_extra=_body(
        ["profile", "schemes"],
        {"profile": _PROFILE_SCHEMA, "as_of": _AS_OF_SCHEMA, "schemes": {"type": "array", "items": {"type": "object"}}},
        {
            "profile": {"age": 30},
            "schemes": [{"name": "青年创业补贴", "conditions": {"all": [{"field": "age", "op": "<=", "value": 35}]}}],
        },
    ),
)
async def post_check(request: Request, service: ServiceOf) -> list[dict[str, Any]]:
    """Verdicts of a profile on schemes given in the body."""
    body = await json_object(request, {"profile", "as_of", "schemes"})
    profile, as_of = _profile(body, service)
    try:
        schemes = schemes_from_json({"schemes": body.get("schemes")}, service.vocabulary)
    except SchemeFileError as error:
        raise ProblemError(422, str(error), [{"field": "schemes", "message": problem} for problem in error.problems]) from error
    facts = facts_on(profile, as_of)
    return [check_json(scheme.name, scheme.condition, facts, service.vocabulary) for scheme in schemes]


async def json_object(request: Request, known: set[str]) -> dict[str, Any]:
    """The JSON object of the body, its keys checked."""
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        detail = f"请用 Content-Type: application/json 发送，收到的是 {kind[:60] or '空'} / send application/json"
        raise ProblemError(415, detail)
    body = json_value(await request.body())
    if not isinstance(body, dict):
        raise ProblemError(422, "请求内容须是一个 JSON 对象 / the body must be a JSON object")
    unknown = sorted(set(body) - known)
    if unknown:
        names = ", ".join(unknown)[:200]
        errors = [{"field": name, "message": f"one of {', '.join(sorted(known))} expected"} for name in unknown]
        raise ProblemError(422, f"不认识的键：{names} / unknown keys: {names}", errors)
    return body


def _profile(body: dict[str, Any], service: Service) -> tuple[Profile, Any]:
    as_of = body.get("as_of")
    if as_of is not None and not isinstance(as_of, str):
        raise _wrong("as_of", as_of, "须是日期，如 2026-01-31", "must be an ISO date")
    day = service.day(as_of)
    return profile_from_json(body.get("profile"), service.vocabulary, day), day


def _wrong(field: str, value: object, zh: str, en: str) -> ProblemError:
    errors = [{"field": field, "value": str(value)[:100], "message": en, "message_zh": zh}]
    return ProblemError(422, f"{field} {zh} / {field} {en}", errors)

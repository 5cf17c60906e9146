"""``POST /api/v1/recommend`` and ``POST /api/v1/check``: verdicts for a profile."""

from __future__ import annotations

import json
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool

from api.errors import ProblemError, documented, problem_from_profile
from api.service import Service, ServiceOf
from matcher.facts import facts_on
from matcher.profile import Profile, ProfileError, json_value, profile_from_json
from matcher.report import check_json, recommendations_json
from matcher.scheme_file import SchemeFileError, schemes_from_json

router = APIRouter(tags=["matching"])

PROBLEMS: Final = documented(400, 413, 415, 422)

MAX_FIELDS: Final = 500
"""Most fields of a profile. The vocabulary has about a hundred; the nearest name is sought for each unknown one."""

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

    def answer() -> dict[str, Any]:
        profile, as_of = _profile(body, service)
        shares = service.wish_shares(query, as_of)
        found = service.recommender(as_of).recommend(profile, query, shares=shares)
        return recommendations_json(found, service.vocabulary, top)

    return await run_in_threadpool(answer)


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

    def answer() -> list[dict[str, Any]]:
        profile, as_of = _profile(body, service)
        try:
            schemes = schemes_from_json({"schemes": body.get("schemes")}, service.vocabulary)
        except SchemeFileError as error:
            raise ProblemError(422, str(error), [{"field": "schemes", "message": one} for one in error.problems]) from error
        facts = facts_on(profile, as_of)
        return [check_json(scheme.name, scheme.condition, facts, service.vocabulary) for scheme in schemes]

    return await run_in_threadpool(answer)


async def json_object(request: Request, known: set[str]) -> dict[str, Any]:
    """The JSON object of the body, its keys checked."""
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        detail = f"请用 Content-Type: application/json 发送，收到的是 {kind[:60] or '空'} / send application/json"
        raise ProblemError(415, detail)
    body = _json(await request.body())
    if not isinstance(body, dict):
        raise ProblemError(422, "请求内容须是一个 JSON 对象 / the body must be a JSON object")
    unknown = sorted(set(body) - known)
    if unknown:
        names = ", ".join(unknown)[:200]
        errors = [{"field": name, "message": f"one of {', '.join(sorted(known))} expected"} for name in unknown]
        raise ProblemError(422, f"不认识的键：{names} / unknown keys: {names}", errors)
    return body


def _json(raw: bytes) -> object:
    """The JSON value of a body; stricter than the reader of files, so that it can be said again in an answer."""
    try:
        value = json_value(raw)
    except ProfileError as error:
        raise problem_from_profile(error, 400) from error
    except ValueError as error:
        raise ProblemError(400, "数字过长 / a number has too many digits") from error
    try:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except UnicodeEncodeError as error:
        raise ProblemError(400, "文字含有不成对的代理字符 / a text has half of a surrogate pair") from error
    except ValueError as error:
        detail = "JSON 没有 NaN 和无穷大，未知请写 null / JSON has no NaN or infinity; write null for unknown"
        raise ProblemError(400, detail) from error
    except RecursionError as error:
        raise ProblemError(400, "JSON 嵌套过深 / the JSON is nested too deeply") from error
    return value


def _profile(body: dict[str, Any], service: Service) -> tuple[Profile, Any]:
    as_of = body.get("as_of")
    if as_of is not None and not isinstance(as_of, str):
        raise _wrong("as_of", as_of, "须是日期，如 2026-01-31", "must be an ISO date")
    day = service.day(as_of)
    profile = body.get("profile")
    if not isinstance(profile, dict):
        raise _wrong("profile", profile, "须是 JSON 对象，可以是 {}", "must be a JSON object; {} will do")
    if len(profile) > MAX_FIELDS:
        raise _wrong("profile", len(profile), f"最多 {MAX_FIELDS} 个字段", f"has at most {MAX_FIELDS} fields")
    return profile_from_json(profile, service.vocabulary, day), day


def _wrong(field: str, value: object, zh: str, en: str) -> ProblemError:
    errors = [{"field": field, "value": str(value)[:100], "message": en, "message_zh": zh}]
    return ProblemError(422, f"{field} {zh} / {field} {en}", errors)

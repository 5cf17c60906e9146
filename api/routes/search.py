"""``GET`` and ``POST /api/v1/search``: schemes for a wish in words."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from api.errors import ProblemError
from api.routes.recommend import PROBLEMS
from api.service import Service, ServiceOf
from matcher.retrieve.answer import Filters
from matcher.retrieve.report import answer_json

router = APIRouter(tags=["search"])
_LONGEST = 500
_LONGEST_NAME = 100
_SCHEMA = {
    "type": "object",
    "required": ["text"],
    "additionalProperties": False,
    "properties": {
        "text": {"type": "string", "minLength": 1, "maxLength": _LONGEST},
        "top": {"type": ["integer", "null"], "minimum": 1, "maximum": 1000},
        **{
            name: {"type": ["string", "null"], "maxLength": _LONGEST_NAME}
            for name in ("level", "instrument", "department", "group", "as_of")
        },
    },
}
_BODY = {"requestBody": {"required": True, "content": {"application/json": {"schema": _SCHEMA}}}}


@router.get("/search", responses={422: PROBLEMS[422]})
def get_search(
    service: ServiceOf,
    text: Annotated[str, Query(min_length=1, max_length=_LONGEST, description="the wish in words")],
    top: Annotated[int, Query(ge=1, le=1000)] = 10,
    level: Annotated[str, Query(max_length=_LONGEST_NAME)] = "",
    instrument: Annotated[str, Query(max_length=_LONGEST_NAME)] = "",
    department: Annotated[str, Query(max_length=_LONGEST_NAME)] = "",
    group: Annotated[str, Query(max_length=_LONGEST_NAME)] = "",
    as_of: Annotated[str | None, Query(max_length=_LONGEST_NAME, description="ISO date; default today")] = None,
) -> dict[str, Any]:
    """Schemes for a wish, best first, with the clauses that answer and the parts of the score."""
    return _search(service, text, top, Filters(level, instrument, department, group), as_of)


@router.post("/search", responses=PROBLEMS, openapi_extra=_BODY)
async def post_search(request: Request, service: ServiceOf) -> dict[str, Any]:
    """The same with the wish in the body, so that it stands in no log of addresses."""
    from starlette.concurrency import run_in_threadpool

    from api.routes.recommend import json_object

    names = ("level", "instrument", "department", "group")
    body = await json_object(request, {"text", "top", "as_of", *names})
    for name in ("text", "as_of", *names):
        if body.get(name) is not None and not isinstance(body[name], str):
            raise _wrong(name, body[name], "须是文字", "must be a text")
        if name != "text" and len(body.get(name) or "") > _LONGEST_NAME:
            raise _wrong(name, body[name], f"不超过 {_LONGEST_NAME} 字", f"must have at most {_LONGEST_NAME} characters")
    text, top = body.get("text") or "", body.get("top") or 10
    if not 1 <= len(text) <= _LONGEST:
        raise _wrong("text", text[:40], "须是 1 到 500 字的文字", "must be a text of 1 to 500 characters")
    if isinstance(top, bool) or not isinstance(top, int) or not 1 <= top <= 1000:
        raise _wrong("top", top, "须是 1 到 1000 的整数", "must be a whole number from 1 to 1000")
    filters = Filters(*(body.get(name) or "" for name in names))
    return await run_in_threadpool(_search, service, text, top, filters, body.get("as_of"))


def _search(service: Service, text: str, top: int, filters: Filters, as_of: str | None) -> dict[str, Any]:
    if not text.strip():
        raise _wrong("text", text, "不能是空白", "must not be blank")
    answer = service.search.get().search(text, service.day(as_of), filters, top)
    return answer_json(answer, service.vocabulary)


def _wrong(field: str, value: object, zh: str, en: str) -> ProblemError:
    errors = [{"field": field, "value": str(value)[:100], "message": en, "message_zh": zh}]
    return ProblemError(422, f"{field} {zh} / {field} {en}", errors)

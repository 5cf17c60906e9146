"""One error body everywhere: RFC 9457 ``application/problem+json``.

``type title status detail errors[]``; never a stack trace, never the text of an exception that
was not written for users.
"""

from __future__ import annotations

import http
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from matcher.profile import ProfileError

logger = logging.getLogger("policymatch")

PROBLEM_TYPE = "application/problem+json"
_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")

_TITLES = {
    400: "请求有误 / Bad request",
    403: "不允许 / Forbidden",
    404: "没有找到 / Not found",
    405: "不支持这种方法 / Method not allowed",
    413: "内容过大 / Too large",
    415: "不支持这种内容类型 / Unsupported media type",
    422: "内容有误 / Invalid content",
    500: "服务器内部错误 / Internal error",
    503: "服务器缺少组件 / A component is missing",
}


class ProblemError(Exception):
    """An answer other than success, with what the caller needs to mend it.

    Args:
        status: HTTP status.
        detail: the fault, the value, the next step; Chinese, then English.
        errors: one entry for each wrong field.
    """

    def __init__(self, status: int, detail: str, errors: Iterable[Mapping[str, Any]] = ()) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = list(errors)


_PROBLEM_SCHEMA: Final = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "errors"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {"type": "array", "items": {"type": "object"}},
    },
}
_DESCRIPTIONS: Final = {
    400: "not JSON",
    404: "not found",
    413: "body too large",
    415: "not application/json",
    422: "wrong fields or parameters",
    503: "a package is not installed",
}


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problem answers of a route for its OpenAPI description."""
    content = {PROBLEM_TYPE: {"schema": _PROBLEM_SCHEMA}}
    return {status: {"description": _DESCRIPTIONS[status], "content": content} for status in statuses}


def problem_from_profile(error: ProfileError, status: int = 422) -> ProblemError:
    """A profile's errors as a problem."""
    first = error.errors[0].message
    count = len(error.errors)
    more = f"（共 {count} 处）/ ({count} in all)" if count > 1 else ""
    return ProblemError(status, f"{first.zh} / {first.en}{more}", [one.as_json() for one in error.errors])


def problem_body(status: int, detail: str, errors: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """The body of a problem answer."""
    title = _TITLES.get(status) or http.HTTPStatus(status).phrase
    return {"type": "about:blank", "title": title, "status": status, "detail": detail, "errors": list(errors)}


def problem_response(status: int, detail: str, errors: Sequence[Mapping[str, Any]] = ()) -> JSONResponse:
    """The answer to send."""
    return JSONResponse(problem_body(status, detail, errors), status, media_type=PROBLEM_TYPE)


ErrorPage = Callable[[Request, int, str, str], Response]
"""Renders an error for a visitor: the request, status, title and detail (each "中文 / English")."""


def install_error_handlers(app: FastAPI, headers: Mapping[str, str], page: ErrorPage) -> None:
    """Answer every error of ``app`` with the one body; a browser outside ``/api`` gets ``page``.

    ``headers`` are added where an answer does not pass the middleware: to that of a crash.
    """

    def answer(request: Request, status: int, detail: str, errors: Sequence[Mapping[str, Any]] = ()) -> Response:
        if not request.url.path.startswith("/api/") and "text/html" in request.headers.get("accept", ""):
            return page(request, status, problem_body(status, detail)["title"], detail)
        return problem_response(status, detail, errors)

    async def on_problem(request: Request, error: Exception) -> Response:
        assert isinstance(error, ProblemError)  # noqa: S101 - narrows the type the framework passes
        return answer(request, error.status, error.detail, error.errors)

    async def on_profile(request: Request, error: Exception) -> Response:
        assert isinstance(error, ProfileError)  # noqa: S101
        problem = problem_from_profile(error)
        return answer(request, problem.status, problem.detail, problem.errors)

    async def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101
        where = f"{request.method} {request.url.path}"
        details = {
            404: f"没有这个地址：{where} / no such address: {where}",
            405: f"这个地址不支持 {request.method} / {where} is not supported",
        }
        response = answer(request, error.status_code, details.get(error.status_code, str(error.detail)))
        response.headers.update(error.headers or {})
        if error.status_code == 405:  # each route names its own method only
            response.headers["Allow"] = ", ".join(_methods_of(app, request))
        return response

    async def on_validation(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101
        found = [
            {"field": ".".join(str(part) for part in one["loc"][1:]), "message": one["msg"], "message_zh": "参数有误"}
            for one in error.errors()
        ]
        return answer(request, 422, "请求参数有误，见 errors / some parameters are wrong, see errors", found)

    async def on_crash(request: Request, error: Exception) -> Response:
        logger.error("unexpected error in %s %s", request.method, request.url.path, exc_info=error)
        response = answer(request, 500, "服务器出错，已记入日志，请稍后再试 / an error was logged; please try again later")
        response.headers.update(headers)
        return response

    app.add_exception_handler(ProblemError, on_problem)
    app.add_exception_handler(ProfileError, on_profile)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(RequestValidationError, on_validation)
    app.add_exception_handler(Exception, on_crash)


class BodyLimit:
    """ASGI middleware: refuses bodies over a limit without reading them, declared or streamed."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; answer 413 once its body is known to be too large."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > self._max_bytes:
            await self._refuse(scope, receive, send)
            return
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self._max_bytes:
                raise _TooLargeError
            return message

        try:
            await self._app(scope, counted, send)
        except _TooLargeError:
            await self._refuse(scope, receive, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        size = f"{self._max_bytes:,}"
        detail = f"内容超过 {size} 字节的上限，请缩短后重试 / the body is over the limit of {size} bytes"
        await problem_response(413, detail)(scope, receive, send)


class _TooLargeError(Exception):
    pass


def _methods_of(app: FastAPI, request: Request) -> list[str]:
    """The methods that the address of a request supports."""
    return [
        method
        for method in _METHODS
        if any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in app.router.routes)
    ]

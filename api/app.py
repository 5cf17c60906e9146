"""The web application: JSON under ``/api/v1``, pages under ``/``."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Awaitable, Callable
from importlib import metadata

from fastapi import FastAPI, Request, Response

from api.errors import BodyLimit, install_error_handlers
from api.pages.office import router as office_pages
from api.pages.review import review_router
from api.pages.routes import error_page, mount_pages
from api.routes.office import router as office_router
from api.routes.policies import router as policies_router
from api.routes.recommend import router as recommend_router
from api.routes.search import router as search_router
from api.searching import ServerSearch
from api.service import Service
from api.settings import Settings
from policies.store import open_catalogue
from policies.vocabulary import vocabulary

_SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
}
_PAGE_POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"


def create_app(settings: Settings, today: Callable[[], dt.date] = dt.date.today) -> FastAPI:
    """The application for one catalogue.

    Args:
        settings: where the catalogue lies and the limits to keep.
        today: the clock; tests pass their own.

    Raises:
        CatalogueError: the catalogue cannot be used.
    """
    app = FastAPI(
        title="policymatch",
        version=metadata.version("policymatch"),
        description="Which support schemes apply to whom, and why. 政策匹配。",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    catalogue, words = open_catalogue(settings.catalogue), vocabulary()
    search = ServerSearch(catalogue, words, settings)
    app.state.service = Service(catalogue, words, settings, today, search)
    install_error_handlers(app, _SECURITY_HEADERS | {"Content-Security-Policy": _PAGE_POLICY}, error_page)
    app.add_middleware(BodyLimit, max_bytes=settings.max_body_bytes)

    @app.middleware("http")
    async def headers(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        began = time.perf_counter()
        response = await call_next(request)
        response.headers.update(_SECURITY_HEADERS)
        response.headers["Server-Timing"] = f"app;dur={(time.perf_counter() - began) * 1000:.1f}"
        response.headers["Content-Security-Policy"] = _PAGE_POLICY
        return response

    app.include_router(recommend_router, prefix="/api/v1")
    app.include_router(policies_router, prefix="/api/v1")
    app.include_router(office_router, prefix="/api/v1")
    app.include_router(search_router, prefix="/api/v1")
    app.include_router(office_pages)
    mount_pages(app)
    if settings.review_queue is not None:
        app.include_router(review_router(settings.review_queue))
    return app

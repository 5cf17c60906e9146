"""The review pages: the list of drafts, and one draft beside its source text with the two buttons.

They exist only where a queue is set, as there is no login. A decision is taken only from a page of
this site: a browser says where a form comes from, and another site's is refused.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from api.errors import ProblemError
from api.pages.drafts import STATES, change_rows, counts_of, facts_of, items_of, marks_of
from api.pages.marked import pieces, window
from api.pages.routes import language_of, posted_form, render
from api.service import Service, ServiceOf
from policies.catalogue import CatalogueError
from policies.queue import OPEN, Draft, QueueError, ReviewQueue, UnusableQueueError
from policies.reviewer import Decided, NotPublishableError, Reviewer

ROWS: Final = 100
"""Drafts on one page of the list."""

MAX_NOTE: Final = 1_000
"""Letters of a note."""

_DONE: Final = ("accepted", "rejected", "waiting")


def catalogue_beside(queue: Path) -> Path:
    """Where drafts accepted on the page are published: a JSON Lines catalogue beside the queue."""
    return queue.with_name(f"{queue.stem}-catalogue.jsonl")


def review_router(queue: Path) -> APIRouter:
    """The pages for one queue."""
    router = APIRouter(include_in_schema=False)
    target = catalogue_beside(queue)

    def reviewer(service: Service) -> Reviewer:
        if not queue.exists():
            raise ProblemError(
                404,
                f"还没有审核队列 {queue.name}，请先运行 policymatch ingest --queue"
                f" / there is no review queue {queue.name} yet; run policymatch ingest --queue first",
            )
        return Reviewer(ReviewQueue(queue), service.vocabulary, target)

    @router.get("/review")
    def drafts(
        request: Request, service: ServiceOf, state: str = "open", page: Annotated[int, Query(ge=1, le=100_000)] = 1
    ) -> HTMLResponse:
        """All drafts in a state, with the number of conditions read."""
        try:
            found = reviewer(service).queue.drafts(None)
        except QueueError as error:
            raise _unusable() from error
        return _list(request, service, found, state, page)

    @router.get("/review/{identity}")
    def one(request: Request, service: ServiceOf, identity: str, done: str = "") -> HTMLResponse:
        """One draft: the text on one side, what was read on the other."""
        return _draft_page(request, service, reviewer(service), _found(reviewer(service), identity), target, done=done)

    @router.post("/review/{identity}")
    async def decide(request: Request, service: ServiceOf, identity: str) -> Response:
        """Record a decision and come back to the draft."""
        _from_this_site(request)
        form = await posted_form(request)
        texts = {name: str(form.get(name) or "").strip() for name in ("decision", "note", "region")}
        if texts["decision"] not in _DONE:
            raise ProblemError(422, "请按“采纳”或“退回” / press “accept” or “reject”")
        if len(texts["note"]) > MAX_NOTE:
            raise ProblemError(422, f"备注超过 {MAX_NOTE} 字，请缩短 / the note is over {MAX_NOTE} letters; shorten it")
        who = reviewer(service)
        draft = await run_in_threadpool(_found, who, identity)
        try:
            await run_in_threadpool(_decide, who, identity, texts)
        except UnusableQueueError as error:
            raise _unusable() from error
        except (NotPublishableError, QueueError, CatalogueError) as error:
            fault = _fault(error)
            return await run_in_threadpool(_draft_page, request, service, who, draft, target, fault=fault, given=texts)
        return RedirectResponse(f"/review/{draft.id}?done={texts['decision']}", status_code=303)

    return router


def _decide(who: Reviewer, identity: str, texts: dict[str, str]) -> Decided:
    now, note = dt.datetime.now(dt.UTC), texts["note"] or None
    if texts["decision"] == "accepted":
        return who.accept(identity, now, note, texts["region"] or None)
    return who.reject(identity, now, note, texts["decision"])


def _fault(error: Exception) -> str:
    if isinstance(error, NotPublishableError):
        return "还不能采纳：见下面的问题 / it cannot be accepted yet: see the problems below"
    if isinstance(error, CatalogueError):
        return "目录文件无法使用，请检查后重试 / the catalogue file cannot be used; check it and try again"
    return str(error)


def _unusable() -> ProblemError:
    return ProblemError(
        500, "审核队列文件无法使用，请检查 POLICYMATCH_REVIEW_QUEUE / the review queue cannot be used; check that setting"
    )


def _found(who: Reviewer, identity: str) -> Draft:
    try:
        return who.queue.draft(identity)
    except UnusableQueueError as error:
        raise _unusable() from error
    except QueueError as error:
        raise ProblemError(404, f"没有草稿 {identity[:40]}，见 /review / no draft {identity[:40]}; see /review") from error


def _from_this_site(request: Request) -> None:
    """Refuse a form sent by another site, or by something that does not say where it comes from.

    Raises:
        ProblemError: 403.
    """
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    own = request.headers.get("host", "")
    told = site is not None or origin is not None
    if not told or site not in (None, "same-origin") or (origin is not None and urlsplit(origin).netloc != own):
        raise ProblemError(
            403,
            "审核只接受本站页面的提交，请打开 /review 操作 / a decision must come from a page of this site; open /review",
        )


def _list(request: Request, service: Service, found: tuple[Draft, ...], state: str, page: int) -> HTMLResponse:
    language = language_of(request, service)
    chosen = state if state in ("open", "gone", "all", *STATES) else "open"
    shown = [draft for draft in found if _in(draft, chosen)]
    rows = [(draft, *counts_of(draft)) for draft in shown[(page - 1) * ROWS : page * ROWS]]
    tabs = [
        (name, label, sum(_in(draft, name) for draft in found))
        for name, label in (
            ("open", "待处理" if language == "zh" else "to decide"),
            *((name, STATES[name].in_language(language)) for name in ("changed", "accepted", "rejected")),
            ("gone", "来源中不再出现" if language == "zh" else "gone from the source"),
            ("all", "全部" if language == "zh" else "all"),
        )
    ]
    return render(
        request,
        service,
        "review_list.html",
        rows=rows,
        tabs=tabs,
        state=chosen,
        page=page,
        pages=max(1, -(-len(shown) // ROWS)),
        words={name: text.in_language(language) for name, text in STATES.items()},
    )


def _in(draft: Draft, state: str) -> bool:
    if state == "gone":
        return draft.gone_at is not None and draft.state != "superseded"
    return state in ("all", draft.state) or (state == "open" and draft.state in OPEN)


def _draft_page(
    request: Request,
    service: Service,
    who: Reviewer,
    draft: Draft,
    target: Path,
    *,
    done: str = "",
    fault: str = "",
    given: dict[str, str] | None = None,
) -> HTMLResponse:
    language, vocabulary = language_of(request, service), service.vocabulary
    conditions, benefits = items_of(draft, vocabulary, language)
    marks = marks_of((*conditions, *benefits))
    around = draft.content.get("span") or (0, len(draft.text))
    begin, end = window(draft.text, marks, (around[0], around[1]))
    given = given or {"note": draft.note or "", "region": ""}
    found = who.convert(draft, service.today(), region=given["region"] or None)
    zh, _, en = fault.partition(" / ")
    waiting = [one.id for one in who.queue.drafts(OPEN) if one.id != draft.id]
    response = render(
        request,
        service,
        "review.html",
        422 if fault else 200,
        draft=draft,
        state=STATES[draft.state].in_language(language),
        facts=facts_of(draft, vocabulary, language),
        conditions=conditions,
        benefits=benefits,
        pieces=list(pieces(draft.text, marks, begin, end)),
        cut=(begin > 0, end < len(draft.text)),
        shown={mark.number for mark in marks if begin <= mark.start and mark.end <= end},
        changes=change_rows(draft.changes, vocabulary, language),
        warnings=[one.get(language) or one.get("zh", "") for one in draft.warnings],
        issues=[issue.message.in_language(language) for issue in found.issues],
        publishable=found.policy is not None or draft.kind == "commitment",
        asks_region=any(issue.kind in ("no_region", "unknown_region") for issue in found.issues) and found.policy is None,
        fault=en if language == "en" and en else zh,
        done=done if done == draft.state else "",
        given=given,
        following=waiting[0] if waiting else "",
        target=target.name,
    )
    response.headers["Cache-Control"] = "no-store"
    return response

"""The search page: schemes for a wish in words, with the clauses that answer and facets to narrow them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.concurrency import run_in_threadpool

from api.pages.routes import language_of, render
from api.pages.words import translator
from api.service import Service, ServiceOf
from matcher.benefits import headline, worth
from matcher.retrieve.answer import Filters, Hit, SearchAnswer
from matcher.retrieve.report import marked, reasons_against
from policies.schema import Policy

router = APIRouter(include_in_schema=False)
_SHOWN = 15
_NEAREST = 5
_COUNTED = 40
_FACETS = ("level", "instrument", "department", "group")


@router.get("/search")
def empty_search(request: Request, service: ServiceOf) -> HTMLResponse:
    """The search box alone; the index begins to be built."""
    service.search.get()
    return _answer(request, service, "", Filters(), None)


@router.post("/search")
async def search(request: Request, service: ServiceOf) -> HTMLResponse:
    """What was found; the wish is posted, it may be personal."""
    form = await request.form(max_files=0, max_fields=20)
    text = str(form.get("text") or "").strip()[:500]
    filters = Filters(*(str(form.get(name) or "")[:100] for name in _FACETS))
    answer = await run_in_threadpool(_find, service, text) if text else None
    return _answer(request, service, text, filters, answer)


def _find(service: Service, text: str) -> SearchAnswer:
    return service.search.get(wait=1.0).search(text, service.today())


def _answer(request: Request, service: Service, text: str, filters: Filters, answer: SearchAnswer | None) -> HTMLResponse:
    language = language_of(request, service)
    hits = answer.hits if answer else ()
    admitted = [hit for hit in hits if filters.admits(hit.policy)]
    fits = bool(answer and answer.fits)
    shown = admitted[: _SHOWN if fits else _NEAREST]
    return render(
        request,
        service,
        "search.html",
        text=text,
        asked=answer is not None,
        fits=fits,
        notice=answer.notice.in_language(language) if answer and answer.notice else "",
        understood=_understood(answer, service, language) if answer else [],
        cards=[_card(hit, answer, service, language) for hit in shown if answer],
        facets=_facets([hit.policy for hit in hits[:_COUNTED]], filters, service, language),
    )


def _card(hit: Hit, answer: SearchAnswer, service: Service, language: str) -> dict[str, Any]:
    policy, vocabulary = hit.policy, service.vocabulary
    wanted = answer.said.widened
    return {
        "id": policy.id,
        "title": policy.title.in_language(language),
        "amount": headline(policy, worth(policy), vocabulary).in_language(language),
        "passages": [marked(passage.text.in_language(language), wanted) for passage in hit.passages],
        "level": policy.level,
        "level_text": vocabulary.word("level", policy.level, language),
        "instrument": vocabulary.word("instrument", policy.instrument, language),
        "department": policy.issuers[0] if policy.issuers else "",
        "ended": policy.expired_on(answer.day),
        "against": [text.in_language(language) for text in reasons_against(hit, answer, vocabulary)],
        "parts": [(part.text.in_language(language), f"{part.points:+.2f}") for part in hit.parts],
    }


def _understood(answer: SearchAnswer, service: Service, language: str) -> list[str]:
    said, vocabulary = answer.said, service.vocabulary
    t = translator(language)
    found = [t(f"“{one.typed}”读作“{one.meant}”", f"“{one.typed}” read as “{one.meant}”") for one in said.mended]
    found += [word for term in said.terms for word in term.split()]
    found += [vocabulary.regions.name(code, language) for code in said.regions]
    found += [*said.departments, *said.groups, *map(str, said.years)]
    found += [vocabulary.word("instrument", value, language) for value in said.instruments]
    return list(dict.fromkeys(found))[:12]


def _facets(policies: list[Policy], filters: Filters, service: Service, language: str) -> list[tuple[Any, ...]]:
    t, vocabulary = translator(language), service.vocabulary

    def same(value: str) -> str:
        return value

    def options(values: Iterable[str], words: Callable[[str], str], chosen: str) -> list[tuple[str, str, int]]:
        counts = Counter(values)
        if chosen:
            counts.setdefault(chosen, 0)
        return [(value, words(value), count) for value, count in counts.most_common()]

    rows = (
        ("level", t("层级", "level"), [p.level for p in policies], lambda v: vocabulary.word("level", v, language)),
        (
            "instrument",
            t("方式", "support"),
            [p.instrument for p in policies],
            lambda v: vocabulary.word("instrument", v, language),
        ),
        ("department", t("部门", "department"), [name for p in policies for name in p.issuers], same),
        ("group", t("人群", "group"), [name for p in policies for name in p.groups], same),
    )
    return [
        (name, label, options(values, words, getattr(filters, name)), getattr(filters, name))
        for name, label, values, words in rows
    ]

"""The pages: start, form, results, policies, one policy. Answers are posted, never put in an address."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, FastAPI, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.datastructures import FormData

from api.days import WrongDayError, day_from_text
from api.errors import ProblemError
from api.pages.cards import benefit_lines, card, requirement_lines
from api.pages.forms import SUBJECTS, Answers, form_sections, next_controls
from api.pages.words import GROUP_NOTES, GROUPS, translator
from api.service import Service, ServiceOf
from matcher.benefits import headline, worth
from matcher.ordering import DOUBTFUL_STATUS
from matcher.profile import FieldError, Profile, ProfileError, profile_from_text
from matcher.report import facts_json
from matcher.truth import Truth

LANGUAGES = ("zh", "en")
_COOKIE = "language"
_CONTROLS = {"as_of", "lang", "query", "subject_type"}
_CONTROL_LABELS = {"as_of": {"zh": "查询日期", "en": "day asked for"}}
MAX_QUERY = 200
"""Letters of a wish; the input on the page takes no more."""

router = APIRouter(include_in_schema=False)
_environment = Environment(
    loader=PackageLoader("api.pages"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
_templates = Jinja2Templates(env=_environment)


def mount_pages(app: FastAPI) -> None:
    """Add the pages and their style sheet to ``app``."""
    static = Path(str(resources.files("api.pages") / "static"))
    app.mount("/static", StaticFiles(directory=static), name="static")
    app.include_router(router)
    from api.pages.search import router as search_pages

    app.include_router(search_pages)


def error_page(request: Request, status: int, title: str, detail: str) -> HTMLResponse:
    """An error for a visitor; ``title`` and ``detail`` are written "中文 / English"."""
    service = request.app.state.service
    zh, _, en = detail.partition(" / ")
    title_zh, _, title_en = title.partition(" / ")
    t = translator(language_of(request, service))
    return render(request, service, "message.html", status, title=t(title_zh, title_en or title_zh), detail=t(zh, en or zh))


def language_of(request: Request, service: Service) -> str:
    """The language the visitor chose (with this request or before), else that of the settings."""
    chosen = getattr(request.state, "language", None) or request.cookies.get(_COOKIE)
    return chosen if chosen in LANGUAGES else service.settings.language


def render(request: Request, service: Service, template: str, status: int = 200, **values: object) -> HTMLResponse:
    """A page in the visitor's language; an answer to a form is not stored by the browser."""
    language = language_of(request, service)
    common = {"lang": language, "t": translator(language), "version": service.catalogue.version, "total": len(service.catalogue)}
    common["reviewing"] = service.settings.review_queue is not None
    context = {**common, "path": _address(request), "posted": request.method == "POST", "answers_to": "", **values}
    response = _templates.TemplateResponse(request, template, context, status_code=status)
    if request.method == "POST":
        response.headers["Cache-Control"] = "no-store"  # the page holds personal facts
        _remember(response, language)
    return response


def _remember(response: Response, language: str) -> None:
    response.set_cookie(_COOKIE, language, max_age=365 * 24 * 3600, samesite="lax", httponly=True)


async def posted_form(request: Request) -> FormData:
    """The form of a request, its choice of language taken along."""
    form = await request.form(max_files=0, max_fields=2000)
    if _text(form, "lang") in LANGUAGES:
        request.state.language = _text(form, "lang")
    return form


def _address(request: Request) -> str:
    """Where the language switch leads back to: the page with its filter."""
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


@router.get("/")
def start(request: Request, service: ServiceOf) -> HTMLResponse:
    """Who is asking: an organisation, a person or a team."""
    levels: dict[str, int] = {}
    for policy in service.catalogue:
        levels[policy.level] = levels.get(policy.level, 0) + 1
    return render(request, service, "start.html", levels=levels)


@router.get("/language/{language}")
def choose_language(language: str, back: Annotated[str, Query(max_length=2000)] = "/") -> Response:
    """Remember the language and go back to a page of this site."""
    if language not in LANGUAGES:
        raise ProblemError(404, f"没有这种语言 / no such language: {language[:20]}")
    safe = back if back.startswith("/") and not back.startswith(("//", "/\\")) else "/"
    response = RedirectResponse(quote(safe, safe="/?=&-_.%"), status_code=303)
    _remember(response, language)
    return response


@router.get("/match")
def empty_form(request: Request, service: ServiceOf, subject: str = "enterprise") -> HTMLResponse:
    """The form of a subject, empty."""
    return _form(request, service, subject, {}, service.today(), "")


@router.post("/match")
async def filled_form(request: Request, service: ServiceOf) -> HTMLResponse:
    """The form again with the answers given, to change them."""
    form = await posted_form(request)
    answers, (as_of, wrong_day) = _answers(form), _day(form, service)
    subject, query = _text(form, "subject_type") or "enterprise", _text(form, "query")[:MAX_QUERY]
    return _form(request, service, subject, answers, as_of, query, wrong_day)


@router.post("/results")
async def results(request: Request, service: ServiceOf) -> HTMLResponse:
    """Verdicts for the answers given, in three groups; wrong answers lead back to the form."""
    form = await posted_form(request)
    answers, (as_of, wrong), query = _answers(form), _day(form, service), _text(form, "query")[:MAX_QUERY]
    subject = _text(form, "subject_type") or "enterprise"
    language = language_of(request, service)
    try:
        profile = profile_from_text({"subject_type": subject, **_texts(answers)}, service.vocabulary, as_of)
    except ProfileError as error:
        wrong += error.errors
    if wrong:
        return _form(request, service, subject, answers, as_of, query, wrong)
    shares = service.wish_shares(query, as_of)
    found = service.recommender(as_of).recommend(profile, query, shares=shares)
    groups: dict[str, list[Any]] = {name: [] for name in GROUPS}
    for item in found.items:
        groups[item.truth.verdict].append(card(item, found.facts, service.vocabulary, language))
    return render(
        request,
        service,
        "results.html",
        subject=subject,
        answers_to="/results",
        others=_other_subjects(service, profile, as_of, language),
        as_of=as_of,
        query=query,
        groups=[
            (name, text.in_language(language), GROUP_NOTES[name].in_language(language), groups[name])
            for name, text in GROUPS.items()
        ],
        facts=facts_json(found.facts, service.vocabulary, language),
        given=_hidden(profile, answers),
        questions=next_controls(service, profile, as_of, language),
    )


@router.get("/policies")
def all_policies(
    request: Request, service: ServiceOf, level: str = "", instrument: str = "", words: Annotated[str, Query(max_length=100)] = ""
) -> HTMLResponse:
    """The catalogue as a list, filtered by level, instrument and words in the title."""
    language, vocabulary = language_of(request, service), service.vocabulary
    shown = [
        policy
        for policy in service.catalogue
        if (not level or policy.level == level)
        and (not instrument or policy.instrument == instrument)
        and all(word.lower() in f"{policy.title.zh} {policy.title.en or ''}".lower() for word in words.split())
    ]
    rows = [
        {
            "id": policy.id,
            "title": policy.title.in_language(language),
            "summary": policy.summary.in_language(language) if policy.summary else "",
            "amount": headline(policy, worth(policy), vocabulary).in_language(language),
            "level": vocabulary.word("level", policy.level, language),
            "instrument": vocabulary.word("instrument", policy.instrument, language),
            "ended": policy.expired_on(service.today()),
            "until": policy.effective_to.text if policy.effective_to else "",
        }
        for policy in shown
    ]
    options = {
        name: [(term.value, term.label.in_language(language)) for term in vocabulary.terms[name].values()]
        for name in ("level", "instrument")
    }
    return render(request, service, "policies.html", rows=rows, options=options, level=level, instrument=instrument, words=words)


@router.get("/policies/{policy_id}")
def one_policy(request: Request, service: ServiceOf, policy_id: str) -> HTMLResponse:
    """Everything known about one policy, and where it comes from."""
    language, vocabulary = language_of(request, service), service.vocabulary
    policy = service.catalogue.by_id.get(policy_id)
    if policy is None:
        message = translator(language)(f"目录中没有政策“{policy_id[:60]}”", f"There is no policy “{policy_id[:60]}”")
        return render(request, service, "message.html", 404, title=message)
    relations = [
        (
            vocabulary.word("relation", relation.kind, language),
            relation.policy,
            service.catalogue.by_id[relation.policy].title.in_language(language)
            if relation.policy in service.catalogue.by_id
            else relation.policy,
            relation.reason.in_language(language) if relation.reason else "",
        )
        for relation in policy.relations
    ]
    return render(
        request,
        service,
        "policy.html",
        policy=policy,
        title=policy.title.in_language(language),
        word=lambda name, value: vocabulary.word(name, value, language),
        region=vocabulary.regions.name(policy.region, language),
        amount=headline(policy, worth(policy), vocabulary).in_language(language),
        benefits=benefit_lines(policy, vocabulary, language),
        lines=list(requirement_lines(policy.conditions, vocabulary, language)),
        relations=relations,
        ended=policy.expired_on(service.today()),
        doubtful=policy.status in DOUBTFUL_STATUS,
    )


def _form(
    request: Request,
    service: Service,
    subject: str,
    answers: Answers,
    as_of: dt.date,
    query: str,
    wrong: Sequence[FieldError] = (),
) -> HTMLResponse:
    language = language_of(request, service)
    subject = subject if subject in SUBJECTS else "enterprise"
    fields = service.vocabulary.fields
    sections = form_sections(service, subject, answers, as_of, language, wrong)
    shown = {control.name for section in sections for control in (*section.key, *section.more)} | {"subject_type", "as_of"}
    messages = {one.field: one.message.in_language(language) for one in wrong}
    return render(
        request,
        service,
        "form.html",
        422 if wrong else 200,
        answers_to="/match",
        subject=subject,
        subjects=_subjects(service, language),
        sections=sections,
        as_of=as_of,
        wrong_day=messages.get("as_of", ""),
        today=service.today(),
        query=query,
        errors=[
            (
                name if name in shown else "",
                fields[name].label.in_language(language) if name in fields else _CONTROL_LABELS.get(name, {}).get(language, name),
                message,
            )
            for name, message in messages.items()
        ],
    )


def _other_subjects(service: Service, profile: Profile, as_of: dt.date, language: str) -> list[tuple[str, str, int]]:
    """The other kinds of subject, with how many schemes the same answers make eligible then."""
    found = []
    for name, label in _subjects(service, language):
        if name != profile.values.get("subject_type"):
            other = Profile({**profile.values, "subject_type": name})
            items = service.recommender(as_of).recommend(other).items
            found.append((name, label, sum(item.truth is Truth.YES for item in items)))
    return found


def _subjects(service: Service, language: str) -> list[tuple[str, str]]:
    return [(name, service.vocabulary.word("subject_type", name, language)) for name in SUBJECTS]


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""


def _answers(form: FormData) -> dict[str, list[str]]:
    """The answered fields; keys the form does not know are left to the profile's check."""
    found: dict[str, list[str]] = {}
    for name, value in form.multi_items():
        if name not in _CONTROLS and isinstance(value, str) and value.strip():
            found.setdefault(name, []).append(value)
    return found


def _texts(answers: Answers) -> dict[str, str | list[str]]:
    return {name: list(texts) for name, texts in answers.items()}


def _day(form: FormData, service: Service) -> tuple[dt.date, tuple[FieldError, ...]]:
    """The day asked for; today and what is wrong where it cannot be read."""
    text = _text(form, "as_of")
    try:
        return (day_from_text(text) if text else service.today()), ()
    except WrongDayError as error:
        return service.today(), (FieldError("as_of", text, error.message),)


def _hidden(profile: Profile, answers: Answers) -> list[tuple[str, str]]:
    """The answers as hidden inputs, so that the next page still has them."""
    return [(name, text) for name, texts in answers.items() if name in profile.values for text in texts]

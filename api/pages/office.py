"""Pages of the policy office: overview, overlaps, one pair, gaps, what-if, report, exports."""

from __future__ import annotations

import json
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from api.errors import ProblemError
from api.exports import ExportError, Table, csv_bytes, xlsx_bytes
from api.office import Office, OfficeOf
from api.pages import office_tables as tables
from api.pages.drawings import bars, matrix, venn
from api.pages.office_form import form_inputs, removable, scenario_of_form, scenario_of_text
from api.pages.routes import language_of, render
from api.pages.words import translator
from api.service import Service, ServiceOf
from policies.schema import Policy

router = APIRouter(include_in_schema=False)
_REPORT_PAIRS: Final = 60
_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _page(request: Request, service: Service, office: Office, template: str, status: int = 200, **values: object) -> HTMLResponse:
    people = office.population(service.today())
    return render(request, service, template, status, notice=people.notice, people=people.size, **values)


def _policy(service: Service, name: str) -> Policy:
    return service.policy(name)


def _titles(service: Service, ids: tuple[str, ...], language: str) -> list[tuple[str, str]]:
    return [(name, service.catalogue.by_id[name].title.in_language(language)) for name in ids]


@router.get("/office")
def overview(request: Request, service: ServiceOf, office: OfficeOf) -> HTMLResponse:
    """Counts by kind, the map of clusters, contradictions."""
    language, day = language_of(request, service), service.today()
    found = office.survey(day)
    drawing, rows = tables.clusters(found, service.catalogue, language)
    kinds = tables.kinds(found, language)
    faults = tables.faults(office.contradictions(day), service.catalogue, language)
    return _page(request, service, office, "office.html", kinds=kinds, drawing=drawing, clusters=rows, faults=faults)


@router.get("/office/overlaps")
def overlaps(
    request: Request, service: ServiceOf, office: OfficeOf, kind: Annotated[str, Query(max_length=40)] = ""
) -> HTMLResponse:
    """Every pair that is more than harmless, with reasons."""
    from matcher.overlap.kinds import KINDS

    language = language_of(request, service)
    titles = service.catalogue.by_id
    rows = [
        {
            "kind": one.pair.kind,
            "label": KINDS[one.pair.kind].in_language(language),
            "first": one.pair.first,
            "second": one.pair.second,
            "titles": [titles[name].title.in_language(language) for name in (one.pair.first, one.pair.second)],
            "both": one.reach.both,
            "reasons": [text.in_language(language) for text in one.pair.reasons],
        }
        for one in office.survey(service.today()).overlaps
        if not kind or one.pair.kind == kind
    ]
    kinds = [(name, text.in_language(language)) for name, text in KINDS.items() if name != "harmless"]
    return _page(request, service, office, "office_overlaps.html", rows=rows, kinds=kinds, kind=kind)


@router.get("/office/pair/{first}/{second}")
def pair(request: Request, service: ServiceOf, office: OfficeOf, first: str, second: str) -> HTMLResponse:
    """Two schemes: why they overlap, whom they share, clauses side by side."""
    from matcher.overlap.kinds import KINDS, Kinds
    from matcher.overlap.reach import measure
    from matcher.overlap.survey import clause_rows

    language, day = language_of(request, service), service.today()
    one, other = _policy(service, first), _policy(service, second)
    found = Kinds([one, other], service.vocabulary, day).pair(first, second) if first != second else None
    if found is None:
        raise ProblemError(404, f"请选两项不同的政策：{first[:60]} / choose two different schemes: {first[:60]}")
    reach = measure([one, other], office.population(day).table, day, service.vocabulary).pair(first, second)
    titles = one.title.in_language(language), other.title.in_language(language)
    counts = (reach.first_only, reach.both, reach.second_only)
    label = KINDS[found.kind].in_language(language)
    rows = [
        {
            "label": row.label.in_language(language),
            "same": row.same,
            "sides": [[text.in_language(language) for text in side] for side in (row.first, row.second)],
        }
        for row in clause_rows(one, other, service.vocabulary)
    ]
    return _page(
        request,
        service,
        office,
        "office_pair.html",
        ids=(first, second),
        titles=titles,
        kind=found.kind,
        label=label,
        reasons=[text.in_language(language) for text in found.reasons],
        drawing=venn(*counts, titles, f"{label}: {titles[0]} × {titles[1]}"),
        reach=tables.reach(counts, titles, language),
        rows=rows,
    )


@router.get("/office/gaps")
def gaps(request: Request, service: ServiceOf, office: OfficeOf) -> HTMLResponse:
    """Whom few schemes serve; instruments by level, stage and department."""
    from matcher.overlap.report import gap_rows, matrix_rows

    language, vocabulary = language_of(request, service), service.vocabulary
    found = office.gaps(service.today())
    rows = matrix_rows(found, vocabulary, language)
    return _page(
        request,
        service,
        office,
        "office_gaps.html",
        segments=gap_rows(found, language),
        matrix=rows,
        drawing=matrix(rows, translator(language)("支持方式、层级与阶段", "instruments by level and stage")),
        departments=tables.departments(found, vocabulary, language),
        commitments=_titles(service, found.commitments, language),
        nobody=_titles(service, found.nobody, language),
    )


@router.get("/office/simulate")
def simulate_form(
    request: Request, service: ServiceOf, office: OfficeOf, policy: Annotated[str, Query(max_length=100)] = ""
) -> HTMLResponse:
    """Choose a scheme, then change its figures."""
    return _simulation(request, service, office, policy, 200)


def _simulation(request: Request, service: Service, office: Office, policy: str, status: int, **values: object) -> HTMLResponse:
    language = language_of(request, service)
    chosen = service.catalogue.by_id.get(policy)
    shown: dict[str, Any] = {
        "error": "",
        "change": None,
        "summary": [],
        "histograms": [],
        "overlaps": [],
        "scenario": "",
        "choices": [(one.id, one.title.in_language(language)) for one in service.catalogue],
        "chosen": chosen.id if chosen else "",
        "inputs": form_inputs(chosen, service.vocabulary, language) if chosen else [],
        "conditions": removable(chosen, service.vocabulary, language) if chosen else [],
        "ticked": frozenset(),
        "against": "",
    }
    return _page(request, service, office, "office_simulate.html", status, **shown | values)


@router.post("/office/simulate")
async def simulate_result(request: Request, service: ServiceOf, office: OfficeOf) -> HTMLResponse:
    """Winners, losers, cost and overlaps of the figures given."""
    from starlette.concurrency import run_in_threadpool

    form = {name: str(value) for name, value in (await request.form(max_files=0, max_fields=500)).items()}
    language, day = language_of(request, service), service.today()
    chosen = _policy(service, form.get("policy", ""))
    inputs = [(name, label, form.get(name, value)) for name, label, value in form_inputs(chosen, service.vocabulary, language)]
    kept = {
        "inputs": inputs,
        "ticked": frozenset(name for name, value in form.items() if value),
        "against": form.get("against", ""),
    }
    try:
        scenario = scenario_of_form(chosen, form, service.vocabulary)
        draft = scenario_of_text(form.get("against", ""))
        outcome = await run_in_threadpool(office.simulate, scenario, draft, day)
    except ProblemError as error:
        return _simulation(request, service, office, chosen.id, error.status, error=error.detail, **kept)
    change = next(one for one in outcome.changes if one.scheme == chosen.id)
    return _simulation(
        request,
        service,
        office,
        chosen.id,
        200,
        **kept,
        change=change,
        summary=tables.change(change, language),
        histograms=[
            (
                service.vocabulary.fields[name].label.in_language(language),
                bars([(words.in_language(language), won, lost) for words, won, lost in rows], name),
                tables.histogram(rows, language),
            )
            for name, rows in change.histogram.items()
        ],
        overlaps=tables.moved(change, service.catalogue, language),
        scenario=json.dumps(scenario.as_json(), ensure_ascii=False, indent=1),
    )


@router.post("/office/scenario.json")
async def scenario_file(request: Request) -> Response:
    """The scenario of the page as a file."""
    form = await request.form(max_files=0, max_fields=5)
    scenario = scenario_of_text(str(form.get("scenario", "")))
    if scenario is None:
        raise ProblemError(422, "没有给出方案 / there is no scenario")
    body = json.dumps(scenario.as_json(), ensure_ascii=False, indent=1)
    return Response(body, media_type="application/json", headers=_attachment("scenario.json"))


@router.get("/office/report")
def report(request: Request, service: ServiceOf, office: OfficeOf) -> HTMLResponse:
    """Everything on one page, to be printed."""
    from matcher.overlap.report import gap_rows, matrix_rows, overlap_rows

    language, day = language_of(request, service), service.today()
    found, empty = office.survey(day), office.gaps(day)
    rows = matrix_rows(empty, service.vocabulary, language)
    listed = overlap_rows(found, service.catalogue.by_id, language)[: _REPORT_PAIRS + 1]
    return _page(
        request,
        service,
        office,
        "office_report.html",
        day=day,
        kinds=tables.kinds(found, language),
        overlaps=[[row[0], row[2], row[4], row[6], row[10]] for row in listed],
        faults=tables.faults(office.contradictions(day), service.catalogue, language),
        segments=gap_rows(empty, language),
        matrix=rows,
        drawing=matrix(rows, translator(language)("支持方式、层级与阶段", "instruments by level and stage")),
    )


@router.get("/office/export/{name}.{form}")
def export(request: Request, service: ServiceOf, office: OfficeOf, name: str, form: str) -> Response:
    """A table of these pages as csv or xlsx."""
    table = _table(service, office, name, language_of(request, service))
    notice = office.population(service.today()).notice
    if form == "csv":
        return Response(csv_bytes(table, notice), media_type="text/csv; charset=utf-8", headers=_attachment(f"{name}.csv"))
    if form != "xlsx":
        raise ProblemError(404, f"没有这种格式：{form[:20]}，请用 csv 或 xlsx / no such form: {form[:20]}, use csv or xlsx")
    try:
        return Response(xlsx_bytes({name: table}, notice), media_type=_XLSX, headers=_attachment(f"{name}.xlsx"))
    except ExportError as error:
        raise ProblemError(503, str(error)) from error


def _table(service: Service, office: Office, name: str, language: str) -> Table:
    from matcher.overlap.report import department_rows, gap_rows, matrix_rows, overlap_rows

    day, vocabulary = service.today(), service.vocabulary
    match name:
        case "overlaps":
            return overlap_rows(office.survey(day), service.catalogue.by_id, language)
        case "contradictions":
            return tables.faults(office.contradictions(day), service.catalogue, language)
        case "gaps":
            return gap_rows(office.gaps(day), language)
        case "matrix":
            return matrix_rows(office.gaps(day), vocabulary, language)
        case "departments":
            return department_rows(office.gaps(day), vocabulary, language)
    raise ProblemError(404, f"没有这张表：{name[:40]} / no such table: {name[:40]}")


def _attachment(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}

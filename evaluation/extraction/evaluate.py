"""Read a folder of pages and compare with its annotations."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from evaluation.extraction.pairing import pairs
from evaluation.extraction.scores import Score, benefit_key, compare, leaf_keys, shape
from policies.extract.extract import extract_document
from policies.extract.result import extraction_to_json
from policies.read.document import ReadError
from policies.read.reader import read_path

METADATA: Final = ("title", "document_no", "published", "effective_from", "effective_to")


class DataError(ValueError):
    """A data folder that cannot be measured, with the reason in both languages."""


@dataclass(slots=True)
class _Totals:
    metadata: dict[str, list[bool]] = field(default_factory=dict)
    issuers: Score = field(default_factory=Score)
    schemes: Score = field(default_factory=Score)
    conditions: Score = field(default_factory=Score)
    benefits: Score = field(default_factory=Score)
    instrument: list[bool] = field(default_factory=list)
    audience: list[bool] = field(default_factory=list)
    shape: list[bool] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)
    documents: list[dict[str, Any]] = field(default_factory=list)


def evaluate_folder(folder: Path) -> dict[str, Any]:
    """Figures for ``folder/html`` (or any readable files there) against ``folder/gold`` and ``folder/metadata.csv``.

    Raises:
        DataError: the folder holds no pages or no annotations.
    """
    pages = sorted(path for path in (folder / "html").glob("*") if path.is_file())
    gold = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted((folder / "gold").glob("*.json"))}
    table = _table(folder / "metadata.csv")
    if not pages or not (gold or table):
        raise DataError(
            f"{folder} 里没有 html/ 与 gold/，请检查 --data / {folder} holds no html/ with gold/ beside it; check --data"
        )
    totals = _Totals()
    for page in pages:
        wanted = gold.get(page.stem)
        stated = table.get(page.name)
        if wanted is None and stated is None:
            continue
        try:
            found = extraction_to_json(extract_document(read_path(page)))
        except ReadError as error:
            totals.errors.append({"document": page.name, "part": "reading", "found": error.message.en})
            found = {"document": dict.fromkeys((*METADATA, "issuers")), "schemes": []}
        _metadata(totals, page.name, found["document"], stated, wanted)
        if wanted is not None:
            _document(totals, page.name, wanted["schemes"], found["schemes"])
    return _report(totals)


def _table(path: Path) -> dict[str, dict[str, Any]]:
    if not path.exists():
        return {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    return {
        row["file"]: {
            key: None if value == "null" else value.split("；") if key == "issuers" else value for key, value in row.items()
        }
        for row in rows
    }


def _metadata(
    totals: _Totals, page: str, found: Mapping[str, Any], stated: Mapping[str, Any] | None, wanted: Mapping[str, Any] | None
) -> None:
    truth = {**(wanted or {}), **(stated or {})}
    for name in METADATA:
        if name in truth:
            right = truth[name] == found.get(name)
            totals.metadata.setdefault(name, []).append(right)
            if not right:
                totals.errors.append({"document": page, "part": name, "gold": truth[name], "found": found.get(name)})
    score, missed, wrong = compare(((b,) for b in truth.get("issuers") or ()), ((b,) for b in found.get("issuers") or ()))
    totals.issuers += score
    _differences(totals, page, "issuers", missed, wrong)


def _differences(totals: _Totals, page: str, part: str, missed: Iterable[Any], wrong: Iterable[Any], scheme: str = "") -> None:
    totals.errors.extend({"document": page, "scheme": scheme, "part": part, "missed": list(key)} for key in missed)
    totals.errors.extend({"document": page, "scheme": scheme, "part": part, "wrong": list(key)} for key in wrong)


def _document(totals: _Totals, page: str, gold: list[dict[str, Any]], found: list[dict[str, Any]]) -> None:
    chosen = pairs(gold, found)
    schemes = Score(len(chosen), len(gold) - len(chosen), len(found) - len(chosen))
    conditions, benefits, shapes = Score(), Score(), []
    empty: dict[str, Any] = {"conditions": {"all": []}, "benefits": []}
    lost = [(gold[i], empty) for i in range(len(gold)) if i not in {a for a, _ in chosen}]
    extra = [(empty, found[j]) for j in range(len(found)) if j not in {b for _, b in chosen}]
    for want, have in [*((gold[i], found[j]) for i, j in chosen), *lost, *extra]:
        name = str(want.get("name") or have.get("name"))
        score, missed, wrong = compare(leaf_keys(want["conditions"]), leaf_keys(have["conditions"]))
        conditions += score
        _differences(totals, page, "condition", missed, wrong, name)
        score, missed, wrong = compare(map(benefit_key, want["benefits"]), map(benefit_key, have["benefits"]))
        benefits += score
        _differences(totals, page, "benefit", missed, wrong, name)
        if want is not empty:
            shapes.append(have is not empty and shape(want["conditions"]) == shape(have["conditions"]))
        if want is not empty and have is not empty:
            for part in ("instrument", "audience"):
                right = want[part] == have[part]
                getattr(totals, part).append(right)
                if not right:
                    totals.errors.append(
                        {"document": page, "scheme": name, "part": part, "gold": want[part], "found": have[part]}
                    )
        elif have is empty:
            totals.errors.append({"document": page, "part": "scheme", "missed": name})
        else:
            totals.errors.append({"document": page, "part": "scheme", "wrong": name})
    totals.schemes += schemes
    totals.conditions += conditions
    totals.benefits += benefits
    totals.shape += shapes
    totals.documents.append(
        {
            "document": page,
            "schemes": round(schemes.f1, 3),
            "conditions": round(conditions.f1, 3),
            "benefits": round(benefits.f1, 3),
            "shape": _share(shapes),
        }
    )


def _share(values: list[bool]) -> float | None:
    return round(sum(values) / len(values), 4) if values else None


def _report(totals: _Totals) -> dict[str, Any]:
    return {
        "metadata": {name: _share(values) for name, values in totals.metadata.items()} | {"issuers": totals.issuers.as_json()},
        "schemes": totals.schemes.as_json(),
        "conditions": totals.conditions.as_json(),
        "benefits": totals.benefits.as_json(),
        "instrument": _share(totals.instrument),
        "audience": _share(totals.audience),
        "shape": _share(totals.shape),
        "documents": totals.documents,
        "errors": totals.errors,
    }

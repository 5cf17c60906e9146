"""Out and in again: the same bytes; and what other programs read."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from policies.catalogue import Catalogue, CatalogueError, starter_catalogue
from policies.changes import changes, policy_changes
from policies.codec import policy_from_json, policy_to_json, policy_to_line
from policies.completeness import POINTS, completeness
from policies.interchange import read_catalogue_file
from policies.interchange.feeds import VersionChanges, to_atom, to_ics
from policies.interchange.flat import COLUMNS, data_dictionary, to_csv
from policies.interchange.linked import to_jsonld
from policies.interchange.sheets import MAX_CELL, from_xlsx, to_xlsx
from policies.store.store import Store
from policies.vocabulary import Vocabulary
from tests.store.entries import entry


@pytest.mark.parametrize("form", ["jsonl", "xlsx"])
def test_export_import_export_is_byte_identical(form: str, tmp_path: Path) -> None:
    def export(store: Store) -> bytes:
        return store.catalogue().to_jsonl().encode() if form == "jsonl" else to_xlsx(store.catalogue())

    with Store(str(tmp_path / "a.db")) as store:
        store.add_catalogue("starter", starter_catalogue())
        store.publish()
        first = export(store)
    (tmp_path / f"x.{form}").write_bytes(first)
    with Store(str(tmp_path / "b.db")) as store:
        store.add_catalogue("x", read_catalogue_file(tmp_path / f"x.{form}"))
        store.publish()
        assert export(store) == first


def test_hard_texts_survive_the_spreadsheet() -> None:
    texts = ["=1+1", "'x", " 空格 ", "行一\n行二", "1", "2024-01-01", "TRUE", "长" * (MAX_CELL + 9), "emoji 🙂 ∈"]
    policies = tuple(entry(f"p{n}", title={"zh": text, "en": text}, notes=text) for n, text in enumerate(texts))
    again = from_xlsx(to_xlsx(Catalogue(policies, "x")), "x")
    assert list(map(policy_to_line, again)) == list(map(policy_to_line, policies))


def test_wrong_spreadsheets() -> None:
    with pytest.raises(CatalogueError, match="电子表格"):
        from_xlsx(b"no", "x")
    with pytest.raises(CatalogueError, match=r"row 3.*row 2"):
        from_xlsx(to_xlsx(Catalogue((entry("a"), entry("a")), "x")), "x")


def test_csv_and_its_dictionary(catalogue: Catalogue) -> None:
    rows = list(csv.DictReader(io.StringIO(to_csv(catalogue), newline="")))
    assert [row["id"] for row in rows] == [policy.id for policy in catalogue]
    assert [row["column"] for row in csv.DictReader(io.StringIO(data_dictionary()))] == list(COLUMNS) == list(rows[0])
    assert not [cell for row in rows for cell in row.values() if cell[:1] in "=+@" and cell]


def test_jsonld(catalogue: Catalogue, words: Vocabulary) -> None:
    graph = json.loads(to_jsonld(catalogue, words))["@graph"]
    assert len(graph) == len(catalogue)
    assert all("GovernmentService" in one["@type"] and one["name"] and one["areaServed"]["name"] for one in graph)
    known = {one["@id"] for one in graph}
    assert all(other["@id"] in known for one in graph for other in one.get("isRelatedTo", ()))


def test_calendar(catalogue: Catalogue) -> None:
    from icalendar import Calendar

    stamp = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
    body = to_ics(catalogue, stamp)
    events = list(Calendar.from_ical(body).walk("VEVENT"))
    ends = sum((p.effective_to is not None) + (p.application.closes is not None) for p in catalogue)
    assert len(events) == ends > 20
    assert len({str(event["uid"]) for event in events}) == ends
    assert to_ics(catalogue, stamp) == body


def test_a_change_is_told_condition_by_condition(words: Vocabulary) -> None:
    old = entry("a", benefits=[{"kind": "lump_sum", "amount_yuan": 8000}])
    data = policy_to_json(old) | {"title": "新名"}
    data["conditions"] = {"all": [
        {"field": "age", "op": "<=", "value": 40, "basis": "document"}, {"field": "other", "op": "==", "value": "在沪工作"},
    ]}  # fmt: skip
    data["benefits"] = [{"kind": "lump_sum", "amount_yuan": 10000}]
    new = policy_from_json(data)
    said = [one.sentence() for one in changes(old, new, words)]
    assert said[0] == "条件：年龄 ≤ 35 → 年龄 ≤ 40"
    assert said[1] == "新增条件：在沪工作"
    assert "8,000元" in said[2]
    assert "10,000元" in said[2]
    assert said[3] == "名称：测试补贴a → 新名"
    assert list(changes(old, old, words)) == []


def test_every_difference_is_told(catalogue: Catalogue, words: Vocabulary) -> None:
    """Two different policies under one id: whatever differs gives at least one change."""
    for one, other in zip(catalogue.policies, catalogue.policies[1:], strict=False):
        data = policy_to_json(one)
        for key, value in policy_to_json(other).items():
            if key not in ("id", "effective_from", "effective_to") and data.get(key) != value:
                changed = policy_from_json(data | {key: value})
                assert changed == one or list(changes(one, changed, words)), (one.id, key)


def test_atom(words: Vocabulary) -> None:
    old, new = entry("a"), entry("a", conditions={"all": [{"field": "age", "op": "<=", "value": 40}]})
    rows = [("a", policy_to_line(old), policy_to_line(new)), ("b", None, policy_to_line(entry("b")))]
    at = dt.datetime(2026, 11, 23, 8, tzinfo=dt.UTC)
    feed = ET.fromstring(to_atom("x", [VersionChanges(2, at, tuple(policy_changes(rows, words)))]))
    space = {"a": "http://www.w3.org/2005/Atom"}
    contents = [one.findtext("a:content", "", space) for one in feed.findall("a:entry", space)]
    assert "年龄 ≤ 35 → 年龄 ≤ 40" in contents[0]
    assert feed.findtext("a:updated", "", space) == "2026-11-23T08:00:00Z"


def test_completeness() -> None:
    assert round(sum(point.weight for point in POINTS), 9) == 1
    bare = completeness(entry("a"))
    assert {point.name for point in bare.missing} == {"deadline", "office", "telephone", "materials", "source"}
    full = entry(
        "b", effective_to="2027", notes="咨询电话：021-65416001", source={"kind": "official", "title": "通知"},
        application={"offices": ["市人社局"], "materials": ["营业执照"]},
    )  # fmt: skip
    assert completeness(full).score == 1.0
    assert completeness(full).missing == ()

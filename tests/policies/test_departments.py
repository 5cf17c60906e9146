"""Six departments' tables of really different shape, through their mappings into one catalogue."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.pair_model import shipped_pair_model
from policies.catalogue import Catalogue, starter_catalogue
from policies.condition import leaves
from policies.mapped import MappedTable, map_table
from policies.mapping import load_mapping
from policies.resolve.decide import PairResolver
from policies.store.records import Incoming, Received, SourceInfo
from policies.store.store import Store
from policies.validate import policy_issues
from policies.vocabulary import Vocabulary, vocabulary

FOLDER = Path(__file__).resolve().parents[1] / "fixtures" / "departments"
FILES = ("rsj.xlsx", "kw.csv", "tax.json", "gov.html", "tw.docx", "ip.csv")


@pytest.fixture(scope="module")
def tables() -> dict[str, MappedTable]:
    words = vocabulary()
    return {name: map_table((FOLDER / name).read_bytes(), load_mapping(Path(name.split(".")[0]), words), words) for name in FILES}


@pytest.fixture(scope="module")
def expected() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((FOLDER / "expected.json").read_text(encoding="utf-8"))
    return found


def test_every_row_becomes_a_record_and_no_text_is_lost(tables: dict[str, MappedTable], words: Vocabulary) -> None:
    assert {name: len(table.records) for name, table in tables.items()} == {
        "rsj.xlsx": 20, "kw.csv": 18, "tax.json": 16, "gov.html": 14, "tw.docx": 14, "ip.csv": 12,
    }  # fmt: skip
    for table in tables.values():
        assert table.issues == ()
        for record in table.records:
            assert [issue.message.zh for issue in record.issues] == []
            assert [issue.message.zh for issue in policy_issues(record.policy, words)] == []
            assert json.loads(record.raw)[0]["cells"]
            for leaf in leaves(record.policy.conditions):
                assert leaf.evidence is not None
                assert leaf.evidence.quote


def test_units_and_joined_rows(tables: dict[str, MappedTable]) -> None:
    loan = next(r.policy for r in tables["rsj.xlsx"].records if r.key.startswith("开办前创业贷款"))
    assert [(b.kind, b.amount_yuan, b.cap_yuan, b.rate, b.duration_months) for b in loan.benefits] == [
        ("rate", None, None, 0.5, None), ("cap", None, 200000, None, None), ("term", None, None, None, 12),
    ]  # fmt: skip
    award = next(r.policy for r in tables["gov.html"].records if r.key == "高新技术企业认定奖励")
    assert [(b.amount_yuan, b.when.zh if b.when else "") for b in award.benefits] == [
        (200000, "首次通过认定"), (30000, "期满重新认定"), (10000, "进入市培育库"),
    ]  # fmt: skip


def fill(store: Store, sources: tuple[str, ...], tables: dict[str, MappedTable], starter: Catalogue) -> None:
    for name in sources:
        if name == "starter":
            store.add_catalogue("starter", starter)
            continue
        mapping = load_mapping(Path(name.split(".")[0]), vocabulary())
        incoming = [Incoming(r.key, r.policy, r.raw, r.issues) for r in tables[name].records]
        source = SourceInfo(mapping.name, "table", mapping.title, mapping.level)
        store.add(source, incoming, Received(name, (FOLDER / name).read_bytes(), mapping.version))


def resolver() -> PairResolver:
    return PairResolver(shipped_pair_model(), vocabulary().regions)


DIGESTS: set[str] = set()


@given(order=st.permutations(("starter", *FILES)), at_once=st.booleans())
@settings(max_examples=12)
def test_any_order_twice_gives_the_same_catalogue(
    order: list[str], at_once: bool, tables: dict[str, MappedTable], tmp_path_factory: pytest.TempPathFactory
) -> None:
    starter = starter_catalogue()
    with Store(str(tmp_path_factory.mktemp("order") / "c.db")) as store:
        for name in order:
            fill(store, (name,), tables, starter)
            if not at_once:
                store.publish(resolver())
        first = store.publish(resolver())
        fill(store, tuple(reversed(order)), tables, starter)
        assert store.publish(resolver()) == first
        DIGESTS.add(first.digest)
    assert len(DIGESTS) == 1


def test_merged_as_expected(tables: dict[str, MappedTable], expected: list[dict[str, Any]], tmp_path: Path) -> None:
    with Store(str(tmp_path / "c.db")) as store:
        fill(store, ("starter", *FILES), tables, starter_catalogue())
        store.publish(resolver())
        home = {uid: policy.id for policy in store.catalogue() for uid in store.origin(policy.id)[0]}
        kinds = {issue.kind for _, issue in store.issues()}
    assert "conflicting_facts" in kinds
    scheme = {f"{row['file'].split('.')[0]}/{row['title']}": row for row in expected}
    assert set(scheme) < set(home)
    wanted = {(uid, row["starter"]) for uid, row in scheme.items() if row["relation"] == "duplicate" and row["starter"]}
    found = {(uid, home[uid]) for uid in scheme if not home[uid].startswith(tuple(f"{n.split('.')[0]}-" for n in FILES))}
    hits = len(wanted & found)
    assert 2 * hits / (len(wanted) + len(found)) >= 0.95
    apart = [uid for uid, row in scheme.items() if row["relation"] == "parent_local"]
    assert [uid for uid in apart if home[uid] == scheme[uid]["starter"]] == []

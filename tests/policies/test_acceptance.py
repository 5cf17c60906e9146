"""Accepted drafts as catalogue entries: valid, cited, published in one step."""

from __future__ import annotations

import datetime as dt
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from policies.acceptance import RATE_KIND_OF, draft_to_policy
from policies.catalogue import CatalogueError, load_catalogue, starter_catalogue
from policies.codec import policy_from_line, policy_to_line
from policies.condition import AnyOf, leaves
from policies.publish import change_catalogue
from policies.queue import QueueError, ReviewQueue
from policies.reviewer import NotPublishableError, Reviewer
from policies.schema import Policy
from policies.validate import policy_issues
from policies.vocabulary import vocabulary
from tests.policies.drafts import CHANGED, LATER, NOW, named, read
from tests.policies.sample import TEXT, TITLE

DAY = dt.date(2026, 11, 23)


@pytest.fixture
def queue(tmp_path: Path) -> ReviewQueue:
    made = ReviewQueue(tmp_path / "q.sqlite")
    read(made, tmp_path)
    return made


@pytest.fixture
def reviewer(queue: ReviewQueue, tmp_path: Path) -> Reviewer:
    return Reviewer(queue, vocabulary(), tmp_path / "out.jsonl")


def _scheme(**values: Any) -> dict[str, Any]:
    leaf = {"field": "employees", "op": ">=", "value": 3, "quote": "3人以上", "span": [0, 4]}
    plain: dict[str, Any] = {"kind": "scheme", "name": "奖励", "locator": "一", "instrument": "grant", "audience": "enterprise"}
    return plain | {"conditions": {"all": [leaf]}, "benefits": [], "once_only": True, "exclusive_with": []} | values


def _document(**values: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "title": "某办法",
        "issuers": ["杨浦区人社局"],
        "document_no": None,
        "region": "310110",
        "origin": "a.txt",
    }
    return plain | values


def _made(content: dict[str, Any], document: dict[str, Any] | None = None, **options: Any) -> tuple[Policy, set[str]]:
    found = draft_to_policy(content, document or _document(), vocabulary(), DAY, **options)
    assert found.policy is not None, found.issues
    assert policy_from_line(policy_to_line(found.policy)) == found.policy, "it survives the exchange form"
    return found.policy, {issue.kind for issue in found.issues}


def test_a_draft_becomes_a_valid_entry(queue: ReviewQueue) -> None:
    draft = named(queue, "房租补贴")
    policy, issues = _made(draft.content, draft.document)
    assert issues == set()
    assert policy_issues(policy, vocabulary()) == []
    assert policy.id.startswith("310110-")
    assert (policy.title.zh, policy.level, policy.region) == ("房租补贴", "district", "310110")
    assert policy.issuers == ("上海市杨浦区人力资源和社会保障局",)
    assert policy.document_no == "杨人社规〔2025〕3号"
    assert [d.text if d else None for d in (policy.issued, policy.effective_from, policy.effective_to)] == [
        "2025-06-20",
        "2025-07-01",
        "2027-06-30",
    ]
    assert (policy.status, policy.instrument, policy.reviewed) == ("in_force", "rent_subsidy", True)
    assert policy.source is not None
    assert (policy.source.kind, policy.source.url) == ("document", None)
    assert TITLE in str(policy.source.title)
    assert "notice.txt" in str(policy.source.title)
    for cited in (*leaves(policy.conditions), *policy.benefits):
        assert cited.evidence is not None
        assert cited.evidence.span is not None
        assert cited.evidence.basis == "document"
        assert draft.text[cited.evidence.span.start : cited.evidence.span.end] == cited.evidence.quote


def test_every_draft_of_every_sample_fits(queue: ReviewQueue) -> None:
    for draft in queue.drafts():
        policy, _ = _made(draft.content, draft.document)
        assert policy_issues(policy, vocabulary()) == []


@pytest.mark.parametrize(
    ("begin", "end", "status"),
    [
        ("2025-01-01", "2027-01-01", "in_force"),
        ("2025-01-01", None, "unknown"),
        ("2025-01-01", "2026-01-01", "unknown"),
        ("2027-01-01", "2028-01-01", "unknown"),
        (None, None, "unknown"),
    ],
)
def test_the_status_follows_from_the_dates(begin: str | None, end: str | None, status: str) -> None:
    assert _made(_scheme(), _document(effective_from=begin, effective_to=end))[0].status == status


def test_dates_that_contradict_are_left_out_and_told() -> None:
    policy, issues = _made(_scheme(), _document(effective_from="2026-01-01", effective_to="2025-01-01", signed="2025-02-30"))
    assert issues >= {"wrong_dates", "wrong_date"}
    assert (policy.effective_from, policy.effective_to, policy.issued) == (None, None, None)


@pytest.mark.parametrize(
    ("issuers", "region", "level"),
    [
        (["国务院办公厅"], "100000", "national"),
        (["上海市人社局"], "310000", "municipal"),
        (["杨浦区人社局"], "310110", "district"),
        (["广州市天河区住房建设和园林局"], "440106", "district"),
        (["广州市民政局"], "440100", "municipal"),
        ([], "310110", "district"),
    ],
)
def test_the_level_follows_from_the_issuers(issuers: list[str], region: str, level: str) -> None:
    policy, issues = _made(_scheme(), _document(issuers=issuers, region=region))
    assert policy.level == level
    assert ("no_issuer" in issues) is (issuers == [])
    assert all(vocabulary().department(name) in (name, None) for name in policy.issuers)


@pytest.mark.parametrize("instrument", ["interest_subsidy", "tax_relief", "guarantee", "grant", "rent_subsidy"])
def test_a_rate_without_a_kind_gets_one_by_the_instrument(instrument: str) -> None:
    benefits = [{"kind": "rate", "rate": 0.5, "quote": "50%", "span": [0, 3]}]
    policy, issues = _made(_scheme(instrument=instrument, benefits=benefits))
    assert policy.benefits[0].rate_kind == RATE_KIND_OF.get(instrument, "subsidy_share")
    assert issues & {"rate_kind_chosen", "rate_of_nothing"} == {"rate_kind_chosen"}


def test_every_kind_of_rate_chosen_is_in_the_vocabulary() -> None:
    words = vocabulary().terms
    assert set(RATE_KIND_OF) <= set(words["instrument"])
    assert {*RATE_KIND_OF.values(), "subsidy_share"} <= set(words["rate_kind"])


def test_a_leaf_that_cannot_be_tested_becomes_a_declared_condition() -> None:
    wrong = {"field": "hair_colour", "op": "==", "value": "red", "quote": "红头发", "span": [2, 5]}
    policy, issues = _made(
        _scheme(conditions={"any": [wrong, {"field": "age", "op": "<=", "value": "old", "quote": "x", "span": [0, 1]}]})
    )
    declared = [leaf for leaf in leaves(policy.conditions) if leaf.declared]
    assert [leaf.value for leaf in declared] == ["红头发", "x"]
    assert issues >= {"unknown_field", "wrong_value"}
    assert policy_issues(policy, vocabulary()) == []


def test_what_is_not_quoted_is_told() -> None:
    bare = {"all": [{"field": "employees", "op": ">=", "value": 3}]}
    _, issues = _made(_scheme(conditions=bare, benefits=[{"kind": "service"}]))
    assert "no_quote" in issues


def test_benefits_that_cannot_be_are_told() -> None:
    benefits = [
        {"kind": "service", "amount_yuan": 5, "quote": "q"},
        {"kind": "lump_sum", "amount_yuan": 5, "per": "cat", "quote": "q"},
    ]
    policy, issues = _made(_scheme(benefits=benefits))
    assert issues >= {"wrong_benefit", "unknown_term"}
    assert [(b.amount_yuan, b.per) for b in policy.benefits] == [(5, None)]


def test_audience_and_place_become_scope_conditions() -> None:
    policy, issues = _made(_scheme())
    scope = [leaf for leaf in leaves(policy.conditions) if leaf.evidence and leaf.evidence.basis == "scope"]
    assert [(leaf.field, leaf.value) for leaf in scope] == [("subject_type", ("enterprise",)), ("registered_region", "310110")]
    assert "scope_added" in issues
    person, _ = _made(_scheme(audience="individual"))
    assert any(isinstance(node, AnyOf) for node in person.conditions.children)  # type: ignore[union-attr]
    national, issues = _made(_scheme(audience="both"), _document(region="100000", issuers=["国务院"]))
    assert "scope_added" not in issues
    assert [leaf.field for leaf in leaves(national.conditions)] == ["employees"]


def test_how_and_when_to_apply() -> None:
    when = "申请时间：2025年8月11日至8月22日"
    policy, _ = _made(_scheme(apply_window=when, apply_where="区 人社局", exclusive_with=["房租补贴"]))
    asked = policy.application
    assert (asked.window, asked.offices) == ("period", ("区 人社局",))
    assert (asked.opens and asked.opens.text, asked.closes and asked.closes.text) == ("2025-08-11", "2025-08-22")
    assert asked.window_note is not None
    assert asked.window_note.zh == when
    assert "房租补贴" in policy.exclusions[0].zh
    for words, window in (
        ("全年受理", "year_round"),
        ("免申即享", "automatic"),
        ("每月10日前", "unknown"),
        ("2025年9月1日至8月1日", "unknown"),
    ):
        assert _made(_scheme(apply_window=words))[0].application.window == window


@pytest.mark.parametrize(
    ("origin", "kind", "linked"),
    [
        ("https://www.shyp.gov.cn/a.html", "official", True),
        ("https://example.com/a.html", "mirror", False),
        ("https://gov.cn.example.com/a", "mirror", False),
        ("a.docx", "document", False),
    ],
)
def test_only_official_addresses_are_linked(origin: str, kind: str, linked: bool) -> None:
    policy, issues = _made(_scheme(), _document(origin=origin))
    assert policy.source is not None
    assert (policy.source.kind, policy.source.url is not None) == (kind, linked)
    assert "unfit_link" not in issues


@pytest.mark.parametrize("region", [None, "999999", "nowhere"])
def test_without_a_region_there_is_no_entry_until_one_is_given(region: str | None) -> None:
    found = draft_to_policy(_scheme(), _document(region=region), vocabulary(), DAY)
    assert found.policy is None
    assert [issue.kind for issue in found.issues] == ["no_region" if region is None else "unknown_region"]
    assert _made(_scheme(), _document(region=region), region="310110")[0].region == "310110"


def test_ids_differ_by_document_and_stay_the_same() -> None:
    first, _ = _made(_scheme())
    assert _made(_scheme(benefits=[{"kind": "service", "quote": "q"}]))[0].id == first.id
    assert _made(_scheme(), _document(title="另一办法"))[0].id != first.id
    assert _made(_scheme(), _document(region="310000"))[0].id != first.id


def test_accepting_appends_and_replaces(reviewer: Reviewer, queue: ReviewQueue, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    change_catalogue(out, starter_catalogue().policies[0])
    done = reviewer.accept(named(queue, "房租补贴").id, NOW, "核对无误")
    again = reviewer.accept(done.draft.id, NOW, "再核对")
    found = load_catalogue(out)
    assert done.policy is not None
    assert again.policy is not None
    assert [policy.id for policy in found] == [starter_catalogue().policies[0].id, done.policy.id]
    assert found.policies[1].notes == again.policy.notes
    assert queue.draft(done.draft.id).policy_id == done.policy.id


def test_a_new_reading_keeps_the_entry_and_taking_it_back_restores_it(
    reviewer: Reviewer, queue: ReviewQueue, tmp_path: Path
) -> None:
    out = tmp_path / "out.jsonl"
    first = reviewer.accept(named(queue, "房租补贴").id, NOW).policy
    before = out.read_text(encoding="utf-8")
    read(queue, tmp_path, CHANGED.replace(TITLE, f"{TITLE}（修订）"), now=LATER)
    assert out.read_text(encoding="utf-8") == before, "reading again publishes nothing"
    beside = named(queue, "房租补贴", "changed")
    second = reviewer.accept(beside.id, LATER).policy
    assert first is not None
    assert second is not None
    assert (second.id, second.benefits[0].cap_yuan) == (first.id, 30000)
    assert len(load_catalogue(out)) == 1
    reviewer.reject(beside.id, LATER)
    assert load_catalogue(out).policies[0].benefits[0].cap_yuan == 20000
    reviewer.reject(first and named(queue, "房租补贴", "accepted").id, LATER)
    assert len(load_catalogue(out)) == 0


def test_a_draft_that_does_not_fit_changes_nothing(reviewer: Reviewer, queue: ReviewQueue, tmp_path: Path) -> None:
    text = (
        TEXT.replace("上海市杨浦区", "某单位").replace("杨浦区", "").replace("杨人社规〔2025〕3号\n", "").replace("本区", "当地")
    )
    read(queue, tmp_path, text, "nowhere.txt")
    draft = next(d for d in queue.drafts() if d.document.get("region") is None)
    with pytest.raises(NotPublishableError, match="no region"):
        reviewer.accept(draft.id, NOW)
    assert queue.draft(draft.id).state == "waiting"
    assert not (tmp_path / "out.jsonl").exists()
    assert reviewer.accept(draft.id, NOW, region="310110").policy is not None


def test_a_commitment_is_recorded_and_not_published(tmp_path: Path) -> None:
    queue = ReviewQueue(tmp_path / "c.sqlite")
    text = "关于推进大学城建设的实施意见\n一、总体目标\n到2027年，新建孵化器10个。\n二、重点任务\n支持高校毕业生创业，建设创业街区。区科委牵头。\n"
    read(queue, tmp_path, text, "plan.txt")
    draft = next(d for d in queue.drafts() if d.kind == "commitment")
    reviewer = Reviewer(queue, vocabulary(), tmp_path / "out.jsonl")
    assert reviewer.convert(draft, DAY).policy is None
    assert reviewer.accept(draft.id, NOW).draft.state == "accepted"
    assert not (tmp_path / "out.jsonl").exists()


def test_a_broken_catalogue_is_left_as_it_was(reviewer: Reviewer, queue: ReviewQueue, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    out.write_text("not json\n", encoding="utf-8")
    draft = named(queue, "房租补贴")
    with pytest.raises(CatalogueError):
        reviewer.accept(draft.id, NOW)
    assert out.read_text(encoding="utf-8") == "not json\n"
    assert queue.draft(draft.id).state == "waiting"
    queue.decide(draft.id, "accepted", None, NOW, "310110-1")
    with pytest.raises(CatalogueError):
        reviewer.reject(draft.id, NOW)
    assert queue.draft(draft.id).state == "accepted"
    with pytest.raises(QueueError):
        reviewer.accept("d-nothing", NOW)


def test_writing_is_atomic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out, policy = tmp_path / "out.jsonl", starter_catalogue().policies[0]
    change_catalogue(out, policy)
    out.chmod(0o640)
    before = out.read_bytes()

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", fail)
        with pytest.raises(CatalogueError, match="No space"):
            change_catalogue(out, starter_catalogue().policies[1])
    assert out.read_bytes() == before
    assert list(tmp_path.iterdir()) == [out], "no temporary file is left"
    change_catalogue(out, starter_catalogue().policies[1])
    assert stat.S_IMODE(out.stat().st_mode) == 0o640


def test_entries_put_in_at_once_are_all_there(tmp_path: Path) -> None:
    out, first = tmp_path / "out.jsonl", starter_catalogue().policies[0]
    policies = [replace(first, id=f"x-{n}") for n in range(24)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda policy: change_catalogue(out, policy), policies))
    assert {policy.id for policy in load_catalogue(out)} == {policy.id for policy in policies}

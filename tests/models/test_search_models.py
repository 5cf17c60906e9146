"""Lexical search, the combination, the store of vectors and the ranker."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("bm25s")
pytest.importorskip("rjieba")

from models.hybrid import Hybrid, words_before
from models.lexical import Bm25, Cutter, pairs, without_asking
from models.meaning import MeaningSpace
from models.ranker import Ranker, RankerError, ranker_from_json
from models.store import StrangerError, build, load
from tests.tiny_encoder import TinyEncoder

TEXTS = ["创业担保贷款最高50万元", "高校毕业生租房补贴", "企业研发费用加计扣除", "创业场地房租补贴，每年最高1万元"]


def test_pairs_and_words() -> None:
    assert pairs("租房补贴ABC 2026") == ["租房", "房补", "补贴", "abc", "2026"]
    assert "揭榜挂帅" in Cutter(["揭榜挂帅"])("申报揭榜挂帅项目")
    assert without_asking("创业补贴有哪些？").strip(" ？") == "创业补贴有"
    assert without_asking("怎么") == "怎么"


def test_bm25_prefers_more_overlap_and_gives_zero_without() -> None:
    index = Bm25(TEXTS, pairs)
    assert index.scores("房租补贴").argmax() == 3
    assert index.scores("zzz").tolist() == [0, 0, 0, 0]
    share = index.coverage("创业担保贷款")
    assert 0 <= share.min() <= share.max() <= 1
    assert Bm25([], pairs).scores("x").shape == (0,)
    assert Bm25(["", "。"], pairs).scores("贷款").tolist() == [0, 0]


def test_an_index_says_nothing_of_its_building(caplog: pytest.LogCaptureFixture) -> None:
    Bm25(TEXTS, pairs)
    assert not caplog.records


@pytest.mark.parametrize("encoder", [None, TinyEncoder()])
def test_hybrid_with_and_without_meaning(encoder: TinyEncoder | None) -> None:
    meaning = MeaningSpace(encoder.encode_passages(TEXTS), encoder) if encoder else None
    found = Hybrid(TEXTS, [0, 1, 2, 2], meaning).search("研发费用加计扣除")
    assert found.combined.argmax() == 2
    assert found.document[2] == found.document[3]
    assert (found.dense.any()) is np.bool_(encoder is not None)


def test_words_of_the_title_are_not_a_passages_own() -> None:
    title = "某市创业扶持办法"
    texts = [f"{title} 租金按半数补", f"{title} 创业扶持贷款"]
    own = Bm25(texts, pairs, [title, title], k1=0.0, b=0.0)
    assert own.coverage("创业扶持").tolist() == [0, 0]
    assert own.coverage("创业贷款").argmax() == 1
    found = Hybrid(texts, [0, 0], contexts=[title, title]).search("创业扶持租金")
    assert found.own[0] > found.own[1] == 0
    assert found.combined.argmax() == 0
    assert not Hybrid(texts, [0, 0]).search("租金").own.any()


def test_a_heading_at_the_end_of_a_passage_finds_the_one_after_it() -> None:
    bodies = [
        "总则。本办法自印发之日起施行。四、复工审批材料",
        "1.申请表；2.承诺书；3.员工名册。",
        "五、附则。由本局解释。",
        "复工审批材料另文规定。",
    ]
    before = words_before(bodies, [0, 0, 0, 1])
    assert before[0] == ""
    assert before[1].endswith("四、复工审批材料")
    assert before[3] == ""
    plain, led = Hybrid(bodies[:3], [0, 0, 0]), Hybrid(bodies[:3], [0, 0, 0], before=before[:3])
    query = "复工审批要什么材料"
    assert plain.search(query).coverage[1] == 0
    assert led.search(query).coverage[1] > 0
    assert led.search(query).lexical.tolist() == plain.search(query).lexical.tolist()


@pytest.mark.parametrize(
    ("ending", "led"),
    [
        ("正文。四、复工审批材料", "四、复工审批材料"),
        ("正文。（二）疑似人员的处置流程\n", "（二）疑似人员的处置流程"),
        ("正文。三是规范资金用途。", "三是规范资金用途。"),
        ("正文。问：哪些企业可以申请？", "问：哪些企业可以申请？"),
        ("正文。申请材料如下：", "申请材料如下："),
        ("正文。由市财政局负责解释。", ""),
        ("一、总则。本办法自印发之日起施行。", ""),
        ("", ""),
        ("长" * 200, "长" * 80),
    ],
)
def test_only_what_leads_to_the_next_passage_is_taken_over(ending: str, led: str) -> None:
    assert words_before([ending, "下一段"], [0, 0])[1] == led
    assert words_before([ending, "下一段"], [0, 1])[1] == ""
    assert words_before([], []) == []


def test_likeness_never_lowers_a_place() -> None:
    pytest.importorskip("sklearn")
    from models.ranker import fit_ranker

    generator = np.random.default_rng(3)
    queries = []
    for _ in range(30):
        likeness = generator.random(12)
        # the second feature is the first with noise: freely fitted, one of them would be negative
        features = np.stack([likeness, likeness * 0.9 + generator.random(12) * 0.02, generator.random(12)], axis=1)
        queries.append((features, (likeness > 0.7).astype(np.int64)))
    ranker = fit_ranker(("a", "b", "c"), queries, signs={"a": 1, "b": 1, "c": -1})
    assert ranker.weights[0] >= 0
    assert ranker.weights[1] >= 0
    assert ranker.weights[2] <= 0
    assert ranker.weights[:2].sum() > 0


def test_a_store_refuses_strangers(tmp_path: Path) -> None:
    encoder, folder = TinyEncoder(), tmp_path / "index"
    keys = ["a", "b", "c", "d"]
    made = build(folder, "v1", encoder, keys, TEXTS)
    assert np.array_equal(load(folder, "v1", encoder, keys), made)
    for catalogue, other, wanted in (("v2", encoder, keys), ("v1", TinyEncoder("x"), keys), ("v1", encoder, keys[:3])):
        with pytest.raises(StrangerError, match="another catalogue or encoder"):
            load(folder, catalogue, other, wanted)
    (folder / "vectors.npy").write_bytes(b"broken")
    with pytest.raises(StrangerError, match="damaged"):
        load(folder, "v1", encoder, keys)
    with pytest.raises(StrangerError, match="no usable"):
        load(tmp_path / "none", "v1", encoder, keys)


def test_a_rebuild_encodes_only_what_is_new(tmp_path: Path) -> None:
    class Counting(TinyEncoder):
        def __init__(self) -> None:
            super().__init__()
            self.seen: list[str] = []

        def encode_passages(self, texts):  # type: ignore[no-untyped-def]
            self.seen.extend(texts)
            return super().encode_passages(texts)

    encoder = Counting()
    build(tmp_path / "i", "v1", encoder, ["a", "b"], TEXTS[:2])
    encoder.seen.clear()
    found = build(tmp_path / "i", "v2", encoder, ["b", "c"], [TEXTS[1], TEXTS[2]])
    assert encoder.seen == [TEXTS[2]]
    assert np.allclose(found, encoder.encode_passages([TEXTS[1], TEXTS[2]]))
    assert [path.name for path in tmp_path.iterdir()] == ["i"]


def test_the_parts_of_a_score_add_up_and_strangers_are_refused() -> None:
    ranker = Ranker(("a", "b"), np.array([1.0, -2.0]))
    table = np.array([[1.0, 2.0], [3.0, 0.5]])
    assert ranker.parts(table).sum(axis=1) == pytest.approx(ranker.scores(table))
    text = ranker.to_json({"seed": 0})
    assert ranker_from_json(text, ("a", "b")).weights.tolist() == [1.0, -2.0]
    for wrong in (text.replace('"a"', '"z"'), "{}", json.dumps({"form": 1, "weights": [], "fit": []})):
        with pytest.raises(RankerError):
            ranker_from_json(wrong, ("a", "b"))

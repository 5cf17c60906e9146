"""Words mistyped by sound: what is mended, and what must not be."""

from __future__ import annotations

import pytest

pytest.importorskip("pypinyin")
pytest.importorskip("rjieba")

from hypothesis import given
from hypothesis import strategies as st

from matcher.retrieve.homophones import Homophones, Mended
from models.lexical import cut_apart

TEXTS = ["创业担保贷款最高50万元", "高校毕业生租房补贴", "公租房申请", "科技小巨人企业", "退伍军人创业", "杨浦区", "闵行区"]
WORDS = ["创业", "担保", "贷款", "补贴", "公租房", "小巨人", "科技小巨人", "退伍军人", "杨浦", "高新技术", "计划", "合同", "租房"]


@pytest.fixture(scope="module")
def words() -> Homophones:
    return Homophones(TEXTS, WORDS, cut_apart)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("创页补帖", "创业补贴"),
        ("公祖房怎么申请", "公租房怎么申请"),
        ("推伍军人开店", "退伍军人开店"),
        ("杨蒲有什么", "杨浦有什么"),
        ("高欣技术企业认定", "高新技术企业认定"),
        ("科技小居人", "科技小巨人"),
        ("单保 利息", "担保 利息"),
    ],
)
def test_the_right_sound_is_read_as_the_right_word(words: Homophones, typed: str, meant: str) -> None:
    assert words.mend(typed)[0] == meant


@pytest.mark.parametrize(
    "text",
    [
        "创业担保贷款",  # as it stands in the catalogue
        "和同济大学合作",  # chance neighbours of words of the dictionary
        "闵行有补贴吗",  # a place
        "how to get a loan 50w",
        "",
        "我七十了替孙子问他在国外认识的媳妇是法国人说以后自己画画不知道算不算数",  # a story: two chance characters are left
    ],
)
def test_what_is_right_or_uncertain_is_left(words: Homophones, text: str) -> None:
    assert words.mend(text) == (text, ())


def test_what_was_mended_is_told(words: Homophones) -> None:
    assert words.mend("公祖房")[1] == (Mended("公祖房", "公租房"),)


@given(st.text(alphabet="创业页补贴帖公租祖房的有吗，a1 担单保", max_size=20))
def test_only_sounds_are_kept_and_a_second_reading_finds_nothing_longer(text: str) -> None:
    found = Homophones(TEXTS, WORDS, cut_apart)
    mended, told = found.mend(text)
    assert len(mended) == len(text)
    assert (mended == text) is (not told)
    for one in told:
        assert len(one.typed) == len(one.meant)
        assert one.typed in text
        assert one.meant in mended

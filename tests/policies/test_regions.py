"""Divisions: hierarchy, old names, short forms, ambiguous names."""

import pytest

from policies.vocabulary import Vocabulary


def test_counts(words: Vocabulary) -> None:
    levels: dict[str, int] = {}
    for region in words.regions:
        if not region.successor:
            levels[region.level] = levels.get(region.level, 0) + 1
    assert levels["province"] == 34
    assert 330 <= levels["city"] <= 340
    assert 2800 <= levels["district"] <= 2900
    assert levels["subdistrict"] == 12
    assert len(words.regions.children("310110")) == 12 + 5
    assert len([r for r in words.regions.children("310000") if r.level == "district"]) == 16


def test_every_parent_and_successor_exists(words: Vocabulary) -> None:
    for region in words.regions:
        assert region.level == "nation" or region.parent in words.regions, region.code
        assert not region.successor or region.successor in words.regions, region.code
        assert words.regions.path(region.code)[-1] == "100000", region.code


PLACES = [
    ("310110", ("310110",)),
    ("杨浦", ("310110",)),
    ("杨浦区", ("310110",)),
    ("上海市杨浦区", ("310110",)),
    ("上海杨浦", ("310110",)),
    ("沪", ("310000",)),
    ("闸北区", ("310106",)),
    ("南汇区", ("310115",)),
    ("崇明县", ("310151",)),
    ("五角场街道", ("310110019",)),
    ("临港新片区", ("310115-lingang",)),
    ("全国", ("100000",)),
    ("东莞", ("441900",)),
    ("天河区", ("440106",)),
    ("火星", ()),
    ("", ()),
]


@pytest.mark.parametrize(("text", "codes"), PLACES)
def test_find(text: str, codes: tuple[str, ...], words: Vocabulary) -> None:
    found = words.regions.find(text)
    assert found == codes or (text == "临港新片区" and len(found) == 1 and found[0].startswith("310115-"))


def test_a_shared_name_is_settled_by_what_is_near(words: Vocabulary) -> None:
    assert len(words.regions.find("鼓楼区")) > 2
    assert words.regions.find("鼓楼区", near="320100") == ("320106",)
    assert words.regions.find("鼓楼区", near="320105") == ("320106",)


WITHIN = [
    ("310110", "310000", True),
    ("310110", "100000", True),
    ("310110019", "310000", True),
    ("310108", "310106", True),
    ("310106", "310108", True),
    ("310000", "310110", False),
    ("441900", "440000", True),
    ("440171", "440100", True),  # an unlisted development zone lies in its city by its digits
    ("330110", "330000", True),
]


@pytest.mark.parametrize(("inner", "outer", "expected"), WITHIN)
def test_within(inner: str, outer: str, expected: bool, words: Vocabulary) -> None:
    assert words.regions.within(inner, outer) is expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [("310110", "310000", True), ("310000", "310110", True), ("310110", "310110", True), ("310110", "310115", False)],
)
def test_nested_either_way(one: str, other: str, expected: bool, words: Vocabulary) -> None:
    assert words.regions.nested(one, other) is expected


def test_names(words: Vocabulary) -> None:
    assert words.regions.name("310110") == "上海市杨浦区"
    assert words.regions.name("440106") == "广东省广州市天河区"
    assert words.regions.name("310110", "en") == "Yangpu District"
    assert words.regions.name("100000") == "全国"
    assert not words.regions.is_code("999999")
    assert words.regions.is_code("440171")

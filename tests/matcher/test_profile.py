"""Reading profiles: every error at once, nearest names, what counts as unknown."""

import datetime as dt
from typing import Any

import pytest

from matcher.profile import ProfileError, profile_from_bytes, profile_from_json, profile_from_text
from policies.vocabulary import Vocabulary
from tests.conftest import TODAY


def errors(data: Any, words: Vocabulary) -> dict[str, str]:
    with pytest.raises(ProfileError) as caught:
        profile_from_json(data, words, TODAY)
    return {error.field: f"{error.message.zh} / {error.message.en}" for error in caught.value.errors}


def test_types(words: Vocabulary) -> None:
    data = {"employees": 12, "is_founder": False, "birth_date": "1990-05-01", "groups": ["海归"], "registered_region": "上海市杨浦区",
            "industry": "65", "gender": "女", "education": "本科"}  # fmt: skip
    values = profile_from_json(data, words, TODAY).values
    assert dict(values) == {
        "employees": 12.0, "is_founder": False, "birth_date": dt.date(1990, 5, 1), "groups": frozenset({"留学回国人员"}),
        "registered_region": "310110", "industry": "I65", "gender": "female", "education": "bachelor",
    }  # fmt: skip


def test_absent_null_and_nan_are_unknown_and_an_empty_list_is_not(words: Vocabulary) -> None:
    profile = profile_from_json({"employees": None, "annual_revenue": float("nan"), "groups": []}, words, TODAY)
    assert dict(profile.values) == {"groups": frozenset()}


def test_every_error_at_once(words: Vocabulary) -> None:
    found = errors({"emploees": 3, "employees": -3, "is_founder": "yes", "birth_date": "2027-01-01", "groups": "退役军人"}, words)
    assert list(found) == ["emploees", "employees", "is_founder", "birth_date", "groups"]
    assert "employees" in found["emploees"]
    assert "-3" in found["employees"]
    assert "2027-01-01" in found["birth_date"]
    assert "[]" in found["groups"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("employees", "12"), ("employees", True), ("employees", [1]), ("employees", 1e400), ("employees", 10**400), ("age", -1),
        ("age", 200), ("rd_expense_ratio", -0.1), ("is_founder", 1), ("birth_date", "1990"), ("birth_date", "1990-13-01"),
        ("birth_date", 19900101), ("birth_date", "1890-01-01"), ("gender", "x"), ("gender", ""), ("gender", ["female"]),
        ("registered_region", "火星"), ("registered_region", 310110), ("industry", "ZZ"), ("industry", 65),
        ("groups", "退役军人"), ("groups", [1]), ("groups", ["x"] * 501), ("founded_on", "2030-01-01"),
    ],
)  # fmt: skip
def test_wrong_values(field: str, value: Any, words: Vocabulary) -> None:
    found = errors({field: value}, words)
    assert list(found) == [field]
    chinese, english = found[field].split(" / ", 1)
    assert any("一" <= c <= "鿿" for c in chinese)
    assert english


def test_graduation_may_lie_ahead(words: Vocabulary) -> None:
    assert profile_from_json({"graduated_on": "2027-06-30"}, words, TODAY).values["graduated_on"] == dt.date(2027, 6, 30)


def test_an_ambiguous_place_lists_the_candidates(words: Vocabulary) -> None:
    found = errors({"registered_region": "鼓楼区"}, words)
    assert "南京" in found["registered_region"]
    assert "福州" in found["registered_region"]


def test_not_an_object(words: Vocabulary) -> None:
    for data in (None, [], "x", 3):
        assert list(errors(data, words)) == [""]


@pytest.mark.parametrize(
    ("body", "hint"),
    [(b'{"age": 3', "line 1"), (b"\xff\xfe", "UTF-8"), (b"[" * 100_000, "deep"), (b"", "line 1")],
)
def test_broken_json(body: bytes, hint: str, words: Vocabulary) -> None:
    with pytest.raises(ProfileError, match=hint):
        profile_from_bytes(body, words, TODAY)


def test_byte_order_mark(words: Vocabulary) -> None:
    assert profile_from_bytes(b'\xef\xbb\xbf{"age": 30}', words, TODAY).values == {"age": 30.0}


def test_round_trip(words: Vocabulary) -> None:
    data = {"age": 30, "groups": ["残疾人", "退役军人"], "birth_date": "1990-05-01", "is_founder": True, "rd_expense_ratio": 0.05}
    assert profile_from_json(data, words, TODAY).as_json() == data


TEXTS: list[tuple[str, str | list[str], Any]] = [
    ("employees", " 12 ", 12.0),
    ("employees", "1,200人", 1200.0),
    ("annual_revenue", "300万", 3_000_000.0),
    ("annual_revenue", "1.5亿元", 150_000_000.0),
    ("annual_revenue", "2 000 000", 2_000_000.0),
    ("annual_revenue", "1千万", 10_000_000.0),
    ("rd_expense_ratio", "5%", 0.05),
    ("rd_expense_ratio", "5.5％", 0.055),
    ("rd_expense_ratio", "0.05", 0.05),
    ("is_founder", "是", True),
    ("is_founder", "否", False),
    ("is_founder", "true", True),
    ("birth_date", "1990/5/1", dt.date(1990, 5, 1)),
    ("birth_date", "1990年5月1日", dt.date(1990, 5, 1)),
    ("groups", "海归、退役军人", frozenset({"留学回国人员", "退役军人"})),
    ("groups", ["残疾人", "退役军人"], frozenset({"残疾人", "退役军人"})),
    ("groups", "无", frozenset()),
    ("groups", ["无"], frozenset()),
    ("registered_region", "杨浦", "310110"),
    ("gender", "女", "female"),
]


@pytest.mark.parametrize(("field", "text", "value"), TEXTS)
def test_texts(field: str, text: str | list[str], value: Any, words: Vocabulary) -> None:
    assert profile_from_text({field: text}, words, TODAY).values == {field: value}


@pytest.mark.parametrize("text", ["", "  ", "不知道", "不清楚", "NaN"])
def test_texts_for_unknown(text: str, words: Vocabulary) -> None:
    row: dict[str, str | list[str]] = {"employees": text, "groups": text, "is_founder": text, "gender": text, "birth_date": text}
    assert profile_from_text(row, words, TODAY).values == {}


@pytest.mark.parametrize(
    ("field", "text"),
    [("employees", "很多"), ("employees", "10-20"), ("employees", "5%"), ("is_founder", "也许"), ("birth_date", "昨天"),
     ("birth_date", "2025-02-30"), ("groups", ["无", "残疾人"]), ("gender", ["female", "male"]), ("rd_expense_ratio", "5000%%")],
)  # fmt: skip
def test_wrong_texts(field: str, text: str | list[str], words: Vocabulary) -> None:
    with pytest.raises(ProfileError) as caught:
        profile_from_text({field: text, "nosuch": "1"}, words, TODAY)
    assert [error.field for error in caught.value.errors] == ["nosuch", field] or {e.field for e in caught.value.errors} == {
        field,
        "nosuch",
    }

"""Quantities in policy language: a number, its unit and the direction of the words around it.

``最高不超过三百万元`` is at most 3,000,000 yuan; ``35周岁以下（含）`` at most 35 years;
``2000万元（含）至4亿元`` a range. Document numbers, dates, addresses and article numbers are
masked first, so that ``〔2023〕12号`` is never a quantity.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from policies.extract.numbers import ARABIC, HAN_NUMBER, parse_number, plain_digits, ratio_of

MONTHS_A_YEAR: Final = 12

_BEFORE: Final = (
    (
        "<=",
        "最高不超过|最多不超过|最长不超过|不得超过|不得高于|不能超过|不会超过|不超过|不高于|不多于|不大于|不晚于|最高可达|最高为|最高可|最高|最多|最长|上限为|上限|封顶|至多|未超过|控制在|不超",
    ),
    (">=", "不得低于|不得少于|不低于|不少于|不短于|不小于|至少|最低为|最低|最少|起点为|已满|年满|超过或等于|达到|达|满"),
    ("<", "不足|未满|不满|低于|少于|小于|未达到|未达|不到"),
    (">", "超过|高于|多于|大于|超出|超"),
)
_AFTER: Final = (
    (">=", "及其以上|及以上|或以上|（含）以上|以上（含本数）|以上（含）|以上|或更高|起"),
    ("<=", "及其以下|及以下|或以下|（含）以下|以下（含本数）|以下（含）|以下|以内（含）|以内|之内|内|封顶|为上限|为限"),
)
_BEFORE_WORDS: Final = re.compile("(?:" + "|".join(words for _, words in _BEFORE) + r")(?:的|为|到|至|人民币)?\s*$")
_AFTER_WORDS: Final = re.compile(
    r"\s*(?:的)?(?:" + "|".join(re.sub(r"（", r"[（(]", re.sub(r"）", r"[）)]", words)) for _, words in _AFTER) + ")"
)
_FAR: Final = re.compile(r"(不超过|不高于|不低于|不少于|不得低于|不得超过)[^，。；\d]{2,16}的$")
"""Direction words that stand before what a share is of: 不低于当地最低工资标准的80%."""
_EXCLUSIVE: Final = re.compile(r"\s*[（(]\s*不含(?:本数|\d+\S{0,4})?\s*[）)]")
_INCLUSIVE: Final = re.compile(r"\s*[（(]\s*(?:均?含|包含)\s*(?:本数|[\d.]+\s*\S{0,4})?\s*[）)]")

_DIRECTION_BEFORE: Final = {word: bound for bound, words in _BEFORE for word in words.split("|")}
_DIRECTION_AFTER: Final = {word: bound for bound, words in _AFTER for word in words.split("|")}

_SCALE: Final = r"(?:\s*(?:百万|千万|[百千]?万|亿|千|百))"
_VALUE: Final = rf"(?:{ARABIC}{_SCALE}?|{HAN_NUMBER}{{1,12}})"
_RATIO: Final = (
    rf"(?:百分之{HAN_NUMBER}+(?:点{HAN_NUMBER}+)?|千分之{HAN_NUMBER}+|{HAN_NUMBER}+分之{HAN_NUMBER}+|\d+(?:\.\d+)?\s*[%‰]"
    rf"|\d{{1,2}}/\d{{1,2}}(?!\d)|(?:\d+(?:\.\d+)?|{HAN_NUMBER}+(?:点{HAN_NUMBER}+)?)\s*个百分点|\d+\s*(?:个?基点|BP\b)|[一二三四五六七八九]折|\d(?:\.\d)?折)"
)

UNITS: Final = (
    ("yuan", r"元(?:人民币|整)?", 1.0),
    ("age", r"周岁|岁", 1.0),
    ("months", r"个月|个自然月", 1.0),
    (
        "years",
        r"个?(?:完整)?(?:自然|会计|财务)?年度|年(?!\s*[\d一二三四五六七八九十]{1,2}\s*月|报|审|检|度(?!内)|薪|均|级|来|底|初|末|代)|周年",
        1.0,
    ),
    ("days", r"个?工作日|个自然日|日(?!均|常|起|前|至)|天", 1.0),
    ("people", r"名|人(?!民|才|数|均|员|以?下简称|力|身|社)|个人", 1.0),
    ("m2", r"平方米|㎡|平米|m2", 1.0),
    ("items", r"件|项(?!目)|个(?!月|人|百|工|体|自|完|会|年|基)|家|套|篇|台|张", 1.0),
    ("times", r"次", 1.0),
    ("fold", r"倍", 1.0),
    ("points", r"分(?!之|别|钟|支|公|类|期|享|散|析|配|红|局|担|段|档|批|级|布|为|数)", 1.0),
)
"""Unit, pattern and factor. Time in months is converted by whoever needs it."""

_UNIT_PATTERN: Final = "|".join(f"(?P<{name}>{pattern})" for name, pattern, _ in UNITS)
_DASH: Final = r"\s*(?:[-—－–~～―]+|至|到)\s*"
_NOTE: Final = r"(?:\s*[（(]\s*不?含(?:本数)?\s*[）)])?"
_MIDDLE: Final = r"(?:元|万元|亿元|周岁|岁|个月|年|人|名|%|㎡|平方米)?"

_QUANTITY: Final = re.compile(
    rf"(?P<low>{_VALUE}){_MIDDLE}{_NOTE}{_DASH}(?P<high>{_VALUE})\s*(?:{_UNIT_PATTERN.replace('(?P<', '(?P<r_')})"
    rf"|(?P<ratio_low>{_RATIO})\s*{_NOTE}{_DASH}(?P<ratio_high>{_RATIO})"
    rf"|(?P<ratio>{_RATIO})"
    rf"|(?P<value>{_VALUE}|半|几)(?:余|多)?\s*(?:{_UNIT_PATTERN})"
)
_MASKS: Final = re.compile(
    r"[\u4e00-\u9fff]{0,8}[〔【\[（(［]\s*(?:19|20)\d{2}\s*[〕】\]）)］]\s*第?\s*\d+\s*号"
    r"|第\s*[\d一二三四五六七八九十百]+\s*(?:号|条|款|项|章|届|批|期|次|类|季度|名|个|年)"
    r"|https?://[\w./#?&=%:-]+|[\w.-]+@[\w.-]+|\d{3,4}-\d{7,8}"
    r"|(?:19|20)\d{2}\s*年(?:度)?(?:\s*\d{1,2}\s*月(?:份)?(?:\s*\d{1,2}\s*日)?)?(?:底|初|末)?"
    r"|[〇零一二]{1,2}[〇零一二三四五六七八九]{2,3}年(?:[一二三四五六七八九十]{1,3}月(?:[一二三四五六七八九十]{1,3}日)?)?"
    r"|\d{1,2}\s*月\s*\d{1,2}\s*日|(?:19|20)\d{2}[.\-/]\d{1,2}[.\-/]\d{1,2}|(?<!\d)\d{1,2}月(?:份|底|初|前|起|至)"
    r"|[上下同近前每这那](?:一|1)年(?!以|内|半)|一次性|统一|唯一|第一|专一|单一|一并|一致|一定|一律|一般|一种|一类|(?<!分)之一|一站|一网|一键|一级|二级|三级|四级|一等|二等|三等|一项|十佳|百强|千人计划|万人计划|五险一金|三证合一|一方面|一批|逐一|万众|千方百计|六税两费|两年一签"
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number as read: ``low`` to ``high`` of ``unit``, bounded as ``bound`` says.

    Attributes:
        low, high: the value; the same for a single number.
        unit: a name in :data:`UNITS`, or ``ratio``.
        bound: ``==``, ``<=``, ``>=``, ``<``, ``>`` or ``range``.
        start, end: the words in the text, direction words included.
        value_start: where the number itself begins.
    """

    low: float
    high: float
    unit: str
    bound: str
    start: int
    end: int
    value_start: int

    @property
    def months(self) -> float:
        """A length of time in months."""
        return self.high * {"years": MONTHS_A_YEAR, "months": 1, "days": 1 / 30}.get(self.unit, 1)


def masked(text: str) -> str:
    """``text`` with everything that holds digits but no quantity replaced by ``□``, same length."""
    plain = plain_digits(text)
    return _MASKS.sub(lambda found: "□" * len(found.group()), plain)


def quantities(text: str) -> tuple[Quantity, ...]:
    """Every quantity in ``text``, left to right, with the direction its neighbours give it."""
    plain = masked(text)
    found: list[Quantity] = []
    at = 0
    while (match := _QUANTITY.search(plain, at)) is not None:
        read = _read(match)
        at = match.end()
        if read is None:
            at = match.start() + 1
            continue
        low, high, unit = read
        bound, start, end = _direction(plain, match, is_range=low != high, after_last=found[-1].end if found else 0)
        found.append(Quantity(low, high, unit, bound, start, end, match.start()))
        at = max(at, end)
    return tuple(found)


def _read(match: re.Match[str]) -> tuple[float, float, str] | None:
    groups = match.groupdict()
    if groups["ratio"] is not None:
        value = ratio_of(groups["ratio"])
        return None if value is None else (value, value, "ratio")
    if groups["ratio_low"] is not None:
        first, second = ratio_of(groups["ratio_low"]), ratio_of(groups["ratio_high"])
        return None if first is None or second is None else (min(first, second), max(first, second), "ratio")
    if groups["low"] is not None:
        unit = next(name for name, _, _ in UNITS if groups[f"r_{name}"])
        return _range(groups["low"], groups["high"], match.group(0), unit)
    unit = next(name for name, _, _ in UNITS if groups[name])
    if groups["value"] == "几":
        return None
    value = 0.5 if groups["value"] == "半" else parse_number(groups["value"])
    return None if value is None else (value, value, unit)


def _range(low: str, high: str, whole: str, unit: str) -> tuple[float, float, str] | None:
    """A range; a scale written only after the second number holds for both: 5-10万元."""
    first, second = parse_number(low), parse_number(high)
    if first is None or second is None:
        return None
    scale = re.search(r"(百万|千万|百?万|亿)$", high.strip())
    front = whole[len(low) : len(low) + 3]
    if scale and first < second and not re.search(r"[万亿]", low) and not re.match(r"[百千]?[万亿]?元", front):
        first *= parse_number("1" + scale.group(1)) or 1
    return (min(first, second), max(first, second), unit)


def _direction(plain: str, match: re.Match[str], *, is_range: bool, after_last: int) -> tuple[str, int, int]:
    start, end = match.span()
    bound = "range" if is_range else "=="
    before = _BEFORE_WORDS.search(plain[max(after_last, start - 12) : start])
    if before is not None:
        word = re.sub(r"(?:的|为|到|至|人民币)?\s*$", "", before.group(0))
        found = _DIRECTION_BEFORE.get(before.group(0).strip()) or _DIRECTION_BEFORE.get(word) or _longest(before.group(0))
        bound = found if not is_range else bound
        start -= len(before.group(0))
    elif not is_range and match.groupdict()["ratio"] and (far := _FAR.search(plain[after_last:start])):
        bound = _DIRECTION_BEFORE[far.group(1)]
    rest = plain[end:]
    note = _INCLUSIVE.match(rest) or _EXCLUSIVE.match(rest)
    offset = note.end() if note else 0
    after = _AFTER_WORDS.match(rest[offset:])
    if (
        after is not None
        and not is_range
        and bound in ("==", ">=")
        and not (bound == ">=" and after.group(0).strip() in ("内", "起"))
    ):
        word = after.group(0).strip().removeprefix("的").replace("(", "（").replace(")", "）")
        if word != "起":
            bound = _DIRECTION_AFTER[word]
            end += offset + after.end()
            note = _INCLUSIVE.match(plain[end:]) or _EXCLUSIVE.match(plain[end:]) or note
    if note is not None:
        exclusive = "不含" in note.group(0)
        bound = {"<=": "<", ">=": ">"}.get(bound, bound) if exclusive else {"<": "<=", ">": ">="}.get(bound, bound)
        end = max(end, end + (note.end() if plain[end : end + note.end()] == note.group(0) else 0))
    return bound, start, end


def _longest(text: str) -> str:
    plain = text.strip()
    best = max((word for word in _DIRECTION_BEFORE if word in plain), key=len, default="")
    return _DIRECTION_BEFORE.get(best, "==")

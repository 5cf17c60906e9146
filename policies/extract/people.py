"""Who: groups of people, students and graduates, kinds and sizes of organisations, certifications."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from policies.condition import All, AnyOf, Condition, Leaf
from policies.extract import words
from policies.extract.hit import Context, Hit
from policies.extract.places import resolve
from policies.extract.quantities import quantities
from policies.vocabulary import vocabulary

_SCHOOLS: Final = (
    ("高校毕业生", r"(?:全日制)?(?:普通)?(?:高等学校|高等院校|高校|大专院校)"),
    ("职业院校毕业生", r"中等职业学校|职业学校|职业院校|中职学校|高职院校"),
    ("技工院校毕业生", r"技工院校|技工学校|技师学院"),
)
_SCHOOL: Final = "(?:" + "|".join(pattern for _, pattern in _SCHOOLS) + ")"
_SCHOOL_LIST: Final = re.compile(
    rf"(?:{_SCHOOL}(?:（[^）]*）)?(?:、|和|及|以及|与|或)?)+(?P<who>(?:毕业学年|毕业年度)?(?:在校)?学生|(?:应届|往届)?毕业生)(?P<note>（[^）]{{2,30}}）)?"
)
_GRADUATED: Final = re.compile(
    r"(?:毕业|离校|毕业证书?|学位证书?|取得学历|结业)(?:后|时间|证|书|之日起|年限|未)*[^，。；、\d]{0,4}$"
)
_ABROAD_NOTE: Final = re.compile(r"^（(?:领取|取得|获得)?[^（）]{0,10}?毕业[^（）]{0,8}?年(?:以)?内）")
_HIRING: Final = re.compile(r"招用|吸纳|招聘|新招|录用|聘用|安置|组织[^。；]{0,40}见习|接收[^。；]{0,30}见习")
_HOME: Final = re.compile(r"((?:本|我)(?:省|市|区|县))(?:户籍)?(?:的)?$")
_GRADUATES: Final = frozenset({"高校毕业生", "留学回国人员", "职业院校毕业生", "技工院校毕业生"})
_CERTIFIED: Final = ("certifications",)
_ANY_FIRM: Final = re.compile(
    r"(?:^|[，、对各类的])(?:用人单位|企业)(?:、[^，。；、]{2,8})*(?:、|和|或|及|以及|与)(?:其他)?$|机关$|各$|解除|提出$"
)
"""An enumeration that begins with any firm at all restricts nothing: 企业和社会组织."""
_LEAST_NAME: Final = 5


def person_hits(text: str, context: Context) -> Iterator[Hit]:
    """Groups of people in one sentence, with the years since graduation that bound them."""
    hired = hired_ranges(text) if context.audience != "individual" else []
    years = _graduation_limits(text)
    taken: list[tuple[int, int]] = []
    used: list[tuple[int, int]] = list(hired)
    for found in _SCHOOL_LIST.finditer(text):
        if _inside(found.start(), hired):
            continue
        taken.append(found.span())
        for hit in _schools(text, found, years):
            used.append((hit.start, hit.end))
            yield hit
    for label, pattern in words.groups():
        for found in pattern.finditer(text):
            if _inside(found.start(), taken) or _inside(found.start(), hired):
                continue
            taken.append(found.span())
            limit = _limit_for(found, years, text) if label in _GRADUATES else None
            node = _group([label], limit[1] if limit else None)
            start = min(found.start(), limit[0]) if limit else found.start()
            home = _HOME.search(text[: found.start()])
            if home and (code := resolve(home.group(1), context.region)):
                start, node = home.start(), All((node, Leaf("hukou_region", "within_region", code)))
            used.append((start, max(found.end(), limit[0] + 1 if limit else 0)))
            yield Hit(start, found.end(), node, "person")
    student = next(phrase for phrase in words.phrases() if phrase.field == "is_student")
    for found in student.pattern.finditer(text):
        if not _inside(found.start(), taken) and not _inside(found.start(), hired):
            yield Hit(found.start(), found.end(), Leaf("is_student", "is_true"), "person")
    for start, end, years_most in years:  # 毕业不超过6年, of nobody in particular
        if not _inside(start, used) and not _inside(start, taken):
            yield Hit(start, end, Leaf("graduation_years", "<=", _whole(years_most)))


def _whole(number: float) -> int | float:
    return int(number) if number == int(number) else number


def _inside(at: int, ranges: list[tuple[int, int]]) -> bool:
    return any(start <= at < end for start, end in ranges)


def hired_ranges(text: str) -> list[tuple[int, int]]:
    """Parts of a sentence that speak of people an organisation takes on, not of the applicant."""
    found: list[tuple[int, int]] = []
    for match in _HIRING.finditer(text):
        end = re.search(r"[，。；）]|的(?!高校|毕业|登记)", text[match.end() :])
        found.append((match.start(), match.end() + end.start() if end else len(text)))
    return found


def is_hiring(text: str) -> re.Match[str] | None:
    """Where ``text`` speaks of taking people on."""
    return re.search(r"招用|吸纳(?!就业\d)|新招|录用|聘用", text)


def _graduation_limits(text: str) -> list[tuple[int, int, float]]:
    """Ranges of words such as ``毕业5年内`` with the number of years."""
    found: list[tuple[int, int, float]] = []
    for quantity in quantities(text):
        if quantity.unit != "years" or quantity.bound not in ("<=", "<", "=="):
            continue
        before = _GRADUATED.search(text[max(0, quantity.start - 14) : quantity.start])
        if before is not None:
            found.append((quantity.start - len(before.group(0)), quantity.end, quantity.high))
    return found


def _limit_for(found: re.Match[str], years: list[tuple[int, int, float]], text: str) -> tuple[int, float] | None:
    """The limit, and where it begins, just before the group in the same enumeration or in a note just after it."""
    for start, end, limit in years:
        between = text[end : found.start()]
        if end <= found.start() and re.fullmatch(
            r"(?:[以之]?内)?(?:的|未就业|有就业意愿|普通|全日制|、|国内外|\s)*[^，。；、]{0,8}", between
        ):
            return start, limit
        if start >= found.end() and re.fullmatch(r"[（(][^（）()，。；]{0,8}", text[found.end() : start]):
            return start, limit
    return None


def _schools(text: str, found: re.Match[str], years: list[tuple[int, int, float]]) -> Iterator[Hit]:
    labels = [label for label, pattern in _SCHOOLS if re.search(pattern, found.group(0))]
    note = found.group("note") or ""
    inner = [limit for start, end, limit in years if found.start() <= start < found.end()]
    near = _limit_for(found, years, text)
    limit = inner[0] if inner else near[1] if near else None
    if found.group("who").endswith("毕业生"):
        start = min(found.start(), near[0]) if near else found.start()
        yield Hit(start, found.end(), _group(labels, limit), "person")
        return
    if "在校" in note or not inner:
        yield Hit(found.start(), found.end(), Leaf("is_student", "is_true"), "person")
    if inner:
        yield Hit(found.start(), found.end(), _group(labels, limit), "person")


def _group(labels: list[str], limit: float | None) -> Condition:
    leaf = Leaf("groups", "contains_any", tuple(labels))
    if limit is None:
        return leaf
    return All((leaf, Leaf("graduation_years", "<=", _whole(limit))))


def merged_people(nodes: list[Condition]) -> list[Condition]:
    """Alternatives of one enumeration: groups with the same limit become one leaf with all their labels."""
    plain: list[str] = []
    limited: dict[float, list[str]] = {}
    others: list[Condition] = []
    for node in nodes:
        match node:
            case Leaf("groups", "contains_any", tuple(labels)):
                plain += [str(label) for label in labels]
            case All((Leaf("groups", _, tuple(labels)), Leaf("graduation_years", "<=", float(years) | int(years)))):
                limited.setdefault(years, []).extend(str(label) for label in labels)
            case AnyOf(children):
                others += children
            case _:
                others.append(node)
    students = [node for node in others if isinstance(node, Leaf) and node.field == "is_student"]
    found: list[Condition] = [*dict.fromkeys(students)]
    found += [_group(list(dict.fromkeys(labels)), years) for years, labels in limited.items()]
    if plain:
        found.append(_group(list(dict.fromkeys(plain)), None))
    return found + [node for node in others if node not in students]


def organisation_hits(text: str, context: Context) -> Iterator[Hit]:
    """Kinds and sizes of organisations, industries and certifications in one sentence."""
    for values, pattern in words.SIZES:
        for found in re.finditer(pattern, text):
            if not re.search(r"科技型$|创新型$|专精特新$|服务$|面向$", text[: found.start()]):
                yield Hit(found.start(), found.end(), Leaf("enterprise_size", "in", values), "organisation")
    for value, pattern in words.ORGANISATIONS:
        for found in re.finditer(pattern, text):
            if _ANY_FIRM.search(text[: found.start()]):
                continue
            yield Hit(found.start(), found.end(), Leaf("organisation_type", "in", (value,)), "organisation")
    sectors: dict[str, tuple[int, int]] = {}
    for codes, pattern in words.SECTORS:
        for found in re.finditer(pattern + r"(?=企业|、|和|等|及)", text):
            sectors |= dict.fromkeys(codes.split("|"), found.span())
    if sectors and re.search(r"业(?:等)?企业", text):
        start, end = min(s for s, _ in sectors.values()), max(e for _, e in sectors.values())
        yield Hit(start, end, Leaf("industry", "in", tuple(sectors)), "fact")
    yield from _certificates(text, context)


def _certificates(text: str, context: Context) -> Iterator[Hit]:
    if context.audience == "individual" and not re.search(r"企业(?:需|应|须)", text):
        return
    taken: list[tuple[int, int]] = []
    for field in _CERTIFIED:
        names = [(name, entry.value) for entry in vocabulary().labels[field].values() for name in (entry.value, *entry.aliases)]
        for name, value in sorted(names, key=lambda item: -len(item[0])):
            at = text.find(name) if len(name) >= _LEAST_NAME else -1
            if at >= 0 and not _inside(at, taken) and value != "劳务派遣企业":
                taken.append((at, at + len(name)))
                yield Hit(at, at + len(name), Leaf(field, "contains_any", (value,)), "certificate")


def merged_organisations(nodes: list[Condition]) -> list[Condition]:
    """Alternatives of one enumeration: sizes in one leaf, legal forms in one leaf."""
    found: dict[str, list[str]] = {}
    for node in nodes:
        if isinstance(node, Leaf) and isinstance(node.value, tuple):
            found.setdefault(node.field, []).extend(str(value) for value in node.value)
    op = {"certifications": "contains_any"}
    return [Leaf(field, op.get(field, "in"), tuple(dict.fromkeys(values))) for field, values in found.items()]

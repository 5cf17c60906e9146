"""Names of public bodies: short forms to full names, with the place they belong to."""

from __future__ import annotations

import csv
import io
import re
from functools import lru_cache
from importlib import resources
from typing import Final

from policies.regions import NATION, Region
from policies.vocabulary import vocabulary

_SITE_TAIL: Final = re.compile(r"(?:政府)?(?:官方网站|官网|门户网站|网站|微信公众号|公众号|政务网)$")
_SITE_OWNER: Final = re.compile(r"(.*?(?:人民政府|委员会|局|厅|部|办公室|管委会|院|中心))(?:门户)?(?:网站|官网|网)?$")
_INNER: Final = re.compile(r"(?:处|科|股|室|大队|支队)$")
_LEVEL: Final = {"国": 0, "省": 2, "市": 3, "区": 4, "县": 4}
_NOT_BODIES: Final = frozenset({"本网", "本站", "本站原创", "本网讯", "原创", "互联网", "转载", "国家法律法规数据库"})


@lru_cache(maxsize=1)
def _full_names() -> dict[str, str]:
    source = resources.files("policies") / "data" / "body_words.csv"
    return {row["short"]: row["full"] for row in csv.DictReader(io.StringIO(source.read_text(encoding="utf-8")))}


def place_in(text: str) -> Region | None:
    """The smallest division that ``text`` begins with or names in full: 广州市天河区…, 上海市."""
    regions = vocabulary().regions
    found: Region | None = None
    for match in re.finditer(r"[\u4e00-\u9fff]{2,8}?(?:省|自治区|市|区|县|旗)", text):
        near = found.code if found else ""
        for start in range(match.start(), match.end() - 1):
            name = text[start : match.end()]
            codes = regions.find(name, near)
            if len(codes) == 1 or (codes and near and regions.within(codes[0], near)):
                region = regions[codes[0]] if codes[0] in regions else None  # noqa: SIM401 - Regions is no dict
                if region is not None and (found is None or regions.within(region.code, found.code)):
                    found = region
                break
    return found


def full_name(text: str, site: str = "") -> str | None:
    """The full name of one body; ``site`` (the publishing site or signer) gives the place a short name leaves out.

    ``市人社局`` on a site of 广州市越秀区 is 广州市人力资源和社会保障局. None where ``text`` names no body.
    """
    name = _SITE_TAIL.sub("", re.sub(r"\s+", "", text))
    if not name or name in _NOT_BODIES:
        return None
    known = vocabulary().department(name)
    if known is not None and place_in(name) is None and (not site or name[0] not in _LEVEL or name[:2] in ("国家", "国务")):
        return known
    prefix, rest = _prefix(name, site)
    for short, full in sorted(_full_names().items(), key=lambda item: -len(item[0])):
        if rest.endswith(full):
            break
        if rest == short or (rest.endswith(short) and place_in(rest.removesuffix(short))):
            rest = rest.removesuffix(short) + full
            break
    return prefix + rest


def _prefix(name: str, site: str) -> tuple[str, str]:
    """The place in front of a short name, and the name without it: 区住建局 → 广州市天河区 + 住建局."""
    level = _LEVEL.get(name[0])
    if level is None or name[:2] in ("市场", "国家", "国务", "国有", "国资", "国土", "国防", "国际"):
        return "", name
    place = place_in(site)
    if place is None:
        return "", name
    regions = vocabulary().regions
    for code in regions.path(place.code):
        region = regions[code] if code in regions else None  # noqa: SIM401 - Regions is no dict
        if region is not None and region.name.endswith(name[0]) and code != NATION:
            outer = regions.name(code)
            province = regions[regions.path(code)[-2]].name if len(regions.path(code)) > 1 else ""
            return (
                outer.removeprefix(province) if outer != province and region.level != "province" else outer
            ) or region.name, name[1:]
    return "", name


def bodies_in(text: str, site: str = "") -> tuple[str, ...]:
    """Full names of all bodies in a source line: ``市人社局、市财政局``; inner sections are left out."""
    parts = [part for part in re.split(r"[、，,；;|]|\s+", text) if part]
    if len(parts) > 1:
        parts = [part for part in parts if not _INNER.search(part)] or parts[:1]
    found = (full_name(part, site) for part in parts)
    return tuple(dict.fromkeys(name for name in found if name))


def owner_of(site: str) -> str | None:
    """The body whose site it is: 广州市民政局网站 → 广州市民政局."""
    found = _SITE_OWNER.match(re.sub(r"\s+", "", site))
    return full_name(found.group(1)) if found else None

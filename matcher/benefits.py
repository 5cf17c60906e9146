"""Benefits in words and in figures that can be compared.

Money given (grants, subsidies, awards) and money lent or guaranteed are different things and
are never added up or compared with each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from matcher.wording import money_text, months_text, percent_text
from policies.schema import Benefit, Policy, Text
from policies.vocabulary import Vocabulary

CREDIT_INSTRUMENTS: Final = frozenset({"loan", "guarantee", "equity"})
"""Instruments whose amounts are lent, guaranteed or invested, not given."""

_MONTHS_A_YEAR: Final = 12


@dataclass(frozen=True, slots=True)
class Worth:
    """What a policy is worth in yuan, as far as figures are published.

    Attributes:
        nature: ``money`` (given), ``credit`` (lent, guaranteed, invested) or ``none`` (no figure).
        low_yuan: the least that a figure promises; None where only a cap is known.
        high_yuan: the most one applicant can get under the published figures; None without one.
    """

    nature: str
    low_yuan: float | None = None
    high_yuan: float | None = None


def worth(policy: Policy) -> Worth:
    """The published figures of a policy's grades, as a range."""
    figures = [_figure(benefit) for benefit in policy.benefits]
    lows = [low for low, _ in figures if low is not None]
    highs = [high for _, high in figures if high is not None]
    if not highs:
        return Worth("none")
    nature = "credit" if policy.instrument in CREDIT_INSTRUMENTS else "money"
    return Worth(nature, min(lows) if lows else None, max(highs))


def _figure(benefit: Benefit) -> tuple[float | None, float | None]:
    """(least, most) of one benefit for its whole run."""
    times = 1.0
    if benefit.duration_months:
        if benefit.kind == "monthly" or benefit.per == "month" or benefit.cap_per == "month":
            times = benefit.duration_months
        elif benefit.per == "year" or benefit.cap_per == "year":
            times = max(benefit.duration_months / _MONTHS_A_YEAR, 1)
    low = benefit.amount_yuan
    high = benefit.cap_yuan if benefit.cap_yuan is not None else low
    if benefit.cap_yuan is not None and benefit.cap_per in ("total", "once", None):
        return low, high  # the cap already covers the whole run
    return (low * times if low is not None else None), (high * times if high is not None else None)


def worth_text(value: Worth) -> Text:
    """The headline: 「最高 20万元」, 「8,000元」, 「1万元至20万元」, or that no figure is published."""
    if value.high_yuan is None:
        return Text("未公布金额", "no amount published")
    zh, en = money_text(value.high_yuan), money_text(value.high_yuan, "en")
    if value.nature == "credit":
        return Text(f"额度最高 {zh}", f"up to {en} of finance")
    if value.low_yuan is None:
        return Text(f"最高 {zh}", f"up to {en}")
    if value.low_yuan < value.high_yuan:
        low_zh, low_en = money_text(value.low_yuan), money_text(value.low_yuan, "en")
        return Text(f"{low_zh}至{zh}", f"{low_en} to {en}")
    return Text(zh, en)


def benefit_text(benefit: Benefit, vocabulary: Vocabulary) -> Text:
    """One benefit as a line, from its figures: 「一等奖：20万元/项目」."""
    return Text(_line(benefit, vocabulary, "zh"), _line(benefit, vocabulary, "en"))


def _line(benefit: Benefit, vocabulary: Vocabulary, language: str) -> str:
    chinese = language == "zh"
    parts: list[str] = []
    if (
        benefit.amount_yuan is not None
        and benefit.cap_yuan is not None
        and benefit.cap_yuan > benefit.amount_yuan
        and benefit.kind != "per_person"
    ):
        low, high = money_text(benefit.amount_yuan, language), money_text(benefit.cap_yuan, language)
        parts.append((f"{low}至{high}" if chinese else f"{low} to {high}") + _per(benefit, vocabulary, language))
    else:
        parts.extend(_amounts(benefit, vocabulary, language))
    if benefit.rate is not None:
        parts.append(_rate(benefit, benefit.rate, vocabulary, language))
    elif benefit.of is not None:
        parts.append(benefit.of.in_language(language))
    if benefit.duration_months is not None:
        term = months_text(benefit.duration_months, language)
        parts.append(f"期限 {term}" if chinese else f"for {term}")
    when = benefit.when.in_language(language) if benefit.when else ""
    if not parts:
        return when or vocabulary.word("benefit_kind", benefit.kind, language)
    line = ("，" if chinese else ", ").join(parts)
    return f"{when}{'：' if chinese else ': '}{line}" if when else line


def _amounts(benefit: Benefit, vocabulary: Vocabulary, language: str) -> list[str]:
    chinese = language == "zh"
    parts = []
    if benefit.amount_yuan is not None:
        amount = money_text(benefit.amount_yuan, language)
        if benefit.kind == "monthly":
            amount = f"每月 {amount}" if chinese else f"{amount} a month"
        parts.append(amount + _per(benefit, vocabulary, language))
    if benefit.cap_yuan is not None:
        cap = money_text(benefit.cap_yuan, language)
        per = vocabulary.word("per", benefit.cap_per, language) if benefit.cap_per else ""
        if chinese:
            lead = {"total": "累计最高", "year": "每年最高", "month": "每月最高", "once": "一次最高"}.get(benefit.cap_per or "")
            parts.append(f"{lead} {cap}" if lead else f"最高 {cap}" + (f"/{per}" if per else ""))
        else:
            parts.append(f"up to {cap}" + (f" {per}" if benefit.cap_per == "total" else f" per {per}" if per else ""))
    return parts


def _per(benefit: Benefit, vocabulary: Vocabulary, language: str) -> str:
    if not benefit.per or (benefit.kind == "monthly" and benefit.per == "month"):
        return ""
    word = vocabulary.word("per", benefit.per, language)
    return f"/{word}" if language == "zh" else f" per {word}"


def _rate(benefit: Benefit, rate: float, vocabulary: Vocabulary, language: str) -> str:
    share = percent_text(rate)
    kind = vocabulary.word("rate_kind", benefit.rate_kind, language) if benefit.rate_kind else ""
    of = benefit.of.in_language(language) if benefit.of else ""
    if language == "zh":
        return f"{kind or '比例'} {share}" + (f"（{of}）" if of else "")
    return f"{kind or 'rate'} {share}" + (f" ({of})" if of else "")

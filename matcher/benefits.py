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

CREDIT_INSTRUMENTS: Final = frozenset({"loan", "guarantee", "equity", "interest_subsidy"})
"""Instruments whose limits (kind ``cap``) are of money lent, guaranteed or invested, not given."""

_MONTHS_A_YEAR: Final = 12


@dataclass(frozen=True, slots=True)
class Worth:
    """What a policy is worth to one applicant in yuan, as far as figures are published.

    Attributes:
        low_yuan: the least that a figure of money given promises; None where only a cap is known.
        high_yuan: the most money given under the published figures; None without one.
        credit_yuan: the most that is lent, guaranteed or invested; None without such a figure.
    """

    low_yuan: float | None = None
    high_yuan: float | None = None
    credit_yuan: float | None = None


def worth(policy: Policy) -> Worth:
    """The published figures of a policy's benefits, as a range over its grades."""
    given: list[tuple[float | None, float | None]] = []
    lent: list[tuple[float | None, float | None]] = []
    for benefit in policy.benefits:
        credit = benefit.lent or (policy.instrument in CREDIT_INSTRUMENTS and benefit.kind == "cap")
        (lent if credit else given).append(_figure(benefit))
    lows = [low for low, _ in given if low is not None]
    highs = [high for _, high in given if high is not None]
    limits = [high for _, high in lent if high is not None]
    return Worth(min(lows, default=None) if highs else None, max(highs, default=None), max(limits, default=None))


def _figure(benefit: Benefit) -> tuple[float | None, float | None]:
    """(least, most) of one benefit for its whole run."""
    low = benefit.amount_yuan
    if benefit.cap_yuan is not None and benefit.cap_per in ("total", "once"):
        return low, benefit.cap_yuan  # the cap covers the whole run
    times = 1.0
    if benefit.duration_months:
        units = {benefit.per, benefit.cap_per}
        if benefit.kind == "monthly" or "month" in units:
            times = benefit.duration_months
        elif "year" in units:
            times = max(benefit.duration_months / _MONTHS_A_YEAR, 1)
    high = benefit.cap_yuan if benefit.cap_yuan is not None else low
    return (low * times if low is not None else None), (high * times if high is not None else None)


def worth_text(value: Worth) -> Text:
    """The headline: 「最高 20万元」, 「1万元至20万元」, 「融资额度最高 500万元」, or that none is published."""
    parts = [_money_headline(value, language) for language in ("zh", "en")]
    if value.credit_yuan is not None:
        parts[0].append(f"融资额度最高 {money_text(value.credit_yuan)}")
        parts[1].append(f"finance up to {money_text(value.credit_yuan, 'en')}")
    if not parts[0]:
        return Text("未公布金额", "no amount published")
    return Text("；".join(parts[0]), "; ".join(parts[1]))


def headline(policy: Policy, value: Worth, vocabulary: Vocabulary) -> Text:
    """What to show first: the figures in yuan, else the first rate, else that no figure is published."""
    first = next((benefit for benefit in policy.benefits if benefit.rate is not None and benefit.rate_kind), None)
    if value != Worth() or first is None or first.rate is None:
        return worth_text(value)
    kind, share = vocabulary.terms["rate_kind"][str(first.rate_kind)].label, percent_text(first.rate)
    if first.rate == 0:
        return Text("全免", "waived in full")
    return Text(f"{kind.zh} {share}", f"{kind.in_language('en')} {share}")


def _money_headline(value: Worth, language: str) -> list[str]:
    if value.high_yuan is None:
        return []
    high = money_text(value.high_yuan, language)
    if value.low_yuan is None:
        return [f"最高 {high}" if language == "zh" else f"up to {high}"]
    if value.low_yuan < value.high_yuan:
        low = money_text(value.low_yuan, language)
        return [f"{low}至{high}" if language == "zh" else f"{low} to {high}"]
    return [high]


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

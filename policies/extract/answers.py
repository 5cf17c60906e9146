"""A question with its answer to benefits: the answer may hold only the figure, the question says of what."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from policies.condition import Evidence, Span
from policies.extract.benefits import read_benefits
from policies.extract.kinds import audience_of, instrument_of
from policies.extract.quantities import Quantity, quantities
from policies.extract.setting import Setting
from policies.schema import Benefit, Text

_BARE_MOST: Final = 24
"""An answer of at most this many characters is a figure to the question."""


_SHORT: Final = 60
"""An answer of at most this many characters needs no word of giving: the question asks for the figure."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question and its answer tell; spans refer to ``text``, the question, a line end and the answer."""

    text: str
    instrument: str
    audience: str
    benefits: tuple[Benefit, ...]


def read_answer(question: str, answer: str) -> Answer:
    """Read one question with its answer."""
    text = f"{question.strip()}\n{answer.strip()}"
    begin = len(question.strip()) + 1
    instrument = instrument_of(question if len(answer) < _BARE_MOST else answer[:200], text)
    person = re.search(r"人员|医务|失业|学生|个人|居民", question) is not None
    firm = re.search(r"企业|单位|公司|用工|机构|商户|主体", text) is not None
    audience = (
        "individual" if person and not re.search(r"企业|单位", question) and not re.search(r"企业", answer) else "enterprise"
    )
    if not firm and not person:
        audience = audience_of("", "", answer, question)
    setting = Setting(text, instrument, audience)
    found = read_benefits(setting, [(begin, len(text))])
    if not found and len(answer) <= _SHORT:
        found = read_benefits(replace(setting, certain=True), [(begin, len(text))])
    if not found or (len(answer.strip()) <= _BARE_MOST and all(item.kind == "service" for item in found)):
        found = tuple(_bare(setting, question, begin))
    return Answer(text, instrument, audience, found)


def _bare(setting: Setting, question: str, begin: int) -> list[Benefit]:
    """Benefits of an answer that is only a figure."""
    answer = setting.text[begin:]
    if len(answer) > _BARE_MOST:
        return []
    if any(quantity.unit == "yuan" for quantity in quantities(answer)):
        return list(read_benefits(replace(setting, certain=True), [(begin, len(setting.text))]))
    evidence = Evidence("document", answer, Span(begin, len(setting.text)), 0.7)
    return [benefit for quantity in quantities(answer) if (benefit := _figure(quantity, question, evidence)) is not None]


def _figure(quantity: Quantity, question: str, evidence: Evidence) -> Benefit | None:
    capped = quantity.bound in ("<=", "<")
    if quantity.unit == "ratio":
        return Benefit(kind="rate", rate=quantity.high, rate_kind="subsidy_share", of=Text(question[-40:]), evidence=evidence)
    if quantity.unit == "yuan":
        if capped:
            return Benefit(kind="cap", cap_yuan=quantity.high, cap_per="total", evidence=evidence)
        return Benefit(kind="lump_sum", amount_yuan=quantity.high, evidence=evidence)
    if quantity.unit in ("months", "years"):
        months = quantity.months if quantity.unit == "years" else quantity.high
        if re.search(r"免征|减免|免收|免除|免缴", question):
            return Benefit(kind="rate", rate=1.0, rate_kind="reduction_share", duration_months=months, evidence=evidence)
        if re.search(r"减半", question):
            return Benefit(kind="rate", rate=0.5, rate_kind="reduction_share", duration_months=months, evidence=evidence)
        return Benefit(kind="term", duration_months=months, evidence=evidence)
    return None

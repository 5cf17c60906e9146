"""Commitments of framework documents: measures with who, for whom, where and by when, each cited."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from policies.extract import words
from policies.extract.kinds import instrument_of
from policies.extract.metadata import Metadata
from policies.extract.quantities import quantities
from policies.extract.result import Measure
from policies.read.document import Document
from policies.split.outline import Clause

_VERBS: Final = (
    "加大|加强|加快|建立|完善|健全|推进|推动|实施|设立|探索|鼓励|支持|引进|培育|培养|打造|建设|落实|出台|制定|提供|扩大|深化|优化|发挥|"
    "集聚|组织|开展|搭建|引导|形成|构建|实行|提升|强化|申报|开放|整合|营造|放宽|给予|资助|奖励|拓展|促进|成立"
)
_COMMITS: Final = re.compile(rf"(?:^|[，；。：]|进一步|积极|大力|全面|着力|重点|逐步|要|将|应|继续)(?:{_VERBS})")
_HEAD_VERB: Final = re.compile(
    rf"^(?:[（(]?[一二三四五六七八九十\d]+[）)、.．])?\s*(?:进一步|积极|大力|全面|着力|逐步|继续|同时，|要)?(?:{_VERBS})"
)
_PAST: Final = re.compile(
    r"取得|已(?:经|有|建|引进|集聚|达)|截至|累计|被(?:评|授|列|批准)|获得了|过去|去年|近年来|以来|了\d|占全|已成为|成立了|建成了|引进了"
)
_BODY: Final = re.compile(
    r"(?:区|市|国家|上海市)?(?:科委|人社局|人力资源社会保障局|组织部|财政局|教育局|发改委|商务委|经委|妇联|团委|工商联|人保局|人才办|"
    r"科技部|教育部|政府|委员会|开发区管委会|知识产权局|金融办|统战部|侨办|外专局)"
)
_PLACES: Final = re.compile(
    r"[\u4e00-\u9fff]{2,10}?(?:基地|园区|大厦|功能区|科技园|创新区|特区|试点城区|中心城区|街道|滨江|孵化器|创智天地)"
)
_TARGET_UNITS: Final = frozenset({"yuan", "people", "ratio", "items", "m2", "fold"})
_YEAR: Final = re.compile(r"(?:到|至|力争)?(?:20\d{2}年(?:底|末)?|[“]十[二三四]五[”](?:期间|末)?)")


def measures_of(document: Document, root: Clause, metadata: Metadata) -> tuple[Measure, ...]:
    """Sentences that promise to do something, in reading order; reports of what was done are left out."""
    del metadata
    return tuple(_measures(document, root))


def _measures(document: Document, root: Clause) -> Iterator[Measure]:
    for clause in root.walk():
        if clause.kind in ("root", "heading", "row"):
            continue
        for found in re.finditer(r"[^。！\n]+[。！]?", document.text[clause.body : clause.end]):
            sentence = found.group(0).strip()
            if len(sentence) < 14 or not _is_commitment(sentence):
                continue
            start = clause.body + found.start() + len(found.group(0)) - len(found.group(0).lstrip())
            yield _measure(sentence, start)


def _is_commitment(sentence: str) -> bool:
    if _PAST.search(sentence[:60]):
        return False
    aims = _YEAR.search(sentence) and any(q.unit in _TARGET_UNITS for q in quantities(sentence))
    return bool(_HEAD_VERB.match(sentence) or aims or len(_COMMITS.findall(sentence)) >= 2)


def _measure(sentence: str, start: int) -> Measure:
    groups = [label for label, pattern in words.groups() if pattern.search(sentence)]
    year = _YEAR.search(sentence)
    targets = []
    for quantity in quantities(sentence):
        if quantity.unit in _TARGET_UNITS:
            left = max(sentence.rfind(mark, 0, quantity.start) for mark in "，；。、") + 1
            part = sentence[left : quantity.end]
            targets.append(f"{year.group(0)}：{part}" if year and year.group(0) not in part else part)
    return Measure(
        text=sentence,
        instrument=instrument_of(sentence, sentence),
        groups=tuple(dict.fromkeys(groups)),
        places=tuple(dict.fromkeys(_PLACES.findall(sentence))),
        bodies=tuple(dict.fromkeys(_BODY.findall(sentence))),
        targets=tuple(targets),
        span=(start, start + len(sentence)),
    )

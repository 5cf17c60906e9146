"""Sentences and clauses to an eligibility tree: 符合以下条件之一, 同时具备, 除…外, lists inside lists.

What no profile field can express becomes a declared leaf with its words; nothing is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from policies.condition import DECLARED, AnyOf, Condition, Evidence, Leaf, Not, Span, leaves
from policies.extract.facts import alternatives, fact_hits
from policies.extract.hit import Context, Hit, all_of, any_of, distinct, with_evidence
from policies.extract.numbers import plain_marks
from policies.extract.people import merged_organisations, merged_people, organisation_hits, person_hits
from policies.extract.places import place_hits
from policies.split.outline import Clause

CONFIDENT: Final = 0.9
"""Confidence of a leaf whose field, number and direction were all read."""
DECLARED_CONFIDENCE: Final = 0.6
"""Confidence that a declared leaf is a condition at all."""
_LONGEST_QUOTE: Final = 400
_PARAPHRASE: Final = 60

_ONE_OF: Final = re.compile(r"之一|任一|任意一|任何一|其中一(?:项|条|种)|满足以下[^，。；]{0,6}任")
_KINDS: Final = re.compile(
    r"(?:以下|下列|包括|为)[^，。；]{0,10}(?:类型|人员|对象|情形|群体|情况|范围|人群)[^，。；]{0,4}[：:]?$|(?:类型|包括)[：:]?$"
)
_ALL: Final = re.compile(r"同时|均|全部|必须|以下条件(?!之一)|下列条件(?!之一)|各项条件")
_NOT: Final = re.compile(
    r"(?:有下列|有以下|存在下列|存在以下|属于下列|具有下列|出现下列)[^。；]{0,20}(?:不得|不能|不予|不可)|不(?:予|得|能)(?:受理|支持|享受|申请|申领|资助|补贴)[^。]{0,10}[：:]$"
)
_EXCEPT: Final = re.compile(
    r"[（(]([^（）()]{2,40}?)(?:除外|不适用)[）)]|(?:，|^)(?:但)?([^，。；（）]{2,40}?)除外|除([^，。；（）]{2,30}?)(?:以?外|之外)(?:的)?"
)
_EXCEPT_BODY: Final = re.compile(r"企业|单位|机构|公司|组织|行业")
_PERSON_LINK: Final = re.compile(
    r"(?:的|等|类)?(?:人员|家庭|成员|对象|群体|劳动者|创业者)*(?:（[^（）]{0,24}）)?\s*(?:[、和及与或,]|以及|或者|或属于|，或)?\s*(?:属于|持证|符合条件的|本省|本市|我市|城镇|普通|曾|[\u4e00-\u9fff]{0,2}认定(?:的|为)?)?"
)
_ORG_LINK: Final = re.compile(r"(?:[、和及与或]|以及|或者)[^，。；、]{0,6}|")
_SENTENCE: Final = re.compile(r"[^。；;！\n]+[。；;！]?")
_PART: Final = re.compile(r"[^，,。；]+")
_ALTERNATIVE: Final = re.compile(
    r"不符合[^，。；]{0,14}条件的|不具备[^，。；]{0,14}的|不受年龄限制|年龄[^，。；]{0,4}不限|不受上述[^，。；]{0,8}限制"
)
_EXAMPLES: Final = re.compile(r"包括(?:以下|下列)?(?:情形|情况|几种情形)?[：:]$")
"""A list after such words explains a condition; it adds none."""
_LEADS_ON: Final = re.compile(
    r"^[^，。；]{0,18}(?:符合|具备|满足|有|存在|属于)(?:以下|下列|上述)"
    r"[^，。；]{0,8}(?:条件|情形|情况|要求)?(?:之一)?的?$"
)
"""Words that only lead into a list of conditions."""
_CASE: Final = re.compile(r"案例|举例|例[一二三四五\d]|注[：:]|备注")
_CONSEQUENCE: Final = re.compile(r"的[，,](?:可以|可(?!能)|给予|予以|均可|方可)")
"""Where what is required ends and what follows from it begins."""
_ONLY_EMPLOYED: Final = re.compile(r"就业的(?:申请人|申报人|人才|人员)[^。；，]{0,12}(?:应|须|需)")
"""A requirement on those who are employed there: it does not bind those who founded a firm."""
_OR: Final = re.compile(r"[，,]\s*(?:或者?|抑或)")
_EMPTY_WORDS: Final = re.compile(
    r"^(?:且|并|或|和|其中|同时|以及|即|按规定|符合|具备|属于|的|须|应|需|还应|一般)*(?:以下|下列|上述|相关|规定)?(?:\d*个?)?(?:基本|申请|相应)?(?:条件|情形|要求|人员|规定)?(?:之一|的)*[：:，,]?$"
)


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads conditions of one document; ``text`` is what spans refer to, ``terms`` its defined terms."""

    text: str
    context: Context
    left_out: frozenset[int] = frozenset()

    def evidence(self, start: int, end: int, confidence: float) -> Evidence:
        """Evidence for ``text[start:end]``, trimmed of space and closing punctuation."""
        while start < end and self.text[start] in " \t\n，,、；;。：:":
            start += 1
        while end > start and self.text[end - 1] in " \t\n，,、；;。：:":
            end -= 1
        end = min(end, start + _LONGEST_QUOTE)
        return Evidence("document", self.text[start:end], Span(start, end), confidence)

    def declared(self, start: int, end: int) -> Leaf | None:
        """A declared leaf for ``text[start:end]``, or None where it says nothing."""
        evidence = self.evidence(start, end, DECLARED_CONFIDENCE)
        words = re.sub(r"\s+", " ", evidence.quote or "")
        if len(words) < 3 or _EMPTY_WORDS.match(words) or _LEADS_ON.search(words):
            return None
        return Leaf(DECLARED, "==", words[:_PARAPHRASE], evidence=evidence)

    def clause(self, clause: Clause) -> Condition | None:
        """The condition stated by a clause and all below it, or None where it states none."""
        own = [] if self._only_titled(clause) else self.passage(clause.body, clause.end)
        if clause.kind == "row":
            return self._row(clause)
        lead = self.text[clause.start : clause.end].rstrip()
        below = [] if _EXAMPLES.search(lead) else [node for child in self._counted(clause) if (node := self.clause(child))]
        if not below:
            return all_of(own) if own else None
        if _NOT.search(lead):
            known = [node for node in own if not all(leaf.declared for leaf in leaves(node))]
            return all_of([*known, *(Not(node) for node in below)])
        if len(below) > 1 and (is_choice(lead) or re.search(r"(?:类别|类型)$", clause.title)):
            return all_of([*own, any_of(below)])
        return all_of([*own, *below])

    def _only_titled(self, clause: Clause) -> bool:
        """Whether the clause's own words are a heading or a question over what follows."""
        words = self.text[clause.body : clause.end].strip()
        return bool(clause.children) and (
            clause.kind in ("heading", "label") or clause.title == words or words.endswith(("？", "?"))
        )

    def _counted(self, clause: Clause) -> Iterator[Clause]:
        """Children that state something: cases told as examples, with their answers, are left out."""
        told = False
        for child in clause.children:
            words = self.text[child.start : child.end]
            told = _CASE.match(words) is not None or (told and words.startswith("答"))
            if not told and child.start not in self.left_out:
                yield child

    def _row(self, clause: Clause) -> Condition | None:
        nodes = self.passage(clause.start, clause.end)
        known = [node for node in nodes if not all(leaf.declared for leaf in leaves(node))]
        return all_of(known) if known else None

    def passage(self, start: int, end: int) -> list[Condition]:
        """Conditions of the sentences in ``text[start:end]``, all of which must hold."""
        found: list[Condition] = []
        for match in _SENTENCE.finditer(self.text, start, end):
            sentence = match.group(0)
            consequence = _CONSEQUENCE.search(sentence)
            nodes = self.sentence(match.start(), match.start() + consequence.start() + 1 if consequence else match.end())
            if nodes and found and _ALTERNATIVE.search(sentence):
                known = [node for node in nodes if not (isinstance(node, Leaf) and node.declared)] or nodes
                if "年龄" in sentence and "不受" in sentence:
                    found = self._or_else(found, known)
                else:
                    found[-1] = any_of([found[-1], all_of(known)])
                continue
            found += nodes
        return distinct(found)

    def _or_else(self, found: list[Condition], known: list[Condition]) -> list[Condition]:
        """Age limits read before hold unless one of ``known`` does."""
        ages = [node for node in found if isinstance(node, Leaf) and node.field == "age"]
        others = [node for node in found if node not in ages]
        return [*others, any_of([all_of(list(ages)), *known])] if ages else [*found, any_of(known)]

    def sentence(self, start: int, end: int) -> list[Condition]:
        """Conditions of one sentence; parts that say nothing a field can hold become declared leaves."""
        text = plain_marks(self.text[start:end])
        covered: list[tuple[int, int]] = []
        found: list[tuple[int, Condition]] = []
        for at, node, span in self._exceptions(text, start):
            covered.append(span)
            found.append((at, node))
        hits = [hit for hit in self._hits(text) if not any(a <= hit.start < b for a, b in covered)]
        for hit in hits:
            covered.append((hit.start, hit.end))
            left, right = _part_around(text, hit.start, hit.end)
            found.append((hit.start, with_evidence(hit.node, self.evidence(start + left, start + right, CONFIDENT))))
        for match in _PART.finditer(_blanked(text)):
            if not any(a < match.end() and match.start() < b for a, b in covered):
                leaf = self.declared(start + match.start(), start + match.end())
                if leaf is not None:
                    found.append((match.start(), leaf))
        return self._joined(text, sorted(found, key=lambda item: item[0]))

    def _joined(self, text: str, found: list[tuple[int, Condition]]) -> list[Condition]:
        """Parts that begin with ``或者`` are alternatives to the part before."""
        joined: list[Condition] = []
        nodes = [node for _, node in found]
        if any(isinstance(node, Leaf) and node.field == "employment_status" for node in nodes):
            return nodes  # ``就业或创业：…，或…`` explains the two ways, both are in the leaf already
        if _ONLY_EMPLOYED.search(text) and nodes:
            evidence = next((leaf.evidence for leaf in leaves(nodes[0])), None)
            return [any_of([Leaf("is_founder", "is_true", evidence=evidence), all_of(nodes)])]
        ors = [match.start() for match in _OR.finditer(_blanked(text))]
        before = -1
        for at, node in found:
            if joined and any(before < mark <= at and not re.search(r"[，,]", text[mark + 1 : at]) for mark in ors):
                joined[-1] = any_of([joined[-1], node])
            else:
                joined.append(node)
            before = at
        return joined

    def _hits(self, text: str) -> list[Hit]:
        people = _clusters(
            _distinct(person_hits(text, self.context)), text, _PERSON_LINK, lambda nodes: any_of(merged_people(nodes))
        )
        kinds = _distinct(organisation_hits(text, self.context))
        bodies = [hit for hit in kinds if hit.kind == "organisation"]
        certified = [hit for hit in kinds if hit.kind == "certificate"]
        organisations = [
            *_clusters(bodies, text, _ORG_LINK, lambda nodes: any_of(merged_organisations(nodes))),
            *_clusters(certified, text, _ORG_LINK, lambda nodes: any_of(merged_organisations(nodes))),
            *(hit for hit in kinds if hit.kind == "fact"),
        ]
        facts = alternatives(list(fact_hits(text, self.context)), text)
        places = _distinct(place_hits(text, self.context))
        if any(isinstance(hit.node, Leaf) and hit.node.field == "employment_status" for hit in facts):
            # 就业或创业：与本市单位签订合同，或在本市注册企业: both ways, the place is where the person works
            places = [hit for hit in places if not (isinstance(hit.node, Leaf) and hit.node.field == "registered_region")]
        hits = sorted([*_local(people, places), *organisations, *facts], key=lambda hit: hit.start)
        return _either_or(hits, text)

    def _exceptions(self, text: str, base: int) -> Iterator[tuple[int, Condition, tuple[int, int]]]:
        for match in _EXCEPT.finditer(text):
            group = next(i for i in (1, 2, 3) if match.group(i))
            begin, end = match.span(group)
            if not _EXCEPT_BODY.search(match.group(group)):
                continue
            leaf = self.declared(base + begin, base + end)
            if leaf is not None:
                yield begin, Not(leaf), match.span()


_EITHER: Final = re.compile(r"[，,]?(?:或者?|、或)(?:持有?|具有|拥有|在|有|取得)?")


def _either_or(hits: list[Hit], text: str) -> list[Hit]:
    """Facts with nothing but 或 between them are alternatives: 本市户籍或持有本市居住证."""
    found: list[Hit] = []
    for hit in hits:
        if found and hit.start >= found[-1].end and _EITHER.fullmatch(text[found[-1].end : hit.start]):
            found[-1] = Hit(found[-1].start, hit.end, any_of([found[-1].node, hit.node]), hit.kind)
        else:
            found.append(hit)
    return found


def is_choice(lead: str) -> bool:
    """Whether a lead introduces alternatives: ``符合以下条件之一``, ``包括以下类型``."""
    if _ONE_OF.search(lead[-60:]):
        return True
    return _KINDS.search(lead) is not None and not _ALL.search(lead[-30:])


def _distinct(hits: Iterator[Hit]) -> list[Hit]:
    """Hits in order, a shorter one inside a longer one of the same kind left out."""
    found: list[Hit] = []
    for hit in sorted(hits, key=lambda item: (item.start, -item.end)):
        if (
            found
            and hit.start < found[-1].end
            and hit.end <= found[-1].end
            and hit.node != found[-1].node
            and hit.kind != "person"
        ):
            continue
        if hit not in found:
            found.append(hit)
    return found


def _clusters(hits: list[Hit], text: str, link: re.Pattern[str], merge: Callable[[list[Condition]], Condition]) -> list[Hit]:
    """Neighbours joined by 、 和 及 或 are one enumeration of alternatives."""
    groups: list[list[Hit]] = []
    for hit in sorted(hits, key=lambda item: (item.start, item.end)):
        if groups and (hit.start <= groups[-1][-1].end or link.fullmatch(text[groups[-1][-1].end : hit.start])):
            groups[-1].append(hit)
        else:
            groups.append([hit])
    return [Hit(g[0].start, max(h.end for h in g), merge([h.node for h in g]), g[0].kind) for g in groups]


def _local(people: list[Hit], places: list[Hit]) -> list[Hit]:
    """Places and people; the same place stated twice counts once."""
    seen: list[Condition] = []
    kept = [hit for hit in places if hit.node not in seen and not seen.append(hit.node)]  # type: ignore[func-returns-value]
    inner = [
        hit for hit in kept if not any(isinstance(o.node, AnyOf) and o is not hit and o.start <= hit.start < o.end for o in kept)
    ]
    return [*people, *inner]


def _blanked(text: str) -> str:
    """``text`` with commas inside brackets hidden, same length."""
    return re.sub(r"[（(][^（）()]*[）)]", lambda found: found.group().replace("，", "□").replace("；", "□"), text)


def _part_around(text: str, start: int, end: int) -> tuple[int, int]:
    """The part between commas that holds ``text[start:end]``."""
    left = max(text.rfind(mark, 0, start) for mark in "，,。；") + 1
    rights = [at for at in (text.find(mark, end) for mark in "，,。；") if at >= 0]
    return left, min(rights, default=len(text))

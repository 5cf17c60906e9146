"""What the policy office's results look like as JSON and as plain tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from matcher.overlap.contradictions import CONTRADICTIONS, Contradiction
from matcher.overlap.gaps import STAGES, Gaps
from matcher.overlap.kinds import KINDS, PairKind
from matcher.overlap.purpose import matter_labels
from matcher.overlap.scenario import Scenario
from matcher.overlap.survey import Overlap, Survey
from matcher.overlap.whatif import Outcome
from policies.schema import Policy
from policies.vocabulary import Vocabulary


def pair_json(pair: PairKind) -> dict[str, Any]:
    """A pair with its kind, its reasons and the facts behind them."""
    facts = pair.facts
    return {
        "first": pair.first,
        "second": pair.second,
        "kind": pair.kind,
        "kind_label": KINDS[pair.kind].zh,
        "probability": round(pair.probability, 3),
        "reasons": [{"zh": text.zh, "en": text.in_language("en")} for text in pair.reasons],
        "matters": sorted(facts.matters),
        "likeness": round(facts.likeness, 4),
        "first_implies_second": facts.first_implies,
        "second_implies_first": facts.second_implies,
        "disjoint": facts.disjoint,
    }


def overlap_json(overlap: Overlap) -> dict[str, Any]:
    """An overlap with its reach over the population."""
    reach = overlap.reach
    counts = {"both": reach.both, "first_only": reach.first_only, "second_only": reach.second_only}
    return {**pair_json(overlap.pair), "reach": {**counts, "share": round(reach.share, 4)}, "same_time": overlap.same_time}


def survey_json(found: Survey, top: int | None = None) -> dict[str, Any]:
    """All overlaps with the notice on the population, first of all."""
    population = found.population
    return {
        "notice": {"zh": population.notice.zh, "en": population.notice.in_language("en")},
        "population": dict(population.origin),
        "counts": kind_counts(found),
        "overlaps": [overlap_json(one) for one in found.overlaps[:top]],
        "clusters": [
            {"schemes": list(one.schemes), "matters": list(one.matters), "ties": dict(one.ties)} for one in found.clusters
        ],
    }


def kind_counts(found: Survey) -> dict[str, int]:
    """Number of overlaps by kind; harmless pairs are not listed."""
    return {kind: sum(one.pair.kind == kind for one in found.overlaps) for kind in KINDS if kind != "harmless"}


def overlap_rows(found: Survey, titles: Mapping[str, Policy], language: str) -> list[list[object]]:
    """The overlaps as a table: a heading row, then one row a pair."""
    chinese = language == "zh"
    heading: list[object] = (
        ["类型", "政策一", "名称一", "政策二", "名称二", "用途", "两项都符合", "只符合一", "只符合二", "同时有效", "理由"]
        if chinese
        else ["kind", "first", "title", "second", "title", "purpose", "both", "first only", "second only", "same time", "reasons"]
    )
    rows = [heading]
    for one in found.overlaps:
        pair, reach = one.pair, one.reach
        rows.append(
            [
                KINDS[pair.kind].in_language(language),
                pair.first,
                titles[pair.first].title.in_language(language),
                pair.second,
                titles[pair.second].title.in_language(language),
                matter_labels(pair.facts.matters, language),
                reach.both,
                reach.first_only,
                reach.second_only,
                ("是" if one.same_time else "否") if chinese else ("yes" if one.same_time else "no"),
                " ".join(text.in_language(language) for text in pair.reasons),
            ]
        )
    return rows


def gaps_json(found: Gaps) -> dict[str, Any]:
    """The gap map with the notice on the population, first of all."""
    return {
        "notice": {"zh": found.population.notice.zh, "en": found.population.notice.in_language("en")},
        "population": dict(found.population.origin),
        "served": {name: round(mean, 3) for name, mean in found.served.items()},
        "segments": [
            {
                "subject": gap.subject,
                "words": {"zh": gap.words.zh, "en": gap.words.in_language("en")},
                "people": gap.people,
                "share": round(gap.share, 4),
                "schemes_on_average": round(gap.mean, 3),
                "without_any": round(gap.unserved, 4),
            }
            for gap in found.segments
        ],
        "commitments_without_scheme": list(found.commitments),
        "matrix": [{"instrument": key[0], "level": key[1], "schemes": list(ids)} for key, ids in found.matrix.items()],
        "stages": [{"stage": key[0], "instrument": key[1], "schemes": list(ids)} for key, ids in found.stages.items()],
        "departments": {name: dict(counts) for name, counts in found.departments.items()},
        "reach_nobody": list(found.nobody),
    }


def gap_rows(found: Gaps, language: str) -> list[list[object]]:
    """The segments as a table: a heading row, then those served least."""
    chinese = language == "zh"
    heading: list[object] = (
        ["人群", "人数", "占同类比例", "人均可享政策", "一项也没有的比例"]
        if chinese
        else ["segment", "profiles", "share of its type", "schemes on average", "share without any"]
    )
    rows: list[list[object]] = [heading]
    rows += [
        [gap.words.in_language(language), gap.people, round(gap.share, 4), round(gap.mean, 2), round(gap.unserved, 4)]
        for gap in found.segments
    ]
    return rows


def matrix_rows(found: Gaps, vocabulary: Vocabulary, language: str) -> list[list[object]]:
    """Number of schemes in force by instrument and level, and by stage where they speak of one."""
    levels = list(vocabulary.terms["level"])
    heading: list[object] = ["支持方式" if language == "zh" else "instrument"]
    heading += [vocabulary.word("level", level, language) for level in levels]
    heading += [words.in_language(language) for words, _ in STAGES.values()]
    rows = [heading]
    for instrument in vocabulary.terms["instrument"]:
        own: list[object] = [vocabulary.word("instrument", instrument, language)]
        own += [len(found.matrix.get((instrument, level), ())) for level in levels]
        own += [len(found.stages.get((stage, instrument), ())) for stage in STAGES]
        rows.append(own)
    return rows


def department_rows(found: Gaps, vocabulary: Vocabulary, language: str) -> list[list[object]]:
    """Number of schemes in force by department and instrument."""
    instruments = list(vocabulary.terms["instrument"])
    heading: list[object] = ["部门" if language == "zh" else "department"]
    heading += [vocabulary.word("instrument", name, language) for name in instruments]
    return [heading, *([name, *(counts.get(one, 0) for one in instruments)] for name, counts in found.departments.items())]


def outcome_json(scenario: Scenario, outcome: Outcome) -> dict[str, Any]:
    """A scenario with what it does, the notice on the population first of all."""
    population = outcome.population
    return {
        "notice": {"zh": population.notice.zh, "en": population.notice.in_language("en")},
        "population": dict(population.origin),
        "scenario": scenario.as_json(),
        "changes": [
            {
                "policy": change.scheme,
                "before": asdict(change.before),
                "after": asdict(change.after),
                "winners": change.winners,
                "losers": change.losers,
                "newly_undecided": change.newly_undecided,
                "cost_before_yuan": change.cost_before,
                "cost_after_yuan": change.cost_after,
                "overlaps": [asdict(one) for one in change.overlaps],
                "histogram": {
                    field: [
                        {"group": words.zh, "group_en": words.en, "winners": won, "losers": lost} for words, won, lost in rows
                    ]
                    for field, rows in change.histogram.items()
                },
            }
            for change in outcome.changes
        ],
    }


def outcome_rows(outcome: Outcome, language: str) -> list[list[object]]:
    """The changes as a table: a heading row, then one row a scheme."""
    chinese = language == "zh"
    heading: list[object] = (
        ["政策", "修改前符合", "修改后符合", "新增符合", "不再符合", "新增待定", "修改前费用上限", "修改后费用上限"]
        if chinese
        else ["policy", "eligible before", "after", "winners", "losers", "newly undecided", "most cost before", "after"]
    )
    rows = [heading]
    for one in outcome.changes:
        costs = [cost[1] if cost else None for cost in (one.cost_before, one.cost_after)]
        counts = (one.before.eligible, one.after.eligible, one.winners, one.losers, one.newly_undecided)
        rows.append([one.scheme, *counts, *costs])
    return rows


def contradictions_json(found: Iterable[Contradiction]) -> list[dict[str, Any]]:
    """Contradictions with their reasons in both languages."""
    return [
        {
            "kind": one.kind,
            "kind_label": CONTRADICTIONS[one.kind].zh,
            "schemes": list(one.schemes),
            "reasons": [{"zh": text.zh, "en": text.in_language("en")} for text in one.reasons],
        }
        for one in found
    ]

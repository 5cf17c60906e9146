"""The policy office's figures as tables and the map of clusters, in the visitor's language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from markupsafe import Markup

from api.pages.drawings import cluster_map
from api.pages.words import translator
from policies.catalogue import Catalogue
from policies.schema import Text
from policies.vocabulary import Vocabulary

if TYPE_CHECKING:
    from matcher.overlap.contradictions import Contradiction
    from matcher.overlap.gaps import Gaps
    from matcher.overlap.survey import Survey
    from matcher.overlap.whatif import Change


def kinds(found: Survey, language: str) -> list[list[object]]:
    """Number of pairs by kind."""
    from matcher.overlap.kinds import KINDS
    from matcher.overlap.report import kind_counts

    t = translator(language)
    rows: list[list[object]] = [[t("类型", "kind"), t("对数", "pairs")]]
    return [*rows, *([KINDS[kind].in_language(language), count] for kind, count in kind_counts(found).items())]


def clusters(found: Survey, catalogue: Catalogue, language: str) -> tuple[Markup, list[list[object]]]:
    """The map of clusters and the table that names its numbers."""
    from matcher.overlap.clusters import TYING
    from matcher.overlap.purpose import matter_labels

    t = translator(language)
    groups = [cluster.schemes for cluster in found.clusters]
    numbers = {name: place for place, name in enumerate((name for group in groups for name in group), 1)}
    ties = [(one.pair.first, one.pair.second, one.pair.kind) for one in found.overlaps if one.pair.kind in TYING]
    rows: list[list[object]] = [[t("编号", "number"), t("政策", "scheme"), t("团的用途", "purpose of the cluster")]]
    for cluster in found.clusters:
        purpose = matter_labels(frozenset(cluster.matters), language)
        rows += [[numbers[name], catalogue.by_id[name].title.in_language(language), purpose] for name in cluster.schemes]
    return cluster_map(groups, ties, numbers, t("成团的政策", "clusters of schemes")), rows


def faults(found: Iterable[Contradiction], catalogue: Catalogue, language: str) -> list[list[object]]:
    """Contradictions with the clauses that stand against each other."""
    from matcher.overlap.contradictions import CONTRADICTIONS

    t = translator(language)
    rows: list[list[object]] = [[t("类型", "kind"), t("政策", "schemes"), t("条文", "clauses")]]
    for one in found:
        titles = " × ".join(catalogue.by_id[name].title.in_language(language) for name in one.schemes)
        words = ("；" if language == "zh" else "; ").join(text.in_language(language) for text in one.reasons)
        rows.append([CONTRADICTIONS[one.kind].in_language(language), titles, words])
    return rows


def departments(found: Gaps, vocabulary: Vocabulary, language: str) -> list[list[object]]:
    """Each department with the number of its schemes by instrument; the export has one column an instrument."""
    t = translator(language)
    rows: list[list[object]] = [[t("部门", "department"), t("政策数", "schemes"), t("支持方式", "instruments")]]
    for name, counts in found.departments.items():
        listed = sorted(counts.items(), key=lambda item: -item[1])
        words = [f"{vocabulary.word('instrument', instrument, language)} {count}" for instrument, count in listed]
        rows.append([name, sum(counts.values()), ("、" if language == "zh" else ", ").join(words)])
    return rows


def reach(counts: tuple[int, int, int], titles: tuple[str, str], language: str) -> list[list[object]]:
    """Profiles in the first only, in both, in the second only."""
    t = translator(language)
    only = t("只符合：", "only: ")
    names = (f"{only}{titles[0]}", t("两项都符合", "both"), f"{only}{titles[1]}")
    return [[t("人群", "people"), t("人数", "profiles")], *([name, count] for name, count in zip(names, counts, strict=True))]


def change(one: Change, language: str) -> list[list[object]]:
    """A change in figures, before and after."""
    t = translator(language)
    costs = [_cost(cost) for cost in (one.cost_before, one.cost_after)]
    return [
        [t("项目", "figure"), t("修改前", "before"), t("修改后", "after")],
        [t("符合", "eligible"), one.before.eligible, one.after.eligible],
        [t("待定", "undecided"), one.before.unknown, one.after.unknown],
        [t("不符合", "not eligible"), one.before.not_eligible, one.after.not_eligible],
        [t("新增符合", "winners"), None, one.winners],
        [t("不再符合", "losers"), None, one.losers],
        [t("新增待定", "newly undecided"), None, one.newly_undecided],
        [t("费用范围（元，人人都领）", "cost range (yuan, if everybody draws it)"), *costs],
    ]


def _cost(cost: tuple[float, float] | None) -> str | None:
    return f"{cost[0]:,.0f} – {cost[1]:,.0f}" if cost else None


def histogram(rows: Sequence[tuple[Text, int, int]], language: str) -> list[list[object]]:
    """Winners and losers by group."""
    t = translator(language)
    heading: list[object] = [t("组", "group"), t("新增符合", "winners"), t("不再符合", "losers")]
    return [heading, *([words.in_language(language), won, lost] for words, won, lost in rows)]


def moved(one: Change, catalogue: Catalogue, language: str) -> list[list[object]]:
    """Other schemes with which the changed one now shares more or fewer people."""
    t = translator(language)
    heading: list[object] = [t("另一政策", "other scheme"), t("修改前共有", "in both before"), t("修改后共有", "after")]
    return [heading, *([catalogue.by_id[x.scheme].title.in_language(language), x.before, x.after] for x in one.overlaps)]

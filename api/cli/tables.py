"""Tables for people at a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from matcher.benefits import headline
from matcher.recommend import Recommendation, Recommendations
from matcher.rules import nearest_failures
from matcher.sentences import explanation
from matcher.truth import Truth
from matcher.wording import field_label
from policies.vocabulary import Vocabulary

_HEADINGS: Final = {
    Truth.YES: ("可申请", "You can apply"),
    Truth.UNKNOWN: ("再答几题可定", "A few answers decide"),
    Truth.NO: ("不符合", "Not eligible"),
}
_MOST_NOT_ELIGIBLE: Final = 10
"""Rows shown of what does not apply, unless more are asked for with --top; --json gives all."""


def print_recommendations(found: Recommendations, vocabulary: Vocabulary, top: int | None, language: str) -> None:
    """The list in three groups, with amount, deadline and what is missing or fails."""
    console = Console()
    english = language == "en"
    items = found.items[:top]
    for truth, heading in _HEADINGS.items():
        group = [item for item in items if item.truth is truth]
        if not group:
            continue
        shown = group[:_MOST_NOT_ELIGIBLE] if truth is Truth.NO and top is None else group
        table = Table(title=f"{heading[english]} ({len(group)})", title_justify="left", show_lines=False, expand=True)
        for column in ("Policy", "Amount", "Until", "Notes") if english else ("政策", "金额", "截止", "说明"):
            table.add_column(column, overflow="fold")
        for item in shown:
            amount = headline(item.policy, item.worth, vocabulary).in_language(language)
            deadline = item.deadline.isoformat() if item.deadline else "—"
            table.add_row(item.policy.title.in_language(language), amount, deadline, _note(item, found, vocabulary, language))
        console.print(table)
        if len(shown) < len(group):
            console.print(f"… {len(group) - len(shown)}", "more; --json lists all" if english else "条未列出；--json 给出全部")
    console.print(f"{found.as_of}  {found.catalogue_version}", style="dim")


def _note(item: Recommendation, found: Recommendations, vocabulary: Vocabulary, language: str) -> str:
    english = language == "en"
    if item.truth is Truth.NO:
        nearest = nearest_failures(item.finding)[:2]
        return "; ".join(explanation(one, found.facts, vocabulary).in_language(language) for one in nearest)
    labels = [field_label(name, vocabulary, language) for name in item.missing]
    notes = []
    if labels:
        notes.append(("needed: " if english else "还需：") + (", " if english else "、").join(labels))
    if item.confirm:
        texts = [text.in_language(language) for text in item.confirm]
        notes.append(("to confirm: " if english else "须确认：") + "; ".join(texts))
    return "\n".join(notes)


def print_verdicts(verdicts: Sequence[dict[str, Any]]) -> None:
    """Verdicts of ``check`` as a table."""
    table = Table(expand=True)
    for column in ("政策 / scheme", "结论 / verdict", "缺少 / missing", "不符 / failed", "须确认 / to confirm"):
        table.add_column(column, overflow="fold")
    for one in verdicts:
        confirm = "; ".join(text["zh"] for text in one["to_confirm"])
        table.add_row(one["scheme"], one["verdict"], ", ".join(one["missing"]), ", ".join(one["failed"]), confirm)
    Console().print(table)

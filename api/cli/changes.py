"""``policymatch changes``: whom to notify, between two days or two catalogues."""

from __future__ import annotations

import csv
import datetime as dt
import json
import shutil
import sys
import tempfile
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from api.cli.bulk import Columns, ProfileFiles, input_errors, read_columns
from api.cli.extras import require
from api.cli.messages import say
from api.cli.options import AsJson, AsOf, CatalogueFile
from api.cli.progress import progress

if TYPE_CHECKING:
    from matcher.bulk.changes import Batch, Change
    from policies.catalogue import Catalogue

_MOST_SHOWN: Final = 20
"""Rows set aside that are listed on stderr; with --out a file lists all."""


def changes(
    profiles: ProfileFiles,
    before: Annotated[str, typer.Option("--before", metavar="DATE|PLACE", help="之前：日期或目录 / a day or a catalogue")],
    after: Annotated[str, typer.Option("--after", metavar="DATE|PLACE", help="之后：日期或目录 / a day or a catalogue")],
    out: Annotated[Path | None, typer.Option("--out", help="名单写入 CSV / the list as CSV")] = None,
    as_of: AsOf = None,
    catalogue: CatalogueFile = None,
    column: Columns = None,
    as_json: AsJson = False,
) -> None:
    """通知名单：谁新符合或不再符合哪项政策、为什么。 Who gained or lost which policy, and why; exit 1 if rows are set aside."""
    require({"pyarrow": "bulk"})
    sides = _side(before, "--before", as_of, catalogue), _side(after, "--after", as_of, catalogue)
    from matcher.bulk.changes import changes_of_files, count_rows
    from matcher.program import compile_program
    from policies.vocabulary import vocabulary

    paths = [path.resolve() for path in profiles]
    columns = dict(read_columns(column))
    with input_errors(catalogue), ExitStack() as stack:
        old, new = (compile_program(found.policies, day, vocabulary()) for found, day in sides)
        lists = _Lists(stack, out, {policy.id: policy.title.zh for found, _ in sides for policy in found}, as_json=as_json)
        total = count_rows(paths)
        report = stack.enter_context(progress())
        report(0, total)
        for batch in changes_of_files(old, new, paths, columns):
            lists.add(batch)
            report(lists.rows, total)
        lists.finish()
    if lists.bad:
        say(f"{lists.bad:,} 行有误，未参与 / {lists.bad:,} rows are set aside")
        raise typer.Exit(1)


def _side(text: str, option: str, as_of: str | None, catalogue: str | None) -> tuple[Catalogue, dt.date]:
    """What ``--before`` or ``--after`` names: a catalogue file on the day asked, or the catalogue on another day."""
    from api.cli.inputs import read_catalogue, read_day

    if "://" in text or Path(text).suffix or Path(text).exists():
        return read_catalogue(text), read_day(as_of)
    return read_catalogue(catalogue), read_day(text, option)


class _Lists:
    """Where changes go as they are found: a CSV, or JSON kept on disk until all went well.

    Attributes:
        rows: seen so far.
        bad: of them set aside.
    """

    def __init__(self, stack: ExitStack, out: Path | None, titles: dict[str, str], *, as_json: bool) -> None:
        self.rows = self.bad = 0
        self._titles, self._as_json = titles, as_json
        self._counts: Counter[tuple[str, bool, str]] = Counter()
        self._table = self._errors = None
        if out is not None:
            targets = [
                stack.enter_context(path.open("w", encoding="utf-8-sig", newline=""))
                for path in (out, out.with_name(f"{out.stem}.errors.csv"))
            ]
            self._table, self._errors = (csv.writer(target) for target in targets)
            self._table.writerow(_record_names())
            self._errors.writerow(("file", "row", "column", "value", "reason"))
        self._listed = None
        if as_json and out is None:
            self._listed = stack.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8"))  # noqa: SIM115 - the stack's
        self._first = True

    def add(self, batch: Batch) -> None:
        """List a batch's changes and the rows set aside."""
        for change in batch.changes:
            self._counts[change.policy, change.gained, change.reason] += 1
            if self._table or self._listed:
                self._list(change, batch.ids[change.row].as_py())
        for place, one in enumerate(batch.bad, self.bad):
            reason = f"{one.reason.zh} / {one.reason.en}"
            if self._errors:
                self._errors.writerow((batch.file, one.row, one.column, one.value, reason))
            elif place < _MOST_SHOWN:
                say(f"{batch.file} 第 {one.row} 行 / row {one.row}, {one.column} {one.value}: {reason}")
        self.bad += len({one.row for one in batch.bad})
        self.rows += batch.rows

    def _list(self, change: Change, profile: str) -> None:
        record = _record(change, profile, self._titles[change.policy])
        if self._table:
            self._table.writerow("|".join(value) if isinstance(value, list) else value for value in record.values())
        elif self._listed:
            self._listed.write(("" if self._first else ", ") + json.dumps(record, ensure_ascii=False))
            self._first = False

    def finish(self) -> None:
        """Print how many gained and lost, and with ``--json`` whom."""
        gained = sum(count for (_, up, _), count in self._counts.items() if up)
        lost = self._counts.total() - gained
        policies = [
            {"policy_id": policy, "change": "gained" if up else "lost", "reason": reason, "profiles": count}
            for (policy, up, reason), count in sorted(self._counts.items())
        ]
        if not self._as_json:
            for one in policies:
                sign = "+" if one["change"] == "gained" else "-"
                typer.echo(
                    f"{sign}{one['profiles']:<8} {self._titles[str(one['policy_id'])]}  {one['policy_id']}  {one['reason']}"
                )
            typer.echo(f"新符合 {gained:,}，不再符合 {lost:,} / {gained:,} gained, {lost:,} lost")
            return
        summary = {"rows": self.rows, "bad_rows": self.bad, "gained": gained, "lost": lost, "policies": policies}
        text = json.dumps(summary, ensure_ascii=False)
        if self._listed is None:
            sys.stdout.write(text + "\n")
            return
        sys.stdout.write(text[:-1] + ', "changes": [')
        self._listed.seek(0)
        shutil.copyfileobj(self._listed, sys.stdout)
        sys.stdout.write("]}\n")


def _record_names() -> tuple[str, ...]:
    return (
        "profile_id", "policy_id", "title", "change", "before", "after",
        "reason", "reason_zh", "reason_en", "fields",
    )  # fmt: skip


def _record(change: Change, profile: str, title: str) -> dict[str, Any]:
    """One change with its reason in words: what happened, and what was compared where it is not eligible."""
    from matcher.bulk.changes import REASONS

    reason = REASONS[change.reason]
    zh = "；".join([reason.zh, *(text.zh for text in change.sentences)])
    en = "; ".join([reason.en or "", *(text.en or text.zh for text in change.sentences)])
    before, after = (None if truth is None else truth.verdict for truth in (change.before, change.after))
    kind = "gained" if change.gained else "lost"
    values = (profile, change.policy, title, kind, before, after, change.reason, zh, en, list(change.fields))
    return dict(zip(_record_names(), values, strict=True))

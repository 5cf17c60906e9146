"""Rows of a department's table to records, as a mapping says.

One row, or one group of joined rows, is one scheme. A text the mapping cannot place becomes an
Issue with the text; it is never dropped in silence and never guessed at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from policies.codec import PolicyFormatError
from policies.mapped_row import MappedRecord, RowDraft, raw_rows
from policies.mapping import TableMapping
from policies.normalise import Normaliser
from policies.schema import Issue, Text
from policies.tables import Row, read_rows
from policies.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class MappedTable:
    """All records of a table; ``issues`` are those of columns and of rows that gave no record."""

    records: tuple[MappedRecord, ...]
    issues: tuple[Issue, ...]
    rows: int


def map_table(body: bytes, mapping: TableMapping, vocabulary: Vocabulary) -> MappedTable:
    """Read a department's table.

    Raises:
        TableError: the file is not what the mapping says.
    """
    rows = [row for row in read_rows(body, mapping.reader) if not _skipped(row, mapping)]
    issues = list(_column_issues(rows, mapping))
    records: list[MappedRecord] = []
    taken: dict[str, int] = {}
    for group in _joined(rows, mapping):
        draft = RowDraft(mapping, Normaliser(vocabulary, mapping.region), vocabulary, group[0].where)
        for number, row in enumerate(group):
            draft.read(row, number)
        try:
            records.append(draft.record(group, taken))
        except PolicyFormatError as error:
            zh, en = f"{group[0].where} 无法成为一条政策：{error}", f"{group[0].where} makes no policy: {error}"
            where = f"{mapping.name} {group[0].where}"
            issues += [*draft.issues, Issue("row_unreadable", where, Text(zh, en), raw_rows(group)[:2000])]
    return MappedTable(tuple(records), tuple(issues), len(rows))


def _skipped(row: Row, mapping: TableMapping) -> bool:
    return any(regex.search(str(row.cells.get(column, ""))) for column, regex in mapping.skip.items())


def _column_issues(rows: list[Row], mapping: TableMapping) -> Iterator[Issue]:
    found = dict.fromkeys(column for row in rows for column in row.cells)
    for column in found:
        if column not in mapping.columns and column not in mapping.ignore:
            zh = f"映射里没有列“{column}”，请写入 columns 或 ignore"
            yield Issue("unmapped_column", f"{mapping.name} {column}", Text(zh, f"the mapping lacks the column {column}"), column)
    for column, specs in mapping.columns.items():
        if rows and column not in found and any(spec.required for spec in specs):
            zh = f"表中没有必需的列“{column}”，表头可能变了"
            yield Issue("missing_column", f"{mapping.name} {column}", Text(zh, f"the table lacks the column {column}"), column)


def _joined(rows: list[Row], mapping: TableMapping) -> Iterator[list[Row]]:
    group: list[Row] = []
    for row in rows:
        same = group and mapping.join and all(row.cells.get(one) == group[-1].cells.get(one) for one in mapping.join)
        if same:
            group.append(row)
            continue
        if group:
            yield group
        group = [row]
    if group:
        yield group

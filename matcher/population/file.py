"""Populations in files: parquet, csv with headers in either language, or JSON Lines; written as parquet."""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from matcher.population.synthetic import METADATA_KEY, NOTICE
from policies.schema import Text
from policies.vocabulary import Vocabulary

if TYPE_CHECKING:
    import pyarrow as pa

GIVEN_NOTICE: Final = Text(
    "人口来自所给文件；程序没有核实它是否代表真实的企业和个人。",
    "The population is that of the file given; whether it represents real firms and persons was not checked.",
)


class PopulationError(ValueError):
    """A population that cannot be read; ``message`` gives the fault, the value and the next step."""

    def __init__(self, message: Text) -> None:
        super().__init__(message.in_language("en"))
        self.message = message


@dataclass(frozen=True, slots=True)
class Population:
    """Profiles as a table, and what they are.

    Attributes:
        table: one row a profile, one column a profile field.
        notice: what the counts mean and what they do not; to be shown with every result.
        origin: how it came about: kind, size, seed.
    """

    table: pa.Table
    notice: Text
    origin: Mapping[str, Any]

    @property
    def size(self) -> int:
        """The number of profiles."""
        return int(self.table.num_rows)


def population_of(table: pa.Table) -> Population:
    """A table with what its metadata say about it."""
    note = (table.schema.metadata or {}).get(METADATA_KEY)
    if note is None:
        return Population(table, GIVEN_NOTICE, {"kind": "given", "size": table.num_rows})
    origin = json.loads(note)
    return Population(table, NOTICE, {key: value for key, value in origin.items() if not key.startswith("notice")})


def write_population(table: pa.Table, path: Path) -> None:
    """Write a population as parquet, its metadata included.

    Raises:
        OSError: the file cannot be written.
    """
    import pyarrow.parquet as pq

    pq.write_table(table, path, row_group_size=65_536)


def read_population(path: Path, vocabulary: Vocabulary, as_of: dt.date) -> Population:
    """Read profiles from a parquet, csv or jsonl file.

    Raises:
        PopulationError: no such kind of file, a broken file, or no profile field among its columns.
        OSError: the file cannot be read.
    """
    import pyarrow as pa

    kind = path.suffix.lower()
    try:
        if kind == ".parquet":
            table = _parquet(path)
        elif kind in (".csv", ".jsonl"):
            table = _rows(path, kind, vocabulary, as_of)
        else:
            raise PopulationError(
                Text(
                    f"不认识的人口文件：{path.name}，请用 parquet、csv 或 jsonl",
                    f"{path.name}: give a parquet, csv or jsonl file",
                )
            )
    except (pa.ArrowException, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise PopulationError(Text(f"人口文件无法读取：{path.name}", f"{path.name} cannot be read as {kind[1:]}")) from error
    if not set(table.schema.names) & set(vocabulary.fields) or not table.num_rows:
        raise PopulationError(
            Text(
                f"{path.name} 里没有档案字段，列名应是 profile_fields.csv 中的字段名",
                f"{path.name} has no profile field as a column",
            )
        )
    return population_of(table)


def _parquet(path: Path) -> pa.Table:
    import pyarrow.parquet as pq

    texts = [field.name for field in pq.read_schema(path) if str(field.type) in ("string", "large_string")]
    return pq.read_table(path, read_dictionary=texts)


def _rows(path: Path, kind: str, vocabulary: Vocabulary, as_of: dt.date) -> pa.Table:
    """Rows as profiles: each is checked as every profile is, so that a wrong value is an error with its line."""
    import pyarrow as pa

    from matcher.profile import ProfileError, profile_from_json, profile_from_text

    text = path.read_text(encoding="utf-8-sig")
    labels = {field.label.zh: name for name, field in vocabulary.fields.items()}
    rows = []
    lines: list[Any] = (
        list(csv.DictReader(text.splitlines())) if kind == ".csv" else [json.loads(x) for x in text.splitlines() if x]
    )
    for number, row in enumerate(lines, 1):
        try:
            if kind == ".csv":
                given = {labels.get(name, name): cell or "" for name, cell in row.items() if isinstance(name, str)}
                rows.append(profile_from_text(given, vocabulary, as_of))
            else:
                rows.append(profile_from_json(row, vocabulary, as_of))
        except ProfileError as error:
            first = error.errors[0]
            raise PopulationError(
                Text(f"{path.name} 第 {number} 条：{first.message.zh}", f"{path.name}, profile {number}: {first.message.en}")
            ) from error
    used = {name for row in rows for name in row.values}
    columns = {}
    for name in (name for name in vocabulary.fields if name in used):
        values = [sorted(v) if isinstance(v := row.values.get(name), frozenset) else v for row in rows]
        columns[name] = pa.array(values)
    return pa.table(columns)

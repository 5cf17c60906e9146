"""Synthetic populations and those from files."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from matcher.population.file import PopulationError, population_of, read_population, write_population
from matcher.population.marginals import marginals
from matcher.population.synthetic import make_population
from matcher.profile import profile_from_json
from matcher.program.columns import row_values
from policies.vocabulary import Vocabulary
from tests.conftest import TODAY

pytest.importorskip("pyarrow", reason="pip install 'policymatch[office]'")


def test_the_same_seed_gives_the_same_profiles(words: Vocabulary) -> None:
    one, other, third = (make_population(300, seed, words, TODAY) for seed in (1, 1, 2))
    assert one.equals(other)
    assert not one.equals(third)


def test_every_profile_is_a_valid_one(words: Vocabulary) -> None:
    batch = make_population(300, 3, words, TODAY).combine_chunks().to_batches()[0]
    for row in range(batch.num_rows):
        values = {name: one.isoformat() if isinstance(one, dt.date) else one for name, one in row_values(batch, row).items()}
        profile_from_json(values, words, TODAY)


def test_fields_go_together(words: Vocabulary) -> None:
    table = make_population(5_000, 4, words, TODAY)
    firm = np.array(table.column("subject_type").to_pylist()) == "enterprise"
    people, revenue, founded = (table.column(name).to_numpy() for name in ("employees", "annual_revenue", "founded_on"))
    order = [np.argsort(np.argsort(one[firm])) for one in (people, revenue, founded)]
    assert np.corrcoef(order[0], order[1])[0, 1] > 0.5
    assert np.corrcoef(order[0], order[2])[0, 1] < -0.2  # older firms are larger


def test_every_figure_has_a_basis() -> None:
    assumed, total = marginals().assumed
    assert 0 < assumed <= total


def test_a_population_keeps_its_notice_in_the_file(words: Vocabulary, tmp_path: Path) -> None:
    path = tmp_path / "people.parquet"
    write_population(make_population(50, 1, words, TODAY), path)
    found = read_population(path, words, TODAY)
    assert found.size == 50
    assert found.origin["seed"] == 1
    assert "不是真实" in found.notice.zh


def test_files_of_other_kinds(words: Vocabulary, tmp_path: Path) -> None:
    table = tmp_path / "people.csv"
    table.write_text("年龄,employees,groups\n30,5,退役军人\n,7,\n", encoding="utf-8")
    lines = tmp_path / "people.jsonl"
    lines.write_text('{"age": 30}\n{"employees": 4, "groups": []}\n', encoding="utf-8")
    assert read_population(table, words, TODAY).table.column("employees").to_pylist() == [5.0, 7.0]
    assert read_population(lines, words, TODAY).table.column("groups").to_pylist() == [None, []]
    assert "没有核实" in read_population(lines, words, TODAY).notice.zh


@pytest.mark.parametrize(("name", "text"), [("a.txt", "x"), ("a.csv", "shoe\n3\n"), ("a.jsonl", "{"), ("a.parquet", "no")])
def test_a_wrong_file_is_refused(words: Vocabulary, tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(PopulationError):
        read_population(tmp_path / name, words, TODAY)


def test_a_population_needs_somebody(words: Vocabulary) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        make_population(0, 1, words, TODAY)
    assert population_of(make_population(1, 1, words, TODAY)).size == 1

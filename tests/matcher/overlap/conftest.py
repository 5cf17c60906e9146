"""A small synthetic population for the policy office."""

from __future__ import annotations

import pytest

from matcher.population.file import Population, population_of
from matcher.population.synthetic import make_population
from policies.vocabulary import Vocabulary
from tests.conftest import TODAY


@pytest.fixture(scope="session")
def people(words: Vocabulary) -> Population:
    """2,000 synthetic profiles."""
    return population_of(make_population(2_000, 5, words, TODAY))

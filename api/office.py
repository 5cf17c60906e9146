"""The policy office's results for a running server: computed on first use, kept for the day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from importlib.util import find_spec
from threading import Lock
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import Depends, Request

from api.errors import ProblemError
from api.service import Service, ServiceOf

if TYPE_CHECKING:
    from matcher.overlap.contradictions import Contradiction
    from matcher.overlap.gaps import Gaps
    from matcher.overlap.scenario import Scenario
    from matcher.overlap.survey import Survey
    from matcher.overlap.whatif import Outcome
    from matcher.population.file import Population

POPULATION_SIZE: Final = 20_000
POPULATION_SEED: Final = 1
_DAYS_KEPT: Final = 3
"""A server runs for months; what was asked of three days is kept."""


@dataclass
class Office:
    """Results by day for one service; two requests never compute the same thing at once."""

    service: Service
    _kept: dict[tuple[str, dt.date], Any] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def population(self, day: dt.date) -> Population:
        """The population all figures are counted on: the file that is set, else a synthetic one.

        Raises:
            ProblemError: 503, a package is missing or the file cannot be used.
        """
        if not find_spec("pyarrow"):
            detail = "服务器缺少组件 pyarrow，请运行 / pyarrow is missing, run: pip install 'policymatch[office]'"
            raise ProblemError(503, detail)
        found: Population = self._keep("population", day, lambda: self._people(day))
        return found

    def _people(self, day: dt.date) -> Population:
        from matcher.population.file import PopulationError, population_of, read_population
        from matcher.population.synthetic import make_population

        path, vocabulary = self.service.settings.population, self.service.vocabulary
        if path is None:
            return population_of(make_population(POPULATION_SIZE, POPULATION_SEED, vocabulary, day))
        try:
            return read_population(path, vocabulary, day)
        except PopulationError as error:
            raise ProblemError(503, f"POLICYMATCH_POPULATION：{error.message.zh} / {error.message.en}") from error
        except OSError as error:
            raise ProblemError(503, f"POLICYMATCH_POPULATION：{path} 无法读取 / cannot be read: {error.strerror}") from error

    def _keep(self, name: str, day: dt.date, make: Callable[[], Any]) -> Any:  # noqa: ANN401 - the caller names the type
        """What was made for that day; days long not asked for are dropped."""
        if (name, day) not in self._kept:
            self._kept[name, day] = make()
            days = dict.fromkeys(other for _, other in self._kept)
            for old in list(days)[:-_DAYS_KEPT]:
                for key in [key for key in self._kept if key[1] == old]:
                    del self._kept[key]
        return self._kept[name, day]

    def survey(self, day: dt.date) -> Survey:
        """All overlaps of the catalogue."""
        from matcher.overlap.survey import survey

        with self._lock:
            people = self.population(day)
            make = partial(survey, self.service.catalogue, people, day, self.service.vocabulary)
            found: Survey = self._keep("survey", day, make)
            return found

    def gaps(self, day: dt.date) -> Gaps:
        """The gap map.

        Raises:
            ProblemError: 503, a package is missing.
        """
        from matcher.overlap.gaps import find_gaps
        from models.segments import SegmentsError

        with self._lock:
            people = self.population(day)
            make = partial(find_gaps, self.service.catalogue, people, day, self.service.vocabulary)
            try:
                found: Gaps = self._keep("gaps", day, make)
            except SegmentsError as error:
                raise ProblemError(503, f"服务器缺少组件 / {error}") from error
            return found

    def contradictions(self, day: dt.date) -> tuple[Contradiction, ...]:
        """Contradictions and dead or idle conditions."""
        from matcher.overlap.contradictions import contradictions

        with self._lock:
            make = partial(contradictions, self.service.catalogue, self.service.vocabulary, day)
            found: tuple[Contradiction, ...] = self._keep("contradictions", day, make)
            return found

    def simulate(self, scenario: Scenario, against: Scenario | None, day: dt.date) -> Outcome:
        """What a scenario does, against the catalogue or another draft.

        Raises:
            ProblemError: 422, an edit that cannot be carried out.
        """
        from matcher.overlap.scenario import ScenarioError, edited
        from matcher.overlap.whatif import simulate

        catalogue, vocabulary = self.service.catalogue, self.service.vocabulary
        try:
            after = edited(catalogue, scenario, vocabulary)
            earlier = edited(catalogue, against, vocabulary) if against else {}
        except ScenarioError as error:
            raise ProblemError(422, f"{error.message.zh} / {error.message.en}") from error
        after = {name: catalogue.by_id[name] for name in earlier} | after
        before = {name: earlier.get(name, catalogue.by_id[name]) for name in after}
        return simulate(catalogue, before, after, self.population(day), day, vocabulary)


def _office(request: Request, service: ServiceOf) -> Office:
    office = getattr(request.app.state, "office", None)
    if not isinstance(office, Office):
        office = request.app.state.office = Office(service)
    return office


OfficeOf = Annotated[Office, Depends(_office)]
"""Parameter type that gives a route the policy office."""

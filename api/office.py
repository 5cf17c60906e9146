"""The policy office's results for a running server: computed on first use, kept for the day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
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


@dataclass
class Office:
    """Results by day for one service; two requests never compute the same thing at once."""

    service: Service
    _kept: dict[tuple[str, dt.date], Any] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def population(self, day: dt.date) -> Population:
        """The synthetic population all figures are counted on.

        Raises:
            ProblemError: 503, a package is missing.
        """
        if not find_spec("pyarrow"):
            detail = "服务器缺少组件 pyarrow，请运行 / pyarrow is missing, run: pip install 'policymatch[office]'"
            raise ProblemError(503, detail)
        from matcher.population.file import population_of
        from matcher.population.synthetic import make_population

        key = "population", day
        if key not in self._kept:
            self._kept[key] = population_of(make_population(POPULATION_SIZE, POPULATION_SEED, self.service.vocabulary, day))
        found: Population = self._kept[key]
        return found

    def survey(self, day: dt.date) -> Survey:
        """All overlaps of the catalogue."""
        from matcher.overlap.survey import survey

        with self._lock:
            people = self.population(day)
            if ("survey", day) not in self._kept:
                self._kept["survey", day] = survey(self.service.catalogue, people, day, self.service.vocabulary)
            found: Survey = self._kept["survey", day]
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
            if ("gaps", day) not in self._kept:
                try:
                    self._kept["gaps", day] = find_gaps(self.service.catalogue, people, day, self.service.vocabulary)
                except SegmentsError as error:
                    raise ProblemError(503, f"服务器缺少组件 / {error}") from error
            found: Gaps = self._kept["gaps", day]
            return found

    def contradictions(self, day: dt.date) -> tuple[Contradiction, ...]:
        """Contradictions and dead or idle conditions."""
        from matcher.overlap.contradictions import contradictions

        with self._lock:
            if ("contradictions", day) not in self._kept:
                self._kept["contradictions", day] = contradictions(self.service.catalogue, self.service.vocabulary, day)
            found: tuple[Contradiction, ...] = self._kept["contradictions", day]
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

"""What reading a document gives: metadata, schemes and measures, and their JSON form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from policies.codec import benefit_to_json
from policies.condition import Condition, condition_to_json, leaves
from policies.extract.metadata import Metadata
from policies.schema import Benefit, Text


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemeDraft:
    """One scheme as read, before review. Terms are those of the vocabularies."""

    name: str
    locator: str
    instrument: str
    audience: str
    conditions: Condition
    benefits: tuple[Benefit, ...] = ()
    once_only: bool | None = None
    exclusive_with: tuple[str, ...] = ()
    apply_window: str | None = None
    apply_where: str | None = None
    kind: str = "scheme"
    span: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A commitment of a framework document: what is to be done, for whom, where, by whom, by when.

    ``targets`` are figures with their year where one is stated.
    """

    text: str
    instrument: str
    groups: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    bodies: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    span: tuple[int, int] = (0, 0)
    kind: str = "commitment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """Everything read from one document of a source."""

    metadata: Metadata
    schemes: tuple[SchemeDraft, ...] = ()
    measures: tuple[Measure, ...] = ()
    text: str = ""
    origin: str = ""
    sha256: str = ""
    warnings: tuple[Text, ...] = ()

    @property
    def modelled(self) -> int:
        """Leaves that a profile field expresses."""
        return sum(not leaf.declared for scheme in self.schemes for leaf in leaves(scheme.conditions))

    @property
    def declared(self) -> int:
        """Leaves that a person must confirm."""
        return sum(leaf.declared for scheme in self.schemes for leaf in leaves(scheme.conditions))


def extraction_to_json(found: Extraction) -> dict[str, Any]:
    """The form of ``policymatch extract --json``."""
    meta = found.metadata
    return {
        "document": {
            "title": meta.title,
            "issuers": list(meta.issuers),
            "document_no": meta.document_no,
            "published": meta.published,
            "signed": meta.signed,
            "effective_from": meta.effective_from,
            "effective_to": meta.effective_to,
            "supersedes": list(meta.supersedes),
            "region": meta.region,
            "origin": found.origin,
            "sha256": found.sha256,
        },
        "schemes": [scheme_to_json(scheme) for scheme in found.schemes],
        "measures": [measure_to_json(measure) for measure in found.measures],
        "warnings": [{"zh": text.zh, "en": text.en} for text in found.warnings],
    }


def scheme_to_json(scheme: SchemeDraft) -> dict[str, Any]:
    """One scheme in the form of the gold files, with evidence on every leaf and benefit."""
    return {
        "kind": scheme.kind,
        "name": scheme.name,
        "locator": scheme.locator,
        "instrument": scheme.instrument,
        "audience": scheme.audience,
        "conditions": condition_to_json(scheme.conditions),
        "benefits": [benefit_to_json(benefit) for benefit in scheme.benefits],
        "once_only": scheme.once_only,
        "exclusive_with": list(scheme.exclusive_with),
        "apply_window": scheme.apply_window,
        "apply_where": scheme.apply_where,
        "span": list(scheme.span),
    }


def measure_to_json(measure: Measure) -> dict[str, Any]:
    """One commitment with its citation."""
    return {
        "kind": measure.kind,
        "what": measure.text,
        "instrument": measure.instrument,
        "groups": list(measure.groups),
        "places": list(measure.places),
        "bodies": list(measure.bodies),
        "targets": list(measure.targets),
        "quote": measure.text,
        "span": list(measure.span),
    }

"""The catalogue as linked data: schema.org ``GovernmentService`` with the terms of CPSV-AP."""

from __future__ import annotations

import json
from typing import Any, Final

from policies.catalogue import Catalogue
from policies.changes import benefit_words, condition_words
from policies.condition import All, AnyOf, Condition, Leaf, Not
from policies.schema import Benefit, Policy, Text
from policies.vocabulary import Vocabulary

CONTEXT: Final[dict[str, Any]] = {
    "@vocab": "https://schema.org/",
    "cpsv": "http://purl.org/vocab/cpsv#",
    "cv": "http://data.europa.eu/m8g/",
    "dct": "http://purl.org/dc/terms/",
    "eli": "http://data.europa.eu/eli/ontology#",
    "pm": "urn:policymatch:",
    "dct:title": {"@container": "@language"},
    "dct:description": {"@container": "@language"},
}
"""Where the terms come from; nothing needs to be fetched to read the file."""


def to_jsonld(catalogue: Catalogue, vocabulary: Vocabulary) -> str:
    """The whole catalogue as one JSON-LD document; identifiers are ``urn:policymatch:policy:ID``."""
    graph = [_service(policy, vocabulary) for policy in catalogue]
    document = {"@context": CONTEXT, "@graph": graph}
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _service(policy: Policy, vocabulary: Vocabulary) -> dict[str, Any]:
    application = policy.application
    found: dict[str, Any] = {
        "@id": f"pm:policy:{policy.id}",
        "@type": ["GovernmentService", "cpsv:PublicService"],
        "identifier": policy.id,
        "name": policy.title.zh,
        "alternateName": policy.title.en,
        "dct:title": _languages(policy.title),
        "dct:description": _languages(policy.summary) if policy.summary else None,
        "serviceType": vocabulary.word("instrument", policy.instrument),
        "serviceOperator": [{"@type": "GovernmentOrganization", "name": name} for name in policy.issuers],
        "cv:hasCompetentAuthority": [{"@type": "cv:PublicOrganisation", "dct:title": {"zh": name}} for name in policy.issuers],
        "areaServed": {
            "@type": "AdministrativeArea",
            "identifier": policy.region,
            "name": vocabulary.regions.name(policy.region),
        },
        "audience": {"@type": "Audience", "audienceType": policy.audience},
        "cv:isClassifiedBy": list(policy.groups) or None,
        "cv:holdsRequirement": _requirement(policy.conditions, vocabulary),
        "cpsv:produces": [_output(benefit, vocabulary) for benefit in policy.benefits] or None,
        "cpsv:hasInput": [{"@type": "cv:Evidence", "dct:title": {"zh": name}} for name in application.materials] or None,
        "hoursAvailable": None,
        "availableChannel": _channel(policy),
        "cpsv:hasLegalResource": _legal(policy),
        "temporalCoverage": _period(policy),
        "isRelatedTo": [{"@id": f"pm:policy:{one.policy}", "pm:relation": one.kind} for one in policy.relations] or None,
        "pm:notCombinableWith": [{"@id": f"pm:policy:{one}"} for one in policy.exclusive_with] or None,
        "pm:status": policy.status,
        "pm:confidence": policy.confidence,
    }
    return {key: value for key, value in found.items() if value is not None}


def _requirement(node: Condition, vocabulary: Vocabulary) -> dict[str, Any] | None:
    match node:
        case All(()):
            return None
        case All(children) | AnyOf(children):
            kind = "all" if isinstance(node, All) else "any"
            parts = [_requirement(child, vocabulary) for child in children]
            return {"@type": "cv:Criterion", "pm:combines": kind, "cv:hasRequirement": parts}
        case Not(child):
            return {"@type": "cv:Criterion", "pm:combines": "not", "cv:hasRequirement": [_requirement(child, vocabulary)]}
        case Leaf():
            value = list(node.value) if isinstance(node.value, tuple) else node.value
            found = {"@type": "cv:Constraint", "pm:field": node.field, "pm:op": node.op, "pm:value": value}
            quote = node.evidence.quote if node.evidence else None
            return {**found, "dct:description": {"zh": condition_words(node, vocabulary)}} | (
                {"pm:quote": quote} if quote else {}
            )


def _output(benefit: Benefit, vocabulary: Vocabulary) -> dict[str, Any]:
    found: dict[str, Any] = {"@type": ["cv:Output", "MonetaryGrant" if benefit.kind != "service" else "Service"]}
    found["dct:description"] = {"zh": benefit_words(benefit, vocabulary)}
    for key, value in (("minValue", benefit.amount_yuan), ("maxValue", benefit.cap_yuan)):
        if value is not None:
            found.setdefault("amount", {"@type": "MonetaryAmount", "currency": "CNY"})[key] = value
    if benefit.rate is not None:
        found["pm:rate"], found["pm:rateKind"] = benefit.rate, benefit.rate_kind
    if benefit.duration_months is not None:
        found["duration"] = f"P{benefit.duration_months:g}M"
    return found


def _channel(policy: Policy) -> dict[str, Any] | None:
    application = policy.application
    if application.how is None and not application.offices:
        return None
    found: dict[str, Any] = {"@type": "ServiceChannel"}
    if application.how is not None:
        found["dct:description"] = _languages(application.how)
    if application.offices:
        found["serviceLocation"] = [{"@type": "GovernmentOffice", "name": name} for name in application.offices]
    return found


def _legal(policy: Policy) -> dict[str, Any] | None:
    source = policy.source
    if policy.document_no is None and source is None:
        return None
    found: dict[str, Any] = {"@type": ["Legislation", "eli:LegalResource"]}
    given = {
        "legislationIdentifier": policy.document_no,
        "datePublished": policy.issued.text if policy.issued else None,
        "name": source.title if source else None,
        "url": source.url if source else None,
    }
    return found | {key: value for key, value in given.items() if value is not None}


def _period(policy: Policy) -> str | None:
    begin, end = policy.effective_from, policy.effective_to
    return f"{begin.text if begin else '..'}/{end.text if end else '..'}" if begin or end else None


def _languages(text: Text) -> dict[str, str]:
    return {"zh": text.zh} | ({"en": text.en} if text.en else {})

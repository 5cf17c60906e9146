"""The exchange form of a policy: one JSON object, the form of ``export --format jsonl``.

Reading names the key and the value that is wrong; writing leaves out what is empty, in a fixed
key order, so that export, import and export again give the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from policies.condition import (
    All,
    Condition,
    ConditionError,
    condition_from_json,
    condition_to_json,
    evidence_from_json,
    evidence_to_json,
)
from policies.schema import Application, Benefit, PartialDate, Policy, Relation, Source, Text


class PolicyFormatError(ValueError):
    """A policy in exchange form that cannot be read; says which entry, key and value."""


def policy_from_json(data: object) -> Policy:
    """Read one policy object.

    Raises:
        PolicyFormatError: naming the policy id, the key and the problem.
    """
    if not isinstance(data, Mapping):
        raise PolicyFormatError(f"a policy must be an object, got {data!r:.80}")
    identity = data.get("id", "without id")
    unknown = sorted(set(data) - _KEYS)
    if unknown:
        raise PolicyFormatError(f"policy {identity}: unknown keys {', '.join(unknown)}")
    try:
        return _policy(data)
    except ConditionError as error:
        raise PolicyFormatError(f"policy {identity}: {error}") from error
    except KeyError as error:
        raise PolicyFormatError(f"policy {identity}: the key {error} is missing") from error
    except (ValueError, TypeError, AttributeError) as error:
        raise PolicyFormatError(f"policy {identity}: {error}") from error


def policy_from_line(line: str | bytes) -> Policy:
    """Read one line of a JSON Lines catalogue.

    Raises:
        PolicyFormatError: broken JSON, or a wrong policy object.
    """
    try:
        data = json.loads(line)
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise PolicyFormatError(f"not a JSON object: {error}") from error
    return policy_from_json(data)


def policy_to_line(policy: Policy) -> str:
    """One line of JSON, without a line end."""
    return json.dumps(policy_to_json(policy), ensure_ascii=False, separators=(", ", ": "))


def _policy(data: Mapping[str, Any]) -> Policy:
    conditions: Condition = condition_from_json(data["conditions"]) if "conditions" in data else All(())
    return Policy(
        id=data["id"],
        kind=data.get("kind", "scheme"),
        title=_need(text_from_json(data["title"]), "title"),
        summary=text_from_json(data.get("summary")),
        level=data["level"],
        region=data["region"],
        issuers=tuple(data.get("issuers", ())),
        instrument=data["instrument"],
        audience=data["audience"],
        groups=tuple(data.get("groups", ())),
        industries=tuple(data.get("industries", ())),
        document_no=data.get("document_no"),
        issued=_date(data.get("issued")),
        effective_from=_date(data.get("effective_from")),
        effective_to=_date(data.get("effective_to")),
        status=data.get("status", "unknown"),
        conditions=conditions,
        benefits=tuple(benefit_from_json(item) for item in data.get("benefits", ())),
        once_only=data.get("once_only"),
        exclusive_with=tuple(data.get("exclusive_with", ())),
        exclusions=tuple(_need(text_from_json(item), "exclusions") for item in data.get("exclusions", ())),
        relations=tuple(_relation(item) for item in data.get("relations", ())),
        application=_application(data.get("application", {})),
        source=_source(data.get("source")),
        confidence=data.get("confidence", "medium"),
        evidence=data.get("evidence"),
        notes=text_from_json(data.get("notes")),
        reviewed=bool(data.get("reviewed", False)),
    )


def text_from_json(data: object) -> Text | None:
    """A text: a plain string (Chinese), ``{"zh": …, "en": …}``, or null."""
    if data is None or isinstance(data, Text):
        return data
    if isinstance(data, str):
        return Text(data)
    if isinstance(data, Mapping) and set(data) <= {"zh", "en"} and isinstance(data.get("zh"), str):
        return Text(data["zh"], data.get("en"))
    raise TypeError(f"a text must be a string or an object with zh and en, got {data!r:.80}")


def benefit_from_json(data: Mapping[str, Any]) -> Benefit:
    """Read one benefit in the form of the gold files, with optional ``rate_kind`` and evidence.

    Raises:
        ValueError: a figure out of range.
        TypeError: not an object, or without a kind.
    """
    if not isinstance(data, Mapping) or not isinstance(data.get("kind"), str):
        raise TypeError(f"a benefit must be an object with a kind, got {data!r:.80}")
    return Benefit(
        kind=data["kind"],
        amount_yuan=data.get("amount_yuan"),
        rate=data.get("rate"),
        rate_kind=data.get("rate_kind"),
        of=text_from_json(data.get("of")),
        cap_yuan=data.get("cap_yuan"),
        cap_per=data.get("cap_per"),
        duration_months=data.get("duration_months"),
        per=data.get("per"),
        when=text_from_json(data.get("when")),
        lent=bool(data.get("lent", False)),
        evidence=evidence_from_json(data),
    )


def _relation(data: Mapping[str, Any]) -> Relation:
    return Relation(data["kind"], data["policy"], text_from_json(data.get("reason")), evidence_from_json(data))


def _application(data: Mapping[str, Any]) -> Application:
    return Application(
        how=text_from_json(data.get("how")),
        offices=tuple(data.get("offices", ())),
        materials=tuple(data.get("materials", ())),
        window=data.get("window", "unknown"),
        opens=_date(data.get("opens")),
        closes=_date(data.get("closes")),
        window_note=text_from_json(data.get("window_note")),
    )


def _source(data: Mapping[str, Any] | None) -> Source | None:
    return Source(data["kind"], data.get("title"), data.get("url")) if data else None


def _date(text: str | None) -> PartialDate | None:
    return PartialDate(text) if text else None


def _need(text: Text | None, key: str) -> Text:
    if text is None:
        raise ValueError(f"{key} must not be empty")
    return text


def policy_to_json(policy: Policy) -> dict[str, Any]:
    """The exchange form; empty parts are left out, keys stand in reading order."""
    application, source = policy.application, policy.source
    found: dict[str, Any] = {
        "id": policy.id,
        "kind": policy.kind if policy.kind != "scheme" else None,
        "title": _text(policy.title),
        "summary": _text(policy.summary),
        "level": policy.level,
        "region": policy.region,
        "issuers": list(policy.issuers),
        "document_no": policy.document_no,
        "issued": _day(policy.issued),
        "effective_from": _day(policy.effective_from),
        "effective_to": _day(policy.effective_to),
        "status": policy.status,
        "instrument": policy.instrument,
        "audience": policy.audience,
        "groups": list(policy.groups),
        "industries": list(policy.industries),
        "conditions": condition_to_json(policy.conditions),
        "benefits": [_benefit(item) for item in policy.benefits],
        "once_only": policy.once_only,
        "exclusive_with": list(policy.exclusive_with),
        "exclusions": [_text(item) for item in policy.exclusions],
        "relations": [
            _kept({"kind": r.kind, "policy": r.policy, "reason": _text(r.reason)} | evidence_to_json(r.evidence))
            for r in policy.relations
        ],
        "application": _kept(
            {
                "how": _text(application.how),
                "offices": list(application.offices),
                "materials": list(application.materials),
                "window": application.window if application.window != "unknown" else None,
                "opens": _day(application.opens),
                "closes": _day(application.closes),
                "window_note": _text(application.window_note),
            }
        ),
        "source": _kept({"kind": source.kind, "title": source.title, "url": source.url}) if source else None,
        "confidence": policy.confidence,
        "evidence": policy.evidence,
        "notes": _text(policy.notes),
        "reviewed": policy.reviewed or None,
    }
    return _kept(found)


def benefit_to_json(benefit: Benefit) -> dict[str, Any]:
    """All keys of the gold form, absent ones null, then the evidence keys."""
    found: dict[str, Any] = {
        "kind": benefit.kind,
        "amount_yuan": benefit.amount_yuan,
        "rate": benefit.rate,
        "rate_kind": benefit.rate_kind,
        "of": _text(benefit.of),
        "cap_yuan": benefit.cap_yuan,
        "cap_per": benefit.cap_per,
        "duration_months": benefit.duration_months,
        "per": benefit.per,
        "when": _text(benefit.when),
    }
    if benefit.lent:
        found["lent"] = True
    return found | evidence_to_json(benefit.evidence)


def _benefit(benefit: Benefit) -> dict[str, Any]:
    return _kept(benefit_to_json(benefit))


def _text(text: Text | None) -> str | dict[str, str] | None:
    if text is None:
        return None
    return text.zh if text.en is None else {"zh": text.zh, "en": text.en}


def _day(date: PartialDate | None) -> str | None:
    return date.text if date else None


def _kept(data: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if value is not None and value not in ([], {})}


_KEYS = frozenset(
    [
        "id",
        "kind",
        "title",
        "summary",
        "level",
        "region",
        "issuers",
        "document_no",
        "issued",
        "effective_from",
        "effective_to",
        "status",
        "instrument",
        "audience",
        "groups",
        "industries",
        "conditions",
        "benefits",
        "once_only",
        "exclusive_with",
        "exclusions",
        "relations",
        "application",
        "source",
        "confidence",
        "evidence",
        "notes",
        "reviewed",
    ]
)

"""Feeds that people subscribe to: an Atom feed of changes, a calendar of deadlines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from xml.etree import ElementTree as ET

from policies.catalogue import Catalogue
from policies.changes import PolicyChange
from policies.schema import PartialDate, Policy

_ATOM: Final = "http://www.w3.org/2005/Atom"
MAX_ENTRIES: Final = 500
"""Entries of a feed, the newest: readers keep what they have seen."""

_KINDS: Final = {"added": "新增 / new", "changed": "有改动 / changed", "removed": "移出目录 / removed"}


@dataclass(frozen=True, slots=True)
class VersionChanges:
    """What one published version changed."""

    number: int
    at: dt.datetime
    changes: tuple[PolicyChange, ...]


def to_atom(name: str, versions: Sequence[VersionChanges]) -> str:
    """An Atom feed with one entry per policy and version, saying condition by condition what changed.

    Args:
        name: of the catalogue.
        versions: the newest first.
    """
    ET.register_namespace("", _ATOM)
    feed = ET.Element(f"{{{_ATOM}}}feed")
    _child(feed, "id", f"urn:policymatch:catalogue:{name}")
    _child(feed, "title", "政策目录改动 / changes of the catalogue")
    updated = versions[0].at if versions else dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    _child(feed, "updated", _instant(updated))
    _child(_child(feed, "author", ""), "name", "policymatch")
    entries = ((version, change) for version in versions for change in version.changes)
    for number, (version, change) in enumerate(entries):
        if number >= MAX_ENTRIES:
            break
        entry = _child(feed, "entry", "")
        _child(entry, "id", f"urn:policymatch:catalogue:{name}:{version.number}:{change.policy}")
        _child(entry, "title", f"{change.title}：{_KINDS[change.kind]}")
        _child(entry, "updated", _instant(version.at))
        lines = [f"{one.sentence()} / {one.sentence('en')}" for one in change.changes] or [_KINDS[change.kind]]
        _child(entry, "content", "\n".join(lines)).set("type", "text")
        _child(entry, "category", "").set("term", change.kind)
    ET.indent(feed, " ")
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(feed, encoding="unicode") + "\n"


def to_ics(catalogue: Catalogue, stamp: dt.datetime) -> bytes:
    """The last days of application periods and of validity as all-day events, with a reminder a fortnight before.

    Args:
        catalogue: the policies.
        stamp: when the calendar is made, written into every event.
    """
    from icalendar import Alarm, Calendar, Event

    calendar = Calendar()
    calendar.add("prodid", "-//policymatch//deadlines//ZH")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", "政策截止日期")
    for policy in catalogue:
        for kind, words, date in _deadlines(policy):
            event = Event()
            event.add("uid", f"{policy.id}-{kind}-{date.isoformat()}@policymatch")
            event.add("dtstamp", stamp)
            event.add("dtstart", date)
            event.add("dtend", date + dt.timedelta(days=1))
            event.add("summary", f"{words}：{policy.title.zh}")
            event.add("description", _description(policy))
            event.add("transp", "TRANSPARENT")
            alarm = Alarm()
            alarm.add("action", "DISPLAY")
            alarm.add("description", f"{words}：{policy.title.zh}")
            alarm.add("trigger", dt.timedelta(days=-14))
            event.add_component(alarm)
            calendar.add_component(event)
    return bytes(calendar.to_ical())


def _deadlines(policy: Policy) -> list[tuple[str, str, dt.date]]:
    given: list[tuple[str, str, PartialDate | None]] = [
        ("closes", "申请截止", policy.application.closes),
        ("expires", "政策到期", policy.effective_to),
    ]
    return [(kind, words, date.last_day()) for kind, words, date in given if date is not None]


def _description(policy: Policy) -> str:
    parts = [policy.summary.zh if policy.summary else "", policy.application.how.zh if policy.application.how else ""]
    parts += [f"受理：{'、'.join(policy.application.offices)}" if policy.application.offices else "", policy.document_no or ""]
    return "\n".join(part for part in parts if part)


def _child(parent: ET.Element, tag: str, text: str) -> ET.Element:
    element = ET.SubElement(parent, f"{{{_ATOM}}}{tag}")
    if text:
        element.text = "".join(one for one in text if one in "\n\t" or ord(one) >= 32)
    return element


def _instant(time: dt.datetime) -> str:
    return time.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

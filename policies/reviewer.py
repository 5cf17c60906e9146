"""A reviewer's decision carried out: recorded in the queue, and in the catalogue where one is named."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from policies.acceptance import Conversion, draft_to_policy
from policies.catalogue import load_catalogue
from policies.publish import change_catalogue
from policies.queue import Draft, ReviewQueue
from policies.schema import Issue, Policy
from policies.vocabulary import Vocabulary


class NotPublishableError(ValueError):
    """A draft that cannot become a catalogue entry as it is; ``issues`` say why."""

    def __init__(self, issues: tuple[Issue, ...]) -> None:
        self.issues = issues
        super().__init__("; ".join(f"{issue.message.zh} / {issue.message.en}" for issue in issues))


@dataclass(frozen=True, slots=True)
class Decided:
    """A draft after a decision, and its entry where one was written."""

    draft: Draft
    policy: Policy | None = None
    issues: tuple[Issue, ...] = ()


@dataclass(frozen=True, slots=True)
class Reviewer:
    """Decides on the drafts of ``queue``; accepted ones go to ``catalogue``, where there is one."""

    queue: ReviewQueue
    vocabulary: Vocabulary
    catalogue: Path | None = None

    def convert(self, draft: Draft, as_of: dt.date, note: str | None = None, region: str | None = None) -> Conversion:
        """What accepting ``draft`` would publish, and what does not fit. A new reading keeps its entry's id."""
        earlier = [one.policy_id for one in self.queue.accepted_of(draft.lineage) if one.policy_id]
        identity = draft.policy_id or (earlier[-1] if earlier else None)
        return draft_to_policy(draft.content, draft.document, self.vocabulary, as_of, region=region, identity=identity, note=note)

    def accept(self, identity: str, now: dt.datetime, note: str | None = None, region: str | None = None) -> Decided:
        """Publish the draft and record that it was accepted; a commitment is recorded only.

        Raises:
            QueueError: no such draft, or one that a newer reading replaced.
            NotPublishableError: it cannot become an entry; nothing was recorded.
            CatalogueError: the catalogue cannot be written; nothing was recorded.
        """
        draft = self.queue.decidable(identity)
        if self.catalogue is None or draft.kind == "commitment":
            return Decided(self.queue.decide(identity, "accepted", note, now))
        found = self.convert(draft, now.date(), note, region)
        if found.policy is None:
            raise NotPublishableError(found.issues)
        change_catalogue(self.catalogue, found.policy)
        decided = self.queue.decide(identity, "accepted", note, now, found.policy.id)
        return Decided(decided, found.policy, found.issues)

    def reject(self, identity: str, now: dt.datetime, note: str | None = None, state: str = "rejected") -> Decided:
        """Record that the draft was rejected (or waits again); its entry goes, an earlier confirmed one comes back.

        Raises:
            QueueError: no such draft, or one that a newer reading replaced.
            CatalogueError: the catalogue has wrong lines (nothing was recorded) or cannot be written.
        """
        if self.catalogue is not None and self.catalogue.exists():
            load_catalogue(self.catalogue)
        before = self.queue.draft(identity)
        decided = self.queue.decide(identity, state, note, now)
        if self.catalogue is not None and before.state == "accepted" and before.policy_id:
            back = next((one for one in self.queue.accepted_of(before.lineage) if one.state == "accepted"), None)
            again = self.convert(back, now.date(), back.note).policy if back is not None else None
            kept = {one.policy_id for one in self.queue.drafts(("accepted",))}
            change_catalogue(self.catalogue, again, () if again or before.policy_id in kept else (before.policy_id,))
        return Decided(decided)

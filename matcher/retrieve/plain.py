"""Search without any extra package: shared pairs of characters, and the choice between this and the full search."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

from matcher.ordering import ScorePart
from matcher.relevance import character_pairs, relevance
from matcher.retrieve.answer import Filters, Hit, SearchAnswer
from matcher.retrieve.passages import Passage, passages_of, typical_questions
from matcher.retrieve.query import Reader
from policies.catalogue import Catalogue
from policies.schema import Text
from policies.vocabulary import Vocabulary

_SHARED: Final = Text("用词相同", "same words")
_MISSING: Final = Text(
    "没有安装搜索组件，只按共同的字词查找；请运行 pip install 'policymatch[search]'",
    "the search packages are missing, only shared words are counted: pip install 'policymatch[search]'",
)
_FITS: Final = 0.15
_EVERY_FILTER: Final = Filters()


class Search(Protocol):
    """What pages, HTTP and the command line ask."""

    def search(self, text: str, day: dt.date, filters: Filters = ..., top: int | None = None) -> SearchAnswer:
        """Every scheme the filters admit, best first."""


class PlainSearch:
    """Counts shared pairs of characters; needs nothing but the catalogue."""

    def __init__(self, catalogue: Catalogue, vocabulary: Vocabulary, home: str = "", notice: Text = _MISSING) -> None:
        self._catalogue, self._vocabulary, self._notice = catalogue, vocabulary, notice
        self._reader = Reader(vocabulary, home)

    def search(
        self,
        text: str,
        day: dt.date,
        filters: Filters = _EVERY_FILTER,
        top: int | None = None,
    ) -> SearchAnswer:
        """Every scheme the filters admit, best first."""
        said = self._reader.read(text)
        wish = character_pairs(said.widened)
        policies = [policy for policy in self._catalogue if filters.admits(policy)]
        scores = {policy.id: relevance(wish, policy, self._vocabulary) for policy in policies}
        policies.sort(key=lambda policy: -scores[policy.id])
        best = max(scores.values(), default=0.0)
        hits = []
        for policy in policies[:top]:
            own = passages_of(policy, self._vocabulary, typical_questions().get(policy.id, ()))
            shown = sorted(own, key=lambda passage: -_shared(passage, wish))[:3]
            part = ScorePart("words", scores[policy.id], _SHARED)
            hits.append(Hit(policy, scores[policy.id], scores[policy.id], (part,), tuple(shown)))
        return SearchAnswer(said, tuple(hits), best >= _FITS, best, False, day, self._notice, scores)


def _shared(passage: Passage, wish: frozenset[str]) -> int:
    return len(character_pairs(passage.text.zh) & wish)


def any_search(
    catalogue: Catalogue,
    vocabulary: Vocabulary,
    encoder: str | None,
    cache: Path,
    progress: Callable[[str, float], None],
    home: str = "",
    database: str | None = None,
) -> Search:
    """The best search this installation can give: by meaning, by words, or by shared characters; it says which.

    Args:
        catalogue: what is searched.
        vocabulary: for the words of enquiries.
        encoder: folder or name of a SentenceTransformer, or None for the default encoder.
        cache: where encoder and index are kept.
        progress: told of the steps.
        home: code of the place that decides between places of one name.
        database: URL of the PostgreSQL the catalogue lies in: with pgvector it keeps the index too; None: elsewhere.
    """
    try:
        from matcher.retrieve.opening import open_search
        from models.lexical import LexicalError
        from models.ranker import RankerError
    except ImportError:
        return PlainSearch(catalogue, vocabulary, home)
    try:
        return open_search(catalogue, vocabulary, encoder, cache, progress, home, database)
    except (LexicalError, RankerError) as error:
        zh, _, en = str(error).partition(" / ")
        return PlainSearch(catalogue, vocabulary, home, Text(zh, en or zh))


def quick_search(catalogue: Catalogue, vocabulary: Vocabulary, home: str, notice: Text) -> Search:
    """A search that is ready at once, for the time until the full one is built."""
    return PlainSearch(catalogue, vocabulary, home, notice)

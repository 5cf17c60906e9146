"""Search over a catalogue: filters, then words and meaning over its passages, then the learned order.

Search orders and never excludes: every scheme the filters admit is in the answer, so what a person
is entitled to cannot be hidden by it.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from matcher.ordering import ScorePart
from matcher.rank.features import FEATURES, NAMES, Extra, Layout, features
from matcher.retrieve.answer import Filters, Hit, SearchAnswer
from matcher.retrieve.homophones import Homophones
from matcher.retrieve.passages import Passage, passages_of, typical_questions
from matcher.retrieve.places import place_names
from matcher.retrieve.query import Reader, Understood, everyday_words, policy_words
from models.hybrid import Hybrid, PassageScores
from models.lexical import INSTALL_HINT, LexicalError, cut_apart, pairs
from models.meaning import MeaningSpace
from models.ranker import BY_WORDS, RANKER, Ranker, Table, shipped_ranker
from policies.catalogue import Catalogue
from policies.schema import Text
from policies.vocabulary import Vocabulary

_PASSAGES_SHOWN: Final = 3
_NOT_SHOWN: Final = ("title", "question")
"""Kinds of passages that find a scheme and say nothing of it: its title stands above, typical questions are ours."""
_LEAST_POINTS: Final = 0.05
"""Parts below this are summed up as one."""
_SMALL: Final = Text("其他", "other")
_LIKELY: Final = 0.5
_SHORT_WORD: Final = 2
_USED_OFTEN: Final = 3
"""Times a longer word must stand in the passages before a misspelling is read as it."""
_EVERY_FILTER: Final = Filters()


def catalogue_passages(catalogue: Catalogue, vocabulary: Vocabulary) -> list[Passage]:
    """The passages of a catalogue in its order; typical questions where some are known."""
    questions = typical_questions()
    return [p for policy in catalogue for p in passages_of(policy, vocabulary, questions.get(policy.id, ()))]


class SchemeSearch:
    """A catalogue made searchable; immutable, safe to share between threads.

    Args:
        catalogue: the schemes.
        vocabulary: for the words of enquiries.
        passages: of the catalogue, see :func:`catalogue_passages`.
        meaning: the passages by their vectors, in the space of enquiries; None: words only.
        general: the same in a second space, trained on other texts; the ranker weighs both.
        home: code of the place that decides between places of one name.
        ranker: the order; by default the shipped one, with meaning or by words only.
        notice: why meaning is not searched, where it is not.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        vocabulary: Vocabulary,
        passages: Sequence[Passage],
        *,
        meaning: MeaningSpace | None = None,
        general: MeaningSpace | None = None,
        home: str = "",
        ranker: Ranker | None = None,
        notice: Text | None = None,
    ) -> None:
        self.catalogue, self._vocabulary = catalogue, vocabulary
        self.passages = tuple(passages)
        self.reader = Reader(vocabulary, home, _homophones(catalogue, vocabulary, self.passages))
        self._general = general
        self._ranker = ranker or shipped_ranker(NAMES, RANKER if meaning is not None else BY_WORDS)
        self._notice = notice
        number = {policy.id: i for i, policy in enumerate(catalogue)}
        home_of = np.array([number[passage.policy] for passage in self.passages], np.int64)
        self.layout = Layout(catalogue.policies, home_of, np.array([passage.kind for passage in self.passages]))
        texts = [passage.indexed for passage in self.passages]
        self.hybrid = Hybrid(texts, home_of.tolist(), meaning, policy_words(vocabulary))

    def describe(self, text: str, day: dt.date) -> tuple[Understood, PassageScores, Table]:
        """The enquiry read, the scores of all passages, and the features of all schemes."""
        said = self.reader.read(text)
        scores = self.hybrid.search(said.text)
        nothing = np.zeros(len(self.hybrid), np.float32)
        added, parts = " ".join(said.terms), said.parts
        widened = self.hybrid.pairs.coverage(added) if added else nothing
        wishes = [self.hybrid.pairs.coverage(words) for words in dict.fromkeys(said.terms)] or [nothing]
        cosines, overlaps = [nothing], [nothing]
        if parts:
            cosines, overlaps = self.hybrid.cosines(parts), [self.hybrid.pairs.coverage(part) for part in parts]
        general = self._general.search(said.text)[1] if self._general is not None else scores.cosine
        extra = Extra(widened, np.max(wishes, axis=0), np.max(cosines, axis=0), np.max(overlaps, axis=0), general)
        return said, scores, features(self.layout, scores, extra, said, self._vocabulary, day)

    def points(self, text: str, day: dt.date) -> Table:
        """The score of every scheme, in the order of the catalogue."""
        return self._ranker.scores(self.describe(text, day)[2])

    def search(self, text: str, day: dt.date, filters: Filters = _EVERY_FILTER, top: int | None = None) -> SearchAnswer:
        """Every scheme the filters admit, best first; ties keep the order of the catalogue.

        Args:
            text: what is wanted, in words.
            day: the day asked for; ended schemes stay findable.
            filters: what to search among.
            top: how many to describe; ``shares`` holds all.
        """
        said, scores, table = self.describe(text, day)
        points = self._ranker.scores(table)
        admitted = np.array([i for i, policy in enumerate(self.catalogue) if filters.admits(policy)], np.int64)
        order = admitted[np.argsort(-points[admitted], kind="stable")]
        shares = _shares(points)
        likely = self._ranker.probability_of_fit(*best_signs(points[admitted], table[admitted]))
        hits = [self._hit(int(i), points, shares, table, scores) for i in order[:top]]
        by_id = {self.catalogue.policies[int(i)].id: float(shares[i]) for i in order}
        return SearchAnswer(said, tuple(hits), likely >= _LIKELY, likely, self.hybrid.semantic, day, self._notice, by_id)

    def _hit(self, i: int, points: Table, shares: Table, table: Table, scores: PassageScores) -> Hit:
        places = np.flatnonzero(self.layout.home == i)
        ranked = [self.passages[int(place)] for place in places[np.argsort(-scores.combined[places], kind="stable")]]
        said_by_it = [passage for passage in ranked if passage.kind not in _NOT_SHOWN]
        shown = tuple((said_by_it or ranked)[:_PASSAGES_SHOWN])
        return Hit(self.catalogue.policies[i], float(points[i]), float(shares[i]), self._parts(table[i]), shown)

    def _parts(self, row: NDArray[Any]) -> tuple[ScorePart, ...]:
        """What adds up to the score, the largest first."""
        values = self._ranker.parts(row[None])[0]
        large = [(name, float(v)) for name, v in zip(NAMES, values, strict=True) if abs(v) >= _LEAST_POINTS]
        large.sort(key=lambda item: -abs(item[1]))
        parts = [ScorePart(name, value, FEATURES[name]) for name, value in large]
        rest = float(values.sum()) - sum(value for _, value in large)
        return tuple([*parts, ScorePart("other", rest, _SMALL)] if rest else parts)


def _homophones(catalogue: Catalogue, vocabulary: Vocabulary, passages: Sequence[Passage]) -> Homophones:
    """May be meant: words of titles, terms of the vocabularies, longer words used again and again, places with schemes.

    Typical questions are left out where only one has a pair of characters: some hold misspellings themselves.
    """
    texts = [passage.indexed for passage in passages if passage.kind != "question"]
    asked = Counter(pair for passage in passages if passage.kind == "question" for pair in set(pairs(passage.indexed)))
    texts += [pair for pair, count in asked.items() if count > 1]
    used = [word for text in texts for word in cut_apart(text) if len(word) > _SHORT_WORD]
    counted = Counter(used)
    words = [word for policy in catalogue for word in cut_apart(policy.title.zh)]
    words += [word for word in used if counted[word] >= _USED_OFTEN]
    words += policy_words(vocabulary)
    words += [vocabulary.regions[code].short for code in dict.fromkeys(p.region for p in catalogue) if code in vocabulary.regions]
    known = [*texts, *(phrase for phrase, _ in everyday_words()), *place_names(vocabulary)]
    try:
        return Homophones(known, words, cut_apart)
    except ImportError as error:
        raise LexicalError(f"缺少 {error.name}，请运行 {INSTALL_HINT} / {error.name} is missing: {INSTALL_HINT}") from error


def best_signs(points: Table, table: Table) -> tuple[float, float, float]:
    """What tells whether anything fits: the best score, and the best cosine and overlap with a part of the enquiry.

    Where a place is named, schemes of other places do not count, however alike they are.

    Args:
        points: of the schemes, ``[schemes]``.
        table: their features, ``[schemes, features]``.
    """
    here = table[:, NAMES.index("other_place")] == 0
    if not here.any():
        return float(points.min(initial=0.0)), 0.0, 0.0
    meaning, words = NAMES.index("meaning_of_a_part"), NAMES.index("words_of_a_part")
    return float(points[here].max()), float(table[here, meaning].max()), float(table[here, words].max())


def _shares(points: Table) -> Table:
    """Scores between the median (0) and the best (1)."""
    if not len(points):
        return points
    middle, best = float(np.median(points)), float(points.max())
    return np.clip((points - middle) / max(best - middle, 1e-9), 0.0, 1.0)

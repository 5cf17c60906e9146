"""Opens the search of a catalogue: encoder, stored vectors, adapter; lexical where one is missing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from matcher.retrieve.passages import Passage, typical_questions
from matcher.retrieve.search import SchemeSearch, catalogue_passages
from models.encode import Encoder, EncoderError, Vectors, open_encoder
from models.encode.adapter import GENERAL, AdaptedEncoder, Adapter, RememberingEncoder, adapt, shipped_adapter
from models.encode.tuning import began_with, tuned
from models.index import VectorIndexError
from models.meaning import MeaningSpace
from models.postgres import PostgresStore
from models.store import FolderStore, PassageStore
from policies.catalogue import Catalogue
from policies.schema import Text
from policies.vocabulary import Vocabulary

logger = logging.getLogger("policymatch")

Progress = Callable[[str, float], None]


def stored_vectors(
    catalogue: Catalogue, passages: Sequence[Passage], encoder: Encoder, store: PassageStore, progress: Progress
) -> Vectors:
    """Vectors of the catalogue's passages, as stored; those not there yet are made and stored."""
    return store.vectors(catalogue.version, encoder, [p.key for p in passages], [p.indexed for p in passages], progress)


def lexical_search(catalogue: Catalogue, vocabulary: Vocabulary, home: str = "", notice: Text | None = None) -> SchemeSearch:
    """A search by words only, ready at once."""
    return SchemeSearch(catalogue, vocabulary, catalogue_passages(catalogue, vocabulary), home=home, notice=notice)


def open_search(
    catalogue: Catalogue,
    vocabulary: Vocabulary,
    encoder: str | None,
    cache: Path,
    progress: Progress,
    home: str = "",
    database: str | None = None,
) -> SchemeSearch:
    """The search of a catalogue; by words only, saying so, where the encoder cannot be had.

    The first call builds the encoder (default one) and encodes the passages. With ``database``, the
    URL of the PostgreSQL the catalogue lies in, its vectors are kept there; where that fails it is
    said through ``progress``, and they are kept in a folder of ``cache``.
    """
    try:
        inner = RememberingEncoder(open_encoder(encoder, cache, progress))
        adapter = shipped_adapter()
        general = shipped_adapter(GENERAL)
    except EncoderError as error:
        zh, _, en = str(error).partition(" / ")
        notice = Text(f"目前只按词面搜索：{zh}", f"searching by words only: {en or zh}")
        return lexical_search(catalogue, vocabulary, home, notice)
    parts = catalogue, vocabulary, inner, (adapter, general)
    if database is not None:
        try:
            with closing(PostgresStore(database)) as store:
                return _semantic_search(*parts, store, progress, home)
        except VectorIndexError as error:
            progress(f"改用本机的索引文件夹 / the index folder of this machine is used: {error}", 0.0)
            logger.warning("%s", error)
    return _semantic_search(*parts, FolderStore(cache, catalogue.name), progress, home)


def _semantic_search(
    catalogue: Catalogue,
    vocabulary: Vocabulary,
    inner: Encoder,
    adapters: tuple[Adapter | None, Adapter | None],
    store: PassageStore,
    progress: Progress,
    home: str,
) -> SchemeSearch:
    adapter, general = adapters
    passages = catalogue_passages(catalogue, vocabulary)
    vectors = stored_vectors(catalogue, passages, inner, store, progress)
    if not len(vectors):
        return lexical_search(catalogue, vocabulary, home)
    space = _general_space(catalogue, passages, inner, general, adapter, vectors, store, progress)
    outer: Encoder = inner
    if adapter is not None and adapter.model == inner.name:
        outer, vectors = AdaptedEncoder(inner, adapter), adapt(vectors, adapter.passage_mean, adapter.passage)
    meaning = MeaningSpace(vectors, outer, store.index)
    return SchemeSearch(catalogue, vocabulary, passages, meaning=meaning, general=space, home=home)


def _general_space(
    catalogue: Catalogue,
    passages: Sequence[Passage],
    encoder: Encoder,
    general: Adapter | None,
    adapter: Adapter | None,
    vectors: Vectors,
    store: PassageStore,
    progress: Progress,
) -> MeaningSpace:
    """The passages in the space of policy texts in general.

    Where enquiries to this catalogue are known, they say where its questions lie; to any other
    catalogue the adapter is fitted, once, and kept beside its vectors.
    """
    known = typical_questions()
    own = sum(policy.id in known for policy in catalogue) >= len(catalogue) / 2
    if own and general is not None and adapter is not None and general.model == adapter.model == encoder.name:
        fitted = replace(general, query_mean=adapter.query_mean, passage_mean=vectors.mean(axis=0))
    else:
        texts, contexts = [p.indexed for p in passages], [p.context for p in passages]
        fitted = store.adapter(
            began_with(general, vectors), encoder, lambda: tuned(encoder, general, texts, vectors, contexts, progress)
        )
    return MeaningSpace(adapt(vectors, fitted.passage_mean, fitted.passage), AdaptedEncoder(encoder, fitted), store.index)


def open_parts(
    catalogue: Catalogue, vocabulary: Vocabulary, encoder: str | None, cache: Path, progress: Progress
) -> tuple[SchemeSearch, SchemeSearch]:
    """The search as shipped, and the same without the adapter, to measure one beside the other."""
    ours = open_search(catalogue, vocabulary, encoder, cache, progress)
    if not ours.hybrid.semantic:
        return ours, ours
    inner = RememberingEncoder(open_encoder(encoder, cache, progress))
    vectors = stored_vectors(catalogue, ours.passages, inner, FolderStore(cache, catalogue.name), progress)
    return ours, SchemeSearch(catalogue, vocabulary, ours.passages, meaning=MeaningSpace(vectors, inner))

"""Opens the search of a catalogue: encoder, stored vectors, adapter; lexical where one is missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from matcher.retrieve.passages import Passage, typical_questions
from matcher.retrieve.search import SchemeSearch, catalogue_passages
from models.encode import Encoder, EncoderError, Vectors, open_encoder
from models.encode.adapter import GENERAL, AdaptedEncoder, Adapter, RememberingEncoder, adapt, shipped_adapter
from models.encode.tuning import began_with, tuned
from models.meaning import MeaningSpace
from models.store import StrangerError, build, kept_adapter, load
from policies.catalogue import Catalogue
from policies.schema import Text
from policies.vocabulary import Vocabulary

Progress = Callable[[str, float], None]


def index_folder(cache: Path, catalogue: Catalogue, encoder: Encoder) -> Path:
    """Where the vectors of a catalogue of this name, by this encoder, are kept."""
    return cache / "index" / f"{Path(catalogue.name).name or 'catalogue'}-{encoder.fingerprint[:12]}"


def stored_vectors(catalogue: Catalogue, vocabulary: Vocabulary, encoder: Encoder, cache: Path, progress: Progress) -> Vectors:
    """Vectors of the catalogue's passages: stored ones where they are its own, else made and stored."""
    passages = catalogue_passages(catalogue, vocabulary)
    keys, texts = [p.key for p in passages], [p.indexed for p in passages]
    folder = index_folder(cache, catalogue, encoder)
    try:
        return load(folder, catalogue.version, encoder, keys)
    except StrangerError:
        return build(folder, catalogue.version, encoder, keys, texts, progress)


def lexical_search(catalogue: Catalogue, vocabulary: Vocabulary, home: str = "", notice: Text | None = None) -> SchemeSearch:
    """A search by words only, ready at once."""
    return SchemeSearch(catalogue, vocabulary, catalogue_passages(catalogue, vocabulary), home=home, notice=notice)


def open_search(
    catalogue: Catalogue, vocabulary: Vocabulary, encoder: str | None, cache: Path, progress: Progress, home: str = ""
) -> SchemeSearch:
    """The search of a catalogue; by words only, saying so, where the encoder cannot be had.

    The first call builds the encoder (default one) and encodes the passages.
    """
    try:
        inner = RememberingEncoder(open_encoder(encoder, cache, progress))
        adapter = shipped_adapter()
        general = shipped_adapter(GENERAL)
    except EncoderError as error:
        zh, _, en = str(error).partition(" / ")
        notice = Text(f"目前只按词面搜索：{zh}", f"searching by words only: {en or zh}")
        return lexical_search(catalogue, vocabulary, home, notice)
    vectors = stored_vectors(catalogue, vocabulary, inner, cache, progress)
    passages = catalogue_passages(catalogue, vocabulary)
    space = _general_space(catalogue, passages, inner, general, adapter, vectors, index_folder(cache, catalogue, inner), progress)
    outer: Encoder = inner
    if adapter is not None and adapter.model == inner.name:
        outer, vectors = AdaptedEncoder(inner, adapter), adapt(vectors, adapter.passage_mean, adapter.passage)
    return SchemeSearch(catalogue, vocabulary, passages, encoder=outer, vectors=vectors, general=space, home=home)


def _general_space(
    catalogue: Catalogue,
    passages: Sequence[Passage],
    encoder: Encoder,
    general: Adapter | None,
    adapter: Adapter | None,
    vectors: Vectors,
    folder: Path,
    progress: Progress,
) -> MeaningSpace | None:
    """The passages in the space of policy texts in general.

    Where enquiries to this catalogue are known, they say where its questions lie; to any other
    catalogue the adapter is fitted, once, and kept beside its vectors.
    """
    if not len(vectors):
        return None
    known = typical_questions()
    own = sum(policy.id in known for policy in catalogue) >= len(catalogue) / 2
    if own and general is not None and adapter is not None and general.model == adapter.model == encoder.name:
        fitted = replace(general, query_mean=adapter.query_mean, passage_mean=vectors.mean(axis=0))
    else:
        texts, contexts = [p.indexed for p in passages], [p.context for p in passages]
        fitted = kept_adapter(
            folder, began_with(general, vectors), encoder, lambda: tuned(encoder, general, texts, vectors, contexts, progress)
        )
    return MeaningSpace(adapt(vectors, fitted.passage_mean, fitted.passage), AdaptedEncoder(encoder, fitted))


def open_parts(
    catalogue: Catalogue, vocabulary: Vocabulary, encoder: str | None, cache: Path, progress: Progress
) -> tuple[SchemeSearch, SchemeSearch]:
    """The search as shipped, and the same without the adapter, to measure one beside the other."""
    ours = open_search(catalogue, vocabulary, encoder, cache, progress)
    if not ours.hybrid.semantic:
        return ours, ours
    inner = RememberingEncoder(open_encoder(encoder, cache, progress))
    vectors = stored_vectors(catalogue, vocabulary, inner, cache, progress)
    return ours, SchemeSearch(catalogue, vocabulary, ours.passages, encoder=inner, vectors=vectors)

"""Opens the search of a catalogue: encoder, stored vectors, adapter; lexical where one is missing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from matcher.retrieve.search import SchemeSearch, catalogue_passages
from models.encode import Encoder, EncoderError, Vectors, open_encoder
from models.encode.adapter import AdaptedEncoder, adapt, shipped_adapter
from models.store import StrangerError, build, load
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
        inner = open_encoder(encoder, cache, progress)
        adapter = shipped_adapter()
    except EncoderError as error:
        zh, _, en = str(error).partition(" / ")
        notice = Text(f"目前只按词面搜索：{zh}", f"searching by words only: {en or zh}")
        return lexical_search(catalogue, vocabulary, home, notice)
    vectors = stored_vectors(catalogue, vocabulary, inner, cache, progress)
    outer: Encoder = inner
    if adapter is not None and adapter.model == inner.name:
        outer, vectors = AdaptedEncoder(inner, adapter), adapt(vectors, adapter.passage_mean, adapter.passage)
    passages = catalogue_passages(catalogue, vocabulary)
    return SchemeSearch(catalogue, vocabulary, passages, encoder=outer, vectors=vectors, home=home)


def open_parts(
    catalogue: Catalogue, vocabulary: Vocabulary, encoder: str | None, cache: Path, progress: Progress
) -> tuple[SchemeSearch, SchemeSearch]:
    """The search as shipped, and the same without the adapter, to measure one beside the other."""
    ours = open_search(catalogue, vocabulary, encoder, cache, progress)
    if not ours.hybrid.semantic:
        return ours, ours
    inner = open_encoder(encoder, cache, progress)
    vectors = stored_vectors(catalogue, vocabulary, inner, cache, progress)
    return ours, SchemeSearch(catalogue, vocabulary, ours.passages, encoder=inner, vectors=vectors)

"""How fast search is: the encoder alone, a warm query end to end, and a large collection."""

from __future__ import annotations

import datetime as dt
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from matcher.profile import profile_from_json
from matcher.recommend import Recommender
from matcher.retrieve.opening import open_search
from models.encode import open_encoder
from models.hybrid import Hybrid
from models.meaning import MeaningSpace
from models.postgres import PostgresStore
from models.store import FolderStore
from policies.catalogue import Catalogue
from policies.vocabulary import Vocabulary

_QUERIES = (
    "想开个小咖啡店，手里没多少钱，有啥补助",
    "硕士毕业能不能直接落户上海",
    "公司租办公室有没有房租补贴",
    "高新技术企业认定奖励多少",
    "残疾人自己创业可以领什么",
    "how to get a start-up loan",
    "退役军人开公司免税吗",
    "专精特新小巨人奖励",
)
_AS_OF = dt.date(2026, 11, 23)


def evaluate_search_speed(
    catalogue: Catalogue,
    vocabulary: Vocabulary,
    cache: Path,
    progress: Callable[[str, float], None],
    large: int = 0,
    database: str | None = None,
) -> dict[str, Any]:
    """Time the parts of search after a warm-up.

    Args:
        catalogue: the schemes.
        vocabulary: for their words.
        cache: of encoder and index.
        progress: told of steps.
        large: also time a made-up collection of this many passages; 0 to leave it out.
        database: a PostgreSQL with pgvector that keeps the vectors of the large collection; None: memory.

    Returns:
        Milliseconds p50 and p99 of ``encode_query`` and ``query`` (encode, search and rules over the
        catalogue), ``passages_per_second``, ``resident_mb``, and ``large`` seconds to build, p50 and p99.

    Raises:
        VectorIndexError: the database cannot be used.
    """
    encoder = open_encoder(None, cache, progress)
    search = open_search(catalogue, vocabulary, None, cache, progress)
    profile = profile_from_json({"subject_type": "enterprise", "registered_region": "310110"}, vocabulary, _AS_OF)

    asked = Recommender(catalogue, _AS_OF, vocabulary)

    def whole(text: str) -> None:
        shares = search.search(text, _AS_OF, top=10).shares
        asked.recommend(profile, text, shares=shares)

    def found(text: str) -> None:
        search.search(text, _AS_OF, top=10)

    texts = [passage.indexed for passage in search.passages[:200]]
    began = time.perf_counter()
    encoder.encode_passages(texts)
    rate = len(texts) / (time.perf_counter() - began)
    report: dict[str, Any] = {
        "encode_query": _times(lambda text: encoder.encode_queries([text])),
        "search": _times(found),
        "query": _times(whole),
        "passages_per_second": round(rate, 1),
        "resident_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }
    if large:
        pool = [passage.indexed for passage in search.passages]
        generator = np.random.default_rng(0)
        many = [pool[a] + pool[b] for a, b in generator.integers(0, len(pool), (large, 2))]
        vectors = generator.normal(size=(large, encoder.dimension)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        progress("大目录索引 / indexing the large collection", 0.0)
        store = PostgresStore(database) if database else FolderStore(cache, "large")
        began = time.perf_counter()
        hybrid = Hybrid(many, None, MeaningSpace(vectors, encoder, store.index))
        built = round(time.perf_counter() - began, 1)
        report["large"] = {"passages": large, "built_s": built, **_times(hybrid.search)}
        store.close()
    return report


def _times(call: Callable[[str], object], rounds: int = 25) -> dict[str, float]:
    for text in _QUERIES:
        call(text)
    spent = []
    for i in range(rounds):
        for text in _QUERIES:
            began = time.perf_counter()
            call(f"{text}{i}")
            spent.append((time.perf_counter() - began) * 1000)
    return {"p50_ms": round(float(np.quantile(spent, 0.5)), 2), "p99_ms": round(float(np.quantile(spent, 0.99)), 2)}

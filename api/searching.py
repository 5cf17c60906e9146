"""The search of a running server: answers by words at once, by meaning as soon as it is built."""

from __future__ import annotations

import logging
import threading

from api.settings import Settings
from matcher.retrieve.plain import Search, any_search, quick_search
from policies.catalogue import Catalogue
from policies.schema import Text
from policies.store import postgres_of
from policies.vocabulary import Vocabulary

logger = logging.getLogger("policymatch")

_BUILDING = Text(
    "语义搜索正在准备（首次约一两分钟），目前只按共同的字词查找",
    "search by meaning is being prepared (a minute or two the first time); shared words only until then",
)
_FAILED = Text(
    "语义搜索无法使用，已记入日志；目前只按共同的字词查找", "search by meaning failed and was logged; shared words only"
)


class ServerSearch:
    """Builds the full search in the background on the first call; every question is answered meanwhile.

    Args:
        catalogue: what is searched.
        vocabulary: for the words of enquiries.
        settings: for the encoder, the places where the index is kept, and the home region.
    """

    def __init__(self, catalogue: Catalogue, vocabulary: Vocabulary, settings: Settings) -> None:
        self._parts = (catalogue, vocabulary, settings)
        self._ready: Search | None = None
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def get(self, wait: float = 0.0) -> Search:
        """The best search ready now; starts the build where there is none, and waits for it up to ``wait`` seconds."""
        if self._ready is not None:
            return self._ready
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._build, name="search-index", daemon=True)
                self._thread.start()
        self._thread.join(wait)
        catalogue, vocabulary, settings = self._parts
        return self._ready or quick_search(catalogue, vocabulary, settings.home_region, _BUILDING)

    def _build(self) -> None:
        catalogue, vocabulary, settings = self._parts
        home, database = settings.home_region, postgres_of(settings.catalogue)
        try:
            self._ready = any_search(catalogue, vocabulary, settings.encoder, settings.cache, _silent, home, database)
        except Exception:
            logger.exception("the search index could not be built")
            self._ready = quick_search(catalogue, vocabulary, home, _FAILED)


def _silent(_step: str, _share: float) -> None:
    pass

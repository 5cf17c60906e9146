"""Reading many files: one bad file never stops the rest, what was read before is skipped."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from policies.extract.extract import extract_source
from policies.extract.result import Extraction
from policies.read.document import DEFAULT_LIMITS, Limits, ReadError
from policies.read.reader import SUFFIXES, read_bytes, read_path
from policies.schema import Text

CHARACTERS_A_PAGE: Final = 800
"""What counts as one page where a file has none, to state a throughput."""
_AHEAD: Final = 4
"""Files handed out per worker: enough to keep it busy, few enough to keep memory flat."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file: what was read, why it failed, or that it was known already."""

    path: Path
    found: tuple[Extraction, ...] = ()
    error: Text | None = None
    skipped: bool = False
    pages: int = 0
    seconds: float = 0.0


def files_in(paths: Iterable[Path]) -> Iterator[Path]:
    """Files named, and readable kinds of file in folders named, each once, by name. Hidden files are left out."""
    seen: set[Path] = set()
    for path in paths:
        inside = sorted(p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES) if path.is_dir() else [path]
        for file in inside:
            if file not in seen and not file.name.startswith((".", "~$")) and not file.is_dir():
                seen.add(file)
                yield file


def read_file(path: Path, limits: Limits = DEFAULT_LIMITS) -> Outcome:
    """Read and extract one file; whatever is wrong with it becomes the outcome's error."""
    began = time.perf_counter()
    try:
        document = read_path(path, limits)
        found = extract_source(document)
    except ReadError as error:
        return Outcome(path, error=error.message, seconds=time.perf_counter() - began)
    except Exception as error:  # noqa: BLE001 - a fault of ours on one file must not stop the others
        kind = type(error).__name__
        text = Text(f"读取时程序出错（{kind}），请报告此文件", f"a fault of the program ({kind}); please report this file")
        return Outcome(path, error=text, seconds=time.perf_counter() - began)
    numbered = max((block.page or 0 for block in document.blocks), default=0)
    pages = numbered or max(1, round(len(document.text) / CHARACTERS_A_PAGE))
    return Outcome(path, found, pages=pages, seconds=time.perf_counter() - began)


def read_all(paths: Iterable[Path], knows: Callable[[str, Path], bool], jobs: int = 1) -> Iterator[Outcome]:
    """Outcomes as they come; sources that ``knows`` (by hash and path) are skipped without being read."""
    waiting = iter(paths)
    if jobs <= 1:
        for path in waiting:
            yield Outcome(path, skipped=True) if _known(path, knows) else read_file(path)
        return
    with ProcessPoolExecutor(jobs) as pool:
        running: set[Future[Outcome]] = set()
        while True:
            for path in islice(waiting, jobs * _AHEAD - len(running)):
                if _known(path, knows):
                    yield Outcome(path, skipped=True)
                else:
                    running.add(pool.submit(read_file, path))
            if not running:
                return
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                yield future.result()


def _known(path: Path, knows: Callable[[str, Path], bool]) -> bool:
    try:
        if path.stat().st_size > DEFAULT_LIMITS.file_bytes:
            return False
        return knows(hashlib.sha256(path.read_bytes()).hexdigest(), path)
    except OSError:
        return False


__all__ = ["Outcome", "files_in", "read_all", "read_bytes", "read_file"]

"""Entries of a JSON Lines catalogue put in, replaced and taken out, in one step that cannot be half done."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from policies.catalogue import Catalogue, CatalogueError, load_catalogue
from policies.codec import policy_to_line
from policies.schema import Policy


def change_catalogue(path: Path, put: Policy | None = None, drop: Collection[str] = ()) -> None:
    """Put ``put`` in (in the place of an entry with its id, else at the end) and take the ids ``drop`` out.

    Other lines stay as they are, letter for letter. Readers see the old file or the new one.

    Raises:
        CatalogueError: the file has wrong lines or cannot be written; it is left as it was.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _alone(path.parent):
            before = load_catalogue(path) if path.exists() else Catalogue((), path.stem)
            lines = list(_lines(before, put, drop))
            if path.exists() and lines == list(before.lines):
                return
            _replace(path, "".join(line + "\n" for line in lines))
    except OSError as error:
        raise CatalogueError(path.name, [f"无法写入 / cannot be written: {error.strerror or type(error).__name__}"]) from error


def _lines(before: Catalogue, put: Policy | None, drop: Collection[str]) -> Iterator[str]:
    done = put is None
    for policy, line in zip(before.policies, before.lines, strict=True):
        if put is not None and policy.id == put.id:
            yield policy_to_line(put)
            done = True
        elif policy.id not in drop:
            yield line
    if put is not None and not done:
        yield policy_to_line(put)


def _replace(path: Path, text: str) -> None:
    target = path.resolve()
    mode = target.stat().st_mode & 0o777 if target.exists() else 0o644
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-", suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(mode)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder against another writer, so that of two entries put in at once neither is lost."""
    import fcntl

    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)

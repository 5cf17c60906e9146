"""Vectors of a catalogue's passages, kept in a folder and reused while they are true.

The manifest names the catalogue, the encoder and every file by hash; a folder made from another
catalogue or encoder is refused. A rebuild encodes only passages that are new, and takes the old
folder's place as a whole.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np

from models.encode.adapter import Adapter, from_bytes
from models.encode.build import Progress, silent
from models.encode.contract import Encoder, EncoderError, Vectors
from models.index import VectorIndex, VectorIndexError, index_of, load_vectors, save_vectors

FORM: Final = 1
_MANIFEST, _VECTORS, _KEYS, _ADAPTER = "manifest.json", "vectors.npy", "keys.json", "adapter.bin"
_BATCH: Final = 32


class PassageStore(Protocol):
    """Where the vectors of a catalogue are kept: a folder, or the database the catalogue lies in."""

    def vectors(
        self, catalogue: str, encoder: Encoder, keys: Sequence[str], texts: Sequence[str], progress: Progress = silent
    ) -> Vectors:
        """Vectors of the passages ``[passages, dimension]``; only those not kept yet are encoded.

        Args:
            catalogue: version of the catalogue.
            encoder: that makes, or made, them.
            keys: of the passages: equal for equal passages.
            texts: of the passages.
            progress: told of the steps.
        """

    def adapter(self, key: str, encoder: Encoder, make: Callable[[], Adapter]) -> Adapter:
        """The adapter kept under this key, else the one that ``make`` gives, which is then kept."""

    def index(self, vectors: Vectors) -> VectorIndex:
        """An index of these vectors under ids 0 … n-1."""

    def close(self) -> None:
        """Give back what is held open; it is opened again where it is needed."""


class FolderStore:
    """Vectors kept in folders under ``cache``, one for a catalogue and encoder."""

    def __init__(self, cache: Path, name: str) -> None:
        self._cache, self._name = cache, Path(name).name or "catalogue"

    def vectors(
        self, catalogue: str, encoder: Encoder, keys: Sequence[str], texts: Sequence[str], progress: Progress = silent
    ) -> Vectors:
        """Stored vectors where they are this catalogue's own, else made and stored."""
        folder = self.folder(encoder)
        try:
            return load(folder, catalogue, encoder, keys)
        except StrangerError:
            return build(folder, catalogue, encoder, keys, texts, progress)

    def adapter(self, key: str, encoder: Encoder, make: Callable[[], Adapter]) -> Adapter:
        """The adapter kept beside the vectors."""
        return kept_adapter(self.folder(encoder), key, encoder, make)

    def index(self, vectors: Vectors) -> VectorIndex:
        """An index in memory."""
        return index_of(vectors)

    def close(self) -> None:
        """Nothing is held open."""

    def folder(self, encoder: Encoder) -> Path:
        """Where the vectors by this encoder are kept."""
        return self._cache / "index" / f"{self._name}-{encoder.fingerprint[:12]}"


class StrangerError(Exception):
    """The stored vectors belong to another catalogue or encoder, or are damaged; bilingual."""


def load(folder: Path, catalogue: str, encoder: Encoder, keys: Sequence[str]) -> Vectors:
    """The stored vectors of these passages, ``[passages, dimension]``.

    Args:
        folder: where they were stored.
        catalogue: version of the catalogue they must be made from.
        encoder: the encoder they must be made by.
        keys: of the passages, in order.

    Raises:
        StrangerError: made from another catalogue, by another encoder, or damaged.
    """
    manifest = _manifest(folder)
    wanted = {"catalogue": catalogue, "encoder": encoder.fingerprint, "dimension": encoder.dimension, "keys": _digest(keys)}
    for name, value in wanted.items():
        if manifest.get(name) != value:
            shown, expected = str(manifest.get(name))[:16], str(value)[:16]
            raise StrangerError(
                f"搜索索引不属于这个目录或模型（{name}：{shown}，应为 {expected}），将重建 / "
                f"the index is of another catalogue or encoder ({name} is {shown}, not {expected}): it will be rebuilt"
            )
    return _vectors(folder, manifest)


def build(
    folder: Path, catalogue: str, encoder: Encoder, keys: Sequence[str], texts: Sequence[str], progress: Progress = silent
) -> Vectors:
    """Encode the passages, those known from the folder excepted, and store them in its place.

    Where the folder cannot be written the vectors are returned all the same.
    """
    known = _known(folder, encoder)
    missing = [place for place, key in enumerate(keys) if key not in known]
    vectors = np.zeros((len(keys), encoder.dimension), np.float32)
    for place, key in enumerate(keys):
        if key in known:
            vectors[place] = known[key]
    for start in range(0, len(missing), _BATCH):
        places = missing[start : start + _BATCH]
        vectors[places] = encoder.encode_passages([texts[place] for place in places])
        progress("编码政策条款 / encoding the clauses", min(1.0, (start + _BATCH) / len(missing)))
    try:
        _write(folder, catalogue, encoder, keys, vectors)
    except OSError as error:
        progress(f"索引未能保存 / the index could not be saved: {error.strerror}", 1.0)
    return vectors


def kept_adapter(folder: Path, key: str, encoder: Encoder, make: Callable[[], Adapter]) -> Adapter:
    """The adapter kept in the folder under this key, else a new one, which is then kept.

    Args:
        folder: of the vectors; a rebuild of the vectors drops it.
        key: what the adapter depends on.
        encoder: that it belongs to.
        make: gives a new one.
    """
    place = folder / _ADAPTER
    try:
        raw = place.read_bytes()
        if raw[:64] == key.encode():
            return from_bytes(raw[64:], encoder.name, encoder.dimension)
    except (OSError, EncoderError):
        pass
    made = make()
    body = key.encode() + made.to_bytes()
    with suppress(OSError), tempfile.TemporaryDirectory(dir=folder, prefix=".adapter-") as ready:
        (Path(ready) / _ADAPTER).write_bytes(body)
        (Path(ready) / _ADAPTER).replace(place)
    return made


def _known(folder: Path, encoder: Encoder) -> dict[str, Vectors]:
    try:
        manifest = _manifest(folder)
        if manifest.get("encoder") != encoder.fingerprint or manifest.get("dimension") != encoder.dimension:
            return {}
        keys: list[str] = json.loads((folder / _KEYS).read_text(encoding="utf-8"))
        return dict(zip(keys, _vectors(folder, manifest), strict=True))
    except (StrangerError, OSError, ValueError):
        return {}


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        found = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StrangerError(f"{folder.name}: 没有可用的搜索索引 / there is no usable index") from error
    if not isinstance(found, dict) or found.get("form") != FORM:
        raise StrangerError(f"{folder.name}: 搜索索引的格式是旧的 / the index is of an older form")
    return found


def _vectors(folder: Path, manifest: dict[str, Any]) -> Vectors:
    try:
        found = load_vectors(folder / _VECTORS, int(manifest["count"]), int(manifest["dimension"]))
    except (VectorIndexError, KeyError, ValueError) as error:
        raise StrangerError(f"{folder.name}: 搜索索引损坏 / the index is damaged") from error
    if hashlib.sha256(found.tobytes()).hexdigest() != manifest.get("vectors"):
        raise StrangerError(f"{folder.name}: 搜索索引校验和不符 / the index has a wrong hash")
    return found


def _write(folder: Path, catalogue: str, encoder: Encoder, keys: Sequence[str], vectors: Vectors) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    ready = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".index-"))
    try:
        save_vectors(ready / _VECTORS, vectors)
        (ready / _KEYS).write_text(json.dumps(list(keys)), encoding="utf-8")
        manifest = {
            "form": FORM,
            "catalogue": catalogue,
            "encoder": encoder.fingerprint,
            "encoder_name": encoder.name,
            "dimension": encoder.dimension,
            "count": len(keys),
            "keys": _digest(keys),
            "vectors": hashlib.sha256(vectors.tobytes()).hexdigest(),
        }
        (ready / _MANIFEST).write_text(json.dumps(manifest, indent=1, sort_keys=True), encoding="utf-8")
        _swap(ready, folder)
    finally:
        shutil.rmtree(ready, ignore_errors=True)


def _swap(ready: Path, folder: Path) -> None:
    """Put ``ready`` in the place of ``folder``; a reader sees the old one or the new one."""
    if folder.exists():
        old = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".old-"))
        os.replace(folder, old)  # noqa: PTH105 - onto an empty folder, in one step
        os.replace(ready, folder)  # noqa: PTH105
        shutil.rmtree(old, ignore_errors=True)
    else:
        os.replace(ready, folder)  # noqa: PTH105


def _digest(keys: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(keys).encode()).hexdigest()

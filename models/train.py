"""Trains the linear adapter: ``python -m models.train DATA.npz --out FOLDER``.

The data are vectors and grades only (``matcher.rank.training`` writes them from the project's own
enquiries): ``queries [n, d]``, ``passages [m, d]``, ``group [m]`` (the scheme of each passage),
``grades [n, schemes]``, ``masked [n]`` (a passage the query was made of, or -1). Needs the extra ``st``.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.encode.adapter import to_bytes
from models.encode.contract import Vectors, unit_rows
from models.encode.weights import Floats

EPOCHS: Final = 12
BATCH: Final = 128
RATE: Final = 1e-3
SCALE: Final = 20.0
PULL: Final = 10.0
"""Strength with which both matrices are held near the identity; 3, 10 and 30 were within 0.015 on the development split."""


def fit_adapter(
    queries: Vectors,
    passages: Vectors,
    group: NDArray[np.int64],
    grades: NDArray[Any],
    masked: NDArray[np.int64],
    seed: int = 0,
) -> tuple[Floats, Floats, Floats, Floats]:
    """Query matrix, passage matrix and the two means.

    The best passage of a scheme is its score; softmax over all schemes against gains 2^grade - 1.
    """
    import torch

    torch.manual_seed(seed)
    query_mean, passage_mean = queries.mean(axis=0), passages.mean(axis=0)
    q, p = torch.from_numpy(unit_rows(queries - query_mean)), torch.from_numpy(unit_rows(passages - passage_mean))
    gains = torch.from_numpy((2.0**grades - 1).astype(np.float32))
    targets = gains / gains.sum(dim=1, keepdim=True)
    schemes, home = grades.shape[1], torch.from_numpy(group)
    identity = torch.eye(queries.shape[1])
    a, b = identity.clone().requires_grad_(), identity.clone().requires_grad_()
    optimiser = torch.optim.Adam([a, b], RATE)
    for _ in range(EPOCHS):
        for chosen in torch.randperm(len(q)).split(BATCH):
            left = torch.nn.functional.normalize(q[chosen] @ a, dim=1)
            right = torch.nn.functional.normalize(p @ b, dim=1)
            cosine = left @ right.T
            hidden = torch.from_numpy(masked)[chosen]
            rows = torch.nonzero(hidden >= 0).flatten()
            cosine = cosine.index_put((rows, hidden[rows]), torch.tensor(-9.0))
            best = torch.full((len(chosen), schemes), -9.0)
            best = best.scatter_reduce(1, home[None].expand(len(chosen), -1), cosine, "amax")
            loss = -(targets[chosen] * torch.log_softmax(best * SCALE, dim=1)).sum(dim=1).mean()
            pull = ((a - identity) ** 2).mean() + ((b - identity) ** 2).mean()
            loss = loss + PULL * len(identity) / 10 * pull
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    return a.detach().numpy(), b.detach().numpy(), query_mean, passage_mean


def write_adapter(folder: Path, parts: tuple[Floats, Floats, Floats, Floats], model: str, card: dict[str, Any]) -> None:
    """Write the adapter and its card."""
    raw = to_bytes(parts)
    (folder / "adapter.bin").write_bytes(raw)
    about = {"model": model, "dimension": len(parts[0]), "sha256": hashlib.sha256(raw).hexdigest(), "card": card}
    (folder / "adapter.json").write_text(json.dumps(about, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Train from a file of vectors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    with np.load(given.data, allow_pickle=False) as data:
        parts = fit_adapter(data["queries"], data["passages"], data["group"], data["grades"], data["masked"], given.seed)
        card = {"queries": len(data["queries"]), "passages": len(data["passages"]), "epochs": EPOCHS, "seed": given.seed}
    write_adapter(given.out, parts, given.model, card)


if __name__ == "__main__":
    main()

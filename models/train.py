"""Trains the linear adapter: ``python -m models.train DATA.npz --out FOLDER``.

The data are vectors and grades only (``matcher.rank.training`` writes them from the project's own
texts), of one of two kinds:

* enquiries to schemes: ``queries [n, d]``, ``passages [m, d]``, ``group [m]`` (the scheme of each
  passage), ``grades [n, schemes]``, ``masked [n]`` (a passage the query was made of, or -1),
  ``weights [n]``;
* questions to clauses: ``questions [k, d]``, ``clauses [c, d]``, ``sought [k]`` (the clause that
  answers each question).

Needs the extra ``st``.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.encode.adapter import ENQUIRIES, GENERAL, to_bytes
from models.encode.contract import Vectors, unit_rows
from models.encode.weights import Floats

EPOCHS: Final = 12
BATCH: Final = 128
RATE: Final = 1e-3
SCALE: Final = 20.0
PULL: Final = 1.0
PULL_GENERAL: Final = 10.0
"""Strength with which both matrices are held near the identity: an adapter for texts not seen is held more."""


@dataclass(frozen=True)
class Graded:
    """Enquiries and the schemes that answer them; shapes as in the head of this module."""

    queries: Vectors
    passages: Vectors
    group: NDArray[np.int64]
    grades: NDArray[Any]
    masked: NDArray[np.int64]
    weights: NDArray[np.float32]


@dataclass(frozen=True)
class Paired:
    """Questions and the clause that answers each; shapes as in the head of this module."""

    questions: Vectors
    clauses: Vectors
    sought: NDArray[np.int64]


def fit_graded(data: Graded, seed: int = 0) -> tuple[Floats, Floats, Floats, Floats]:
    """Query matrix, passage matrix and the two means, of enquiries to schemes.

    The best passage of a scheme is its score; softmax over all schemes against gains 2^grade - 1.
    """
    import torch

    query_mean, passage_mean = data.queries.mean(axis=0), data.passages.mean(axis=0)
    q, p = torch.from_numpy(unit_rows(data.queries - query_mean)), torch.from_numpy(unit_rows(data.passages - passage_mean))
    gains = torch.from_numpy((2.0**data.grades - 1).astype(np.float32))
    targets = gains / gains.sum(dim=1, keepdim=True)
    schemes, home = data.grades.shape[1], torch.from_numpy(data.group)
    masked, weights = torch.from_numpy(data.masked), torch.from_numpy(data.weights)

    def loss(chosen: Any, a: Any, b: Any) -> Any:  # noqa: ANN401 - tensors
        cosine = _cosines(q[chosen] @ a, p @ b)
        hidden = masked[chosen]
        rows = torch.nonzero(hidden >= 0).flatten()
        cosine = cosine.index_put((rows, hidden[rows]), torch.tensor(-9.0))
        best = torch.full((len(chosen), schemes), -9.0)
        best = best.scatter_reduce(1, home[None].expand(len(chosen), -1), cosine, "amax")
        each = -(targets[chosen] * torch.log_softmax(best * SCALE, dim=1)).sum(dim=1)
        return (each * weights[chosen]).mean()

    return (*_descend(loss, data.queries.shape, PULL, seed), query_mean, passage_mean)


def fit_paired(data: Paired, seed: int = 0) -> tuple[Floats, Floats, Floats, Floats]:
    """Query matrix, passage matrix and the two means, of questions to clauses: each before all other clauses."""
    import torch

    query_mean, passage_mean = data.questions.mean(axis=0), data.clauses.mean(axis=0)
    q, p = torch.from_numpy(unit_rows(data.questions - query_mean)), torch.from_numpy(unit_rows(data.clauses - passage_mean))
    sought = torch.from_numpy(data.sought)

    def loss(chosen: Any, a: Any, b: Any) -> Any:  # noqa: ANN401 - tensors
        return torch.nn.functional.cross_entropy(_cosines(q[chosen] @ a, p @ b) * SCALE, sought[chosen])

    return (*_descend(loss, data.questions.shape, PULL_GENERAL, seed), query_mean, passage_mean)


def _cosines(left: Any, right: Any) -> Any:  # noqa: ANN401 - tensors
    import torch

    return torch.nn.functional.normalize(left, dim=1) @ torch.nn.functional.normalize(right, dim=1).T


def _descend(loss: Callable[..., Any], shape: tuple[int, ...], pull: float, seed: int) -> tuple[Floats, Floats]:
    """Two matrices that begin at the identity, are held near it, and lower a loss over ``[examples, dimension]``."""
    import torch

    torch.manual_seed(seed)
    size, dimension = shape
    identity = torch.eye(dimension)
    a, b = identity.clone().requires_grad_(), identity.clone().requires_grad_()
    optimiser = torch.optim.Adam([a, b], RATE)
    for _ in range(EPOCHS):
        for chosen in torch.randperm(size).split(BATCH):
            held = ((a - identity) ** 2).sum() + ((b - identity) ** 2).sum()
            total = loss(chosen, a, b) + pull / dimension * held
            optimiser.zero_grad()
            total.backward()
            optimiser.step()
    return a.detach().numpy(), b.detach().numpy()


def write_adapter(
    folder: Path, parts: tuple[Floats, Floats, Floats, Floats], model: str, card: dict[str, Any], name: str = ENQUIRIES
) -> None:
    """Write an adapter and its card."""
    raw = to_bytes(parts)
    (folder / f"{name}.bin").write_bytes(raw)
    about = {"model": model, "dimension": len(parts[0]), "sha256": hashlib.sha256(raw).hexdigest(), "card": card}
    (folder / f"{name}.json").write_text(json.dumps(about, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Train from a file of vectors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    with np.load(given.data, allow_pickle=False) as data:
        if "questions" in data:
            parts = fit_paired(Paired(*(data[name] for name in ("questions", "clauses", "sought"))), given.seed)
            name = GENERAL
        else:
            names = ("queries", "passages", "group", "grades", "masked", "weights")
            parts = fit_graded(Graded(*(data[name] for name in names)), given.seed)
            name = ENQUIRIES
    write_adapter(given.out, parts, given.model, {"epochs": EPOCHS, "seed": given.seed}, name)


if __name__ == "__main__":
    main()

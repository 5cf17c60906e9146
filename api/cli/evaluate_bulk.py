"""``policymatch evaluate bulk``: the kernel beside other engines."""

from __future__ import annotations

import json
from typing import Annotated, Any, Final

import typer

from api.cli.extras import require
from api.cli.messages import print_json, say
from api.cli.options import AsJson, AsOf

_PEERS: Final = {"pyarrow": "bulk", "numba": "fast", "polars": "bench", "duckdb": "bench", "datalogic_py": "bench"}
_SCALE: Final = {"pyarrow": "bulk", "numba": "fast", "distributed": "dask"}


def evaluate_bulk(
    policies: Annotated[int, typer.Option("--policies", min=20, help="政策数 / policies")] = 1_000,
    profiles: Annotated[int, typer.Option("--profiles", min=2_000, help="档案数 / profiles")] = 1_000_000,
    as_of: AsOf = None,
    scale: Annotated[
        bool, typer.Option("--scale", help="改测文件、内存和两个 Dask 进程 / measure files, memory and two Dask workers instead")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """内核与其他引擎同场比较，以倍数给出。 The kernel and other engines on generated data, in one run, as ratios."""
    require(_SCALE if scale else _PEERS)
    from api.cli.inputs import read_day
    from policies.vocabulary import vocabulary

    day = read_day(as_of)
    found: dict[str, Any]
    if scale:
        from evaluation.bulk.scale import evaluate_scale

        found = evaluate_scale(policies, profiles, day, vocabulary())
    else:
        from evaluation.bulk.run import Sizes, evaluate_bulk

        found = evaluate_bulk(Sizes(policies, profiles), day, vocabulary(), say)
    if as_json:
        print_json(found)
    else:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))

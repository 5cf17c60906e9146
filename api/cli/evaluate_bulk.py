"""``policymatch evaluate bulk``: the kernel beside other engines."""

from __future__ import annotations

import datetime as dt
import json
import sys
from typing import Annotated

import typer

_NEEDS = {
    "pyarrow": "bulk", "numba": "fast", "polars": "bench", "duckdb": "bench", "datalogic_py": "bench",
}  # fmt: skip


def evaluate_bulk(
    policies: Annotated[int, typer.Option(min=20, help="Policies.")] = 1_000,
    profiles: Annotated[int, typer.Option(min=2_000, help="Profiles.")] = 1_000_000,
    as_of: Annotated[str | None, typer.Option("--as-of", help="Day of the question, YYYY-MM-DD; today if left out.")] = None,
    scale: Annotated[bool, typer.Option(help="Measure files, memory and two Dask workers instead of the peers.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON value.")] = False,
) -> None:
    """Measure the kernel and other engines on generated policies and profiles, in one run, as ratios."""
    from importlib.util import find_spec

    absent = sorted({extra for module, extra in _NEEDS.items() if not find_spec(module)})
    if absent:
        print(f"this needs: pip install 'policymatch[{','.join(absent)}]'", file=sys.stderr)
        raise typer.Exit(2)
    from evaluation.bulk.run import Sizes, evaluate_bulk
    from policies.vocabulary import vocabulary

    try:
        day = dt.date.fromisoformat(as_of) if as_of else dt.datetime.now(dt.UTC).astimezone().date()
    except ValueError:
        print(f"--as-of {as_of!r} is not a date such as 2026-11-23", file=sys.stderr)
        raise typer.Exit(2) from None
    if scale:
        from evaluation.bulk.scale import evaluate_scale

        measured = evaluate_scale(policies, profiles, day, vocabulary())
        print(json.dumps(measured, ensure_ascii=False, indent=None if as_json else 2))
        return
    found = evaluate_bulk(Sizes(policies, profiles), day, vocabulary(), lambda line: print(line, file=sys.stderr))
    print(json.dumps(found, ensure_ascii=False, indent=None if as_json else 2))

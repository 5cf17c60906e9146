"""``policymatch evaluate catalogue`` and ``policymatch evaluate resolver``."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.messages import UserError, print_json, say
from api.cli.options import AsJson


def catalogue(
    policies: Annotated[int, typer.Option("--policies", min=100, help="多少条 / how many")] = 100_000,
    database: Annotated[
        str | None,
        typer.Option("--database", metavar="URL", help="空的 PostgreSQL 库，默认临时文件 / empty database, default a file"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """目录库：导入、大小、载入、按日查询、比较，以及同一政策的判定。 The store with many policies, and the resolver."""
    from api.cli.stores import resolver
    from evaluation.catalogue import evaluate_store, growth
    from evaluation.resolver import evaluate_resolver, read_pairs
    from models.pair_model import shipped_pair_model
    from policies.store.database import StoreError
    from policies.vocabulary import vocabulary

    words = vocabulary()
    report: dict[str, Any] = {}
    try:
        with tempfile.TemporaryDirectory() as folder:
            say(f"{policies // 4:,} …")
            small = evaluate_store(str(Path(folder) / "small.db"), policies // 4, words, resolver())
            say(f"{policies:,} …")
            large = evaluate_store(database or str(Path(folder) / "large.db"), policies, words, resolver())
    except StoreError as error:
        raise UserError([str(error)]) from error
    report = {"quarter": small, "whole": large}
    if database is None:
        report["growth"] = growth(small, large)
    report["resolver"] = evaluate_resolver(read_pairs(), shipped_pair_model(), words)
    if as_json:
        print_json(report)
        return
    for name in large:
        typer.echo(f"{name:24} {small[name]!s:>12} {large[name]!s:>12}")
    for name, value in report.get("growth", {}).items():
        typer.echo(f"growth {name:17} {value!s:>25}")
    _print_resolver(report["resolver"])


def resolver(
    data: Annotated[Path | None, typer.Option("--data", help="标注对，JSON Lines / labelled pairs")] = None,
    train: Annotated[Path | None, typer.Option("--train", help="重新训练并写入 / fit anew and write the weights")] = None,
    as_json: AsJson = False,
) -> None:
    """两条记录是否同一政策，判得准不准。 How well records of one scheme are recognised."""
    from evaluation.resolver import GOLD, evaluate_resolver, read_pairs
    from evaluation.resolver import train as fit
    from models.pair_model import shipped_pair_model
    from policies.vocabulary import vocabulary

    try:
        pairs = read_pairs(data or GOLD)
        model = fit(pairs, vocabulary()) if train else shipped_pair_model()
        if train:
            train.write_text(json.dumps(model.to_json(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise UserError([f"{error.filename}: 无法使用 / cannot be used: {error.strerror}"], 2) from error
    except (ValueError, RuntimeError) as error:
        raise UserError([f"{data or GOLD}: {error}"]) from error
    report = evaluate_resolver(pairs, model, vocabulary())
    if as_json:
        print_json(report)
        return
    _print_resolver(report)


def _print_resolver(report: dict[str, Any]) -> None:
    typer.echo(
        f"{report['pairs']} held-out pairs, accuracy {report['accuracy']:.4f}, national and local apart {report['apart']:.4f}"
    )
    for kind in ("duplicate", "version", "parent_local", "different"):
        one = report[kind]
        typer.echo(
            f"  {kind:13} precision {one['precision']:.4f}  recall {one['recall']:.4f}  f1 {one['f1']:.4f}  ({one['pairs']})"
        )
    for one in report["errors"]:
        typer.echo(f"  {one['count']} × {one['category']}: {one['label']} → {one['said']}")

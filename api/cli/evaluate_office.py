"""``policymatch evaluate overlap``, ``logic`` and ``office-speed``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from api.cli.messages import UserError, print_json
from api.cli.options import AsJson


def overlap(
    train: Annotated[Path | None, typer.Option("--train", help="重新训练并写入 / fit anew and write the weights")] = None,
    as_json: AsJson = False,
) -> None:
    """政策对的类型判断得准不准。 Kinds of scheme pairs against judgement."""
    from evaluation.overlap.pairs import evaluate_overlap, fit_kinds, gold_pairs, gold_schemes
    from policies.vocabulary import vocabulary

    model = None
    try:
        if train:
            model = fit_kinds(gold_schemes(), [pair for pair in gold_pairs() if pair.part == "development"], vocabulary())
            train.write_text(json.dumps(model.to_json(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        found = evaluate_overlap(vocabulary(), model)
    except OSError as error:
        raise UserError([f"{error.filename}: 无法写入 / cannot be written: {error.strerror}"], 2) from error
    except RuntimeError as error:
        raise UserError([str(error)]) from error
    if as_json:
        print_json(found)
        return
    for part, counts in found["pairs"].items():
        typer.echo(f"{part}: {', '.join(f'{kind} {count}' for kind, count in counts.items())}")
        for method, figures in found[part].items():
            typer.echo(f"  {method}")
            for name, value in figures.items():
                typer.echo(f"    {name:24} {value:.3f}")


def logic(
    pairs: Annotated[int, typer.Option("--pairs", min=1, help="随机条件对数 / random pairs")] = 5_000,
    seed: Annotated[int, typer.Option("--seed", help="随机种子 / seed")] = 1,
    as_json: AsJson = False,
) -> None:
    """蕴含与互斥的判断和穷举对照。 Implication and disjointness against exhaustive enumeration."""
    from evaluation.overlap.enumeration import evaluate_logic
    from policies.vocabulary import vocabulary

    found = evaluate_logic(vocabulary(), pairs, seed).as_json()
    if as_json:
        print_json(found)
        return
    for name, value in found.items():
        typer.echo(f"{name:10} {value}")


def office_speed(
    schemes: Annotated[int, typer.Option("--schemes", min=2, help="政策数 / schemes")] = 1_000,
    profiles: Annotated[int, typer.Option("--profiles", min=100, help="档案数 / profiles")] = 100_000,
    as_json: AsJson = False,
) -> None:
    """全部政策两两比较要多久；试算与重算是否一致。 Time of all pairs; what-if against recomputation."""
    from evaluation.overlap.speed import evaluate_office_speed
    from policies.vocabulary import vocabulary

    found = evaluate_office_speed(vocabulary(), schemes, profiles)
    if as_json:
        print_json(found)
        return
    for name, figures in found.items():
        typer.echo(name)
        for key, value in figures.items():
            typer.echo(f"  {key:30} {value:,}")


def register(app: typer.Typer) -> None:
    """Add the three commands to ``policymatch evaluate``."""
    app.command()(overlap)
    app.command()(logic)
    app.command(name="office-speed")(office_speed)

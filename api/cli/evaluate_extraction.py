"""``policymatch evaluate extraction``: what was read from pages against annotations."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.messages import UserError, print_json
from api.cli.options import AsJson


def extraction(
    data: Annotated[Path | None, typer.Option("--data", help="文件夹，含 html/ 和 gold/ / folder with html/ and gold/")] = None,
    benefits: Annotated[Path | None, typer.Option("--benefits", help="标注的问答 JSONL / annotated answers")] = None,
    qa: Annotated[Path | None, typer.Option("--qa", help="问答 CSV（id,question,answer）/ the questions and answers")] = None,
    as_json: AsJson = False,
) -> None:
    """抽取质量：元数据、事项、条件、补贴。 Extraction quality: metadata, schemes, conditions, benefits."""
    from evaluation.extraction.answers import evaluate_answers
    from evaluation.extraction.evaluate import DataError, evaluate_folder

    if data is None and (benefits is None or qa is None):
        raise UserError(["请给出 --data，或同时给出 --benefits 和 --qa / give --data, or --benefits and --qa"], 2)
    report: dict[str, Any] = {}
    try:
        if data is not None:
            report |= evaluate_folder(data)
        if benefits is not None and qa is not None:
            report["answers"] = evaluate_answers(benefits, qa)
    except DataError as error:
        raise UserError([str(error)], 2) from error
    except (OSError, ValueError, KeyError) as error:
        raise UserError([f"{data or benefits}: 数据有误 / wrong data: {type(error).__name__} {error}"]) from error
    if as_json:
        print_json(report)
    else:
        _print(report)


def _print(report: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    if report.get("documents"):
        table = Table(title="每份文档 Per document (F1)", title_justify="left")
        for column in ("document", "schemes", "conditions", "benefits", "shape"):
            table.add_column(column)
        for row in report["documents"]:
            table.add_row(*(str(row[name]) for name in ("document", "schemes", "conditions", "benefits", "shape")))
        console.print(table)
    for name, value in report.get("metadata", {}).items():
        console.print(f"{name:16} {value['f1'] if isinstance(value, dict) else value}")
    for name in ("schemes", "conditions", "benefits"):
        if name in report:
            part = report[name]
            console.print(f"{name:16} P {part['precision']:.3f}  R {part['recall']:.3f}  F1 {part['f1']:.3f}")
    for name in ("instrument", "audience", "shape"):
        if name in report:
            console.print(f"{name:16} {report[name]}")
    if "answers" in report:
        part = report["answers"]["benefits"]
        console.print(f"{'answers':16} P {part['precision']:.3f}  R {part['recall']:.3f}  F1 {part['f1']:.3f}")
    for error in [*report.get("errors", ()), *report.get("answers", {}).get("errors", ())]:
        console.print("  ".join(f"{key}={value}" for key, value in error.items() if value), markup=False, highlight=False)

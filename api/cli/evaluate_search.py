"""``policymatch evaluate retrieval`` and ``evaluate ranking``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.messages import UserError, print_json, say
from api.cli.options import AsJson


def retrieval(
    data: Annotated[Path, typer.Option("--data", help="CSV，或含 documents.jsonl 的文件夹 / a CSV, or a folder of documents")],
    as_json: AsJson = False,
) -> None:
    """检索质量：词、语义、合并。 Search quality: lexical, dense and combined."""
    from api.cli.progress import progress_bar
    from api.settings import settings_from_environment
    from evaluation.retrieval import evaluate_retrieval, read_collection
    from models.encode import EncoderError, open_encoder

    settings = settings_from_environment()
    try:
        collection = read_collection(data)
    except OSError as error:
        raise UserError([f"{error.filename}: 无法读取 / cannot be read: {error.strerror}"], 2) from error
    except (ValueError, KeyError) as error:
        raise UserError([f"{data}: 数据有误 / wrong data: {error}"]) from error
    with progress_bar() as progress:
        try:
            encoder = open_encoder(settings.encoder, settings.cache, progress)
        except EncoderError as error:
            say(f"{error}；只测词面检索 / lexical search only")
            encoder = None
        found = evaluate_retrieval(collection, encoder, progress)
    if as_json:
        print_json(found)
        return
    _table(found, "passages")
    if "documents" in found:
        _table(found["documents"], "documents")


def ranking(
    data: Annotated[
        Path | None, typer.Option("--data", help="标注好的询问，默认自带 / labelled enquiries, default: ours")
    ] = None,
    split: Annotated[str, typer.Option("--split", help="train, dev, test, blind 或 all")] = "test",
    as_json: AsJson = False,
) -> None:
    """按询问找政策的质量，与各基线对比。 Quality of enquiries to schemes, beside each baseline."""
    from api.cli.progress import progress_bar
    from api.settings import settings_from_environment
    from evaluation.ranking import evaluate_ranking, read_enquiries
    from policies.store import open_catalogue
    from policies.vocabulary import vocabulary

    settings = settings_from_environment()
    try:
        enquiries = read_enquiries(data, split)
    except OSError as error:
        raise UserError([f"{error.filename}: 无法读取 / cannot be read: {error.strerror}"], 2) from error
    except (ValueError, KeyError) as error:
        raise UserError([f"{data or 'enquiries.jsonl'}: 数据有误 / wrong data: {error}"]) from error
    with progress_bar() as progress:
        catalogue = open_catalogue(settings.catalogue)
        found = evaluate_ranking(enquiries, catalogue, vocabulary(), settings.encoder, settings.cache, progress)
    if as_json:
        print_json(found)
        return
    _table(found, f"split {split}")
    for name, value in found["categories"].items():
        typer.echo(f"  {name:12} " + " ".join(f"{system} {figure:.3f}" for system, figure in value.items()))
    typer.echo(f"nothing fits: {found['nothing']}")
    typer.echo(f"right scheme among the first five: {found['right_in_five']}")


def search_speed(
    large: Annotated[
        int, typer.Option("--large", min=0, help="另测这么多条的大目录 / also a made-up collection of this size")
    ] = 0,
    database: Annotated[
        str | None, typer.Option("--database", metavar="URL", help="大目录的向量放在 PostgreSQL / keep its vectors in PostgreSQL")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """搜索要多久、占多少内存。 Time and memory of search."""
    from api.cli.progress import progress_bar
    from api.settings import settings_from_environment
    from evaluation.search_speed import evaluate_search_speed
    from models.encode import EncoderError
    from models.index import VectorIndexError
    from policies.store import open_catalogue, postgres_of
    from policies.vocabulary import vocabulary

    settings, keeper = settings_from_environment(), postgres_of(database)
    if database and keeper is None:
        raise UserError([f"{database}: 不是 postgresql:// 地址 / not a postgresql:// URL"], 2)
    with progress_bar() as progress:
        try:
            catalogue = open_catalogue(settings.catalogue)
            found = evaluate_search_speed(catalogue, vocabulary(), settings.cache, progress, large, keeper)
        except (EncoderError, VectorIndexError) as error:
            raise UserError([str(error)]) from error
    if as_json:
        print_json(found)
        return
    for name, value in found.items():
        typer.echo(f"{name:20} {value}")


def _table(found: dict[str, Any], title: str) -> None:
    names = ("recall@1", "recall@5", "recall@10", "mrr@10", "ndcg@10")
    typer.echo(f"{title:12} " + " ".join(f"{name:>9}" for name in names))
    for system, row in found.items():
        if isinstance(row, dict) and "ndcg@10" in row:
            typer.echo(f"{system:12} " + " ".join(f"{row[name]:9.4f}" for name in names))
    for system, row in found["bootstrap"].items():
        typer.echo(f"  against {system:12} {row['difference']:+.4f} [{row['low']:+.4f}, {row['high']:+.4f}]")

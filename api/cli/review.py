"""``policymatch review``: what was read waits here for a person."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.extract import benefit_line, tree_lines
from api.cli.ingest import DEFAULT_QUEUE, QueueFile
from api.cli.messages import UserError, print_json

app = typer.Typer(help="审核草稿。 Review drafts.", no_args_is_help=True, rich_markup_mode=None)

AsJson = Annotated[bool, typer.Option("--json", help="只输出 JSON / print JSON only")]
Identity = Annotated[str, typer.Argument(help="草稿编号 / id of the draft")]
Note = Annotated[str | None, typer.Option("--note", help="理由 / reason")]


@app.command("list")
def list_drafts(
    queue: QueueFile = DEFAULT_QUEUE,
    state: Annotated[str, typer.Option("--state", help="waiting | accepted | rejected | all")] = "waiting",
    as_json: AsJson = False,
) -> None:
    """列出草稿。 List drafts."""
    from policies.queue import STATES

    if state not in (*STATES, "all"):
        raise UserError([f"--state {state}: 可用 / use {' | '.join((*STATES, 'all'))}"], 2)
    drafts = _open(queue).drafts(None if state == "all" else state)
    if as_json:
        print_json([{"id": d.id, "kind": d.kind, "name": d.name, "state": d.state, "origin": d.origin} for d in drafts])
        return
    for draft in drafts:
        typer.echo(f"{draft.id}  {draft.state:8}  {draft.kind:10}  {draft.name}  ({draft.origin})")
    typer.echo(f"{len(drafts)} 条 drafts")


@app.command()
def show(identity: Identity, queue: QueueFile = DEFAULT_QUEUE, as_json: AsJson = False) -> None:
    """一条草稿，逐项附原文。 One draft, each part with its words in the document."""
    draft = _call(lambda: _open(queue).draft(identity))
    if as_json:
        print_json({"id": draft.id, "state": draft.state, "origin": draft.origin, "note": draft.note, "content": draft.content})
        return
    typer.echo(f"{draft.id}  {draft.state}  {draft.origin}\n{draft.name}")
    if draft.kind == "commitment":
        typer.echo(draft.content["what"])
        return
    typer.echo("\n".join(tree_lines(draft.content["conditions"])))
    for benefit in draft.content["benefits"]:
        typer.echo(f"+ {benefit_line(benefit)}")
    for quote in _quotes(draft.content):
        typer.echo(f"  「{quote}」")


@app.command()
def accept(identity: Identity, queue: QueueFile = DEFAULT_QUEUE, note: Note = None, as_json: AsJson = False) -> None:
    """采纳一条草稿。 Accept a draft."""
    _decide(identity, queue, "accepted", note, as_json=as_json)


@app.command()
def reject(identity: Identity, queue: QueueFile = DEFAULT_QUEUE, note: Note = None, as_json: AsJson = False) -> None:
    """退回一条草稿。 Reject a draft."""
    _decide(identity, queue, "rejected", note, as_json=as_json)


def _decide(identity: str, queue: Path, state: str, note: str | None, *, as_json: bool) -> None:
    draft = _call(lambda: _open(queue).decide(identity, state, note, dt.datetime.now(dt.UTC)))
    if as_json:
        print_json({"id": draft.id, "state": draft.state, "note": draft.note})
    else:
        typer.echo(f"{draft.id}  {draft.state}  {draft.name}")


def _open(queue: Path) -> Any:  # noqa: ANN401 - the queue's module is loaded only when it is used
    from policies.queue import ReviewQueue

    if not queue.exists():
        raise UserError([f"{queue}: 没有审核队列，请先 ingest / no review queue; run ingest first"], 2)
    return ReviewQueue(queue)


def _call(action: Any) -> Any:  # noqa: ANN401
    from policies.queue import QueueError

    try:
        return action()
    except QueueError as error:
        raise UserError([str(error)]) from error


def _quotes(content: dict[str, Any]) -> list[str]:
    found: list[str] = []

    def walk(node: dict[str, Any]) -> None:
        if node.get("quote"):
            found.append(node["quote"])
        for key in ("all", "any"):
            for child in node.get(key, ()):
                walk(child)
        if "not" in node:
            walk(node["not"])

    walk(content["conditions"])
    for benefit in content["benefits"]:
        walk(benefit)
    return list(dict.fromkeys(found))

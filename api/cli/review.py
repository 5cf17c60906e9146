"""``policymatch review``: what was read waits here for a person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar

import typer

from api.cli.extract import benefit_line, tree_lines
from api.cli.ingest import DEFAULT_QUEUE, QueueFile
from api.cli.messages import UserError, print_json, say
from api.cli.options import AsJson

if TYPE_CHECKING:
    from policies.queue import ReviewQueue
    from policies.reviewer import Decided, Reviewer

T = TypeVar("T")

app = typer.Typer(help="审核草稿。 Review drafts.", no_args_is_help=True, rich_markup_mode=None)

Identity = Annotated[str, typer.Argument(help="草稿编号 / id of the draft")]
Catalogue = Annotated[
    Path | None, typer.Option("--catalogue", help="目录文件（JSON Lines），没有则新建 / catalogue file, made where there is none")
]
Note = Annotated[str | None, typer.Option("--note", help="理由 / reason")]


@app.command("list")
def list_drafts(
    queue: QueueFile = DEFAULT_QUEUE,
    state: Annotated[
        str, typer.Option("--state", help="open | waiting | changed | accepted | rejected | superseded | all")
    ] = "open",
    as_json: AsJson = False,
) -> None:
    """列出草稿。 List drafts."""
    from policies.queue import OPEN, STATES

    if state not in ("open", *STATES, "all"):
        raise UserError([f"--state {state}: 可用 / use {' | '.join(('open', *STATES, 'all'))}"], 2)
    wanted = {"all": None, "open": OPEN}.get(state, (state,))
    drafts = _call(lambda: _open(queue).drafts(wanted))
    if as_json:
        names = ("id", "kind", "name", "state", "origin", "replaces", "gone_at")
        print_json([{name: getattr(draft, name) for name in names} for draft in drafts])
        return
    for draft in drafts:
        gone = "  不再出现 vanished" if draft.gone_at else ""
        typer.echo(f"{draft.id}  {draft.state:10}  {draft.kind:10}  {draft.name}  ({draft.origin}){gone}")
    typer.echo(f"{len(drafts)} 条 drafts")


@app.command()
def show(identity: Identity, queue: QueueFile = DEFAULT_QUEUE, as_json: AsJson = False) -> None:
    """一条草稿，逐项附原文；变动的列出变在哪里。 One draft with its words in the document, and what changed."""
    draft = _call(lambda: _open(queue).draft(identity))
    found = _reviewer(queue, None).convert(draft, _today())
    issues = [{"kind": one.kind, "zh": one.message.zh, "en": one.message.en} for one in found.issues]
    if as_json:
        print_json(
            {
                **{name: getattr(draft, name) for name in _SHOWN},
                "document": draft.document,
                "warnings": list(draft.warnings),
                "content": draft.content,
                "changes": [change.as_json() for change in draft.changes],
                "issues": issues,
            }
        )
        return
    typer.echo(f"{draft.id}  {draft.state}  {draft.origin}\n{draft.name}")
    if draft.gone_at:
        typer.echo(f"来源中已不再出现（{draft.gone_at[:10]} 读取）/ no longer in its source")
    if draft.changes:
        typer.echo(
            f"与 {draft.replaces} 相比变动 {len(draft.changes)} 处 / {len(draft.changes)} changes against {draft.replaces}:"
        )
        typer.echo("\n".join(f"  {line}" for change in draft.changes for line in change_lines(change.as_json())))
    if draft.kind == "commitment":
        typer.echo(draft.content["what"])
        return
    typer.echo("\n".join(tree_lines(draft.content["conditions"])))
    for benefit in draft.content["benefits"]:
        typer.echo(f"+ {benefit_line(benefit)}")
    for quote in _quotes(draft.content):
        typer.echo(f"  「{quote}」")
    for one in issues:
        typer.echo(f"! {one['zh']} / {one['en']}")


_SHOWN: Final = ("id", "kind", "name", "state", "origin", "note", "replaces", "gone_at", "decided_at", "policy_id")


@app.command()
def accept(
    identity: Identity,
    queue: QueueFile = DEFAULT_QUEUE,
    note: Note = None,
    catalogue: Catalogue = None,
    region: Annotated[
        str | None, typer.Option("--region", help="适用地区的区划代码 / division code, where none was read")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """采纳一条草稿；给出 --catalogue 则写入目录。 Accept a draft; with --catalogue it becomes an entry there."""
    done = _call(lambda: _reviewer(queue, catalogue).accept(identity, _now(), note, region))
    _told(done, catalogue, as_json=as_json)


@app.command()
def reject(
    identity: Identity, queue: QueueFile = DEFAULT_QUEUE, note: Note = None, catalogue: Catalogue = None, as_json: AsJson = False
) -> None:
    """退回一条草稿；给出 --catalogue 则撤下它的条目。 Reject a draft; with --catalogue its entry is taken out."""
    done = _call(lambda: _reviewer(queue, catalogue).reject(identity, _now(), note))
    _told(done, catalogue, as_json=as_json)


def _told(done: Decided, catalogue: Path | None, *, as_json: bool) -> None:
    draft, entry = done.draft, done.policy
    for issue in done.issues:
        say(f"! {issue.message.zh} / {issue.message.en}")
    if as_json:
        found = {"id": draft.id, "state": draft.state, "note": draft.note}
        print_json(found | {"policy": entry.id, "catalogue": str(catalogue)} if entry else found)
        return
    typer.echo(f"{draft.id}  {draft.state}  {draft.name}")
    if entry:
        typer.echo(f"→ {catalogue}: {entry.id}")


def change_lines(change: dict[str, Any]) -> list[str]:
    """A change in the queue's JSON form as lines."""
    mark = {"added": "+ 新增 added", "removed": "- 删除 removed", "altered": "~ 改动 altered"}[change["how"]]
    sides = [_side(change["part"], change[name]) for name in ("before", "after") if change[name] is not None]
    return [f"{mark} {_PARTS[change['part']]}{' ' + change['name'] if change['name'] else ''}: {' → '.join(sides)}"]


_PARTS: Final = {
    "document": "文件 document",
    "terms": "要素 terms",
    "condition": "条件 condition",
    "shape": "条件的组合 combination",
    "benefit": "待遇 benefit",
}


def _side(part: str, value: Any) -> str:  # noqa: ANN401 - any JSON value
    if part in ("condition", "shape"):
        return " ".join(line.strip() for line in tree_lines(value))
    if part == "benefit":
        return benefit_line(value)
    return "、".join(map(str, value)) if isinstance(value, list) else str(value)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _today() -> dt.date:
    return dt.datetime.now().astimezone().date()


def _reviewer(queue: Path, catalogue: Path | None) -> Reviewer:
    from policies.reviewer import Reviewer
    from policies.vocabulary import vocabulary

    return Reviewer(_open(queue), vocabulary(), catalogue)


def _open(queue: Path) -> ReviewQueue:
    from policies.queue import ReviewQueue

    if not queue.exists():
        raise UserError([f"{queue}: 没有审核队列，请先 ingest / no review queue; run ingest first"], 2)
    return ReviewQueue(queue)


def _call(action: Callable[[], T]) -> T:
    from policies.catalogue import CatalogueError
    from policies.queue import QueueError
    from policies.reviewer import NotPublishableError

    try:
        return action()
    except QueueError as error:
        raise UserError([str(error)]) from error
    except NotPublishableError as error:
        first = "不能采纳，队列和目录都没有改动 / cannot be accepted; nothing was changed"
        raise UserError([first, *(f"  {one.message.zh} / {one.message.en}" for one in error.issues)]) from error
    except CatalogueError as error:
        first = "目录文件无法使用，未改动，请换一个 --catalogue / the catalogue cannot be used, is unchanged; name another"
        raise UserError([first, *(f"  {problem}" for problem in error.problems[:20])]) from error


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

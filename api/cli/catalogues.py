"""``policymatch catalogue``: the versions of a catalogue, and what waits for a person."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.messages import UserError, print_json, say
from api.cli.options import AsJson, CatalogueFile
from api.cli.stores import Place, opened, resolver

app = typer.Typer(
    help="目录的版本、改动与核对。 Versions, changes and checks of the catalogue.", no_args_is_help=True, rich_markup_mode=None
)
Number = Annotated[int, typer.Argument(min=1, metavar="N", help="版本号 / number of a version")]


def _out(as_json: bool, data: Any, lines: list[str]) -> None:  # noqa: ANN401 - any JSON value
    if as_json:
        print_json(data)
    else:
        for line in lines:
            typer.echo(line)


@app.command("import")
def take_in(
    files: Annotated[list[str], typer.Argument(help="starter、.jsonl 或 .xlsx / the starter catalogue or files of an export")],
    catalogue: Place = None,
    name: Annotated[str | None, typer.Option("--name", help="来源名称，默认取文件名 / name of the source")] = None,
    publish: Annotated[bool, typer.Option("--publish/--no-publish", help="导入后发布 / publish afterwards")] = True,
    as_json: AsJson = False,
) -> None:
    """导入目录：内置目录或导出的文件，保留编号。 Take over the starter catalogue or an export, ids kept."""
    from policies.catalogue import CatalogueError, starter_catalogue
    from policies.interchange import read_catalogue_file
    from policies.store.records import Received

    done: list[dict[str, object]] = []
    with opened(catalogue, create=True) as store:
        for file in files:
            try:
                if file == "starter":
                    found, received = starter_catalogue(), None
                else:
                    found = read_catalogue_file(Path(file))
                    received = Received(Path(file).name, Path(file).read_bytes(), "catalogue")
            except CatalogueError as error:
                raise UserError(
                    [f"{file}: 无法导入 / cannot be imported", *(f"  {one}" for one in error.problems[:20])]
                ) from error
            done.append(store.add_catalogue(name or Path(file).stem, found, received).as_json())
        version = store.publish(resolver()).as_json() if publish else None
    lines = [f"{one['source']}: 新 {one['new']}，改 {one['changed']}，同 {one['same']} / new, changed, same" for one in done]
    _out(as_json, {"sources": done, "published": version}, [*lines, *_told(version)])


def _told(version: dict[str, object] | None) -> list[str]:
    return [f"第 {version['number']} 版，{version['policies']} 条 / version, policies"] if version else []


@app.command()
def publish(
    catalogue: Place = None,
    note: Annotated[str, typer.Option("--note", help="说明 / what it is about")] = "",
    as_json: AsJson = False,
) -> None:
    """把目前的记录、判定和修改发布为新版本。 Publish records, decisions and edits as the next version."""
    with opened(catalogue) as store:
        done = store.publish(resolver(), note).as_json()
    _out(as_json, done, _told(done))


@app.command()
def log(catalogue: Place = None, as_json: AsJson = False) -> None:
    """列出各版本。 The published versions, newest first."""
    with opened(catalogue) as store:
        versions = [one.as_json() for one in store.log()]
    lines = [
        f"{one['number']}  {str(one['at'])[:19]}  {one['policies']}条 +{one['added']} ~{one['changed']} -{one['removed']}"
        f"  {str(one['digest'])[:12]}  {one['by']}  {one['note']}"
        for one in versions
    ]
    _out(as_json, versions, lines)


@app.command()
def diff(old: Number, new: Number, catalogue: Place = None, as_json: AsJson = False) -> None:
    """两个版本之间改了什么，逐个条件列出。 What changed between two versions, condition by condition."""
    from policies.changes import policy_changes
    from policies.vocabulary import vocabulary

    with opened(catalogue) as store:
        found = policy_changes(store.changes(old, new), vocabulary())
    lines = []
    for one in found:
        sign = {"added": "+", "removed": "-", "changed": "~"}[one.kind]
        lines += [f"{sign} {one.policy}  {one.title}", *(f"    {change.sentence()}" for change in one.changes)]
    _out(as_json, [one.as_json() for one in found], lines)


@app.command()
def restore(number: Number, catalogue: Place = None, as_json: AsJson = False) -> None:
    """把旧版本的内容重新发布为新版本。 Publish an earlier version's content again, as a new version."""
    with opened(catalogue) as store:
        done = store.restore(number).as_json()
    say("来源和判定没有改动，下次 publish 仍按它们生成 / sources and decisions are unchanged; the next publish follows them")
    _out(as_json, done, _told(done))


@app.command()
def verify(catalogue: Place = None, as_json: AsJson = False) -> None:
    """核对每个版本与发布时是否一致。 Check that every version is what was published."""
    with opened(catalogue) as store:
        faults = store.verify()
    _out(
        as_json, [{"zh": one.zh, "en": one.en} for one in faults], [f"{one.zh} / {one.en}" for one in faults] or ["完好 / intact"]
    )
    if faults:
        raise typer.Exit(1)


@app.command()
def expiring(
    days: Annotated[int, typer.Option("--days", min=0, help="多少天以内 / within so many days")] = 60,
    as_of: Annotated[str | None, typer.Option("--as-of", metavar="DATE", help="从哪天算起 / counted from")] = None,
    catalogue: CatalogueFile = None,
    as_json: AsJson = False,
) -> None:
    """即将到期的政策。 Schemes whose validity or application period ends within N days."""
    from api.cli.inputs import read_catalogue, read_day

    day = read_day(as_of)
    last = day + dt.timedelta(days=days)
    rows = []
    for policy in read_catalogue(catalogue):
        for kind, date in (("effective_to", policy.effective_to), ("application.closes", policy.application.closes)):
            if date is not None and day <= date.last_day() <= last:
                rows.append((date.last_day(), policy.id, policy.title.zh, kind))
    rows.sort()
    data = [{"policy": one, "title": title, "ends": end.isoformat(), "what": kind} for end, one, title, kind in rows]
    _out(
        as_json,
        data,
        [f"{end}  {one}  {title}  {'有效期' if kind == 'effective_to' else '申请'}截止" for end, one, title, kind in rows],
    )


@app.command()
def completeness(
    catalogue: CatalogueFile = None,
    below: Annotated[float, typer.Option("--below", min=0, max=1, help="只列得分低于此的 / only those scoring less")] = 1.0,
    as_json: AsJson = False,
) -> None:
    """逐条核对要素是否齐全，列出缺什么。 What each entry lacks, worst first."""
    from api.cli.inputs import read_catalogue
    from policies.completeness import completeness as check
    from policies.completeness import summary

    found = sorted((check(policy) for policy in read_catalogue(catalogue)), key=lambda one: (one.score, one.policy))
    listed = [one for one in found if one.score < below]
    lines = [f"{one.score:.2f}  {one.policy}  {one.title}  缺：{'、'.join(p.label.zh for p in one.missing)}" for one in listed]
    totals = summary(found)
    _out(
        as_json,
        {"summary": totals, "policies": [one.as_json() for one in listed]},
        [*lines, json.dumps(totals, ensure_ascii=False)],
    )


@app.command()
def issues(catalogue: Place = None, as_json: AsJson = False) -> None:
    """等人处理的问题。 What waits for a person."""
    with opened(catalogue) as store:
        found = store.issues()
    data = [
        {"origin": origin, "kind": i.kind, "where": i.where, "value": i.value, "suggestions": list(i.suggestions)}
        | {"message": {"zh": i.message.zh, "en": i.message.en}}
        for origin, i in found
    ]
    _out(as_json, data, [f"[{i.kind}] {i.message.zh}" for _, i in found])


@app.command()
def decisions(
    about: Annotated[str | None, typer.Argument(metavar="RECORD", help="来源/编号 / source/key")] = None,
    catalogue: Place = None,
    as_json: AsJson = False,
) -> None:
    """哪些记录被判为同一政策，为什么。 Which records were taken for one scheme, and why."""
    with opened(catalogue) as store:
        found = store.decisions(about)
    lines = [f"{d.number}  {d.kind} {d.probability:.2f}  {d.left} | {d.right}  {d.reason.zh}  [{d.by}]" for d in found]
    _out(as_json, [one.as_json() for one in found], lines)


@app.command()
def decide(
    left: Annotated[str, typer.Argument(help="来源/编号 / source/key")],
    right: Annotated[str, typer.Argument(help="来源/编号 / source/key")],
    kind: Annotated[str, typer.Argument(help="duplicate, version, parent_local, different")],
    reason: Annotated[str, typer.Option("--reason", help="理由 / why")] = "",
    catalogue: Place = None,
) -> None:
    """人工判定两条记录的关系，以后各次都以此为准。 Decide what two records are; later runs keep it."""
    with opened(catalogue) as store:
        store.decide(left, right, kind, reason)
    say("已记录，publish 后生效 / stored; publish to see it")


@app.command()
def undo(number: Number, catalogue: Place = None) -> None:
    """撤销一个判定。 Set a decision aside."""
    with opened(catalogue) as store:
        store.undo_decision(number)
    say("已撤销，publish 后生效 / undone; publish to see it")


@app.command()
def edit(
    policy: Annotated[str, typer.Argument(help="政策编号 / id of the policy")],
    key: Annotated[str, typer.Argument(help="如 title、application.closes / key of the exchange form")],
    value: Annotated[str, typer.Argument(help="新值，JSON 或文字 / JSON or plain text")],
    catalogue: Place = None,
) -> None:
    """人工修改一项内容，重新导入不会覆盖。 Edit a value by hand; it outlives every later reading."""
    try:
        parsed = json.loads(value)
    except json.JSONDecodeError:
        parsed = value
    with opened(catalogue) as store:
        store.edit(policy, key, parsed)
    say("已记录，publish 后生效 / stored; publish to see it")


@app.command("undo-edit")
def undo_edit(
    policy: Annotated[str, typer.Argument(help="政策编号 / id of the policy")],
    key: Annotated[str, typer.Argument(help="改过的项 / key that was edited")],
    catalogue: Place = None,
) -> None:
    """撤销对一项内容的修改。 Let the sources speak again for one key."""
    with opened(catalogue) as store:
        store.undo_edit(policy, key)
    say("已撤销，publish 后生效 / undone; publish to see it")

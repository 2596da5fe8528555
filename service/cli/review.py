"""Commands of review: decide, queue, export and import of lists, history, orphans."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer
from typer._click import Context

from queries.answers import Status
from service import glossary
from service.bootstrap import opened
from service.cli.ask import Json, whereabouts
from service.cli.chinese import ChineseCommand, ChineseGroup, group
from service.cli.terminal import fail, note, progress, say, say_json

if TYPE_CHECKING:
    from queries.review import ReviewItem
    from queries.review_records import PairHistory, Verdict
    from service.review import WorkbookRequest
    from service.review_sheet import ImportReport

Stage = Literal["differs", "suspect", "first", "proposed", "decided"]
_SHOWN: Final = 20

Organization = Annotated[str | None, typer.Option(help="只要这家单位（含下级）的：标识符或名称")]
Collection = Annotated[str | None, typer.Option(help="只要这个材料集的")]
Clause = Annotated[str | None, typer.Option(help="只要这一条款的，例如 execution")]
Requirement = Annotated[str | None, typer.Option(help="只要这一要求要点的，例如 execution-6")]
Least = Annotated[float | None, typer.Option(min=0, max=1, help="把握程度不低于")]
Most = Annotated[float | None, typer.Option(min=0, max=1, help="把握程度不高于")]
Standing = Annotated[Status | None, typer.Option(help="核定状态；不给则列待核的")]
Suspect = Annotated[
    bool | None, typer.Option("--suspect/--no-suspect", help="只要（不要）存疑的：做法或要求要点的文字已变")
]
Waiting = Annotated[
    Stage | None,
    typer.Option(help="等待的原因：differs 分歧，suspect 存疑，first 已初核，proposed 系统建议，decided 已有结论"),
]
For = Annotated[str | None, typer.Option("--for", help="我是谁：不列本人已初核的")]


class DecideByDefault(ChineseGroup):
    """`zhiwen review 做法 要求要点 …` is `zhiwen review decide 做法 要求要点 …`."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ("--help", "-h"):
            args = ["decide", *args]
        return super().parse_args(ctx, args)


_review = group("review", "核定：一条做法是否佐证一条要求要点。结论在重新存入、重建、换模型后仍在。")


def register(app: typer.Typer) -> None:
    """Add this module's commands to the application."""
    for name, command in (
        ("decide", decide),
        ("queue", queue),
        ("export", export),
        ("import", import_),
        ("history", history),
        ("orphans", orphans),
    ):
        _review.command(name, cls=ChineseCommand)(command)
    app.add_typer(_review, name="review", cls=DecideByDefault)


def decide(
    practice: Annotated[str, typer.Argument(metavar="做法", help="做法的标识符")],
    requirement: Annotated[str, typer.Argument(metavar="要求要点", help="例如 execution-6")],
    by: Annotated[str, typer.Option(help="核定人")],
    accept: Annotated[bool, typer.Option("--accept", help="采信：可佐证")] = False,
    reject: Annotated[bool, typer.Option("--reject", help="不采信")] = False,
    correct: Annotated[
        str | None, typer.Option("--correct", metavar="要求要点", help="更正：不采信，并采信这一条要求要点")
    ] = None,
    not_applicable: Annotated[bool, typer.Option("--not-applicable", help="不适用；须用 --comment 说明理由")] = False,
    reset: Annotated[bool, typer.Option("--reset", help="撤回核定，回到系统建议")] = False,
    relation: Annotated[
        Literal["full", "partial", "none"] | None, typer.Option(help="佐证程度：full 充分，partial 部分，none 不构成")
    ] = None,
    comment: Annotated[str | None, typer.Option(help="理由")] = None,
    json: Json = False,
) -> None:
    """核定一条：采信、不采信、更正、不适用或撤回。多条用 zhiwen review import。"""
    from service.review import DecisionRequest

    given: dict[Status, bool] = {
        "accepted": accept,
        "rejected": reject or correct is not None,
        "not-applicable": not_applicable,
        "proposed": reset,
    }
    chosen = [status for status, wanted in given.items() if wanted]
    if len(chosen) != 1:
        fail("请在 --accept、--reject、--correct、--not-applicable、--reset 中取一个")
    if not by.strip():
        fail("--by 须写核定人")
    if not_applicable and not (comment or "").strip():
        fail("不适用须说明理由：--comment 理由")
    with opened() as application:
        request = DecisionRequest.model_construct(
            practice=practice,
            requirement=requirement,
            status=chosen[0],
            relation=relation,
            comment=comment,
            corrected_to=correct,
            reviewer=by,
            mark=None,
        )
        (result,) = application.operations.review.decide([request], reviewer=by, via="cli")
    if json:
        say_json(result)
    if result.outcome in ("refused", "conflict"):
        if json:
            raise typer.Exit(2)
        fail(result.message or "")
    if not json:
        _say_decided(chosen[0], result.outcome, result.message, correct)


def _say_decided(status: Status, outcome: str, message: str | None, correct: str | None) -> None:
    from service.review_words import OUTCOME

    what = glossary.STATUS[status] + (f"，{correct} {glossary.STATUS['accepted']}" if correct else "")
    say(f"{OUTCOME[outcome]}：{what}" + (f"。{message}" if message else ""))


def queue(
    organization: Organization = None,
    collection: Collection = None,
    clause: Clause = None,
    requirement: Requirement = None,
    practice: Annotated[str | None, typer.Option(help="只要这条做法的")] = None,
    min_confidence: Least = None,
    max_confidence: Most = None,
    status: Standing = None,
    suspect: Suspect = None,
    stage: Waiting = None,
    awaited_from: For = None,
    limit: Annotated[int, typer.Option(min=1, max=100, help="最多几条")] = 10,
    cursor: Annotated[str | None, typer.Option(help="接着上一页")] = None,
    json: Json = False,
) -> None:
    """待核的：分歧、存疑、已初核的在前，其次是能补上空缺的系统建议，按把握程度。"""
    from service.review import QueueRequest

    request = QueueRequest(
        organization=organization,
        collection=collection,
        clause=clause,
        requirement=requirement,
        practice=practice,
        min_confidence=min_confidence,
        max_confidence=max_confidence,
        status=status,
        suspect=suspect,
        stage=stage,
        awaited_from=awaited_from,
        limit=limit,
        cursor=cursor,
    )
    with opened() as application:
        found = application.operations.review.queue(request)
    if json:
        say_json(found)
        return
    from service.review_words import STAGE

    parts = "，".join(f"{STAGE[name]} {count}" for name, count in found.stages.items())
    say(f"共 {found.total} 条" + (f"：{parts}" if parts else "。"))
    for place, item in enumerate(found.results, 1):
        _say_item(place, item)
    if found.next:
        say(f"还有更多：加上 --cursor {found.next}")


def _say_item(place: int, item: "ReviewItem") -> None:
    from service.review_words import CHANGED, STAGE

    practice = item.practice
    mark = f"〔{glossary.SAMPLE}〕" if practice.sample else ""
    unit = " · ".join(practice.organization.path or (practice.organization.name,)) if practice.organization else ""
    say()
    say(f"{place}. 〔{STAGE[item.stage]}〕{practice.title}{mark} → {item.requirement.title}")
    say(
        f"   {practice.id} {item.requirement.id} | {glossary.CONFIDENCE} {item.confidence:.2f}"
        + (f" | {unit}" if unit else "")
    )
    if item.first_evidence:
        say(f"   该单位这一要求要点尚无{glossary.STATUS['accepted']}的佐证")
    if item.evidence:
        say(f"   原文：“{item.evidence.quote}”（{practice.source.name} {whereabouts(item.evidence)}）")
    for one in item.explanation[:3]:
        say(f"   · “{one.words}”——{glossary.MEETING_BASIS.get(one.basis, one.basis)}")
    if item.changed:
        say(f"   存疑：{'，'.join(CHANGED[part] for part in item.changed)}")
    if item.decision:
        say(f"   {'原结论' if item.changed else '结论'}：{_said(item.decision)}")
    for vote in item.votes:
        say(f"   初核：{_said(vote)}")


def _said(verdict: "Verdict") -> str:
    from service.review_words import VERDICT, moment

    degree = glossary.RELATION_DEGREE.get(verdict.relation or "", "")
    who = "，".join(part for part in (verdict.reviewer, moment(verdict.at)) if part)
    reason = f"：{verdict.comment}" if verdict.comment else ""
    return VERDICT.get(verdict.status, verdict.status) + degree + (f"（{who}）" if who else "") + reason


def export(
    output: Annotated[Path, typer.Option("--output", help="写到这个文件，例如 待核.xlsx")],
    organization: Organization = None,
    collection: Collection = None,
    clause: Clause = None,
    requirement: Requirement = None,
    min_confidence: Least = None,
    max_confidence: Most = None,
    status: Standing = None,
    suspect: Suspect = None,
    stage: Waiting = None,
    awaited_from: For = None,
    limit: Annotated[int, typer.Option(min=1, max=20_000, help="最多几行")] = 1000,
    force: Annotated[bool, typer.Option("--force", help="文件已存在时覆盖")] = False,
) -> None:
    """导出核定表（XLSX）：结论、佐证程度、更正为有下拉列表，填好后用 zhiwen review import 导入。"""
    from service.review import WorkbookRequest

    if output.exists() and not force:
        fail(f"{output} 已存在，其中可能有填好的内容；请换一个文件名，或加 --force 覆盖")
    if output.suffix.lower() != ".xlsx":
        fail(f"{output}：文件名应以 .xlsx 结尾")
    request = WorkbookRequest(
        organization=organization,
        collection=collection,
        clause=clause,
        requirement=requirement,
        min_confidence=min_confidence,
        max_confidence=max_confidence,
        status=status,
        suspect=suspect,
        stage=stage,
        awaited_from=awaited_from,
        limit=limit,
    )
    _write_workbook(output, request)


def _write_workbook(output: Path, request: "WorkbookRequest") -> None:
    with opened() as application:
        content = application.operations.review.workbook(request)
    try:
        output.write_bytes(content)
    except OSError as error:
        fail(f"不能写入 {output}（{error.strerror}）")
    note(f"已导出到 {output}；填好后：zhiwen review import {output} --by 姓名")


def import_(
    file: Annotated[Path, typer.Argument(metavar="文件", help="填好的核定表 .xlsx，或 .csv、.jsonl")],
    by: Annotated[str | None, typer.Option(help="没有写核定人的行，记这个人")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只检查，什么也不改变")] = False,
    json: Json = False,
) -> None:
    """导入填好的核定表：只计有结论的行；有错的、冲突的逐行指明，不影响其他行；重复导入不改变什么。

    退出码：0 全部完成，1 有的未记录，2 什么也没能读取。
    """
    from service.review_sheet import SheetUnusable

    if not file.is_file():
        fail(f"没有文件 {file}")
    with opened() as application, progress("导入", shown=not json) as bar:
        try:
            report = application.operations.review.import_file(
                file, file.name, reviewer=by, dry_run=dry_run, progress=bar.step
            )
        except SheetUnusable as error:
            fail(str(error))
    if json:
        say_json(report)
    else:
        _say_import(report)
    if report.failed:
        raise typer.Exit(1)


def _say_import(report: "ImportReport") -> None:
    from service.review_words import OUTCOME

    for row in report.rows:
        if row.outcome in ("refused", "conflict", "differs"):
            note(f"{row.sheet} {row.cell}".strip() + f" {OUTCOME[row.outcome]}：{row.message}")
    for line in report.notes:
        note(f"提示：{line}")
    parts = "，".join(f"{OUTCOME[name]} {report.outcomes[name]}" for name in OUTCOME if name in report.outcomes)
    said = f"{parts}；" if parts else ""
    say(("（试行，未改变）" if report.dry_run else "") + f"{said}没有结论的行 {report.empty}")


def history(
    practice: Annotated[str | None, typer.Argument(metavar="做法", help="不给则列最近核定的")] = None,
    requirement: Annotated[str | None, typer.Argument(metavar="要求要点")] = None,
    by: Annotated[str | None, typer.Option(help="只要这个人核定过的")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100, help="最多几条")] = 20,
    cursor: Annotated[str | None, typer.Option(help="接着上一页")] = None,
    json: Json = False,
) -> None:
    """核定的历史：每一步谁、何时、说了什么、为什么；撤回和不一致的也在。"""
    from service.review import HistoryRequest

    with opened() as application:
        answer = application.operations.review.history(
            HistoryRequest(practice=practice, requirement=requirement, reviewer=by, limit=limit, cursor=cursor)
        )
    if json:
        say_json(answer)
        return
    if not answer.results:
        say(f"没有{by.strip()}的核定记录。" if by and by.strip() else "还没有核定过。")
    for pair in answer.results:
        _say_history(pair)
    if answer.next:
        say(f"还有更多：加上 --cursor {answer.next}")


def _say_history(pair: "PairHistory") -> None:
    from service.review_words import OUTCOME, VIA, moment

    state = "" if pair.present else "〔做法或要求要点已不在〕"
    say(f"{pair.title or pair.practice} → {pair.statement or pair.requirement}{state}")
    say(f"  {pair.practice} {pair.requirement}")
    for step in pair.steps:
        when, way = moment(step.at), VIA.get(step.via or "", step.via or "")
        notes = [OUTCOME.get(step.outcome, step.outcome), *([way] if way else [])]
        if step.entered_by:
            notes.append(f"由 {step.entered_by} 录入")
        if step.corrected:
            notes.append(f"更正：另一条为 {step.corrected}")
        if pair.present and not step.current:
            notes.append("针对的是改动前的文字")
        say(f"  {when} {_said(step.model_copy(update={'at': None}))}〔{'，'.join(notes)}〕")
    if pair.suspect:
        say(f"  现在：{glossary.SUSPECT}（{glossary.REWORDED}），须重新核定")
    elif pair.decision:
        say(f"  现在：{_said(pair.decision)}")
    else:
        say(f"  现在：{'待另一人复核' if pair.votes else '没有结论'}")


def orphans(
    limit: Annotated[int, typer.Option(min=1, max=100, help="最多几条")] = _SHOWN,
    cursor: Annotated[str | None, typer.Option(help="接着上一页")] = None,
    json: Json = False,
) -> None:
    """失去对象的结论：做法的文字改变（没有编号列的材料）、材料已删除，或要求要点已不在。结论保留，恢复后自动生效。"""
    with opened() as application:
        answer = application.operations.review.orphans(limit=limit, cursor=cursor)
    if json:
        say_json(answer)
        return
    if not answer.results:
        say("没有失去对象的结论。")
    for each in answer.results:
        place = " ".join(_parts(each.collection, each.name, each.external_id))
        why = (
            "要求要点已不在"
            if each.missing == "requirement"
            else "材料还在，做法的文字已变"
            if each.document
            else "材料已不在"
        )
        say(f"{each.title or each.practice} → {each.statement or each.requirement}〔{why}〕")
        say(f"  {each.practice} {each.requirement}" + (f" | {place}" if place else "") + f" | {_said(each.decision)}")
    if answer.next:
        say(f"还有更多：加上 --cursor {answer.next}")


def _parts(*parts: str | None) -> Iterable[str]:
    return (part for part in parts if part)

"""Commands that give out and take in: export in every format, import of decisions."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service import glossary
from service.bootstrap import opened
from service.cli.ask import Json
from service.cli.chinese import ChineseCommand
from service.cli.export_target import Target, format_of
from service.cli.terminal import fail, note, progress, say, say_json
from service.exchange.operations import ExportRequest, FormatName

if TYPE_CHECKING:
    from service.review_sheet import ImportReport

_BINARY = ("xlsx", "self-assessment")
_SHOWN = 50


def register(app: typer.Typer) -> None:
    """Add this module's commands to the application."""
    app.command("export", cls=ChineseCommand)(export)
    app.command("import", cls=ChineseCommand)(import_)


def export(
    format: Annotated[
        FormatName | None,
        typer.Option(
            help="不给则按 --output 的后缀，看不出的为 csv。csv、xlsx 对照表；jsonl 做法全文及佐证；ttl 本体；sssom SSSOM 1.1 对应表；oscal-catalog 要求要点目录、"
            "oscal-practices 做法目录、oscal-mapping 对应集、oscal-component 构件定义（OSCAL 1.2.2）；"
            "self-assessment 对标自评表"
        ),
    ] = None,
    organization: Annotated[str | None, typer.Option(help="只要这家单位（含下级）的：标识符或名称")] = None,
    collection: Annotated[str | None, typer.Option(help="只要这个材料集的")] = None,
    accepted_only: Annotated[bool, typer.Option("--accepted-only", help="只要已采信的")] = False,
    clauses: Annotated[bool, typer.Option("--clauses", help="sssom：另列做法与条款的对应")] = False,
    license: Annotated[str | None, typer.Option(help="sssom：注明按什么许可给出（网址）；不给则注明未说明")] = None,
    per_point: Annotated[
        int, typer.Option(min=1, max=1000, help="自评表：每条要求要点最多列几条做法（已采信的都列）")
    ] = 10,
    output: Annotated[
        str | None,
        typer.Option(
            metavar="PATH",
            help="写到这个文件，或这个文件夹（文件名自动取；没有则新建，写作 名称/）；不给则写到标准输出",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="文件已存在时覆盖")] = False,
) -> None:
    """导出：对照表、对标自评表、SSSOM、OSCAL、做法全文或本体；与材料核对后再对外提供。"""
    if license is not None and not license.startswith(("http://", "https://")):
        fail(f"--license 应为网址，例如 https://creativecommons.org/licenses/by/4.0/，不是 {license}")
    target = Target(output, force=force) if output is not None else None
    format = format_of(format, target)
    if target is not None and target.standard_output:
        target = None
    if target is None and format in _BINARY and sys.stdout.isatty():
        fail("Excel 文件不能显示在终端里；请用 --output 文件名（或文件夹）")
    request = ExportRequest(
        organization=organization,
        collection=collection,
        accepted_only=accepted_only,
        clauses=clauses,
        license=license,
        per_point=per_point,
    )
    with opened() as application, progress("导出", shown=target is not None) as bar:
        exchange = application.operations.exchange
        with exchange.export(format, request, progress=bar.step) as given:
            if target is None:
                for piece in given.pieces:
                    sys.stdout.buffer.write(piece)
                sys.stdout.buffer.flush()
                return
            written = target.write(given.name, given.pieces)
    note(f"已导出到 {written}")


def import_(
    file: Annotated[Path, typer.Argument(metavar="文件", help="SSSOM 对应表（.tsv）、改过结论的对照表或核定表")],
    by: Annotated[str | None, typer.Option(help="没有写核定人的行，记这个人")] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="SSSOM：本库已有不同结论时，以文件为准（不给则报告冲突，不改）")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只检查，什么也不改变")] = False,
    json: Json = False,
) -> None:
    """导入核定结论：别的知识库给出的 SSSOM，或改过的对照表、核定表；坏的一行不影响其他行。

    再导一次不会有任何变化。退出码：0 全部导入，1 有的行没有导入，2 文件读不出来。
    """
    from service.exchange.decisions_in import Terms
    from service.exchange.tables import ImportUnusable

    if not file.is_file():
        fail(f"没有文件 {file}")
    terms = Terms(reviewer=by, replace=replace, dry_run=dry_run)
    with opened() as application, progress("导入核定结论", shown=not json) as bar:
        try:
            kind, report = application.operations.exchange.import_decisions(file, file.name, terms, progress=bar.step)
        except ImportUnusable as error:
            fail(f"{file}：{error}")
    if json:
        say_json({"kind": kind, **report.model_dump(mode="json"), "failed": report.failed})
    else:
        _tell(kind, report)
    if report.failed:
        raise typer.Exit(1)


def _tell(kind: str, report: "ImportReport") -> None:
    from service.exchange.importing import KINDS
    from service.review_words import OUTCOME

    bad = [row for row in report.rows if row.outcome in ("refused", "conflict")]
    for row in bad[:_SHOWN]:
        pair = f" {row.practice} {row.requirement}" if row.practice and row.requirement else ""
        note(f"{row.cell}{pair}：{row.message}（{row.code}）")
    if len(bad) > _SHOWN:
        note(f"另有 {len(bad) - _SHOWN} 行未列出；全部见 --json")
    for said in report.notes:
        note(said)
    told = "，".join(f"{OUTCOME[name]} {count}" for name, count in report.outcomes.items()) or "没有可导入的行"
    prefix = "试导入（什么也没有改变）：" if report.dry_run else "完成："
    say(f"{KINDS[kind]}。{prefix}{told}。{glossary.UNOFFICIAL}" if report.outcomes else f"{KINDS[kind]}。{told}")

"""Commands that change or move the base: ingest, delete, rebuild, backup, restore, samples."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service import glossary
from service.bootstrap import opened
from service.cli.ask import Json
from service.cli.chinese import ChineseCommand
from service.cli.terminal import fail, note, progress, say, say_json, say_json_line
from service.settings import Neo4jLogin, read_settings

if TYPE_CHECKING:
    from engines.copying import Copied

DEFAULT_COLLECTION = "默认"


def register(app: typer.Typer) -> None:
    """Add this module's commands to the application."""
    for command in (ingest, delete, rebuild, backup, restore, copy, samples):
        app.command(cls=ChineseCommand)(command)


def ingest(
    paths: Annotated[
        list[Path], typer.Argument(metavar="文件或文件夹…", help="txt、md、docx、csv、xlsx、jsonl；文件夹含下级")
    ],
    collection: Annotated[str, typer.Option(help="放入哪个材料集")] = DEFAULT_COLLECTION,
    allow_restricted: Annotated[
        bool,
        typer.Option(
            "--allow-restricted", help="经批准存入带商密、工作秘密、内部资料标志的材料；能访问本库的人都能看到"
        ),
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="每存入一份来源即输出一行 JSON")] = False,
) -> None:
    """存入材料：读出做法，标出出处，提出可佐证的要求要点。

    退出码：0 全部完成，1 有的失败，2 一份也没能存入。
    """
    from ingest.source import Source

    try:
        Source(collection, "x")
    except ValueError as error:
        fail(str(error))
    well, failed = 0, 0
    with opened() as application, progress("存入材料", shown=not json) as bar:
        for report in application.ingester.ingest_paths(
            paths, collection, replace=True, allow_restricted=allow_restricted, progress=bar.step
        ):
            if report.status == "failed":
                failed += 1
            else:
                well += 1
            if json:
                say_json_line(report.as_json())
            elif report.status == "failed":
                note(f"未存入 {report.source.name}：{report.message}（{report.code}）")
            else:
                say(
                    f"{_DONE[report.status]} {report.source.name}：做法 {report.practices} 条"
                    + (f"；{report.message}" if report.message else "")
                )
                for warning in report.warnings:
                    note(f"  提示：{warning}")
    if not json:
        say(f"完成 {well} 份" + (f"，失败 {failed} 份" if failed else ""))
    if failed:
        raise typer.Exit(1 if well else 2)
    if not well:
        fail("没有找到可存入的材料；支持 txt、md、docx、csv、xlsx、jsonl")


_DONE = {"stored": "已存入", "unchanged": "无变化", "replaced": "已替换"}


def delete(
    id: Annotated[str | None, typer.Argument(metavar="标识符", help="一份材料，例如 doc-0123456789ab")] = None,
    collection: Annotated[str | None, typer.Option(help="整个材料集")] = None,
) -> None:
    """删除一份材料或整个材料集，及由它得出的一切，立即生效；核定意见保留。"""
    if (id is None) == (collection is None):
        fail("请给出一份材料的标识符，或用 --collection 给出材料集（二者取一）")
    with opened() as application:
        if collection is not None:
            say(f"已删除 {application.operations.delete_collection(collection)} 份材料")
        elif id is not None:
            application.operations.delete_document(id)
            say("已删除 1 份材料")


def rebuild(
    only_stale: Annotated[bool, typer.Option("--only-stale", help="只重建由旧的本体或模型推导的材料")] = False,
    embedder: Annotated[
        str | None, typer.Option(help="只为另一个向量模型生成向量，与现有的并存；写法同 ZHIWEN_EMBEDDER")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="每重建一份即输出一行 JSON")] = False,
) -> None:
    """重建：由原始文件、本体和模型重新推导一切；核定意见保留，重建时仍可查询。"""
    from ingest.rebuild import rebuild as rebuilt

    if embedder is not None:
        _embed_beside(embedder)
        return

    failed = 0
    with opened() as application, progress("重建", shown=not json) as bar:
        for report in rebuilt(application.ingester, only_stale=only_stale, progress=bar.step):
            failed += report.status == "failed"
            if json:
                say_json_line(report.as_json())
            elif report.status == "failed":
                note(f"未重建 {report.source.name}：{report.message}（{report.code}）")
    if failed:
        raise typer.Exit(1)
    if not json:
        say("重建完成")


def _embed_beside(setting: str) -> None:
    from ingest.vectors import embed_beside
    from service.embedders import load_embedder

    made_by = load_embedder(setting)
    with opened() as application, progress("生成向量", shown=True) as bar:
        made = embed_beside(application.store, made_by, progress=bar.step)
    say(f"已生成 {made} 个向量；设置 ZHIWEN_EMBEDDER={setting} 并重启服务后启用")


def backup(target: Annotated[Path, typer.Argument(metavar="文件", help="备份写到这个新文件，例如 备份.zip")]) -> None:
    """备份：知识库、原始文件和本单位的本体补充；服务运行时也可备份。"""
    from ingest.archive import ArchiveError, back_up

    with opened() as application, progress("备份", shown=True) as bar:
        settings = application.settings
        try:
            back_up(application.store, settings.files, settings.overlay, target, progress=bar.step)
        except ArchiveError as error:
            fail(str(error))
    say(f"已备份到 {target}")


def restore(source: Annotated[Path, typer.Argument(metavar="文件", help="zhiwen backup 写出的文件")]) -> None:
    """恢复：把备份恢复到空的数据目录（和空的 Neo4j 数据库），并核对内容。"""
    from ingest.archive import ArchiveError
    from ingest.archive import restore as restored

    settings = read_settings()
    file = settings.store_file or settings.home / "restored.db"
    with progress("恢复", shown=True) as bar:
        try:
            restored(source, file, settings.files, settings.overlay, progress=bar.step)
        except ArchiveError as error:
            fail(str(error))
    if settings.store_file is None:
        _move(str(file), settings.store, settings.neo4j)
        file.unlink()
    say(f"已恢复到 {settings.home}" + ("" if settings.store_file else f" 和 {settings.store}"))


def copy(
    source: Annotated[str, typer.Option("--from", metavar="知识库", help="来源：文件路径，或 neo4j://、bolt:// 地址")],
    target: Annotated[str, typer.Option("--to", metavar="知识库", help="目标：空库，或上次中断的同一目标")],
) -> None:
    """复制：把一个知识库的全部内容复制到另一个（嵌入式与 Neo4j 之间双向），并逐份核对。

    Neo4j 的用户名和密码取自 ZHIWEN_NEO4J_… 设置；原始文件（files/）在数据目录中，不随之移动。
    """
    if source == target:
        fail("来源和目标相同")
    done = _move(source, target, read_settings().neo4j)
    say(f"已复制并核对：本体和材料共 {done.owners} 份（其中 {done.already} 份上次已到），记录 {done.records} 条")


def _move(source: str, target: str, login: Neo4jLogin) -> "Copied":
    from engines.copying import CopyFailed
    from engines.copying import copy as copied
    from service.stores import open_store

    opened_source = open_store(source, login, create=False)
    opened_target = open_store(target, login)
    try:
        with progress("复制", shown=True) as bar:
            return copied(opened_source, opened_target, progress=bar.step)
    except CopyFailed as error:
        fail(str(error))
    finally:
        opened_source.close()
        opened_target.close()


def samples(json: Json = False) -> None:
    """装入虚构样例（删除后可用本命令再装）。"""
    from service.samples_loading import load_samples

    with opened() as application:
        stored = load_samples(application, again=True)
    if json:
        say_json({"stored": stored})
    else:
        say(f"已装入样例 {stored} 份；全部删除：zhiwen delete --collection {glossary.SAMPLE}")

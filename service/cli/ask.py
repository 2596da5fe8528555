"""Commands that ask: search, match, show, trace, coverage, clauses, documents."""

import sys
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

import typer

from queries.answers import (
    ClauseRecord,
    Evidence,
    MatchAnswer,
    Ref,
    SearchAnswer,
    SearchResult,
    Status,
    TraceAnswer,
    TraceEdge,
    TraceNode,
)
from service import glossary
from service.bootstrap import opened
from service.cli.chinese import ChineseCommand
from service.cli.terminal import fail, say, say_json, table
from service.operations import SearchRequest

_SIBLINGS = 3  # of a case that a result names
Json = Annotated[bool, typer.Option("--json", help="输出 JSON，供程序使用")]


def register(app: typer.Typer) -> None:
    """Add this module's commands to the application."""
    for command in (search, match, show, trace, coverage, clauses, documents):
        app.command(cls=ChineseCommand)(command)


def search(
    q: Annotated[str, typer.Argument(metavar="问题", help="要查的内容：词语、一句话、条款号、标准号均可")],
    limit: Annotated[int, typer.Option(min=1, max=100, help="最多几条")] = 10,
    cursor: Annotated[str | None, typer.Option(help="接着上一页")] = None,
    clause: Annotated[str | None, typer.Option(help="只要佐证这一条款的，例如 execution")] = None,
    requirement: Annotated[str | None, typer.Option(help="只要佐证这一要求要点的，例如 execution-6")] = None,
    industry: Annotated[str | None, typer.Option(help="只要这个行业的")] = None,
    ownership: Annotated[str | None, typer.Option(help="只要这种性质的，例如 国有企业")] = None,
    organization: Annotated[str | None, typer.Option(help="只要这家单位（含下级）的：标识符或名称")] = None,
    collection: Annotated[str | None, typer.Option(help="只要这个材料集的")] = None,
    status: Annotated[Status | None, typer.Option(help="核定状态")] = None,
    json: Json = False,
) -> None:
    """查做法：找出可佐证的企业做法，并说明为什么相合。"""
    request = SearchRequest(
        q=q,
        limit=limit,
        cursor=cursor,
        clause=clause,
        requirement=requirement,
        industry=industry,
        ownership=ownership,
        organization=organization,
        collection=collection,
        status=status,
    )
    with opened() as application:
        answer = application.operations.search(request)
        named = application.operations.named(answer)
    if json:
        say_json(answer)
    else:
        _say_search(answer, named)


def _say_search(answer: SearchAnswer, named: Sequence[Ref]) -> None:
    for gap in answer.gaps:
        say(f"【{glossary.GAP}】{gap.title}")
    for fact in answer.facts:
        say(f"【{fact.title}】{fact.text}（{glossary.CERTAINTY.get(fact.certainty, fact.certainty)}）")
    if named:
        say("问题中提到：" + "、".join(f"{one.title}（{one.id}）" for one in named))
    for each in answer.understood.get("numbering", ()):
        titles = "、".join(f"“{clause['title']}”" for clause in each["clauses"])
        say(f"条款编号尚未公布：“{each['number']}”按本系统推断可能是{titles}。")
    for each in answer.understood.get("suggestions", ()):
        say(f"“{each['typed']}”疑为“{each['meant']}”，两者都已查找。")
    if not answer.results:
        if answer.abstained:
            say(f"{glossary.NO_PRACTICE}。")
        return
    for place, result in enumerate(answer.results, 1):
        _say_result(place, result)
    if answer.next:
        say(f"还有更多：加上 --cursor {answer.next}")


def _say_result(place: int, result: SearchResult) -> None:
    practice = result.practice
    mark = f"〔{glossary.SAMPLE}〕" if practice.sample else ""
    say(f"{place}. {practice.title}{mark}  相关程度 {result.score:.2f}")
    place_of = " · ".join(practice.organization.path or (practice.organization.name,)) if practice.organization else ""
    say("   " + " | ".join(part for part in (place_of, practice.industry, practice.date, practice.id) if part))
    for evidence in result.evidence[:1]:
        say(f"   原文：“{evidence.quote}”")
        say(f"   出处：{practice.source.name} {whereabouts(evidence)}")
    for link in result.requirements[:3]:
        suspect = f"（{glossary.SUSPECT}：{glossary.REWORDED}）" if link.suspect else ""
        say(
            f"   {glossary.STATUS[link.status]}{suspect} 佐证：{link.statement}（{link.id}），"
            f"{glossary.CONFIDENCE} {link.confidence:.2f}"
        )
    for line in result.why[:3]:
        say(f"   · {line}")
    if result.siblings:
        shown = "；".join(f"{other.title}（{other.id}）" for other in result.siblings[:_SIBLINGS])
        more = f"；等 {len(result.siblings)} 条" if len(result.siblings) > _SIBLINGS else ""
        say(f"   同一案例中还有：{shown}{more}")
    say()


def whereabouts(evidence: Evidence) -> str:
    """Where a quote stands, as somebody would look for it."""
    if evidence.row is not None:
        sheet = f"工作表“{evidence.sheet}”" if evidence.sheet else ""
        return f"{sheet}第 {evidence.row} 行"
    heading = f"“{evidence.heading}” " if evidence.heading else ""
    return f"{heading}第 {evidence.start}–{evidence.end} 字"


def match(
    text: Annotated[str, typer.Argument(metavar="做法", help="一段做法的文字；- 表示从标准输入读取")],
    limit: Annotated[int, typer.Option(min=1, max=64, help="最多几条")] = 5,
    json: Json = False,
) -> None:
    """对条款：一段做法可佐证哪些条款和要求要点。"""
    if text == "-":
        text = sys.stdin.read()
    if not text.strip():
        fail("没有文字；请给出一段做法，例如：zhiwen match '车间设立质量党员示范岗……'")
    with opened() as application:
        answer = application.operations.match(text, limit)
    if json:
        say_json(answer)
    else:
        _say_match(answer)


def _say_match(answer: MatchAnswer) -> None:
    if answer.abstained:
        say("这段文字看不出可佐证哪一条款；以下仅供参考。")
    table(
        ("条款", glossary.CONFIDENCE, ""),
        [
            (item.title, f"{item.confidence:.2f}", glossary.STATUS["proposed"] if item.proposed else "")
            for item in answer.clauses
        ],
    )
    say()
    say(glossary.REQUIREMENT_POINTS)
    for item in answer.requirements:
        mark = f"〔{glossary.STATUS['proposed']}〕" if item.proposed else ""
        say(f"{item.confidence:.2f}  {item.statement}（{item.id}）{mark}")
        for meeting in item.explanation[:3]:
            say(f"      “{meeting.words}”——{glossary.MEETING_BASIS[meeting.basis]}")


def show(
    id: Annotated[str, typer.Argument(metavar="标识符", help="例如 execution-6、gbt-32230 或一条做法的标识符")],
    json: Json = False,
) -> None:
    """看一个节点：属性、关系；要求要点还列出可佐证的做法。"""
    with opened() as application:
        answer = application.operations.describe(id)
    if json:
        say_json(answer)
        return
    node = answer.node
    say(f"{glossary.LABEL[node.label]} {node.title}（{node.id}）{glossary.CERTAINTY.get(node.certainty or '', '')}")
    for gap in answer.gaps:
        say(f"【{glossary.GAP}】{gap.title}")
    # What a reviewer turned down is no evidence: it stands last, under a word of its own.
    for edge in sorted(answer.edges, key=_turned_down):
        out = edge.source == node.id
        other = answer.others[edge.target if out else edge.source]
        what = (glossary.RELATION_TYPE if out else glossary.RELATION_TYPE_IN)[edge.type]
        if _turned_down(edge):
            what = glossary.TURNED_DOWN
        state = glossary.STATUS[edge.status] if edge.status else glossary.CERTAINTY.get(edge.certainty or "")
        sure = f"{glossary.CONFIDENCE} {edge.confidence:.2f}" if edge.confidence is not None else None
        notes = "，".join(part for part in (state, sure, edge.why) if part)
        say(f"  {what}：{other.title}（{other.id}）" + (f"〔{notes}〕" if notes else ""))


def _turned_down(edge: TraceEdge) -> bool:
    return edge.status in ("rejected", "not-applicable")


def trace(
    id: Annotated[str, typer.Argument(metavar="标识符", help="起点，例如 gbt-32230")],
    depth: Annotated[int, typer.Option(min=1, max=6, help="走几步")] = 2,
    direction: Annotated[
        Literal["in", "out", "both"], typer.Option(help="关系方向：in 指向它，out 由它指出，both 双向")
    ] = "both",
    relations: Annotated[str | None, typer.Option(help="只走这些关系，逗号分隔，例如 CITES,CORRESPONDS_TO")] = None,
    json: Json = False,
) -> None:
    """追溯：从任一节点出发，沿关系找出相连的节点和路径。"""
    kinds = tuple(part.strip() for part in relations.split(",") if part.strip()) if relations else ()
    with opened() as application:
        answer = application.operations.trace(id, depth=depth, direction=direction, relations=kinds)
    if json:
        say_json(answer)
    else:
        _say_trace(answer)


def _say_trace(answer: TraceAnswer) -> None:
    nodes = {node.id: node for node in answer.nodes}
    counted = "，".join(
        f"{glossary.CERTAINTY.get(certainty, certainty)} {count} 条" for certainty, count in answer.counts.items()
    )
    say(f"{answer.start.title}（{answer.start.id}）：相连节点 {len(answer.nodes) - 1} 个；关系：{counted or '无'}")
    for depth in range(1, max((node.depth for node in answer.nodes), default=0) + 1):
        say(f"第 {depth} 步")
        for edge in answer.edges:
            far = max(nodes[edge.source], nodes[edge.target], key=lambda node: node.depth)
            if far.depth == depth:
                _say_edge(edge, far.id == edge.target, nodes)
    if answer.truncated:
        say("结果很多，只列出一部分；可减小 --depth 或用 --relations 限定。")


def _say_edge(edge: TraceEdge, forward: bool, nodes: Mapping[str, TraceNode]) -> None:
    near, far = (nodes[edge.source], nodes[edge.target]) if forward else (nodes[edge.target], nodes[edge.source])
    what = (glossary.RELATION_TYPE if forward else glossary.RELATION_TYPE_IN)[edge.type]
    notes = "，".join(part for part in (glossary.CERTAINTY.get(edge.certainty or ""), edge.why) if part)
    say(
        f"  {near.title} —[{what}]→ {glossary.LABEL[far.label]} {far.title}（{far.id}）"
        + (f"〔{notes}〕" if notes else "")
    )


def coverage(
    organization: Annotated[str | None, typer.Option(help="单位（含下级）：标识符或名称")] = None,
    collection: Annotated[str | None, typer.Option(help="材料集")] = None,
    json: Json = False,
) -> None:
    """覆盖情况：一家单位或一个材料集，对各条要求要点有无佐证。"""
    with opened() as application:
        answer = application.operations.coverage(organization=organization, collection=collection)
    if json:
        say_json(answer)
        return
    whose = answer.organization.name if answer.organization else (answer.collection or "全部材料")
    say(
        f"{whose}：材料 {answer.documents} 份，做法 {answer.practices} 条；{glossary.REQUIREMENT_POINTS} {answer.total} 条"
    )
    names = glossary.COVERAGE
    say(
        f"{names['covered']} {answer.covered}，{names['likely']} {answer.likely}，{names['none-seen']} {answer.none_seen}，{names['not-applicable']} {answer.not_applicable}"
    )
    for item in answer.clauses:
        say()
        say(f"{item.title}" + (f"（{item.note}）" if item.note else ""))
        for point in item.requirements:
            told = point.not_applicable if point.state != "not-applicable" else 0
            more = f"〔另有 {told} 条做法核定为不适用，只就其所在单位而言〕" if told else ""
            say(f"  {names[point.state]:　<8} {point.statement}（{point.id}）{more}")


def clauses(json: Json = False) -> None:
    """条款：条款树及各条的要求要点。"""
    with opened() as application:
        answer = application.operations.clauses()
    if json:
        say_json(answer)
        return
    say(glossary.REQUIREMENT_POINTS)
    for clause in answer:
        _say_clause(clause, 0)


def _say_clause(clause: ClauseRecord, depth: int) -> None:
    indent = "  " * depth
    say(f"{indent}{clause.number or '—'} {clause.title}（{clause.id}）")
    for gap in clause.gaps:
        say(f"{indent}  【{glossary.GAP}】{gap.title}")
    for point in clause.requirements:
        say(f"{indent}  · {point.title}（{point.id}）")
    for child in clause.children:
        _say_clause(child, depth + 1)


def documents(
    collection: Annotated[str | None, typer.Option(help="只列这个材料集")] = None,
    cited: Annotated[bool, typer.Option("--cited", help="改为列出标准、编制说明和被引用的文件")] = False,
    json: Json = False,
) -> None:
    """材料：已存入的材料。"""
    with opened() as application:
        answer = application.operations.documents(collection=collection)
    stored = [item for item in answer if (item.kind == "case") is not cited]
    if json:
        say_json(stored)
        return
    if cited:
        table(
            ("标识符", "编号", "名称", "类别"),
            [(item.id, item.identifier, item.title, item.kind_zh) for item in stored],
        )
        return
    if not stored:
        say("还没有材料；用 zhiwen ingest 文件或文件夹 存入。")
        return
    table(
        ("标识符", "材料集", "来源", "做法", "存入时间"),
        [(item.id, item.collection, item.name, item.practices, (item.stored_at or "")[:16]) for item in stored],
    )

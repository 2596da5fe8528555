"""The page of one node: a requirement with its practices, a practice with its evidence, or any other."""

from dataclasses import dataclass
from typing import Final

from fastapi.responses import HTMLResponse

from ontology.graph import Value
from queries.answers import NodeAnswer, Ref, TraceEdge
from service import glossary
from service.operations import Operations
from service.pages.rendering import render

# Property → what people call it, in the order in which the page shows them.
_SHOWN: Final = {
    "identifier": "编号",
    "cited_as": "引用形式",
    "kind_zh": "文件类别",
    "number": "章条号",
    "alt_labels": "又称",
    "alt_titles": "又称",
    "definition": "定义",
    "gloss": "编制说明中的描述",
    "says": "内容",
    "phase": "阶段",
    "declared_items": "说明所称项数",
    "short": "简称",
    "level": "层级",
    "industry": "行业",
    "ownership": "性质",
    "begins": "开始",
    "ends": "结束",
    "topics": "内容",
    "collection": "材料集",
    "name": "来源",
    "stored_at": "存入时间",
    "heading": "所在标题",
    "text": "文字",
    "note": "备注",
    "facts": "已知事实",
    "warnings": "读取时的提示",
}
_LEVELS: Final = {"chapter": "章", "clause": "条"}


@dataclass(frozen=True, slots=True)
class Edge:
    """A relation as seen from this page's node."""

    type: str
    other: Ref
    certainty: str | None
    why: str | None
    status: str | None
    confidence: float | None


@dataclass(frozen=True, slots=True)
class Group:
    heading: str
    other: str
    edges: tuple[Edge, ...]


def page(operations: Operations, id: str, cursor: str | None) -> HTMLResponse:
    """The page for `id`; raises the operations' `UnknownId`."""
    label = operations.label_of(id)
    if label == "Requirement":
        return render("requirement.html", {"answer": operations.practices_for(id, cursor=cursor)})
    if label == "Practice":
        return render("practice.html", {"answer": operations.practice(id)})
    answer = operations.describe(id)
    return render(
        "node.html", {"node": answer.node, "gaps": answer.gaps, "shown": _shown(answer), "groups": _groups(answer)}
    )


def _shown(answer: NodeAnswer) -> list[tuple[str, str]]:
    properties = answer.node.properties
    shown = [("标识符", answer.node.id)]
    for name, heading in _SHOWN.items():
        if properties.get(name) not in (None, "", ()):
            shown.append((heading, _text(name, properties[name], properties)))
    return shown


def _text(name: str, value: Value, properties: dict[str, Value]) -> str:
    if isinstance(value, (tuple, list)):
        return "；".join(value)
    text = str(value)
    if name == "phase":
        text = glossary.PHASE.get(text, text)
    if name == "level":
        text = _LEVELS.get(text, text)
    certainty = properties.get(f"{name}_certainty")
    if certainty and certainty != "stated":
        text += f"（{glossary.CERTAINTY[str(certainty)]}）"
    return text


def _groups(answer: NodeAnswer) -> list[Group]:
    def edge(found: TraceEdge, other: str) -> Edge:
        return Edge(found.type, answer.others[other], found.certainty, found.why, found.status, found.confidence)

    out = tuple(edge(found, found.target) for found in answer.edges if found.source == answer.node.id)
    into = tuple(edge(found, found.source) for found in answer.edges if found.source != answer.node.id)
    groups = (Group("由它指出", "指向", out), Group("指向它的", "来自", into))
    return [group for group in groups if group.edges]

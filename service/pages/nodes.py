"""The page of one node: a requirement with its practices, a practice with its evidence, or any other."""

from dataclasses import dataclass
from typing import Final

from fastapi.responses import HTMLResponse

from ontology.graph import Value
from queries.answers import ClauseLink, NodeAnswer, PracticeAnswer, Ref, RequirementLink
from queries.review_records import Verdict
from service import glossary
from service.operations import Operations
from service.pages.rendering import render
from service.review import HistoryRequest
from service.review_words import moment

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
    "cues": glossary.CUES,
    "weak_cues": "旁证说法（单独出现不足为据）",
    "counter_cues": "易混说法（不构成佐证）",
    "note": "备注",
    "facts": "已知事实",
    "warnings": "读取时的提示",
}
_CUES: Final = frozenset({"cues", "weak_cues", "counter_cues"})
_CUES_SHOWN: Final = 24
_LEVELS: Final = {"chapter": "章", "clause": "条"}


@dataclass(frozen=True, slots=True)
class Edge:
    """A relation as seen from this page's node."""

    other: Ref
    certainty: str | None
    why: str | None
    status: str | None
    confidence: float | None


@dataclass(frozen=True, slots=True)
class Group:
    """The relations of one type and direction under a heading."""

    heading: str
    edges: tuple[Edge, ...]


def page(operations: Operations, id: str, cursor: str | None) -> HTMLResponse:
    """The page for `id`; raises the operations' `UnknownId`."""
    label = operations.label_of(id)
    if label == "Requirement":
        found = operations.practices_for(id, cursor=cursor)
        waiting = [each.practice.id for each in found.results if each.suspect and not each.reviewer]
        former = {practice: _former(operations, practice, id) for practice in waiting}
        return render("requirement.html", {"answer": found, "former": former})
    if label == "Practice":
        return render("practice.html", _practice(operations, id))
    answer = operations.describe(id)
    values = {"gaps": answer.gaps, "shown": _shown(answer), "groups": _groups(answer), "truncated": answer.truncated}
    return render("node.html", {"node": answer.node, **values})


def _practice(operations: Operations, id: str) -> dict[str, object]:
    answer = operations.practice(id)
    turned_down = [link for link in answer.requirements if _is_turned_down(link)]
    waiting = [link.id for link in answer.requirements if link.suspect and not link.reviewer]
    return {
        "answer": answer,
        "open": [link for link in answer.requirements if not _is_turned_down(link)],
        "turned_down": turned_down,
        "clauses": _open_clauses(answer),
        "former": {requirement: _former(operations, id, requirement) for requirement in waiting},
    }


def _is_turned_down(link: RequirementLink) -> bool:
    return link.status in ("rejected", "not-applicable")


def _open_clauses(answer: PracticeAnswer) -> list[ClauseLink]:
    """Without the proposed clauses of which a person has turned down every point that the practice was judged on."""
    turned_down = {link.clause for link in answer.requirements if _is_turned_down(link)}
    open_to = {link.clause for link in answer.requirements if not _is_turned_down(link)}
    return [one for one in answer.clauses if one.status == "accepted" or one.id not in turned_down - open_to]


def _former(operations: Operations, practice: str, requirement: str) -> Verdict | None:
    """What a person had decided on a pair whose text has changed since: the relation is a proposal meanwhile."""
    pairs = operations.review.history(HistoryRequest(practice=practice, requirement=requirement)).results
    return pairs[0].decision if pairs else None


def _shown(answer: NodeAnswer) -> list[tuple[str, str]]:
    properties = answer.node.properties
    shown = [("标识符", answer.node.id)]
    for name, heading in _SHOWN.items():
        if properties.get(name) not in (None, "", ()):
            shown.append((heading, _text(name, properties[name], properties)))
    return shown


def _text(name: str, value: Value, properties: dict[str, Value]) -> str:
    if name in _CUES and isinstance(value, (tuple, list)):
        rest = f" 等 {len(value)} 条" if len(value) > _CUES_SHOWN else ""
        return f"{'、'.join(value[:_CUES_SHOWN])}{rest}（{glossary.CERTAINTY[str(properties['cue_certainty'])]}）"
    if isinstance(value, (tuple, list)):
        return "；".join(part.rstrip("。；") for part in value)
    text = str(value)
    if name == "stored_at":
        text = moment(text)
    if name == "phase":
        text = glossary.PHASE.get(text, text)
    if name == "level":
        text = _LEVELS.get(text, text)
    certainty = properties.get(f"{name}_certainty")
    if certainty and certainty != "stated":
        text += f"（{glossary.CERTAINTY[str(certainty)]}）"
    return text


def _groups(answer: NodeAnswer) -> list[Group]:
    """Relations by type and direction, the surest first."""
    found: dict[tuple[bool, str], list[Edge]] = {}
    for edge in answer.edges:
        out = edge.source == answer.node.id
        other = answer.others[edge.target if out else edge.source]
        made = Edge(other, edge.certainty, edge.why, edge.status, edge.confidence)
        found.setdefault((out, edge.type), []).append(made)
    groups = []
    for (out, type), edges in found.items():
        heading = (glossary.RELATION_TYPE if out else glossary.RELATION_TYPE_IN)[type]
        edges.sort(key=lambda edge: (-(edge.confidence or 0.0), edge.other.title))
        groups.append(Group(heading, tuple(edges)))
    return groups

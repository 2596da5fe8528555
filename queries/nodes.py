"""Any node by its id, with its relations: what stands behind /id/{id}."""

from dataclasses import dataclass
from typing import Final

from engines.store import Reader, Row
from ontology.graph import Node, Relation
from queries.answers import NodeAnswer, NodeRecord, Ref
from queries.errors import UnknownId
from queries.hops import Kinds, edge, hop, ref_of, relation_type
from queries.requirements import gap_of
from queries.visibility import Access, visible

FAN_OUT: Final = 100
_HIDDEN: Final = ("access", "content_hash")
_CARRIED: Final = ("certainty", "quote", "sources", "role", "status", "confidence", "why")


@dataclass(frozen=True, slots=True)
class _Neighbourhood:
    node: Node
    others: dict[str, Node]
    rows: tuple[Row, ...]
    cut: bool


def node(reader: Reader, id: str, *, access: Access, fan_out: int = FAN_OUT) -> NodeAnswer:
    """A node, its properties and relations, at most `fan_out` arriving ones. Raises `UnknownId`."""
    found = _neighbourhood(reader, id, access, fan_out)
    labels = {other.id: other.label for other in found.others.values()} | {id: found.node.label}
    return NodeAnswer(
        node=_record(found.node),
        edges=tuple(edge(row, labels) for row in found.rows),
        others={other.id: _ref(other) for other in found.others.values()},
        gaps=tuple(gap_of(other) for other in found.others.values() if other.label == "Gap"),
        truncated=found.cut,
    )


def node_content(
    reader: Reader, id: str, *, access: Access, fan_out: int = FAN_OUT
) -> tuple[Node, tuple[Relation, ...]]:
    """The same as graph content, for RDF. Raises `UnknownId`."""
    found = _neighbourhood(reader, id, access, fan_out)
    labels = {other.id: other.label for other in found.others.values()} | {id: found.node.label}
    relations = []
    for row in found.rows:
        type = relation_type(row["kind"], labels[row["source"]], labels[row["target"]])
        properties = {
            name: tuple(row[name]) if isinstance(row[name], list) else row[name]
            for name in _CARRIED
            if row[name] is not None
        }
        relations.append(Relation(row["source"], type, row["target"], row["kind"], properties))
    shown = {name: value for name, value in found.node.properties.items() if name not in _HIDDEN}
    return Node(found.node.id, found.node.label, shown), tuple(relations)


def _neighbourhood(reader: Reader, id: str, access: Access, fan_out: int) -> _Neighbourhood:
    nodes = visible(reader, list(reader.nodes(ids=(id,))), access)
    if not nodes:
        raise UnknownId("node", id)
    found = hop(reader, {id: nodes[0].label}, "both", Kinds.of(reader, ()), access, fan_out)
    ends = sorted({end for row in found.rows for end in (row["source"], row["target"])} - {id})
    others = {node.id: node for node in visible(reader, list(reader.nodes(ids=ends)), access)} if ends else {}
    known = {id, *others}
    rows = tuple(row for row in found.rows if row["source"] in known and row["target"] in known)
    return _Neighbourhood(nodes[0], others, rows, bool(found.cut))


def _record(node: Node) -> NodeRecord:
    said = {
        name: value
        for name, value in sorted(node.properties.items())
        if value not in (None, ()) and name not in _HIDDEN
    }
    ref = _ref(node)
    return NodeRecord(
        id=node.id,
        label=node.label,
        title=str(node.properties.get("title") or ref.title),
        certainty=ref.certainty,
        properties={name: list(value) if isinstance(value, tuple) else value for name, value in said.items()},
    )


def _ref(node: Node) -> Ref:
    return ref_of(node.id, node.label, node.properties)

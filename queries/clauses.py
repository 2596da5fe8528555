"""The clause tree of the standard: numbers, phases, requirement points, gaps, and how much evidence there is."""

from collections.abc import Mapping, Sequence
from typing import Any

from engines.store import Reader
from ontology.graph import Node
from ontology.model import Certainty
from queries.answers import ClauseRecord, GapRecord
from queries.catalogue import catalogue
from queries.hops import ref_of
from queries.requirements import first_cues, gaps_by_subject
from queries.visibility import Access, shares

_COUNTED = ("accepted", "proposed")


def clause_tree(reader: Reader, *, access: Access) -> tuple[ClauseRecord, ...]:
    """The chapters in order, each with its clauses below it; clauses of cited documents are not among them."""
    standard, nodes = _clauses_of_the_standard(reader)
    children: dict[str, list[Node]] = {}
    for row in reader.read(catalogue.query("clause_parents")):
        if row["id"] in nodes and row["parent"] in nodes:
            children.setdefault(row["parent"], []).append(nodes[row["id"]])
    below = {node.id for listed in children.values() for node in listed}
    counts: dict[str, int] = {}
    for row in reader.read(catalogue.query("clause_practice_counts")):
        if (row["status"] or "proposed") in _COUNTED and shares(row["access"], access):
            counts[row["id"]] = counts.get(row["id"], 0) + row["practices"]
    points: dict[str, list[Node]] = {}
    for node in reader.nodes(label="Requirement"):
        points.setdefault(str(node.properties.get("clause")), []).append(node)
    gaps = gaps_by_subject(reader)

    def record(node: Node, parent: str | None) -> ClauseRecord:
        inner = tuple(record(child, node.id) for child in _ordered(children.get(node.id, [])))
        return _record(node, parent, points.get(node.id, []), gaps.get(node.id, ()), counts.get(node.id, 0), inner)

    return tuple(
        record(node, None) for node in _ordered(list(nodes.values())) if node.id not in below and node.id != standard
    )


def _clauses_of_the_standard(reader: Reader) -> tuple[str, dict[str, Node]]:
    """The standard's id and its clauses by id: those of the document that sets requirements."""
    clauses = {node.id: node for node in reader.nodes(label="Clause")}
    setting = {str(node.properties.get("clause")) for node in reader.nodes(label="Requirement")}
    standards = {str(clauses[id].properties.get("document")) for id in setting if id in clauses}
    standard = min(standards, default="")
    return standard, {id: node for id, node in clauses.items() if node.properties.get("document") == standard}


def _ordered(nodes: Sequence[Node]) -> list[Node]:
    return sorted(nodes, key=lambda node: (node.properties.get("order") or 0, node.id))


def _record(
    node: Node,
    parent: str | None,
    points: Sequence[Node],
    gaps: tuple[GapRecord, ...],
    practices: int,
    children: tuple[ClauseRecord, ...],
) -> ClauseRecord:
    said: dict[str, Any] = dict(node.properties)
    declared = said.get("declared_items")
    return ClauseRecord(
        id=node.id,
        title=said.get("title") or "",
        title_en=said.get("title_en"),
        alt_titles=tuple(said.get("alt_titles") or ()),
        title_certainty=said.get("title_certainty"),
        level=said.get("level") or "",
        parent=parent,
        order=said.get("order") or 0,
        number=said.get("number"),
        number_scheme=said.get("number_scheme"),
        number_certainty=said.get("number_certainty"),
        numbers=_numbers(said),
        phase=said.get("phase"),
        phase_certainty=said.get("phase_certainty"),
        declared_items=declared,
        known_items=len(children) or len(points),
        cues=first_cues(said),
        cue_certainty=said.get("cue_certainty"),
        requirements=tuple(ref_of(point.id, point.label, point.properties) for point in _ordered(points)),
        gaps=gaps,
        practices=practices,
        children=children,
    )


def _numbers(said: Mapping[str, Any]) -> dict[str, str]:
    """The number under each reading of the note that is still open."""
    if said.get("number_certainty") == Certainty.STATED.value and said.get("number_scheme") not in (None, "H1", "H2"):
        return {}
    return {scheme: said[name] for scheme, name in (("H1", "number_h1"), ("H2", "number_h2")) if said.get(name)}

"""The requirement points, and which practices evidence them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from engines.store import Reader
from ontology.graph import Node
from queries.answers import GapRecord, PracticeForRequirement, PracticesAnswer, Ref, RequirementRecord, RoleRef, Status
from queries.catalogue import catalogue
from queries.errors import BadQuestion, UnknownId
from queries.hops import Kinds, hop, ref_of
from queries.paging import page
from queries.practices import Card, cards
from queries.visibility import Access, shares

STATUSES: tuple[Status, ...] = get_args(Status)
_SHOWN: tuple[Status, ...] = ("accepted", "proposed")
# What an evidence is worth beside its confidence: stated results, and more than one passage.
_OUTCOME_WEIGHT, _PASSAGES_WEIGHT = 0.15, 0.05
_CUES_SHOWN = 12


def requirements(reader: Reader, *, access: Access, clause: str | None = None) -> tuple[RequirementRecord, ...]:
    """All requirement points in order, or those of a clause, with their numbers of practices. Raises `UnknownId`."""
    nodes = [node for node in reader.nodes(label="Requirement") if clause in (None, node.properties.get("clause"))]
    if clause is not None and not nodes and not _is_clause(reader, clause):
        raise UnknownId("clause", clause)
    counts: dict[str, dict[str, int]] = {}
    for row in reader.read(catalogue.query("coverage_all")):
        if shares(row["access"], access):
            _count(counts.setdefault(row["id"], {}), row["status"], row["practices"])
    return _records(reader, nodes, counts)


def requirement(reader: Reader, id: str, *, access: Access) -> RequirementRecord:
    """One requirement point. Raises `UnknownId`."""
    nodes = [node for node in reader.nodes(ids=(id,)) if node.label == "Requirement"]
    if not nodes:
        raise UnknownId("requirement", id)
    counts: dict[str, int] = {}
    for row in reader.read(catalogue.query("requirement_status_counts", id=id)):
        if shares(row["access"], access):
            _count(counts, row["status"], row["practices"])
    return _records(reader, nodes, {id: counts})[0]


@dataclass(frozen=True, slots=True)
class _Ranked:
    id: str
    status: Status
    weight: float


def practices_for(
    reader: Reader,
    id: str,
    *,
    access: Access,
    statuses: Iterable[Status] = _SHOWN,
    limit: int = 20,
    cursor: str | None = None,
) -> PracticesAnswer:
    """The practices that evidence a requirement: accepted ones first, then by confidence and strength of evidence.

    Strength grows with stated outcomes and with more than one passage. Raises `UnknownId`, `BadCursor`, and
    `BadQuestion` for a status that is none.
    """
    wanted = sorted(set(statuses))
    unknown = set(wanted) - set(STATUSES)
    if unknown or not wanted:
        raise BadQuestion(f"status 应为 {'、'.join(STATUSES)} 之一")
    record = requirement(reader, id, access=access)
    rows = reader.read(catalogue.query("requirement_practices", id=id, statuses=wanted))
    ranked = [_Ranked(row["id"], row["status"], _weight(row)) for row in rows if shares(row["access"], access)]
    ranked.sort(key=_place)
    taken, following = page(ranked, _place, f"{id}|{wanted}", cursor, limit)
    found = cards(reader, [each.id for each in taken], access)
    results = tuple(_for_requirement(found[each.id], id) for each in taken if each.id in found)
    return PracticesAnswer(requirement=record, results=results, next=following)


def _weight(row: Mapping[str, Any]) -> float:
    strength: float = 1 + _OUTCOME_WEIGHT * min(row["outcomes"], 2) + _PASSAGES_WEIGHT * (row["passages"] > 1)
    confidence: float = row["confidence"] or 0.0
    return confidence * strength


def _place(each: _Ranked) -> tuple[int, float, str]:
    order = ("accepted", "proposed", "not-applicable", "rejected")
    return order.index(each.status), -each.weight, each.id


def _for_requirement(card: Card, id: str) -> PracticeForRequirement:
    link = next(link for link in card.requirements if link.id == id)
    return PracticeForRequirement(
        practice=card.practice,
        confidence=link.confidence,
        status=link.status,
        relation=link.relation,
        explanation=link.explanation,
        evidence=(link.evidence,) if link.evidence else card.evidence[:1],
        outcomes=card.outcomes,
        reviewer=link.reviewer,
        reviewed_at=link.reviewed_at,
        comment=link.comment,
        suspect=link.suspect,
    )


def _is_clause(reader: Reader, id: str) -> bool:
    return any(node.label == "Clause" for node in reader.nodes(ids=(id,)))


def _count(counts: dict[str, int], status: str | None, practices: int) -> None:
    name = status or "proposed"
    counts[name] = counts.get(name, 0) + practices


def _records(
    reader: Reader, nodes: Sequence[Node], counts: Mapping[str, Mapping[str, int]]
) -> tuple[RequirementRecord, ...]:
    kinds = Kinds.of(reader, ("ASSIGNED_TO", "EMPLOYS", "USES", "MISSES"))
    found = hop(reader, {node.id: node.label for node in nodes}, "out", kinds, None, 1).rows if nodes else ()
    ends = {row["target"] for row in found} | {str(node.properties.get("clause")) for node in nodes}
    others = {node.id: node for node in reader.nodes(ids=sorted(ends))} if ends else {}
    linked: dict[str, list[_Linked]] = {}
    for row in found:
        node = others.get(row["target"])
        if node is not None:
            linked.setdefault(row["source"], []).append(_Linked(node, row["kind"], row["certainty"]))
    records = [_record(node, linked.get(node.id, []), others, counts.get(node.id, {})) for node in nodes]
    clauses = {id: node.properties.get("order") or 0 for id, node in others.items() if node.label == "Clause"}
    return tuple(sorted(records, key=lambda each: (clauses.get(each.clause.id, 0), each.order, each.id)))


@dataclass(frozen=True, slots=True)
class _Linked:
    """The end of a relation of a requirement, with the relation's kind and certainty."""

    node: Node
    kind: str
    certainty: str | None

    @property
    def ref(self) -> Ref:
        known = {**self.node.properties, "certainty": self.certainty or self.node.properties.get("certainty")}
        return ref_of(self.node.id, self.node.label, known)


def _record(
    node: Node, linked: Sequence[_Linked], others: Mapping[str, Node], counts: Mapping[str, int]
) -> RequirementRecord:
    said: dict[str, Any] = dict(node.properties)

    def of_label(label: str) -> tuple[Ref, ...]:
        return tuple(each.ref for each in linked if each.node.label == label)

    clause = others.get(said.get("clause") or "")
    return RequirementRecord(
        id=node.id,
        statement=said.get("title") or "",
        statement_en=said.get("title_en"),
        clause=ref_of(clause.id, clause.label, clause.properties) if clause else Ref(id="", label="Clause", title=""),
        order=said.get("order") or 0,
        modality=said.get("modality"),
        modality_certainty=said.get("modality_certainty"),
        basis=said.get("basis"),
        phase=said.get("phase"),
        phase_certainty=said.get("phase_certainty"),
        action=said.get("action"),
        object=said.get("object"),
        purpose=said.get("purpose"),
        criteria=tuple(said.get("criteria") or ()),
        inputs=tuple(said.get("inputs") or ()),
        expected_evidence=tuple(said.get("expected_evidence") or ()),
        cues=first_cues(said),
        cue_certainty=said.get("cue_certainty"),
        roles=tuple(RoleRef(**each.ref.model_dump(), kind=each.kind) for each in linked if each.node.label == "Role"),
        mechanisms=of_label("Mechanism"),
        terms=of_label("Term"),
        certainty=said.get("certainty") or "unknown",
        sources=tuple(said.get("sources") or ()),
        gaps=tuple(gap_of(each.node) for each in linked if each.node.label == "Gap"),
        practices=dict(sorted(counts.items())),
    )


def first_cues(said: Mapping[str, Any]) -> tuple[str, ...]:
    """As many of a clause's or requirement's cues as an answer shows."""
    return tuple(said.get("cues") or ())[:_CUES_SHOWN]


def gap_of(node: Node) -> GapRecord:
    """A Gap node as an answer."""
    said: dict[str, Any] = dict(node.properties)
    return GapRecord(
        id=node.id,
        title=said.get("title") or "",
        subject=said.get("subject") or "",
        what=said.get("what") or "",
        certainty=said.get("certainty") or "unknown",
        sources=tuple(said.get("sources") or ()),
    )


def gaps_by_subject(reader: Reader) -> dict[str, tuple[GapRecord, ...]]:
    """Every gap of the sources, by the id of what lacks it."""
    found: dict[str, list[GapRecord]] = {}
    for node in reader.nodes(label="Gap"):
        gap = gap_of(node)
        found.setdefault(gap.subject, []).append(gap)
    return {subject: tuple(gaps) for subject, gaps in found.items()}

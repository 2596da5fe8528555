"""Practices with what they evidence, rest on and resulted in: as cards of a list, or one with all it has."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from engines.store import Reader, Row
from ontology.graph import Node
from ontology.model import Certainty
from queries.answers import (
    ClauseLink,
    Evidence,
    Meeting,
    OrganizationRef,
    OutcomeRecord,
    PracticeAnswer,
    PracticeRecord,
    Ref,
    RequirementLink,
    SourceRef,
    Status,
)
from queries.catalogue import catalogue
from queries.errors import UnknownId
from queries.hops import refs
from queries.visibility import Access, visible

_STATUS_ORDER = {"accepted": 0, "proposed": 1, "not-applicable": 2, "rejected": 3}


@dataclass(frozen=True, slots=True)
class Card:
    """A practice and its links, each list in the order it is shown in."""

    practice: PracticeRecord
    clauses: tuple[ClauseLink, ...]
    requirements: tuple[RequirementLink, ...]
    evidence: tuple[Evidence, ...]
    outcomes: tuple[OutcomeRecord, ...]
    abstained: bool


@dataclass(slots=True)
class _Links:
    clauses: list[ClauseLink] = field(default_factory=list)
    requirements: list[RequirementLink] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)
    outcomes: list[OutcomeRecord] = field(default_factory=list)
    organization: OrganizationRef | None = None
    source: SourceRef | None = None


def cards(reader: Reader, ids: Sequence[str], access: Access) -> dict[str, Card]:
    """The visible practices among `ids`, by id; ids that name no practice are left out."""
    if not ids:
        return {}
    nodes = [node for node in visible(reader, list(reader.nodes(ids=ids)), access) if node.label == "Practice"]
    if not nodes:
        return {}
    links = {node.id: _Links() for node in nodes}
    for row in reader.read(catalogue.query("practice_links", ids=[node.id for node in nodes])):
        if row["id"] is not None:
            _add(links[row["practice"]], row)
    return {node.id: _card(node, links[node.id]) for node in nodes}


def practice(reader: Reader, id: str, access: Access) -> PracticeAnswer:
    """One practice with all that is known of it. Raises `UnknownId`."""
    card = cards(reader, (id,), access).get(id)
    if card is None:
        raise UnknownId("practice", id)
    concepts = _related(reader, reader.read(catalogue.query("practice_concepts", id=id)))
    cited = _related(reader, reader.read(catalogue.query("practice_citations", id=id)))
    return PracticeAnswer(
        practice=card.practice,
        clauses=card.clauses,
        requirements=card.requirements,
        evidence=card.evidence,
        outcomes=card.outcomes,
        terms=_of_label(concepts, "Term"),
        roles=_of_label(concepts, "Role"),
        mechanisms=_of_label(concepts, "Mechanism"),
        citations=cited,
        abstained=card.abstained,
    )


def organization_refs(reader: Reader, ids: Sequence[str]) -> dict[str, OrganizationRef]:
    """Organisations by id, each with the names of the levels above it."""
    nodes = reader.nodes(ids=ids) if ids else ()
    return {node.id: _organization({**node.properties, "id": node.id}) for node in nodes}


def _organization(row: Row) -> OrganizationRef:
    path = tuple(row.get("path") or (row["title"],))
    return OrganizationRef(id=row["id"], name=row["title"], level=row.get("level"), path=path)


def meetings(explanation: str | None) -> tuple[Meeting, ...]:
    """The stored explanation of a proposal: which words meet which."""
    return tuple(Meeting(**each) for each in json.loads(explanation)) if explanation else ()


def best_evidence(card: Card, requirement_ids: Iterable[str] = (), limit: int = 2) -> tuple[Evidence, ...]:
    """What to quote of a practice: the sentences that meet the requirements asked for, else those it meets best.

    Each sentence once, at most `limit` (≥ 1); a practice that meets none is quoted with its first passage, whole.
    """
    asked = frozenset(requirement_ids)
    shown = [link for link in card.requirements if link.status in ("accepted", "proposed") and link.evidence]
    links = [link for link in shown if link.id in asked] or shown
    sentences = {(each.start, each.end): each for link in links if (each := link.evidence)}
    return tuple(sentences.values())[:limit] or card.evidence[:1]


def _related(reader: Reader, rows: Sequence[Row]) -> tuple[Ref, ...]:
    """What a practice is related to, each with the certainty of the relation: what its text says, it states."""
    known = {row["id"]: row["certainty"] or Certainty.STATED.value for row in rows}
    found = refs(reader, list(known))
    return tuple(ref.model_copy(update={"certainty": known[id]}) for id, ref in found.items())


def _of_label(found: Sequence[Ref], label: str) -> tuple[Ref, ...]:
    return tuple(ref for ref in found if ref.label == label)


def _add(links: _Links, row: Row) -> None:
    match row["kind"]:
        case "SATISFIES":
            links.requirements.append(_requirement_link(row))
        case "EVIDENCES":
            status = cast(Status, row["status"] or "proposed")
            links.clauses.append(
                ClauseLink(id=row["id"], title=row["title"], confidence=row["confidence"] or 0.0, status=status)
            )
        case "EVIDENCED_BY":
            links.evidence.append(_evidence(row))
        case "HAS_OUTCOME":
            links.outcomes.append(_outcome(row))
        case "CARRIED_OUT_BY":
            links.organization = _organization(row)
        case "PART_OF":
            links.source = SourceRef(
                document=row["id"],
                collection=row["collection"] or "",
                name=row["name"] or "",
                title=row["title"],
                sample=bool(row["sample"]),
            )


def _requirement_link(row: Row) -> RequirementLink:
    return RequirementLink(
        id=row["id"],
        statement=row["title"],
        clause=row["clause"],
        confidence=row["confidence"] or 0.0,
        status=cast(Status, row["status"] or "proposed"),
        relation=row["relation"],
        method=row["method"],
        model=row["model"],
        reviewer=row["reviewer"],
        reviewed_at=row["reviewed_at"],
        comment=row["remark"],
        suspect=bool(row["suspect"]),
        explanation=meetings(row["explanation"]),
        evidence=_evidence(row) if row["quote"] else None,
    )


def _placed(link: RequirementLink, passages: Sequence[Evidence]) -> RequirementLink:
    """With its sentence in the passage where it begins: what the relation itself does not know."""
    sentence = link.evidence
    if sentence is None:
        return link
    passage = next((each for each in passages if each.start <= sentence.start < each.end), None)
    if passage is None:
        return link.model_copy(update={"evidence": None})
    within = passage.model_copy(update={"quote": sentence.quote, "start": sentence.start, "end": sentence.end})
    return link.model_copy(update={"evidence": within})


def _evidence(row: Row) -> Evidence:
    return Evidence(
        quote=row["quote"] or "",
        document=row["document"] or "",
        passage=row["id"],
        start=row["from_offset"] or 0,
        end=row["to_offset"] or 0,
        heading=row["heading"],
        page=row["page"],
        slide=row["slide"],
        sheet=row["sheet"],
        row=row["table_row"],
    )


def _outcome(row: Row) -> OutcomeRecord:
    return OutcomeRecord(
        indicator=row["indicator"] or "",
        value=row["value"],
        value_text=row["value_text"],
        unit=row["unit"],
        direction=row["direction"],
        quote=row["outcome_quote"] or "",
        start=row["outcome_from"] or 0,
        end=row["outcome_to"] or 0,
    )


def _card(node: Node, links: _Links) -> Card:
    said: dict[str, Any] = dict(node.properties)
    record = PracticeRecord(
        id=node.id,
        external_id=said.get("external_id"),
        title=said.get("title") or "",
        text=said.get("text") or "",
        organization=links.organization,
        industry=said.get("industry"),
        ownership=said.get("ownership"),
        date=said.get("date"),
        awards=said.get("awards"),
        party_link=said.get("party_link"),
        sample=bool(said.get("sample")),
        source=links.source
        or SourceRef(document=said.get("document") or "", collection=said.get("collection") or "", name=""),
    )
    passages = tuple(sorted(links.evidence, key=lambda each: (each.document, each.start, each.passage)))
    return Card(
        practice=record,
        clauses=tuple(sorted(links.clauses, key=lambda link: (-link.confidence, link.id))),
        requirements=tuple(
            sorted(
                (_placed(link, passages) for link in links.requirements),
                key=lambda link: (_STATUS_ORDER[link.status], -link.confidence, link.id),
            )
        ),
        evidence=passages,
        outcomes=tuple(sorted(links.outcomes, key=lambda each: (each.start, each.indicator))),
        abstained=bool(said.get("abstained")),
    )

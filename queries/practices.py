"""Practices with what they evidence, rest on and resulted in: as cards of a list, or one with all it has."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from analysis.sentences import split_sentences
from engines.store import Reader, Row
from ontology.graph import Node, Relation
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
)
from queries.catalogue import catalogue
from queries.errors import UnknownId
from queries.hops import refs
from queries.visibility import Access, visible

Properties = Mapping[str, Any]

Span = tuple[int, int]

_BY = "CARRIED_OUT_BY"
_MARKED_ENOUGH = 2  # characters: a word
_SHOWN = frozenset({_BY, "SATISFIES", "EVIDENCES", "EVIDENCED_BY", "HAS_OUTCOME", "PART_OF"})
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
    # From the truth: a statement of the graph takes twice as long for so many kinds of relations at once.
    relations = [each for each in reader.relations(sources=list(links)) if each.type in _SHOWN]
    organizations = organization_refs(reader, sorted({each.target for each in relations if each.type == _BY}))
    ends = sorted({each.target for each in relations if each.type != _BY})
    targets = {node.id: node.properties for node in reader.nodes(ids=ends)} if ends else {}
    # A view of Neo4j is no snapshot: what was deleted between two reads has no end any more.
    for each in relations:
        if each.target in organizations:
            links[each.source].organization = organizations[each.target]
        elif each.target in targets:
            _add(links[each.source], each, targets[each.target])
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
    rows = reader.read(catalogue.query("organization_names", ids=ids)) if ids else ()
    return {
        row["id"]: OrganizationRef(
            id=row["id"], name=row["title"], level=row["level"], path=tuple(row["path"] or (row["title"],))
        )
        for row in rows
    }


def meetings(explanation: str | None) -> tuple[Meeting, ...]:
    """The stored explanation of a proposal: which words meet which."""
    return tuple(Meeting(**each) for each in json.loads(explanation)) if explanation else ()


def best_evidence(
    card: Card, requirement_ids: Iterable[str] = (), marked: Sequence[Span] = (), limit: int = 2
) -> tuple[Evidence, ...]:
    """What to quote of a practice: the sentences that meet the requirements asked for; when none is, the sentence that
    holds most of what is `marked` in its text, then those that meet best what it meets at all.

    Each sentence once, at most `limit` (≥ 1); a practice without any is quoted with its first passage, whole.
    """
    asked = frozenset(requirement_ids)
    shown = [link for link in card.requirements if link.status in ("accepted", "proposed") and link.evidence]
    links = [link for link in shown if link.id in asked]
    quotes = [] if links else _most_marked(card, marked)
    quotes += [each for link in links or shown if (each := link.evidence)]
    sentences: dict[int, Evidence] = {}
    for each in quotes:
        sentences.setdefault(each.start, each)
    return tuple(sentences.values())[:limit] or card.evidence[:1]


def _most_marked(card: Card, marked: Sequence[Span]) -> list[Evidence]:
    """The sentence of the practice with most of what is marked, in the passage where it stands."""
    best, most = "", _MARKED_ENOUGH - 1
    for sentence in split_sentences(card.practice.text) if marked else ():
        held = sum(max(0, min(sentence.end, stop) - max(sentence.start, first)) for first, stop in marked)
        if held > most:
            best, most = sentence.text, held
    if not best:
        return []
    for passage in card.evidence:
        place = passage.quote.find(best)
        if place >= 0:
            first = passage.start + place
            return [passage.model_copy(update={"quote": best, "start": first, "end": first + len(best)})]
    return []


def _related(reader: Reader, rows: Sequence[Row]) -> tuple[Ref, ...]:
    """What a practice is related to, each with the certainty of the relation: what its text says, it states."""
    known = {row["id"]: row["certainty"] or Certainty.STATED.value for row in rows}
    found = refs(reader, list(known))
    return tuple(ref.model_copy(update={"certainty": known[id]}) for id, ref in found.items())


def _of_label(found: Sequence[Ref], label: str) -> tuple[Ref, ...]:
    return tuple(ref for ref in found if ref.label == label)


def _add(links: _Links, relation: Relation, target: Properties) -> None:
    said: Properties = relation.properties
    match relation.type:
        case "SATISFIES":
            links.requirements.append(_requirement_link(relation, target))
        case "EVIDENCES":
            links.clauses.append(
                ClauseLink(
                    id=relation.target,
                    title=target.get("title"),
                    confidence=said.get("confidence") or 0.0,
                    status=said.get("status") or "proposed",
                )
            )
        case "EVIDENCED_BY":
            links.evidence.append(_evidence(relation, target))
        case "HAS_OUTCOME":
            links.outcomes.append(_outcome(target))
        case "PART_OF":
            links.source = SourceRef(
                document=relation.target,
                collection=target.get("collection") or "",
                name=target.get("name") or "",
                title=target.get("title"),
                sample=bool(target.get("sample")),
            )


def _requirement_link(relation: Relation, target: Properties) -> RequirementLink:
    said: Properties = relation.properties
    return RequirementLink(
        id=relation.target,
        statement=target.get("title"),
        clause=target.get("clause"),
        confidence=said.get("confidence") or 0.0,
        status=said.get("status") or "proposed",
        relation=said.get("relation"),
        method=said.get("method"),
        model=said.get("model"),
        reviewer=said.get("reviewer"),
        reviewed_at=said.get("reviewed_at"),
        comment=said.get("comment"),
        suspect=bool(said.get("suspect")),
        explanation=meetings(said.get("explanation")),
        evidence=_evidence(relation, {}) if said.get("quote") else None,
    )


def _placed(link: RequirementLink, passages: Sequence[Evidence]) -> RequirementLink:
    """With its sentence in the passage where it begins: what the relation itself does not know."""
    sentence = link.evidence
    if sentence is None:
        return link
    passage = next((each for each in passages if each.start <= sentence.start < each.end), None)
    if passage is not None:
        passage = passage.model_copy(update={"quote": sentence.quote, "start": sentence.start, "end": sentence.end})
    return link.model_copy(update={"evidence": passage})


def _evidence(relation: Relation, passage: Properties) -> Evidence:
    said: Properties = relation.properties
    return Evidence(
        quote=said.get("quote") or "",
        document=passage.get("document") or "",
        passage=relation.target,
        start=said.get("start") or 0,
        end=said.get("end") or 0,
        heading=passage.get("heading"),
        page=passage.get("page"),
        slide=passage.get("slide"),
        sheet=passage.get("sheet"),
        row=passage.get("row"),
    )


def _outcome(said: Properties) -> OutcomeRecord:
    return OutcomeRecord(
        indicator=said.get("indicator") or "",
        value=said.get("value"),
        value_text=said.get("value_text"),
        unit=said.get("unit"),
        direction=said.get("direction"),
        quote=said.get("quote") or "",
        start=said.get("start") or 0,
        end=said.get("end") or 0,
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

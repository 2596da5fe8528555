"""OSCAL component definition: practices as components that implement what a person accepted, and nothing else.

A tool that reads `implemented-requirements` takes them for facts, so proposals stand beside them as own properties.
"""

from collections.abc import Iterator

from queries.answers import RequirementLink
from queries.practices import Card
from service import glossary
from service.exchange.oscal_catalogs import control_title, practice_properties
from service.exchange.oscal_common import (
    NS,
    Json,
    encoded,
    identifiers,
    markup,
    metadata,
    properties,
    requirement_catalog,
    revision,
    some,
    without_empty,
)
from service.exchange.selection import Material
from service.exchange.wording import joined, one_line, place, quoted


def as_component(material: Material) -> Iterator[bytes]:
    """The definition, a component a practice. Raises `BadQuestion` where there is no practice."""
    _, components = some((_component(material, card) for card in material.cards()), material)
    members: tuple[tuple[str, Json], ...] = (
        ("uuid", identifiers(material).of("component-definition", revision(material))),
        ("metadata", metadata(material, f"企业做法：{material.scope}", practices=True)),
        ("components", components),
        ("back-matter", {"resources": [requirement_catalog(material)]}),
    )
    return encoded("component-definition", members)


def _component(material: Material, card: Card) -> Json:
    practice = card.practice
    accepted = [link for link in card.requirements if link.status == "accepted"]
    proposed = [link for link in card.requirements if link.status == "proposed"]
    return without_empty(
        {
            "uuid": identifiers(material).of("component", practice.id),
            "type": "process-procedure",
            "title": control_title(card),
            "description": markup(practice.text),
            "props": [*practice_properties(card), *map(_proposal, proposed)],
            "control-implementations": [_implementation(material, card, accepted)] if accepted else [],
        }
    )


def _proposal(link: RequirementLink) -> dict[str, str]:
    return {
        "name": "proposed-requirement",
        "ns": NS,
        "value": link.id,
        "class": "proposed",
        "remarks": f"{glossary.STATUS['proposed']}，{glossary.CONFIDENCE} {link.confidence:.3f}：{markup(link.statement)}",
    }


def _implementation(material: Material, card: Card, accepted: list[RequirementLink]) -> Json:
    known, practice = identifiers(material), card.practice.id
    return {
        "uuid": known.of("control-implementation", practice),
        "source": "#" + requirement_catalog(material)["uuid"],
        "description": f"经人核定采信、可佐证的{glossary.REQUIREMENT_POINTS}",
        "implemented-requirements": [_requirement(material, card, link) for link in accepted],
    }


def _requirement(material: Material, card: Card, link: RequirementLink) -> Json:
    evidence = quoted(card, link)
    said = (
        f"原文：{markup(one_line(evidence.quote))}（{card.practice.source.name}，{place(evidence)}）"
        if evidence
        else ""
    )
    return without_empty(
        {
            "uuid": identifiers(material).of("implemented-requirement", card.practice.id, link.id),
            "control-id": link.id,
            "description": joined((markup(link.statement), said)),
            "props": properties(
                status=link.status, relation=link.relation, reviewer=link.reviewer, reviewed_at=link.reviewed_at
            ),
            "remarks": f"理由：{markup(link.comment)}" if link.comment else "",
        }
    )

"""OSCAL catalogs: the requirement points as controls, and the practices as the source side of a mapping."""

from collections.abc import Iterator
from typing import Final

from queries.answers import ClauseRecord, RequirementRecord
from queries.practices import Card
from service import glossary
from service.exchange.oscal_common import (
    Json,
    encoded,
    identifiers,
    markup,
    metadata,
    properties,
    revision,
    some,
    without_empty,
)
from service.exchange.selection import Material
from service.exchange.wording import INFERRED, one_line, unit, unknown_items

_SHORT: Final = 60


def as_catalog(material: Material) -> Iterator[bytes]:
    """The requirement points by clause. What is ours (phase, modality, evidence to look for) is marked so."""
    title = f"《{glossary.STANDARD_TITLE}》{glossary.REQUIREMENT_POINTS}"
    by_clause: dict[str, list[RequirementRecord]] = {}
    for point in material.requirements:
        by_clause.setdefault(point.clause.id, []).append(point)
    members = (
        ("uuid", identifiers(material).of("catalog", material.about.ontology)),
        ("metadata", metadata(material, title, practices=False)),
        ("groups", iter([_group(clause, by_clause.get(clause.id, [])) for clause in material.clauses])),
    )
    return encoded("catalog", members)


def as_practices(material: Material) -> Iterator[bytes]:
    """The practices as a catalog of controls, so that a mapping collection has a source to refer to."""
    _, controls = some((_practice(card) for card in material.cards()), material)
    members = (
        ("uuid", identifiers(material).of("practices", revision(material))),
        ("metadata", metadata(material, f"企业做法：{material.scope}", practices=True)),
        ("controls", controls),
    )
    return encoded("catalog", members)


def control_title(card: Card) -> str:
    """A practice's title on one line, samples marked."""
    title = one_line(card.practice.title) or one_line(card.practice.text)[:_SHORT] or card.practice.id
    return markup(f"【{glossary.SAMPLE}】{title}" if card.practice.sample else title)


def practice_properties(card: Card) -> list[dict[str, str]]:
    practice = card.practice
    return properties(
        organization=unit(practice.organization),
        external_id=practice.external_id,
        date=practice.date,
        collection=practice.source.collection,
        source=practice.source.name,
        sample=glossary.SAMPLE if practice.sample else None,
    )


def _group(clause: ClauseRecord, points: list[RequirementRecord]) -> Json:
    gap = unknown_items(clause)
    return without_empty(
        {
            "id": clause.id,
            "class": "clause",
            "title": markup(one_line(clause.title)),
            "props": properties(
                number=clause.number,
                number_certainty=clause.number_certainty,
                phase=clause.phase,
                phase_certainty=clause.phase_certainty,
            ),
            "parts": [{"name": "overview", "title": glossary.GAP, "prose": gap}] if gap else [],
            "controls": [_point(point) for point in points],
        }
    )


def _point(point: RequirementRecord) -> Json:
    site = point.basis == "site"
    statement: dict[str, Json] = {"id": f"{point.id}_smt", "name": "statement", "prose": markup(point.statement)}
    parts: list[Json] = [statement]
    if point.expected_evidence:
        hints = "\n".join(f"- {markup(one_line(each))}" for each in point.expected_evidence)
        parts.append(
            {
                "id": f"{point.id}_gdn",
                "name": "guidance",
                "title": f"{glossary.EXPECTED_EVIDENCE}（{INFERRED}）",
                "prose": hints,
            }
        )
    return without_empty(
        {
            "id": point.id,
            "class": "site-requirement" if site else "requirement-point",
            "title": markup(one_line(point.statement)),
            "props": properties(
                certainty=point.certainty,
                modality=point.modality,
                modality_certainty=point.modality_certainty,
                basis=point.basis,
                note=glossary.SITE_REQUIREMENT if site else glossary.REQUIREMENT_POINTS,
            ),
            "parts": parts,
        }
    )


def _practice(card: Card) -> Json:
    practice = card.practice
    return without_empty(
        {
            "id": practice.id,
            "class": "practice",
            "title": control_title(card),
            "props": practice_properties(card),
            "parts": [{"id": f"{practice.id}_smt", "name": "statement", "prose": markup(practice.text)}],
        }
    )

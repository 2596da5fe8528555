"""OSCAL mapping collection: practices to requirement points, what people decided apart from what is proposed."""

from collections.abc import Iterator
from itertools import chain
from typing import Final

from queries.answers import RequirementLink
from queries.practices import Card
from service import glossary
from service.exchange.oscal_common import (
    NS,
    PRACTICES_FILE,
    Json,
    Streamed,
    encoded,
    identifiers,
    markup,
    metadata,
    properties,
    requirement_catalog,
    resource,
    revision,
    some,
    without_empty,
)
from service.exchange.selection import Material
from service.exchange.wording import basis, joined, one_line, place, quoted

# 充分佐证: the practice covers the point and more; 部分佐证, and what says no degree: they share something.
_RELATIONSHIPS: Final = {
    ("accepted", "full"): "superset-of",
    ("rejected", None): "no-relationship",
    ("rejected", "none"): "no-relationship",
}
_SHARED: Final = "intersects-with"
_SET_ASIDE: Final = "not-applicable"
_TWO_GROUPS: Final = "人核定的与系统建议（待核）分列两组；系统建议一组的 status 为 draft，method 为 automation。"
_REMARKS: Final = {
    "proposed": "系统建议（待核）：未经人核定，不作为事实。",
    "decided": "人核定的：采信、不采信与不适用。",
}


def as_mapping(material: Material) -> Iterator[bytes]:
    """The collection. Raises `BadQuestion` where nothing is mapped, which OSCAL cannot say."""
    tally = _Tally(material)
    # Asked for a first map of either kind, so that an empty collection is an error and no broken document.
    _, maps = some(tally.maps(), material)
    title = f"企业做法与《{glossary.STANDARD_TITLE}》要求要点的佐证对应：{material.scope}"
    members: tuple[tuple[str, Json], ...] = (
        ("uuid", identifiers(material).of("mapping-collection", revision(material))),
        ("metadata", metadata(material, title, practices=True)),
        (
            "provenance",
            {
                "method": "hybrid",
                "matching-rationale": "semantic",
                "status": "not-complete",
                "mapping-description": basis(material) + _TWO_GROUPS,
            },
        ),
        ("mappings", _groups(material, tally, maps)),
        ("back-matter", {"resources": [_practices(material), requirement_catalog(material)]}),
    )
    return encoded("mapping-collection", members)


class _Tally:
    """One pass over the practices: the larger group is written as it comes, the other kept for the end."""

    def __init__(self, material: Material) -> None:
        self._material = material
        self.decided: list[Json] = []
        self.unmapped_practices: list[str] = []
        self._met: set[str] = set()

    def maps(self) -> Iterator[Json]:
        """The proposals; when there is none, what people decided."""
        proposed = False
        for card in self._material.cards():
            if not any(link.status in ("accepted", "proposed") for link in card.requirements):
                self.unmapped_practices.append(card.practice.id)
            for link in card.requirements:
                if link.status in ("accepted", "proposed"):
                    self._met.add(link.id)
                made = _map(self._material, card, link)
                if link.status == "proposed":
                    proposed = True
                    yield made
                else:
                    self.decided.append(made)
        if not proposed:
            yield from self.decided
            self.decided = []

    def unmapped_points(self) -> list[str]:
        return [point.id for point in self._material.requirements if point.id not in self._met]


def _groups(material: Material, tally: _Tally, maps: Iterator[Json]) -> Iterator[Json]:
    first = next(maps)
    proposed = any(each["value"] == "proposed" for each in first["props"] if each["name"] == "status")
    yield Streamed(_group(material, tally, "proposed" if proposed else "decided", chain((first,), maps)))
    if tally.decided:
        yield Streamed(_group(material, tally, "decided", iter(tally.decided)))


def _group(material: Material, tally: _Tally, which: str, maps: Iterator[Json]) -> Iterator[tuple[str, Json]]:
    known = identifiers(material)
    yield "uuid", known.of("mapping", material.scope_key, which)
    yield "method", "automation" if which == "proposed" else "human"
    yield "status", "draft" if which == "proposed" else "not-complete"
    yield "source-resource", {"type": "catalog", "href": "#" + _practices(material)["uuid"]}
    yield "target-resource", {"type": "catalog", "href": "#" + requirement_catalog(material)["uuid"]}
    yield "remarks", _REMARKS[which]
    yield "maps", maps
    if which == "proposed" and tally.decided:
        return  # what is mapped in neither group is said with the last one
    gaps = {"source": tally.unmapped_practices, "target": tally.unmapped_points()}
    for side, ids in gaps.items():
        if ids:
            gap = known.of("gap", side, revision(material))
            yield f"{side}-gap-summary", {"uuid": gap, "unmapped-controls": [{"with-ids": ids}]}


def _practices(material: Material) -> dict[str, Json]:
    return resource(material, PRACTICES_FILE, f"企业做法：{material.scope}", "用 oscal-practices 格式、同样的范围导出")


def _map(material: Material, card: Card, link: RequirementLink) -> Json:
    known = identifiers(material)
    evidence = quoted(card, link)
    if link.status == "not-applicable":
        relationship: dict[str, str] = {"ns": NS, "relationship": _SET_ASIDE}
    else:
        degree = link.relation
        relationship = {"relationship": _RELATIONSHIPS.get((link.status, degree), _SHARED)}
    return without_empty(
        {
            "uuid": known.of("map", card.practice.id, link.id),
            **relationship,
            "matching-rationale": "semantic",
            "sources": [{"type": "control", "id-ref": card.practice.id}],
            "targets": [{"type": "control", "id-ref": link.id}],
            "confidence-score": {"percentage": round(min(max(link.confidence, 0.0), 1.0), 6)}
            if link.status == "proposed"
            else None,
            "props": properties(
                status=link.status,
                relation=link.relation,
                reviewer=link.reviewer,
                reviewed_at=link.reviewed_at,
                method=link.method,
                model=link.model,
                suspect="true" if link.suspect else None,
                sample=glossary.SAMPLE if card.practice.sample else None,
            ),
            "remarks": joined(
                (
                    glossary.STATUS[link.status],
                    f"{glossary.SUSPECT}：核定之后{glossary.REWORDED}" if link.suspect else "",
                    f"理由：{markup(link.comment)}" if link.comment else "",
                    f"原文：{markup(one_line(evidence.quote))}（{card.practice.source.name}，{place(evidence)}）"
                    if evidence
                    else "",
                )
            ),
        }
    )

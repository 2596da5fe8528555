"""One step through the graph: the relations at some nodes, with their types, within what a reader may see."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from engines.store import Reader, Row
from ontology.graph import JOINS, RELATIONS
from ontology.model import Certainty
from queries.answers import Ref, TraceEdge
from queries.catalogue import catalogue
from queries.errors import UnknownId
from queries.visibility import Access

Direction = Literal["in", "out", "both"]

# Kinds that ASSIGNED_TO has besides its own name; RELATED has whatever the ontology states, so it is asked.
_ASSIGNMENTS: Final = ("actor", "also", "audience", "beneficiary", "mentioned")
# Neither practices nor passages point at these, so that none of them has thousands of relations arriving.
_QUIET: Final = ("Event", "Principle", "Formulation", "Gap", "Practice", "Passage", "Outcome")
_FEW: Final = 2
_LONGEST_TITLE: Final = 60
_LONGEST_BEGINNING: Final = 40  # of a passage, which has no title
_OURS: Final = ("SATISFIES", "EVIDENCES", "CORRESPONDS_TO")  # never stated by a source


@dataclass(frozen=True, slots=True)
class Kinds:
    """Which relations to walk, as the store knows their kinds; none means all."""

    kinds: tuple[str, ...] = ()

    @classmethod
    def of(cls, reader: Reader, relations: Iterable[str]) -> "Kinds":
        """The kinds behind relation types and kinds. Raises `UnknownId`."""
        wanted = set(relations)
        if not wanted:
            return cls()
        if "RELATED" in wanted or not wanted <= {*RELATIONS, *_ASSIGNMENTS}:
            related = {row["kind"] for row in reader.read(catalogue.query("relation_kinds"))}
            unknown = sorted(wanted - {*RELATIONS, *_ASSIGNMENTS} - related)
            if unknown:
                raise UnknownId("relation", "、".join(unknown))
            wanted |= related if "RELATED" in wanted else set()
        if "ASSIGNED_TO" in wanted:
            wanted |= set(_ASSIGNMENTS)
        return cls(tuple(sorted(wanted)))

    def holds(self, kind: str) -> bool:
        return not self.kinds or kind in self.kinds


@dataclass(frozen=True, slots=True)
class Hop:
    """Relations found in one step; `cut` are the nodes that have more than were listed."""

    rows: tuple[Row, ...]
    cut: frozenset[str]


def hop(
    reader: Reader, labels: Mapping[str, str], direction: Direction, kinds: Kinds, access: Access, fan_out: int
) -> Hop:
    """The relations at the nodes of `labels` (id → label), at most `fan_out` arriving at any one of them.

    Ordered and without repetition. Ends that the reader may not see are *not* all left out here: `visible` decides.
    """
    rows: list[Row] = []
    cut: set[str] = set()
    by_label: dict[str, list[str]] = {}
    for id in sorted(labels):
        by_label.setdefault(labels[id], []).append(id)
    for label, ids in sorted(by_label.items()):
        if direction != "in" and _may_start(label):
            rows += _leaving(reader, label, ids)
        if direction == "out" or not _may_end(label):
            continue
        # A requirement may have thousands of practices: hubs are asked one by one for their first relations.
        hubs = _hubs(reader, label, ids, fan_out)
        few = [id for id in ids if id not in hubs]
        if few:
            rows += reader.read(catalogue.query("hop_in", label=label, ids=few))
        for id in hubs:
            found = _arriving(reader, label, id, kinds, access, fan_out + 1)
            if len(found) > fan_out:
                cut.add(id)
            rows += found[:fan_out]
    unique = {
        (row["source"], row["kind"], row["target"]): row
        for row in rows
        if row["source"] is not None and row["target"] is not None and kinds.holds(row["kind"])
    }
    return Hop(tuple(unique[key] for key in sorted(unique)), frozenset(cut))


def _leaving(reader: Reader, label: str, ids: Sequence[str]) -> list[Row]:
    if len(ids) == 1:
        return reader.read(catalogue.query("hop_out_one", label=label, id=ids[0]))
    return reader.read(catalogue.query("hop_out", label=label, ids=ids))


def _hubs(reader: Reader, label: str, ids: Sequence[str], fan_out: int) -> list[str]:
    """Those at which more than `fan_out` relations arrive. A few are not counted first: asking each costs less."""
    if len(ids) <= _FEW:
        return list(ids)
    if label in _QUIET:
        return []
    counts = reader.read(catalogue.query("arriving_counts", label=label, ids=ids))
    return [row["id"] for row in counts if row["relations"] > fan_out]


def _arriving(reader: Reader, label: str, id: str, kinds: Kinds, access: Access, limit: int) -> list[Row]:
    if access is None and not kinds.kinds:
        return reader.read(catalogue.query("hop_in_hub", label=label, id=id, limit=limit))
    within = {
        # An empty list has no type on one of the engines; no kind and no access label is the empty string.
        "every": not kinds.kinds,
        "kinds": kinds.kinds or ("",),
        "open": access is None,
        "labels": sorted(access or ()) or ("",),
    }
    return reader.read(catalogue.query("hop_in_hub_within", label=label, id=id, limit=limit, **within))


def _may_start(label: str) -> bool:
    return any(source == label for pairs in JOINS.values() for source, _ in pairs)


def _may_end(label: str) -> bool:
    return any(target == label for pairs in JOINS.values() for _, target in pairs)


def relation_type(kind: str, source_label: str, target_label: str) -> str:
    """The type of a relation from its kind and its ends: only ASSIGNED_TO and RELATED have kinds of other names."""
    if kind in RELATIONS:
        return kind
    assigned = kind in _ASSIGNMENTS and (source_label, target_label) in JOINS["ASSIGNED_TO"]
    return "ASSIGNED_TO" if assigned else "RELATED"


def edge(row: Row, labels: Mapping[str, str]) -> TraceEdge:
    """A row of a hop as an answer shows it; `labels` names both ends."""
    type = relation_type(row["kind"], labels[row["source"]], labels[row["target"]])
    return TraceEdge(
        source=row["source"],
        target=row["target"],
        type=type,
        kind=row["kind"],
        # What ingest takes over from a document says nothing of its certainty: the document states it.
        certainty=row["certainty"] or (Certainty.INFERRED if type in _OURS else Certainty.STATED).value,
        role=row["role"],
        status=row["status"],
        confidence=row["confidence"],
        why=row["why"],
        quote=row["quote"],
        sources=tuple(row["sources"] or ()),
    )


def refs(reader: Reader, ids: Sequence[str]) -> dict[str, Ref]:
    """Nodes as lists show them, by id; ids that name nothing are left out."""
    return {node.id: ref_of(node.id, node.label, node.properties) for node in reader.nodes(ids=ids)} if ids else {}


def ref_of(id: str, label: str, properties: Mapping[str, object]) -> Ref:
    """A node as lists show it: its title, else the beginning of what it says, else its id."""
    title = (
        properties.get("title")
        or properties.get("indicator")
        or properties.get("quote")
        or properties.get("text")
        or id
    )
    certainty = properties.get("certainty")
    text = " ".join(str(title).split())
    longest = _LONGEST_BEGINNING if label == "Passage" else _LONGEST_TITLE
    return Ref(
        id=id,
        label=label,
        title=text if len(text) <= longest else text[: longest - 1] + "…",
        certainty=None if certainty is None else str(certainty),
    )

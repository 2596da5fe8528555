"""The graph schema: which labels and relation types exist, and which properties each carries.

Both engines build their tables and indexes from this file and refuse whatever it does not name.
Every property is optional; a missing one is `None`. Ids are stable, readable ASCII keys.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

Value = str | int | float | bool | None | tuple[str, ...]
PropertyType = Literal["string", "int", "float", "bool", "strings"]


@dataclass(frozen=True, slots=True)
class Node:
    """One thing of the graph. `properties` holds only names declared in `NODES[label]`."""

    id: str
    label: str
    properties: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Relation:
    """One directed statement `source -[type {kind, …}]-> target`.

    `kind` is the type itself, or what it is more exactly (`RELATED` / `cooperatesWith`);
    two relations with the same source, type, kind and target are one.
    """

    source: str
    type: str
    target: str
    kind: str = ""
    properties: Mapping[str, Value] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.kind:
            object.__setattr__(self, "kind", self.type)


def _strings(names: str) -> dict[str, PropertyType]:
    return dict.fromkeys(names.split(), "string")


# Shared by every node: Chinese title, English title, certainty and the places that say so.
_COMMON: Final[dict[str, PropertyType]] = {**_strings("title title_en certainty"), "sources": "strings"}

# What speaks for a clause or requirement, and what only looks like it; ours.
_COUNTER_CUES: Final[dict[str, PropertyType]] = {"counter_cues": "strings", "cue_certainty": "string"}
_CUES: Final[dict[str, PropertyType]] = {"cues": "strings", "weak_cues": "strings", **_COUNTER_CUES}

NODES: Final[dict[str, dict[str, PropertyType]]] = {
    "Document": {
        **_COMMON,
        **_strings("identifier kind kind_zh issuer issued in_force edition language content_hash"),
        **_strings("collection name media_type cited_as note stored_at"),
        "access": "strings",
        "facts": "strings",
        "warnings": "strings",
        "in_note": "bool",
        "sample": "bool",
        **_COUNTER_CUES,  # of the standard
    },
    "Clause": {
        **_COMMON,
        **_strings("number number_scheme number_certainty number_h1 number_h2 level phase phase_certainty"),
        **_strings("title_certainty note_label note element document"),
        "alt_titles": "strings",
        "order": "int",
        "declared_items": "int",
        **_CUES,
    },
    "Requirement": {
        **_COMMON,
        **_strings("modality modality_certainty basis phase phase_certainty action object purpose clause note"),
        "criteria": "strings",
        "inputs": "strings",
        "expected_evidence": "strings",
        "order": "int",
        **_CUES,
    },
    "Term": {
        **_COMMON,
        **_strings("definition definition_certainty gloss gloss_source"),
        "alt_labels": "strings",
        "defined": "bool",
    },
    "Role": {**_COMMON, **_strings("kind"), "alt_labels": "strings"},  # kind: role | person-by-function
    "Mechanism": {**_COMMON, **_strings("kind kind_zh"), "alt_labels": "strings", "general": "bool"},
    "Principle": {**_COMMON, **_strings("says")},
    "Formulation": {**_COMMON, **_strings("kind")},  # kind: formulation | advantage-transfer
    "Organization": {
        **_COMMON,
        **_strings("short level kind kind_zh ownership ownership_certainty industry region"),
        "parts": "strings",
        "path": "strings",  # names from the highest level down to this one
    },
    "Event": {**_COMMON, **_strings("begins ends mode"), "order": "int", "topics": "strings"},
    "Passage": {
        **_strings("text heading block_kind sheet document"),
        "page": "int",
        "slide": "int",
        "row": "int",
        "start": "int",
        "end": "int",
        "order": "int",
    },
    "Practice": {
        **_COMMON,
        **_strings("text external_id date industry ownership region organization organization_id"),
        **_strings("document collection awards"),
        "access": "strings",
        "party_link": "bool",
        "sample": "bool",
        "abstained": "bool",
        "start": "int",
        "end": "int",
        "order": "int",
    },
    "Outcome": {
        **_strings("indicator unit direction quote document value_text certainty"),
        "value": "float",
        "start": "int",
        "end": "int",
    },
    "Gap": {**_COMMON, **_strings("what subject")},
}

# Shared by every relation besides its `kind`.
_RELATION: Final[dict[str, PropertyType]] = {**_strings("kind certainty quote"), "sources": "strings"}
_OFFSETS: Final[dict[str, PropertyType]] = {"start": "int", "end": "int"}
_REVIEWED: Final[dict[str, PropertyType]] = {
    **_strings("status relation method model explanation reviewer reviewed_at comment"),
    "confidence": "float",
    "suspect": "bool",  # a decision was made about another text or wording than now
}

RELATIONS: Final[dict[str, dict[str, PropertyType]]] = {
    "PART_OF": {**_RELATION, "order": "int"},
    "SETS": {**_RELATION, "order": "int"},
    "DEFINES": _RELATION,
    "USES": _RELATION,
    "ASSIGNED_TO": _RELATION,  # kind: actor | audience | beneficiary | also
    "EMPLOYS": _RELATION,
    "CITES": {**_RELATION, **_strings("role verb at"), **_OFFSETS, "dated": "bool"},
    "CORRESPONDS_TO": {**_RELATION, **_strings("why")},
    "BROADER": _RELATION,
    "PRECEDES": _RELATION,
    "CARRIED_OUT_BY": _RELATION,
    "EVIDENCED_BY": {**_RELATION, **_OFFSETS},
    "HAS_OUTCOME": _RELATION,
    "EVIDENCES": {**_RELATION, **_REVIEWED},
    "SATISFIES": {**_RELATION, **_REVIEWED, **_OFFSETS},
    "RELATED": _RELATION,
    "MISSES": _RELATION,  # anything → Gap
}

# Nodes of this label may be stated by several owners; see `engines.store.ChangeSet`.
SHARED: Final = "Organization"

_CONCEPTS = ("Term", "Role", "Mechanism", "Principle", "Formulation")
_WORLD = ("Document", "Clause", "Requirement", *_CONCEPTS, "Organization", "Event", "Gap")


def _pairs(sources: Iterable[str], targets: Iterable[str]) -> tuple[tuple[str, str], ...]:
    ends = tuple(targets)
    return tuple((source, target) for source in sources for target in ends)


# Which labels a relation may join; an engine with typed tables creates just these.
JOINS: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "PART_OF": (
        ("Clause", "Clause"),
        ("Clause", "Document"),
        ("Passage", "Document"),
        ("Practice", "Document"),
        ("Organization", "Organization"),
    ),
    "SETS": (("Clause", "Requirement"),),
    "DEFINES": _pairs(("Document", "Clause"), ("Term",)),
    "USES": _pairs(("Clause", "Requirement", "Practice", "Principle"), ("Term",)),
    "ASSIGNED_TO": _pairs(("Requirement", "Practice"), ("Role",)),
    "EMPLOYS": _pairs(("Requirement", "Practice", "Clause"), ("Mechanism",)),
    "CITES": _pairs(("Clause", "Document", "Passage", "Principle", "Event"), ("Document", "Clause")),
    "CORRESPONDS_TO": (("Clause", "Clause"), ("Clause", "Document")),
    "BROADER": tuple((concept, concept) for concept in _CONCEPTS),
    "PRECEDES": (("Clause", "Clause"), ("Event", "Event")),
    "CARRIED_OUT_BY": (("Practice", "Organization"),),
    "EVIDENCED_BY": (("Practice", "Passage"),),
    "HAS_OUTCOME": (("Practice", "Outcome"),),
    "EVIDENCES": (("Practice", "Clause"),),
    "SATISFIES": (("Practice", "Requirement"),),
    "RELATED": _pairs(_WORLD, _WORLD),
    "MISSES": _pairs(("Document", "Clause", "Requirement", "Term"), ("Gap",)),
}


class SchemaViolation(ValueError):
    """A node or relation that the schema does not know; the message names it and what is allowed."""


def check_node(node: Node) -> None:
    """Raise `SchemaViolation` unless label and properties are declared in `NODES`."""
    declared = NODES.get(node.label)
    if declared is None:
        raise SchemaViolation(f"node {node.id!r}: label {node.label!r} is not one of {', '.join(NODES)}")
    unknown = node.properties.keys() - declared.keys()
    if unknown:
        raise SchemaViolation(f"node {node.id!r}: {node.label} has no property {', '.join(sorted(unknown))}")


def check_relation(relation: Relation) -> None:
    """Raise `SchemaViolation` unless type and properties are declared in `RELATIONS`."""
    declared = RELATIONS.get(relation.type)
    if declared is None:
        raise SchemaViolation(
            f"relation {relation.source!r} → {relation.target!r}: type {relation.type!r} is not one of {', '.join(RELATIONS)}"
        )
    unknown = relation.properties.keys() - declared.keys()
    if unknown:
        raise SchemaViolation(
            f"{relation.type} {relation.source!r} → {relation.target!r}: no property {', '.join(sorted(unknown))}"
        )

"""Small documents, and short ways to ask about what is stored."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from engines.store import ChangeSet, IndexedText, ReadQuery, Row, Scope, Store, Vector
from ontology.graph import Node, Relation

ANY = Scope()
STANDARD = ChangeSet(
    owner="ontology",
    nodes=(
        Node("plan", "Clause", {"title": "策划", "order": 1}),
        Node(
            "plan-1", "Requirement", {"title": "开展质量党建责任区", "order": 1, "expected_evidence": ("方案", "台账")}
        ),
        Node("plan-2", "Requirement", {"title": "设立质量示范岗", "order": 2}),
        Node("quality", "Term", {"title": "质量"}),
    ),
    relations=(Relation("plan", "SETS", "plan-1"), Relation("plan", "SETS", "plan-2")),
)


def vector(*values: float) -> Vector:
    return np.array(values, dtype=np.float32)


def document(
    name: str,
    *,
    tokens: Sequence[str] = ("质量", "党建"),
    organization: str = "org-a",
    access: str = "default",
    confidence: float = 0.9,
    text: str = "设立质量责任区",
    replaces: bool = False,
) -> ChangeSet:
    """One document with one practice that satisfies `plan-1` (of `STANDARD`), searchable by words and vector."""
    doc, practice, passage = f"doc-{name}", f"practice-{name}", f"doc-{name}-p0"
    return ChangeSet(
        owner=doc,
        removes=(doc,) if replaces else (),
        nodes=(
            Node(doc, "Document", {"title": f"案例{name}", "access": (access,), "sample": False}),
            Node(passage, "Passage", {"text": text, "start": 0, "end": len(text)}),
            Node(practice, "Practice", {"title": f"做法{name}", "text": text, "order": 0, "party_link": True}),
            Node(organization, "Organization", {"title": "某集团"}),
        ),
        relations=(
            Relation(passage, "PART_OF", doc),
            Relation(practice, "PART_OF", doc),
            Relation(practice, "EVIDENCED_BY", passage, properties={"start": 0, "end": 2, "quote": text[:2]}),
            Relation(practice, "CARRIED_OUT_BY", organization),
            Relation(practice, "SATISFIES", "plan-1", properties={"confidence": confidence, "status": "proposed"}),
        ),
        texts=(
            IndexedText(
                practice,
                "practice",
                tuple(tokens),
                {"organization": (organization,), "document": (doc,)},
                frozenset({access}),
            ),
        ),
        vectors={"fitted-1": {practice: vector(confidence, 1 - confidence, 0)}},
    )


def rows(store: Store, text: str, **parameters: Any) -> list[Row]:
    with store.reading() as reader:
        return reader.read(ReadQuery("test", text, parameters))


def words(store: Store, *tokens: str, scope: Scope = ANY, limit: int = 10) -> list[str]:
    with store.reading() as reader:
        return [hit.id for hit in reader.match_words(tokens, scope, limit)]


def nearest(store: Store, *values: float, scope: Scope = ANY, limit: int = 10, embedder: str = "fitted-1") -> list[str]:
    with store.reading() as reader:
        return [hit.id for hit in reader.match_vector(vector(*values), embedder, scope, limit)]


def ids(store: Store, label: str = "") -> list[str]:
    with store.reading() as reader:
        return [node.id for node in reader.nodes(label=label)]


def everything(store: Store) -> tuple[Any, ...]:
    """All that the store holds, as it gives it."""
    with store.reading() as reader:
        return (list(reader.nodes()), list(reader.relations()), list(reader.texts()))

"""Words and vectors on larger sets: by the vector index, in many parts, and as the embedded engine ranks them."""

import random
from pathlib import Path

import numpy as np
import pytest

from engines.embedded.store import open_embedded
from engines.neo4j import matching
from engines.neo4j.store import Neo4jStore
from engines.store import ChangeSet, IndexedText, Scope, Store, Vector
from ontology.graph import Node
from tests.contract.content import ANY, STANDARD, document, nearest
from tests.contract.test_search import MANY, SCOPES, _allowed, _collection
from tests.neo4j.content import DIMENSION, large_document, ontology, words_of

DOCUMENTS = 25


@pytest.fixture
def few_are_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if more than 400 vectors were too many to compare one by one."""
    monkeypatch.setattr(matching, "EXACT_BELOW", 400)
    monkeypatch.setattr(matching, "EXACT_INSIDE", 400)


@pytest.mark.usefixtures("few_are_exact")
def test_scope_is_enforced_inside_the_vector_index(store: Neo4jStore) -> None:
    collection = _collection(MANY)
    store.apply(collection)
    query = np.ones(8, dtype=np.float32)
    similarity = {
        id: float(v @ query / np.linalg.norm(v) / np.linalg.norm(query))
        for id, v in collection.vectors["fitted-1"].items()
    }
    for scope in SCOPES:
        allowed = sorted((t.id for t in collection.texts if _allowed(t, scope)), key=lambda id: -similarity[id])
        for limit in (1, 20, 600):
            with store.reading() as reader:
                hits = reader.match_vector(query, "fitted-1", scope, limit)
            assert len(hits) == min(limit, len(allowed)), scope
            assert len({hit.id for hit in hits} & set(allowed[:limit])) >= 0.95 * len(hits), scope
            assert [hit.score for hit in hits] == pytest.approx([similarity[hit.id] for hit in hits], abs=1e-5)


@pytest.mark.usefixtures("few_are_exact")
def test_equal_vectors_come_by_id_from_the_index_too(store: Neo4jStore) -> None:
    names = [f"practice-{number:04}" for number in range(500)]
    store.apply(
        ChangeSet(
            owner="doc-many",
            nodes=tuple(Node(name, "Practice", {}) for name in names),
            vectors={"fitted-1": {name: np.array([0.1, 0.7, 0.3], dtype=np.float32) for name in reversed(names)}},
        )
    )
    for limit in (1, 60, 500, 900):
        assert nearest(store, 0.2, 0.4, -0.3, limit=limit) == names[:limit]


def test_thousands_of_tokens_and_of_scope_values(store: Neo4jStore) -> None:
    store.apply(STANDARD)
    for name in "abc":
        store.apply(document(name, tokens=[f"词{number}" for number in range(ord(name) - 96, 3000, 3)]))
    many = [f"词{number}" for number in range(2000)]
    wide = Scope(
        facets={
            "document": frozenset({"doc-a", *map(str, range(2000))}),
            "organization": frozenset({"org-a", *map(str, range(900))}),
        }
    )
    with store.reading() as reader:
        assert {hit.id for hit in reader.match_words(many, ANY, 5)} == {"practice-a", "practice-b", "practice-c"}
        assert [hit.id for hit in reader.match_words(many[:1500:3], ANY, 5)] == ["practice-c"]
        assert [hit.id for hit in reader.match_words(many, wide, 5)] == ["practice-a"]
        vector = np.array([1, 0, 0], dtype=np.float32)
        assert [hit.id for hit in reader.match_vector(vector, "fitted-1", wide, 5)] == ["practice-a"]


@pytest.mark.usefixtures("few_are_exact")
def test_ranks_as_the_embedded_engine_does(store: Neo4jStore, tmp_path: Path) -> None:
    other = open_embedded(tmp_path / "zhiwen.db")
    try:
        for change in (ontology(), *map(large_document, range(DOCUMENTS))):
            store.apply(change)
            other.apply(change)
        rng = random.Random(1)
        shared, scores = [], []
        for turn in range(40):
            scope = [ANY, Scope(access=frozenset({"staff"})), Scope(facets={"organization": frozenset({"org-3"})})][
                turn % 3
            ]
            tokens = words_of(rng, 6)
            mine, theirs = _words(store, tokens, scope), _words(other, tokens, scope)
            shared.append(_overlap(list(mine), list(theirs)))
            scores += [(mine[id], theirs[id]) for id in mine.keys() & theirs.keys()]
            query = np.random.default_rng(turn).standard_normal(DIMENSION).astype(np.float32)
            shared.append(_overlap(_near(store, query, scope), _near(other, query, scope)))
        assert min(shared) >= 0.9
        assert [mine for mine, _ in scores] == pytest.approx([theirs for _, theirs in scores], rel=0.01)
    finally:
        other.close()


def _words(store: Store, tokens: list[str], scope: Scope) -> dict[str, float]:
    with store.reading() as reader:
        return {hit.id: hit.score for hit in reader.match_words(tokens, scope, 10)}


def _near(store: Store, query: Vector, scope: Scope) -> list[str]:
    with store.reading() as reader:
        return [hit.id for hit in reader.match_vector(query, "made-up", scope, 10)]


def _overlap(mine: list[str], theirs: list[str]) -> float:
    return len(set(mine) & set(theirs)) / max(len(theirs), len(mine), 1)


def test_a_wrong_text_id_is_no_text(store: Neo4jStore) -> None:
    store.apply(ChangeSet(owner="doc-x", texts=(IndexedText("loose", "practice", ("质量",)),)))
    with store.reading() as reader:
        assert [text.id for text in reader.texts()] == ["loose"]
        assert list(reader.nodes()) == []

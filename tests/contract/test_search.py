"""Words and vectors: right order, exact scopes, stable ties, embedders never mixed."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engines.store import ChangeSet, Hit, IndexedText, OtherEmbedder, Scope, Store, StoreError
from ontology.graph import Node
from tests.contract.content import ANY, STANDARD, document, nearest, vector, words

MANY = 3000


def _collection(count: int) -> ChangeSet:
    """Texts of which every 1000th is of org-rare, every 2nd readable for `staff`, every 3rd a passage."""
    names = [f"practice-{number:05}" for number in range(count)]
    rng = np.random.default_rng(7)
    return ChangeSet(
        owner="doc-many",
        nodes=tuple(Node(name, "Practice", {}) for name in names),
        texts=tuple(
            IndexedText(
                name,
                "passage" if number % 3 == 0 else "practice",
                ("质量", f"词{number % 50}", *["长"] * (number % 7)),
                {
                    "organization": ("org-rare" if number % 1000 == 0 else "org-common", "org-top"),
                    "status": ("proposed",),
                },
                frozenset({"staff"} if number % 2 == 0 else {"key", "guest"}),
            )
            for number, name in enumerate(names)
        ),
        vectors={"fitted-1": dict(zip(names, rng.standard_normal((count, 8)).astype(np.float32), strict=True))},
    )


def _allowed(text: IndexedText, scope: Scope) -> bool:
    return (
        (not scope.kinds or text.kind in scope.kinds)
        and all(set(text.facets.get(name, ())) & values for name, values in scope.facets.items())
        and (scope.access is None or bool(text.access & scope.access))
    )


SCOPES = [
    ANY,
    Scope(kinds=frozenset({"practice"})),
    Scope(kinds=frozenset({"practice", "passage"})),
    Scope(kinds=frozenset({"unheard"})),
    Scope(facets={"organization": frozenset({"org-rare"})}),
    Scope(facets={"organization": frozenset({"org-rare", "org-other"}), "status": frozenset({"proposed"})}),
    Scope(facets={"organization": frozenset({"org-top"}), "unheard": frozenset({"x"})}),
    Scope(facets={"organization": frozenset()}),
    Scope(access=frozenset({"staff"})),
    Scope(access=frozenset({"guest", "nobody"})),
    Scope(access=frozenset()),
    Scope(frozenset({"passage"}), {"organization": frozenset({"org-rare"})}, frozenset({"staff"})),
]


def test_scope_is_enforced_inside_retrieval(store: Store) -> None:
    collection = _collection(MANY)
    store.apply(collection)
    limit = 20
    with store.reading() as reader:
        unscoped = {hit.id: hit.score for hit in reader.match_words(["质量"], ANY, MANY)}
        for scope in SCOPES:
            allowed = {text.id for text in collection.texts if _allowed(text, scope)}
            by_words = reader.match_words(["质量"], scope, limit)
            by_vector = reader.match_vector(vector(*[1] * 8), "fitted-1", scope, limit)
            for hits in (by_words, by_vector):
                assert len(hits) == min(limit, len(allowed)), scope
                assert {hit.id for hit in hits} <= allowed, scope
            assert [hit.score for hit in by_words] == pytest.approx([unscoped[hit.id] for hit in by_words]), scope
    assert len(unscoped) == MANY


def test_vectors_are_compared_exactly(store: Store) -> None:
    collection = _collection(500)
    store.apply(collection)
    query = vector(*np.linspace(-1, 1, 8))
    cosine = {
        id: float(v @ query / np.linalg.norm(v) / np.linalg.norm(query))
        for id, v in collection.vectors["fitted-1"].items()
    }
    with store.reading() as reader:
        hits = reader.match_vector(query, "fitted-1", ANY, 10)
    assert [hit.id for hit in hits] == sorted(cosine, key=lambda id: -cosine[id])[:10]
    assert [hit.score for hit in hits] == pytest.approx(sorted(cosine.values(), reverse=True)[:10], abs=1e-5)


def test_rare_and_frequent_words_rank_higher(store: Store) -> None:
    store.apply(STANDARD)
    store.apply(document("a", tokens=("质量", "责任", "区")))
    store.apply(document("b", tokens=("质量", "质量", "区")))
    store.apply(document("c", tokens=("质量", "区", "党建")))
    assert words(store, "责任", "质量")[0] == "practice-a"
    assert words(store, "质量") == ["practice-b", "practice-a", "practice-c"]
    assert words(store, "没有") == words(store) == words(store, "质量", limit=0) == []
    with store.reading() as reader:
        scores = [hit.score for hit in reader.match_words(["质量"], ANY, 5)]
    assert scores == sorted(scores, reverse=True)
    assert scores[-1] > 0


def test_odd_tokens_are_only_tokens(store: Store) -> None:
    store.apply(STANDARD)
    odd = ("gb/t32230-2015", "c++", '"引号"', "(", "AND", "*", "😀", "长" * 3000)
    store.apply(document("a", tokens=odd))
    store.apply(document("b", tokens=("gb", "t32230")))
    for token in odd:
        assert words(store, token) == ["practice-a"], token
    assert words(store, "gb/t32230") == words(store, "and") == []


def test_ties_come_by_id_whatever_was_stored_first(store: Store) -> None:
    names = [f"practice-{number:03}" for number in range(200)]
    for number, name in enumerate(reversed(names)):
        if number % 40 == 0:
            batch = names[len(names) - number - 40 : len(names) - number]
            store.apply(
                ChangeSet(
                    owner=f"doc-{name}",
                    nodes=tuple(Node(id, "Practice", {}) for id in batch),
                    texts=tuple(IndexedText(id, "practice", ("质量", "党建")) for id in reversed(batch)),
                    vectors={"fitted-1": {id: vector(0.1, 0.7, 0.3) for id in reversed(batch)}},
                )
            )
    for limit in (1, 7, 60, 200, 500):
        assert words(store, "质量", "党建", limit=limit) == names[:limit]
        assert nearest(store, 0.2, 0.4, -0.3, limit=limit) == names[:limit]


def test_length_of_a_vector_is_no_matter_and_zero_never_matches(store: Store) -> None:
    store.apply(STANDARD)
    for name, values in {"a": (3, 0, 0), "b": (0.5, 0.5, 0), "c": (0, 0, 0), "d": (-1, 0, 0)}.items():
        store.apply(replace(document(name), vectors={"fitted-1": {f"practice-{name}": vector(*values)}}))
    with store.reading() as reader:
        hits = reader.match_vector(vector(0.2, 0, 0), "fitted-1", ANY, 10)
        assert reader.match_vector(vector(0, 0, 0), "fitted-1", ANY, 10) == []
    assert [hit.id for hit in hits] == ["practice-a", "practice-b", "practice-d"]
    assert [hit.score for hit in hits] == pytest.approx([1, 0.5**0.5, -1], abs=1e-6)
    assert store.status().vector_sets == {"fitted-1": 4}


def test_embedders_are_never_mixed(store: Store) -> None:
    with store.reading() as reader:
        assert reader.match_vector(vector(1, 0, 0), "anything", ANY, 5) == []
    store.apply(STANDARD)
    store.apply(document("a"))
    with store.reading() as reader, pytest.raises(OtherEmbedder, match="fitted-1"):
        reader.match_vector(vector(1, 0, 0), "fitted-2", ANY, 5)
    store.apply(ChangeSet(owner="doc-a", vectors={"fitted-2": {"practice-a": vector(0, 1)}}))
    assert nearest(store, 0, 1, embedder="fitted-2") == nearest(store, 1, 0, 0) == ["practice-a"]
    assert store.status().vector_sets == {"fitted-1": 1, "fitted-2": 1}
    with store.reading() as reader, pytest.raises(StoreError, match="维"):
        reader.match_vector(vector(1, 0, 0), "fitted-2", ANY, 5)


def test_a_vector_set_that_ended_may_begin_anew_in_another_dimension(store: Store) -> None:
    store.apply(STANDARD)
    store.apply(document("a"))
    assert nearest(store, 1, 0, 0) == ["practice-a"]
    store.apply(ChangeSet(removes=("doc-a",)))
    store.apply(replace(document("b"), vectors={"fitted-1": {"practice-b": vector(0, 1)}}))
    assert nearest(store, 0, 1) == ["practice-b"]


def test_scope_follows_the_text_when_only_the_text_changes(store: Store) -> None:
    store.apply(STANDARD)
    store.apply(document("a", access="staff"))
    staff, guest = Scope(access=frozenset({"staff"})), Scope(access=frozenset({"guest"}))
    assert words(store, "质量", scope=staff) == nearest(store, 1, 0, 0, scope=staff) == ["practice-a"]
    store.apply(ChangeSet(owner="doc-a", texts=document("a", access="guest").texts))
    assert words(store, "质量", scope=staff) == nearest(store, 1, 0, 0, scope=staff) == []
    assert words(store, "质量", scope=guest) == nearest(store, 1, 0, 0, scope=guest) == ["practice-a"]


def test_a_vector_without_text_is_visible_only_without_scope(store: Store) -> None:
    store.apply(STANDARD)
    store.apply(document("a"))
    bare = replace(document("a", replaces=True), texts=())
    assert nearest(store, 1, 0, 0, scope=Scope(kinds=frozenset({"practice"}))) == ["practice-a"]
    store.apply(bare)
    assert nearest(store, 1, 0, 0) == ["practice-a"]
    assert nearest(store, 1, 0, 0, scope=Scope(access=frozenset({"default"}))) == []
    assert nearest(store, 1, 0, 0, scope=Scope(kinds=frozenset({"practice"}))) == []


_KEYS = st.text(st.characters(exclude_characters="\x00\x1e\x1f", exclude_categories=["Cs"]), max_size=6)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kind=_KEYS, facet=_KEYS, value=_KEYS, label=_KEYS)
def test_any_words_can_name_a_scope(store: Store, kind: str, facet: str, value: str, label: str) -> None:
    text = IndexedText("practice-x", kind, ("质量",), {facet: (value,)}, frozenset({label}))
    store.apply(
        ChangeSet(owner="doc-x", removes=("doc-x",), nodes=(Node("practice-x", "Practice", {}),), texts=(text,))
    )
    scope = Scope(frozenset({kind}), {facet: frozenset({value})}, frozenset({label}))
    with store.reading() as reader:
        assert list(reader.texts()) == [text]
        assert [hit.id for hit in reader.match_words(["质量"], scope, 5)] == ["practice-x"]
        assert reader.match_words(["质量"], replace(scope, facets={facet: frozenset({value + "x"})}), 5) == []
        assert reader.match_words(["质量"], replace(scope, access=frozenset({label + "x"})), 5) == []


def test_hits_are_plain(store: Store) -> None:
    store.apply(STANDARD)
    store.apply(document("a"))
    with store.reading() as reader:
        hits = [*reader.match_words(["质量"], ANY, 1), *reader.match_vector(vector(1, 0, 0), "fitted-1", ANY, 1)]
    assert [type(hit) for hit in hits] == [Hit, Hit]
    assert [(type(hit.id), type(hit.score)) for hit in hits] == [(str, float)] * 2

"""Change sets: whole or not at all, by owner, with shared organisations."""

from dataclasses import replace

import numpy as np
import pytest

from engines.store import AlreadyStored, ChangeSet, IndexedText, Record, Store, StoreError
from ontology.graph import Node, Relation, SchemaViolation
from tests.contract.content import STANDARD, document, everything, ids, nearest, rows, vector, words

SATISFYING = (
    "MATCH (p:Practice)-[s:SATISFIES]->(r:Requirement) RETURN p.id AS practice, r.id AS requirement ORDER BY practice"
)


def test_generation_rises_with_every_change_set(store: Store) -> None:
    with store.reading() as reader:
        before = reader.generation
    first = store.apply(STANDARD)
    second = store.apply(ChangeSet(records=(Record("setting", "a", {"x": 1}),)))
    assert before < first < second
    with store.reading() as reader:
        assert reader.generation == second == store.status().generation


def test_nodes_and_relations_come_back_as_given(store: Store) -> None:
    store.apply(STANDARD)
    store.apply(document("a", text='引号"与\n换行,逗号'))
    with store.reading() as reader:
        nodes = {node.id: node for node in reader.nodes()}
        relations = list(reader.relations(owner="doc-a"))
        text = next(reader.texts(ids=["practice-a"]))
    assert nodes["doc-a"] == Node("doc-a", "Document", {"title": "案例a", "access": ("default",), "sample": False})
    assert nodes["plan-1"].properties["expected_evidence"] == ("方案", "台账")
    assert list(nodes) == sorted(nodes)
    assert relations == sorted(
        document("a", text='引号"与\n换行,逗号').relations, key=lambda r: (r.source, r.type, r.kind, r.target)
    )
    assert text == document("a").texts[0]


def test_selections_of_nodes_hold_together(store: Store) -> None:
    store.apply(STANDARD)
    store.apply(document("a"))
    with store.reading() as reader:
        assert [n.id for n in reader.nodes(owner="doc-a", label="Practice")] == ["practice-a"]
        assert [n.id for n in reader.nodes(ids=["plan-1", "practice-a"], owner="ontology")] == ["plan-1"]
        assert [r.target for r in reader.relations(owner="ontology", type="SETS")] == ["plan-1", "plan-2"]
        assert list(reader.texts(owner="ontology")) == []


@pytest.mark.parametrize(
    "bad",
    [
        Node("x", "Unheard", {}),
        Node("x", "Term", {"unheard": "1"}),
        Node("x", "Term", {"title": 5}),
        Node("x", "Practice", {"order": True}),
        Node("x", "Practice", {"order": 2**63}),
        Node("x", "Outcome", {"value": float("nan")}),
        Node("x", "Document", {"access": "default"}),
        Node("x", "Document", {"access": ("",)}),
        Node("x", "Term", {"title": "a\x00b"}),
        Node("x", "Term", {"title": "\ud800"}),
        Node("", "Term", {}),
    ],
    ids=str,
)
def test_bad_node_leaves_nothing_of_the_change_set(store: Store, bad: Node) -> None:
    store.apply(STANDARD)
    before = everything(store)
    change = document("a")
    with pytest.raises(SchemaViolation, match=r"x|Term"):
        store.apply(
            replace(change, nodes=(*change.nodes[:1], bad, *change.nodes[1:]), records=(Record("job", "1", {}),))
        )
    assert everything(store) == before
    assert rows(store, SATISFYING) == []
    with store.reading() as reader:
        assert list(reader.records("job")) == []


@pytest.mark.parametrize(
    "bad",
    [
        Relation("practice-a", "USES", "nowhere"),
        Relation("practice-a", "SETS", "plan-1"),
        Relation("plan", "UNHEARD", "plan-1"),
        Relation("practice-a", "USES", "quality", properties={"unheard": 1}),
    ],
    ids=["no end", "wrong ends", "unknown type", "unknown property"],
)
def test_bad_relation_leaves_nothing_of_the_change_set(store: Store, bad: Relation) -> None:
    store.apply(STANDARD)
    before = everything(store)
    change = document("a")
    with pytest.raises(SchemaViolation):
        store.apply(replace(change, relations=(*change.relations, bad)))
    assert everything(store) == before


@pytest.mark.parametrize("token", ["", "a b", "a\n", "\u3000"])
def test_bad_token_is_refused(store: Store, token: str) -> None:
    store.apply(STANDARD)
    with pytest.raises(SchemaViolation, match="token"):
        store.apply(document("a", tokens=("质量", token)))
    assert ids(store, "Practice") == []


def test_content_needs_an_owner(store: Store) -> None:
    with pytest.raises(SchemaViolation, match="owner"):
        store.apply(replace(STANDARD, owner=""))


def test_removing_an_owner_removes_all_it_has(store: Store) -> None:
    store.apply(STANDARD)
    before = everything(store)
    store.apply(document("a"))
    assert rows(store, SATISFYING) == [{"practice": "practice-a", "requirement": "plan-1"}]
    store.apply(ChangeSet(removes=("doc-a", "doc-unknown")))
    assert everything(store) == before
    assert rows(store, SATISFYING) == []
    assert words(store, "质量") == []
    assert nearest(store, 1, 0, 0) == []
    assert store.status().vector_sets == {}


def test_replacing_keeps_others(store: Store) -> None:
    store.apply(STANDARD)
    store.apply(document("a"))
    store.apply(document("b", tokens=("安全",)))
    store.apply(document("a", tokens=("岗位",), text="新文", replaces=True))
    assert words(store, "质量") == []
    assert words(store, "岗位") == ["practice-a"]
    assert words(store, "安全") == ["practice-b"]
    assert rows(store, "MATCH (p:Practice) RETURN p.id AS id, p.text AS text ORDER BY id") == [
        {"id": "practice-a", "text": "新文"},
        {"id": "practice-b", "text": "设立质量责任区"},
    ]


def test_replacing_takes_away_what_is_no_longer_there(store: Store) -> None:
    store.apply(STANDARD)
    store.apply(document("a"))
    less = replace(document("a", replaces=True), relations=document("a").relations[:2], texts=(), vectors={})
    store.apply(less)
    assert rows(store, SATISFYING) == []
    assert words(store, "质量") == nearest(store, 1, 0, 0) == []
    assert ids(store, "Practice") == ["practice-a"]
    # Nothing touches the organisation any more, but the document still owns it.
    assert ids(store, "Organization") == ["org-a"]


def test_adding_to_an_owner_updates_what_is_there(store: Store) -> None:
    store.apply(STANDARD)
    store.apply(document("a"))
    decided = Relation("practice-a", "SATISFIES", "plan-1", properties={"status": "accepted", "reviewer": "甲"})
    store.apply(
        ChangeSet(owner="doc-a", nodes=(Node("practice-a", "Practice", {"title": "改名"}),), relations=(decided,))
    )
    query = "MATCH (p:Practice)-[s:SATISFIES]->(:Requirement) RETURN p.title AS title, p.text AS text, s.status AS status, s.confidence AS c"
    assert rows(store, query) == [{"title": "改名", "text": None, "status": "accepted", "c": None}]
    with store.reading() as reader:
        assert next(reader.relations(type="SATISFIES")) == decided
    assert words(store, "质量") == ["practice-a"]


def test_replacing_the_ontology_keeps_what_documents_state_about_it(store: Store) -> None:
    store.apply(STANDARD)
    store.apply(document("a"))
    renamed = replace(
        STANDARD, removes=("ontology",), nodes=(*STANDARD.nodes[1:], Node("plan", "Clause", {"title": "总体策划"}))
    )
    store.apply(renamed)
    assert rows(store, SATISFYING) == [{"practice": "practice-a", "requirement": "plan-1"}]
    assert rows(store, "MATCH (c:Clause)-[:SETS]->(r:Requirement) RETURN c.title AS title, r.id AS id ORDER BY id") == [
        {"title": "总体策划", "id": "plan-1"},
        {"title": "总体策划", "id": "plan-2"},
    ]


def test_what_others_state_about_a_vanished_node_goes_with_it(store: Store) -> None:
    store.apply(STANDARD)
    store.apply(document("a"))
    fewer = replace(
        STANDARD, removes=("ontology",), nodes=(STANDARD.nodes[0], STANDARD.nodes[2]), relations=STANDARD.relations[1:]
    )
    store.apply(fewer)
    assert rows(store, SATISFYING) == []
    assert ids(store, "Practice") == ["practice-a"]
    with store.reading() as reader:
        assert list(reader.relations(type="SATISFIES")) == []


def test_a_node_of_another_label_is_another_node(store: Store) -> None:
    store.apply(STANDARD)
    store.apply(document("a"))
    store.apply(
        ChangeSet(owner="doc-a", relations=(Relation("practice-a", "USES", "quality"),)),
    )
    nodes = (*STANDARD.nodes[:3], Node("quality", "Mechanism", {"title": "质量"}))
    store.apply(replace(STANDARD, removes=("ontology",), nodes=nodes))
    assert ids(store, "Term") == []
    assert rows(store, "MATCH (m:Mechanism) RETURN m.id AS id") == [{"id": "quality"}]
    assert rows(store, "MATCH (:Practice)-[u:USES]->(t:Term) RETURN t.id AS id") == []
    with store.reading() as reader:
        assert list(reader.relations(type="USES")) == []


def test_a_node_belongs_to_one_owner(store: Store) -> None:
    store.apply(STANDARD)
    with pytest.raises(StoreError, match="plan-1"):
        store.apply(ChangeSet(owner="doc-x", nodes=(Node("plan-1", "Requirement", {"title": "别的"}),)))
    store.apply(document("a"))
    with pytest.raises(StoreError, match="practice-a"):
        store.apply(ChangeSet(owner="doc-x", texts=(IndexedText("practice-a", "practice", ("别的",)),)))
    with pytest.raises(StoreError, match="practice-a"):
        store.apply(ChangeSet(owner="doc-x", vectors={"fitted-1": {"practice-a": vector(0, 0, 1)}}))


def test_shared_organisation_lives_as_long_as_one_owner(store: Store) -> None:
    store.apply(STANDARD)
    store.apply(document("a"))
    store.apply(document("b"))
    assert ids(store, "Organization") == ["org-a"]
    assert store.status().nodes["Organization"] == 1
    store.apply(ChangeSet(removes=("doc-a",)))
    assert ids(store, "Organization") == ["org-a"]
    assert rows(store, "MATCH (p:Practice)-[:CARRIED_OUT_BY]->(o:Organization) RETURN p.id AS id, o.title AS org") == [
        {"id": "practice-b", "org": "某集团"}
    ]
    store.apply(ChangeSet(removes=("doc-b",)))
    assert ids(store, "Organization") == []
    assert rows(store, "MATCH (o:Organization) RETURN o.id AS id") == []


def test_shared_organisation_lives_while_a_relation_touches_it(store: Store) -> None:
    store.apply(STANDARD)
    store.apply(document("a"))
    other = document("b")
    store.apply(replace(other, nodes=other.nodes[:3]))
    store.apply(ChangeSet(removes=("doc-a",)))
    assert ids(store, "Organization") == ["org-a"]
    assert rows(store, "MATCH (:Practice)-[:CARRIED_OUT_BY]->(o:Organization) RETURN o.title AS org") == [
        {"org": "某集团"}
    ]
    store.apply(ChangeSet(removes=("doc-b",)))
    assert ids(store, "Organization") == []


def test_what_two_owners_say_of_an_organisation_is_joined(store: Store) -> None:
    store.apply(ChangeSet(owner="doc-b", nodes=(Node("o", "Organization", {"title": "乙", "industry": "能源"}),)))
    store.apply(ChangeSet(owner="doc-a", nodes=(Node("o", "Organization", {"title": "甲", "region": "华北"}),)))
    joined = {"title": "乙", "industry": "能源", "region": "华北"}
    with store.reading() as reader:
        assert list(reader.nodes()) == [Node("o", "Organization", joined)]
        assert list(reader.nodes(owner="doc-a")) == [Node("o", "Organization", {"title": "甲", "region": "华北"})]
    query = "MATCH (o:Organization) RETURN o.title AS title, o.industry AS industry, o.region AS region"
    assert rows(store, query) == [joined]
    store.apply(ChangeSet(removes=("doc-b",)))
    assert rows(store, query) == [{"title": "甲", "industry": None, "region": "华北"}]


def test_a_relation_that_two_owners_state_is_one(store: Store) -> None:
    levels = (Node("o1", "Organization", {"title": "集团"}), Node("o2", "Organization", {"title": "分厂"}))
    part = (Relation("o2", "PART_OF", "o1"),)
    store.apply(ChangeSet(owner="doc-a", nodes=levels, relations=part))
    query = "MATCH (a:Organization)-[r:PART_OF]->(b:Organization) RETURN a.id AS child, b.id AS parent, r.kind AS kind"
    assert len(rows(store, query)) == 1
    store.apply(ChangeSet(owner="doc-b", nodes=levels, relations=part))
    assert rows(store, query) == [{"child": "o2", "parent": "o1", "kind": "PART_OF"}]
    assert store.status().relations == {"PART_OF": 1}
    store.apply(ChangeSet(removes=("doc-a",)))
    assert len(rows(store, query)) == 1
    store.apply(ChangeSet(removes=("doc-b",)))
    assert rows(store, query) == []


def test_new_only_refuses_an_owner_that_exists(store: Store) -> None:
    store.apply(STANDARD)
    new = replace(document("a"), new_only=("doc-a",))
    store.apply(new)
    before = everything(store)
    with pytest.raises(AlreadyStored, match="doc-a"):
        store.apply(replace(new, nodes=(Node("doc-a", "Document", {"title": "另一"}),)))
    assert everything(store) == before
    store.apply(ChangeSet(removes=("doc-a",)))
    store.apply(new)


def test_same_change_set_twice_is_the_same_store(store: Store) -> None:
    store.apply(STANDARD)
    store.apply(document("a", replaces=True))
    before = everything(store)
    store.apply(document("a", replaces=True))
    store.apply(replace(STANDARD, removes=("ontology",)))
    assert everything(store) == before
    assert len(rows(store, SATISFYING)) == 1
    assert words(store, "质量") == ["practice-a"]


def test_kinds_tell_relations_apart(store: Store) -> None:
    nodes = (Node("a", "Term", {}), Node("b", "Role", {}))
    twice = (Relation("a", "RELATED", "b", "cooperatesWith"), Relation("a", "RELATED", "b", "coreOf"))
    store.apply(ChangeSet(owner="ontology", nodes=nodes, relations=twice))
    assert [
        row["kind"] for row in rows(store, "MATCH (:Term)-[r:RELATED]->(:Role) RETURN r.kind AS kind ORDER BY kind")
    ] == [
        "cooperatesWith",
        "coreOf",
    ]
    store.apply(ChangeSet(owner="ontology", removes=("ontology",), nodes=nodes, relations=twice[1:]))
    assert [row["kind"] for row in rows(store, "MATCH (:Term)-[r:RELATED]->(:Role) RETURN r.kind AS kind")] == [
        "coreOf"
    ]


@pytest.mark.parametrize(
    "bad",
    [vector(1, 2), vector(1, float("nan"), 0), vector(float("inf"), 0, 0), np.zeros((1, 3), np.float32), vector()],
    ids=repr,
)
def test_bad_vector_leaves_nothing_of_the_change_set(store: Store, bad: np.typing.NDArray[np.float32]) -> None:
    store.apply(STANDARD)
    store.apply(document("a"))
    before = everything(store)
    with pytest.raises(StoreError, match="向量"):
        store.apply(replace(document("b"), vectors={"fitted-1": {"practice-b": bad}}))
    assert everything(store) == before

"""What the graph is given: valid against the schema, complete, and certain of how it knows."""

from collections import Counter
from typing import Any

import pytest

from ontology.content import graph_of
from ontology.graph import JOINS, Node, Relation, check_node, check_relation
from ontology.model import Certainty, Ontology

Content = tuple[dict[str, Node], tuple[Relation, ...]]


@pytest.fixture(scope="module")
def content(ontology: Ontology) -> Content:
    nodes, relations = graph_of(ontology)
    by_id = {node.id: node for node in nodes}
    assert len(by_id) == len(nodes)
    return by_id, relations


def _found(content: Content, type: str, kind: str = "") -> set[tuple[str, str]]:
    return {(one.source, one.target) for one in content[1] if one.type == type and (not kind or one.kind == kind)}


def test_nodes_and_relations_fit_the_schema(content: Content) -> None:
    nodes, relations = content
    for node in nodes.values():
        check_node(node)
        assert node.id.isascii()
    for relation in relations:
        check_relation(relation)
        assert (nodes[relation.source].label, nodes[relation.target].label) in JOINS[relation.type], relation
    keys = [(one.source, one.type, one.kind, one.target) for one in relations]
    assert len(keys) == len(set(keys))


def test_everything_has_titles_certainty_and_a_source_when_stated(content: Content) -> None:
    nodes, relations = content
    certainties = {one.value for one in Certainty}
    for node in nodes.values():
        assert node.properties["title"], node.id
        assert node.properties["title_en"], node.id
        assert node.properties["certainty"] in certainties
    said: list[Node | Relation] = [*nodes.values(), *relations]
    for thing in said:
        assert thing.properties["certainty"] in certainties
        sources = thing.properties.get("sources", ())
        assert isinstance(sources, tuple)
        assert set(sources) <= nodes.keys()
        assert sources or thing.properties["certainty"] != "stated", thing


def test_nothing_of_the_inventory_is_lost_on_the_way(content: Content, inventory: dict[str, Any]) -> None:
    nodes, relations = content
    labels = Counter(node.label for node in nodes.values())
    assert labels["Requirement"] == 64
    assert labels["Clause"] == 20 + 6 + 49
    assert labels["Term"] == 34
    assert labels["Mechanism"] == 27
    assert labels["Document"] == 18
    kinds = Counter((node.label, node.properties.get("kind")) for node in nodes.values())
    assert kinds["Role", "role"] == 12
    assert kinds["Role", "person-by-function"] == 2
    assert kinds["Formulation", "formulation"] == 6
    assert kinds["Formulation", "advantage-transfer"] == 7
    types = Counter(one.type for one in relations)
    assert (types["SETS"], types["CITES"], types["CORRESPONDS_TO"]) == (64, 12, 15)
    requirements = inventory["requirements"].items()
    assert _found(content, "ASSIGNED_TO", "actor") == {(id, role) for id, one in requirements for role in one["actors"]}
    for kind, name in (("audience", "audiences"), ("beneficiary", "beneficiaries"), ("also", "also")):
        assert _found(content, "ASSIGNED_TO", kind) == {(id, role) for id, one in requirements for role in one[name]}
    objects = {(id, one["object"]) for id, one in requirements if one["object"] in nodes}
    methods = {(id, method) for id, one in requirements for method in one["methods"]}
    clauses = {(clause, id) for id, one in inventory["mechanisms"].items() for clause in one["clauses"]}
    assert _found(content, "EMPLOYS") == methods | clauses | {pair for pair in objects if pair[1].startswith("m-")}
    used = {(clause, id) for id, one in inventory["terms"].items() for clause in one["used_in"]}
    principles = {(id, term) for id, one in inventory["principles"].items() for term in one["uses"]}
    assert _found(content, "USES") == used | principles | {pair for pair in objects if pair[1].startswith("t-")}
    assert _found(content, "RELATED", "hasObject") == {pair for pair in objects if pair[1].startswith("r-")}


def test_the_relations_of_the_inventory_are_edges(content: Content, inventory: dict[str, Any]) -> None:
    edges = {(one.source, one.kind, one.target) for one in content[1]}
    names = {"definesTerm": "DEFINES", "precedes": "PRECEDES"}
    for subject, kind, object in inventory["statements"]:
        assert (subject, names.get(kind, kind), object) in edges
    for id, one in inventory["events"].items():
        for field, kind in (
            ("actors", "wasAssociatedWith"),
            ("visited", "visited"),
            ("interlocutors", "interlocutor"),
            ("studied", "CITES"),
        ):
            assert {(id, kind, target) for target in one[field]} <= edges
    for id, (_, places) in inventory["formulations"].items():
        assert {(id, "standsAt", place) for place in places} <= edges


def test_citations_start_where_they_belong(content: Content, ontology: Ontology) -> None:
    cites = {(one.source, one.target): one.properties for one in content[1] if one.type == "CITES"}
    assert {source for source, _ in cites} == {ontology.standard.id, "pr-rule", "ev-2022-06-07-research"}
    properties = cites[ontology.standard.id, "gbt-32230"]
    assert (properties["role"], properties["verb"], properties["at"], properties["dated"]) == (
        "drawn-on",
        "借鉴",
        "note-3-1-approach",
        False,
    )
    assert not any(one["role"] == "normative" for one in cites.values())


def test_ours_is_marked_as_ours(content: Content) -> None:
    nodes, relations = content
    for relation in relations:
        if relation.type == "CORRESPONDS_TO" or relation.kind in {"exactMatch", "closeMatch"}:
            assert relation.properties["certainty"] == "inferred"
        if relation.type == "MISSES":
            assert relation.properties["certainty"] == "unknown"
    assert nodes["execution-6"].properties["phase_certainty"] == "inferred"
    assert nodes["execution"].properties["number_certainty"] == "inferred"
    assert "（待核）" in "".join(str(nodes["gbt-1-1"].properties["facts"]))


def test_the_clause_tree_reaches_the_standard(content: Content, ontology: Ontology) -> None:
    parents = dict(_found(content, "PART_OF"))
    for clause in (*ontology.clauses, *ontology.document_clauses):
        at = clause.id
        while at in parents:
            at = parents[at]
        assert at == clause.document


def test_the_content_comes_in_the_same_order_every_time(ontology: Ontology) -> None:
    assert graph_of(ontology) == graph_of(Ontology.model_validate_json(ontology.model_dump_json()))

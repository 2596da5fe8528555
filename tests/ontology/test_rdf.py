"""RDF of a node and of everything: loses nothing, asserts nothing that is not stated."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import RDF, SKOS, Graph, Literal, URIRef

from ontology import graph as schema
from ontology import names
from ontology.content import graph_of
from ontology.graph import Node, Relation, Value
from ontology.model import Ontology
from ontology.rdf import node_to_rdf, ontology_turtle, to_json_ld, to_turtle
from tests.ontology.conftest import Overlay

BASE = "https://graph.example.org/id/"
ZW = names.VOCABULARY


def _word(name: str) -> URIRef:
    return URIRef(ZW + name)


def _of(ontology: Ontology, id: str) -> Graph:
    nodes, relations = graph_of(ontology)
    [node] = [one for one in nodes if one.id == id]
    return node_to_rdf(node, [one for one in relations if id in {one.source, one.target}], BASE)


def test_a_node_lies_under_the_sites_base_with_its_labels(ontology: Ontology) -> None:
    rdf = _of(ontology, "m-quality-model-post")
    subject = URIRef(BASE + "m-quality-model-post")
    assert (subject, RDF.type, _word("Mechanism")) in rdf
    assert (subject, RDF.type, SKOS.Concept) in rdf
    assert (subject, SKOS.prefLabel, Literal("质量党员示范岗", lang="zh")) in rdf
    assert (subject, _word("kind"), URIRef(names.KINDS + "vehicle")) in rdf
    assert (URIRef(BASE + "execution"), _word("employs"), subject) in rdf
    assert not any(str(term).startswith(names.BASE_IRI) for triple in rdf for term in triple)


def test_inferred_relations_are_statements_but_not_assertions(ontology: Ontology) -> None:
    rdf = _of(ontology, "execution")
    clause, target = URIRef(BASE + "execution"), URIRef(BASE + "gbt-32230-5-3")
    assert (clause, _word("correspondsTo"), target) not in rdf
    [statement] = rdf.subjects(RDF.object, target)
    assert (statement, _word("certainty"), _word("inferred")) in rdf
    assert (statement, RDF.predicate, _word("correspondsTo")) in rdf


@pytest.mark.parametrize(("status", "asserted"), [("proposed", False), ("rejected", False), ("accepted", True)])
def test_only_an_accepted_satisfies_is_asserted(status: str, asserted: bool) -> None:
    properties: Mapping[str, Value] = {"certainty": "inferred", "status": status, "confidence": 0.5, "method": "auto"}
    rdf = node_to_rdf(
        Node("p-1", "Practice", {"title": "做法"}), [Relation("p-1", "SATISFIES", "execution-6", "", properties)], BASE
    )
    assert ((URIRef(BASE + "p-1"), _word("satisfies"), URIRef(BASE + "execution-6")) in rdf) == asserted
    assert (None, _word("status"), Literal(status)) in rdf


def test_access_labels_are_not_published() -> None:
    rdf = node_to_rdf(Node("d-1", "Document", {"title": "文件", "access": ("secret-label",)}), [])
    assert "secret-label" not in to_turtle(rdf)


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")  # rdflib's own JSON-LD reader
@pytest.mark.parametrize(
    "id", ["execution-6", "std-party-led-quality-culture", "ev-2022-06-07-research", "t-efficacy", "gap-chapter-4"]
)
def test_turtle_and_json_ld_say_the_same(id: str, ontology: Ontology) -> None:
    rdf = _of(ontology, id)
    turtle = Graph().parse(data=to_turtle(rdf), format="turtle")
    json_ld = Graph().parse(data=to_json_ld(rdf), format="json-ld")
    assert set(turtle) == set(json_ld) == set(rdf)


_VALUES: dict[str, st.SearchStrategy[Value]] = {
    "string": st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20),
    "int": st.integers(-10, 10**6),
    "float": st.floats(allow_nan=False, allow_infinity=False),
    "bool": st.booleans(),
    "strings": st.lists(st.sampled_from(["一", "two", 'a "b" <c>']), max_size=3).map(tuple),
}


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(sorted(schema.NODES)), st.data())
def test_any_node_of_the_schema_can_be_said_and_read_back(label: str, data: st.DataObject) -> None:
    properties = {name: data.draw(_VALUES[kind]) for name, kind in schema.NODES[label].items()}
    for name in ("certainty", *(one for one in properties if one.endswith("_certainty"))):
        if name in properties:
            properties[name] = "stated"
    if "phase" in properties:
        properties["phase"] = "plan"
    if "begins" in properties:
        properties |= {"begins": "2022-06", "ends": "2022-07"}
    rdf = node_to_rdf(Node("x-1", label, properties), [])
    assert set(Graph().parse(data=to_turtle(rdf), format="turtle")) == set(rdf)


def test_the_whole_ontology_is_one_turtle_text(ontology: Ontology) -> None:
    whole = Graph().parse(data=ontology_turtle(), format="turtle")
    for id in ontology.things:
        assert (URIRef(names.BASE_IRI + id), RDF.type, None) in whole
    concepts = set(whole.subjects(RDF.type, SKOS.Concept))
    for concept in (*ontology.terms, *ontology.roles, *ontology.mechanisms):
        assert URIRef(names.BASE_IRI + concept.id) in concepts
    core, culture = (URIRef(names.BASE_IRI + id) for id in ("t-quality-culture", "t-enterprise-culture"))
    assert (core, _word("coreOf"), culture) in whole
    inferred = [one for one in ontology.statements if one.certainty != "stated"]
    assert inferred
    for one in inferred:
        assert (URIRef(names.BASE_IRI + one.subject), SKOS.closeMatch, URIRef(names.BASE_IRI + one.object)) not in whole


def test_the_whole_text_follows_overlay_and_base(overlay: Overlay) -> None:
    text = ontology_turtle(overlay('id:t-efficacy skos:definition "本站定义"@zh .'), BASE)
    assert "本站定义" in text
    assert names.BASE_IRI not in text
    assert (URIRef(BASE + "t-efficacy"), RDF.type, _word("Term")) in Graph().parse(data=text, format="turtle")


def test_the_whole_text_does_not_depend_on_the_process() -> None:
    code = "from ontology.rdf import ontology_turtle; import sys; sys.stdout.buffer.write(ontology_turtle().encode())"
    texts = {
        subprocess.run(
            [sys.executable, "-c", code],
            check=True,
            capture_output=True,
            cwd=Path(names.__file__).parent.parent,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(texts) == 1

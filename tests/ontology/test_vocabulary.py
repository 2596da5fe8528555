"""Vocabulary, models and graph schema say the same, in both directions."""

import typing
from pathlib import Path

import pytest
from pydantic import BaseModel
from rdflib import OWL, RDF, RDFS, SKOS, Graph, URIRef

from ontology import graph, model, names
from ontology.content import graph_of
from ontology.graph import Relation
from ontology.mapping import COLUMNS, DERIVED, OVERLAY_WORDS, class_iri
from ontology.model import Certainty, Ontology
from ontology.rdf import KINDS, RELATIONS, WITHHELD, property_word, relation_word
from ontology.sources import SHAPES, shipped_files
from service.exchange import sssom_writing

TURTLE = Path(names.__file__).parent / "turtle"


@pytest.fixture(scope="module")
def vocabulary() -> Graph:
    return Graph().parse(TURTLE / "vocabulary.ttl")


@pytest.fixture(scope="module")
def everything() -> Graph:
    merged = Graph()
    for path in shipped_files():
        merged.parse(path)
    return merged


def _ours(graph: Graph, *kinds: URIRef) -> set[str]:
    found = {str(subject) for kind in kinds for subject in graph.subjects(RDF.type, kind)}
    return {f"zw:{iri.removeprefix(names.VOCABULARY)}" for iri in found if iri.startswith(names.VOCABULARY)}


def _models() -> set[type[BaseModel]]:
    """Every concrete model of a thing or statement."""
    found = {one for one in vars(model).values() if isinstance(one, type) and issubclass(one, BaseModel)}
    return {one for one in found if one.__module__ == model.__name__} - {model._Model, model.Thing, Ontology}


def _words_of_models() -> set[str]:
    read = {column.property for columns in COLUMNS.values() for column in columns}
    derived = {word for fields in DERIVED.values() for words in fields.values() for word in words}
    return read | derived | set(OVERLAY_WORDS)


def _words_of_graph(ontology: Ontology) -> set[str]:
    words = {
        property_word(name, label)
        for label, declared in graph.NODES.items()
        for name in declared
        if name not in WITHHELD
    }
    words |= {property_word(name) for declared in graph.RELATIONS.values() for name in declared if name not in WITHHELD}
    words |= {relation_word(Relation("a", type, "b")) for type in graph.RELATIONS}
    words |= {relation_word(one) for one in graph_of(ontology)[1]}
    return words | set(RELATIONS.values()) | set(KINDS.values())


def _words_of_exchange() -> set[str]:
    predicates = {sssom_writing.SATISFIES, sssom_writing.EVIDENCES, sssom_writing.NOT_APPLICABLE}
    return predicates | {word for word, _ in sssom_writing.EXTENSIONS.values()}


def test_classes_are_models_or_graph_labels(vocabulary: Graph) -> None:
    modelled = {class_iri(one) for one in _models()}
    enumerated = {"zw:Certainty", "zw:Phase", "zw:Kind"}  # values of fields
    assert _ours(vocabulary, OWL.Class) == modelled | {f"zw:{label}" for label in graph.NODES} | enumerated


def test_properties_are_those_of_models_graph_and_exchange(vocabulary: Graph, ontology: Ontology) -> None:
    declared = _ours(vocabulary, OWL.ObjectProperty, OWL.DatatypeProperty, RDF.Property)
    words = _words_of_models() | _words_of_graph(ontology) | _words_of_exchange()
    used = {word for word in words if word.startswith("zw:")}
    assert declared == used


def test_every_field_of_every_model_is_read_once() -> None:
    assert set(COLUMNS) == _models()
    for kind, columns in COLUMNS.items():
        read = [column.field for column in columns]
        derived = set(DERIVED.get(kind, {}))
        assert len(read) == len(set(read))
        assert set(read) | derived | {"id"} == set(kind.model_fields) | {"id"}, kind.__name__


def test_every_used_word_is_declared(everything: Graph) -> None:
    ours = {str(term) for triple in everything for term in triple if isinstance(term, URIRef)}
    ours = {iri for iri in ours if iri.startswith((names.VOCABULARY, names.KINDS))}
    assert ours <= {str(subject) for subject in everything.subjects(RDF.type, None)}


def test_every_statement_predicate_is_used_and_declared(vocabulary: Graph, ontology: Ontology) -> None:
    declared = {names.local(str(subject)) for subject in vocabulary.subjects(RDFS.subPropertyOf, None)}
    assert declared == {one.kind for one in ontology.statements}


def test_words_have_chinese_and_english_labels(everything: Graph) -> None:
    for kind, label in ((OWL.Class, RDFS.label), (OWL.ObjectProperty, RDFS.label), (OWL.DatatypeProperty, RDFS.label)):
        for subject in everything.subjects(RDF.type, kind):
            if str(subject).startswith(names.VOCABULARY):
                assert {str(getattr(one, "language", None)) for one in everything.objects(subject, label)} == {
                    "zh",
                    "en",
                }, subject
    for name in ("Kind", "Phase", "Certainty"):
        members = list(everything.subjects(RDF.type, URIRef(names.VOCABULARY + name)))
        assert members
        for member in members:
            assert {str(getattr(one, "language", None)) for one in everything.objects(member, SKOS.prefLabel)} == {
                "zh",
                "en",
            }


def test_certainties_are_those_of_the_model(everything: Graph) -> None:
    members = everything.subjects(RDF.type, URIRef(names.VOCABULARY + "Certainty"))
    assert {names.local(str(one)) for one in members} == {one.value for one in Certainty}


def test_alignment_names_the_six_classes_and_claims_no_conformity() -> None:
    text = (TURTLE / "alignment-gbt48000.ttl").read_text(encoding="utf-8")
    for name in ("标准实体", "标准化对象", "利益相关方", "领域类别", "要素", "层次"):
        assert f'"{name}"@zh' in text
    assert "conform" not in text.lower()
    others = [path for path in TURTLE.glob("*.ttl") if path.name != "alignment-gbt48000.ttl"]
    assert not any("gbt48000/" in path.read_text(encoding="utf-8") for path in others)


def test_no_addresses_but_of_namespaces() -> None:
    allowed = {*names.PREFIXES.values(), "https://zhiwen.example/"}
    for path in (*shipped_files(), *SHAPES.glob("*.ttl"), TURTLE.parent / "overlay-example.ttl"):
        text = path.read_text(encoding="utf-8").replace("\\\\", "")
        for piece in text.split("http")[1:]:
            assert any(f"http{piece}".startswith(known) for known in allowed), (path.name, piece[:60])
        assert "www." not in text.replace("http://www.w3.org/", "")


def test_literals_of_the_schema_are_types_that_rdf_can_say() -> None:
    kinds = {one for declared in graph.NODES.values() for one in declared.values()}
    assert kinds <= set(typing.get_args(graph.PropertyType))

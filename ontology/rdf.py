"""The graph as RDF: one node with its relations, and the whole ontology as one Turtle text.

Every relation becomes a `zw:Statement` with its certainty, source and status. The plain triple is
asserted besides only where the source states it or a reviewer has accepted it, so that no inference,
proposal or rejection of ours can be read as a fact.
"""

import hashlib
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from ontology import names
from ontology.graph import Node, Relation, Value
from ontology.overlay import merge
from ontology.sources import overlay_files, parse, shipped_files

if TYPE_CHECKING:
    from rdflib import Graph, Literal, URIRef
    from rdflib.term import Node as Term

# Graph property → word; what is not named here is zw: in camel case.
PROPERTIES: Final[dict[str, str]] = {
    "title": "skos:prefLabel",
    "title_en": "skos:prefLabel",
    "alt_labels": "skos:altLabel",
    "alt_titles": "skos:altLabel",
    "definition": "skos:definition",
    "note": "skos:note",
    "sources": "dcterms:source",
    "identifier": "dcterms:identifier",
    "issued": "dcterms:issued",
    "language": "dcterms:language",
    "organization": "zw:organizationName",
    "organization_id": "zw:organization",
    "criteria": "zw:criterion",
    "inputs": "zw:input",
    "parts": "zw:part",
    "topics": "zw:topic",
    "cues": "zw:cue",
    "weak_cues": "zw:weakCue",
    "counter_cues": "zw:counterCue",
    "facts": "zw:fact",
    "warnings": "zw:warning",
    "at": "zw:citedAt",
    "kind": "zw:relationKind",
    "method": "zw:reviewMethod",
}
# Who may see a document is not for publication; a kind's Chinese name is the label of the kind; names of the
# organisations above one follow from isPartOf, and triples would lose their order.
WITHHELD: Final = frozenset({"access", "kind_zh", "path"})

RELATIONS: Final[dict[str, str]] = {
    "PART_OF": "dcterms:isPartOf",
    "SETS": "zw:sets",
    "DEFINES": "zw:definesTerm",
    "USES": "zw:uses",
    "ASSIGNED_TO": "zw:assignedTo",
    "EMPLOYS": "zw:employs",
    "CITES": "zw:cites",
    "CORRESPONDS_TO": "zw:correspondsTo",
    "BROADER": "skos:broader",
    "PRECEDES": "zw:precedes",
    "CARRIED_OUT_BY": "zw:carriedOutBy",
    "EVIDENCED_BY": "zw:evidencedBy",
    "HAS_OUTCOME": "zw:hasOutcome",
    "EVIDENCES": "zw:evidences",
    "SATISFIES": "zw:satisfies",
    "RELATED": "zw:relatesTo",
    "MISSES": "zw:misses",
}
# Kinds of relations that have a word of their own elsewhere than in zw:.
KINDS: Final[dict[str, str]] = {
    "related": "skos:related",
    "exactMatch": "skos:exactMatch",
    "closeMatch": "skos:closeMatch",
    "wasAssociatedWith": "prov:wasAssociatedWith",
    "mentioned": "zw:assignedTo",
}
_IDS: Final = frozenset({"sources", "clause", "document", "organization_id", "gloss_source", "subject", "at"})
_WORDS: Final = frozenset({"phase", "certainty"})
_KIND_LABELS: Final = frozenset({"Document", "Mechanism", "Organization"})
_CHINESE: Final = frozenset(
    {"title", "alt_labels", "alt_titles", "definition", "gloss", "note", "says", "why"}
    | {"cues", "weak_cues", "counter_cues"}
)
_MONTHS: Final = frozenset({"begins", "ends"})
_SKOS: Final = frozenset({"Term", "Role", "Mechanism", "Principle", "Formulation"})


def property_word(name: str, label: str = "") -> str:
    """The word (as a CURIE) that a property of the graph is published under, of a node with `label` or of a relation."""
    if name == "kind" and label:
        return "zw:kind" if label in _KIND_LABELS else "zw:conceptKind"
    first, *rest = name.split("_")
    return PROPERTIES.get(name, "zw:" + first + "".join(part.capitalize() for part in rest))


def relation_word(relation: Relation) -> str:
    """The word that a relation is published under: its kind's own, else its type's."""
    if relation.kind == relation.type:
        return RELATIONS[relation.type]
    return KINDS.get(relation.kind, f"zw:{relation.kind}")


def node_to_rdf(node: Node, relations: Iterable[Relation], base_iri: str = names.BASE_IRI) -> "Graph":
    """A node and the given relations of it, with things at addresses under `base_iri`."""
    from rdflib import RDF

    graph = _graph(base_iri)
    subject = _thing(base_iri, node.id)
    graph.add((subject, RDF.type, _word(f"zw:{node.label}")))
    if node.label in _SKOS:
        graph.add((subject, RDF.type, _word("skos:Concept")))
    for name, value in node.properties.items():
        _say(graph, subject, name, value, base_iri, node.label)
    for relation in relations:
        _relate(graph, relation, base_iri)
    return graph


def to_turtle(graph: "Graph") -> str:
    """The graph as Turtle text."""
    return graph.serialize(format="turtle")


def to_json_ld(graph: "Graph") -> str:
    """The graph as compact JSON-LD 1.1 with our prefixes as its context."""
    return graph.serialize(format="json-ld", context={p: str(n) for p, n in graph.namespaces()}, ensure_ascii=False)


def ontology_turtle(overlay_dir: Path | None = None, base_iri: str = names.BASE_IRI) -> str:
    """Vocabulary, content, alignment and overlay as one Turtle text; equal files give equal text.

    Concepts are typed as `skos:Concept` besides their class, and stated statements asserted as plain
    triples, for readers that do not reason. Raises `OntologyInvalid` for files that cannot be read.
    """
    from rdflib import RDF, RDFS

    merged = merge([parse(path) for path in shipped_files()], [parse(path) for path in overlay_files(overlay_dir)])
    graph = _graph(base_iri)
    concepts = set(merged.graph.subjects(RDFS.subClassOf, _word("skos:Concept")))

    def say(subject: "Term", predicate: "Term", object: "Term") -> None:
        graph.add((_moved(subject, base_iri), predicate, _moved(object, base_iri)))

    for subject, predicate, object in merged.graph:
        say(subject, predicate, object)
        if predicate == RDF.type and object in concepts:
            say(subject, RDF.type, _word("skos:Concept"))
    for statement in merged.graph.subjects(RDF.type, _word("zw:Statement")):
        if (statement, _word("zw:certainty"), _word("zw:stated")) in merged.graph:
            parts = (merged.graph.value(statement, part) for part in (RDF.subject, RDF.predicate, RDF.object))
            said = [part for part in parts if part is not None]
            if len(said) == 3:
                say(*said)
    return to_turtle(graph)


def _moved(term: "Term", base_iri: str) -> "Term":
    """A thing's address under another base; every other term as it is."""
    from rdflib import URIRef

    if isinstance(term, URIRef) and term.startswith(names.BASE_IRI):
        return URIRef(base_iri + term.removeprefix(names.BASE_IRI))
    return term


def _graph(base_iri: str) -> "Graph":
    from rdflib import Graph

    graph = Graph(bind_namespaces="none")
    for prefix, namespace in names.PREFIXES.items():
        if prefix != "sh":
            graph.bind(prefix, base_iri if prefix == "id" else namespace)
    return graph


def _word(curie: str) -> "URIRef":
    from rdflib import URIRef

    return URIRef(names.expand(curie))


def _thing(base_iri: str, id: str) -> "URIRef":
    from rdflib import URIRef

    return URIRef(base_iri + quote(id, safe="-._~"))


def _say(graph: "Graph", subject: "URIRef", name: str, value: Value, base_iri: str, label: str = "") -> None:
    if value is None or name in WITHHELD:
        return
    predicate = _word(property_word(name, label))
    for one in value if isinstance(value, tuple) else (value,):
        graph.add((subject, predicate, _object(name, one, base_iri, label)))


def _object(name: str, value: str | int | float | bool, base_iri: str, label: str) -> "URIRef | Literal":
    from rdflib import XSD, Literal

    text = str(value)
    if name in _IDS:
        return _thing(base_iri, text)
    if name in _WORDS or name.endswith("_certainty"):
        return _word(f"zw:{text}")
    if name == "kind" and label in _KIND_LABELS:
        return _word(f"kind:{quote(text, safe='-')}")
    if name == "title_en":
        return Literal(text, lang="en")
    if name in _CHINESE:
        return Literal(text, lang="zh")
    if name in _MONTHS and isinstance(value, str):
        return Literal(text, datatype=XSD.gYearMonth)
    if isinstance(value, float):
        # rdflib writes doubles with seven digits; decimals are written in full.
        digits = format(Decimal(repr(value)), "f")
        return Literal(digits if "." in digits else f"{digits}.0", datatype=XSD.decimal)
    return Literal(value)


def _relate(graph: "Graph", relation: Relation, base_iri: str) -> None:
    from rdflib import RDF

    source, target = _thing(base_iri, relation.source), _thing(base_iri, relation.target)
    predicate = _word(relation_word(relation))
    properties = relation.properties
    if properties.get("certainty") == "stated" or properties.get("status") == "accepted":
        graph.add((source, predicate, target))
    key = "\0".join((relation.source, relation.type, relation.kind, relation.target))
    statement = _thing(base_iri, "statement-" + hashlib.sha256(key.encode()).hexdigest()[:16])
    graph.add((statement, RDF.type, _word("zw:Statement")))
    graph.add((statement, RDF.subject, source))
    graph.add((statement, RDF.predicate, predicate))
    graph.add((statement, RDF.object, target))
    for name, value in properties.items():
        if name != "kind":
            _say(graph, statement, name, value, base_iri)

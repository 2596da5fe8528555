"""How a site's overlay is laid over the shipped files: what it replaces, what it adds, what it need not say.

The rules, for people in `docs/overlay.md`: a property stated of a shipped thing replaces the shipped
values, except those in `ADDED`; a new thing is declared with its class; what the site says is
`stated` unless it says otherwise, and its source is the standard.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ontology import names
from ontology.build import Site
from ontology.problems import OntologyInvalid, Problem
from ontology.sources import Parsed

if TYPE_CHECKING:
    from rdflib import Graph, URIRef
    from rdflib.term import Node as Term

# Properties whose overlay values join the shipped ones.
ADDED: Final = frozenset(
    names.expand(curie)
    for curie in (
        "skos:altLabel",
        "skos:exactMatch",
        "skos:related",
        "dcterms:references",
        "dcterms:replaces",
        "zw:usedIn",
        "zw:standsAt",
        "zw:cue",
        "zw:weakCue",
        "zw:counterCue",
        "rdf:type",
        "rdfs:comment",
    )
)

# What a site adds of these is ours and its own judgement: inferred, whatever else it states.
CUES: Final = ("zw:cue", "zw:weakCue", "zw:counterCue")

# (class, property) → the certainty that speaks of it: a site's own text makes it `stated`.
GOVERNED: Final = {
    ("zw:Clause", "skos:prefLabel"): "zw:titleCertainty",
    ("zw:Clause", "zw:number"): "zw:numberCertainty",
    ("zw:Clause", "zw:phase"): "zw:phaseCertainty",
    ("zw:Requirement", "skos:prefLabel"): "zw:certainty",
    ("zw:Requirement", "zw:modality"): "zw:modalityCertainty",
    ("zw:Requirement", "zw:phase"): "zw:phaseCertainty",
    ("zw:Requirement", "zw:actor"): "zw:actorsCertainty",
    ("zw:Term", "skos:definition"): "zw:definitionCertainty",
    ("zw:Term", "skos:broader"): "zw:broaderCertainty",
    ("zw:Organization", "zw:ownership"): "zw:ownershipCertainty",
}

# Classes whose statements need a source: the standard, when the site names none.
_SOURCED: Final = frozenset(
    names.VOCABULARY + name
    for name in (
        *("Document", "Clause", "Requirement", "Term", "Role", "Mechanism", "Principle", "Formulation"),
        *("Organization", "Person", "Event", "Statement", "AdvantageTransfer"),
    )
)


@dataclass(frozen=True, slots=True)
class Merged:
    """The graph of everything, which files speak of a subject, and what the site said."""

    graph: "Graph"
    files: dict[str, tuple[str, ...]]
    site: Site


def merge(shipped: Sequence[Parsed], overlay: Sequence[Parsed]) -> Merged:
    """Lay the overlay's files over the shipped ones. Raises `OntologyInvalid` when an id is declared twice."""
    from rdflib import Graph

    graph = Graph("SimpleMemory", bind_namespaces="none")
    files: dict[str, dict[str, None]] = defaultdict(dict)
    for parsed in shipped:
        for triple in parsed.graph:
            graph.add(triple)
        _note(files, parsed)
    clashes = _clashes(graph, overlay, files)
    if clashes:
        raise OntologyInvalid(clashes)
    said = _lay_over(graph, overlay)
    for parsed in overlay:
        _note(files, parsed)
    _complete(graph, overlay, said)
    site = Site(frozenset((str(s), str(p)) for s, p in said), tuple(parsed.name for parsed in overlay))
    return Merged(graph, {iri: tuple(found) for iri, found in files.items()}, site)


def _note(files: dict[str, dict[str, None]], parsed: Parsed) -> None:
    for subject in parsed.graph.subjects(unique=True):
        files[str(subject)][parsed.name] = None


def _clashes(graph: "Graph", overlay: Iterable[Parsed], files: dict[str, dict[str, None]]) -> list[Problem]:
    from rdflib import RDF

    problems = []
    declared = {subject: list(files[str(subject)]) for subject in graph.subjects(RDF.type, None, unique=True)}
    for parsed in overlay:
        for subject in sorted(parsed.graph.subjects(RDF.type, None, unique=True), key=str):
            if subject in declared:
                where = "、".join(declared[subject])
                advice = "若要修改它，请去掉“a zw:…”，只写要改的属性；若是另一事物，请换一个编号。"
                problems.append(
                    Problem(
                        parsed.name, None, names.shorten(str(subject)), "id-clash", f"编号已在 {where} 中声明。{advice}"
                    )
                )
            declared.setdefault(subject, []).append(parsed.name)
    return problems


def _lay_over(graph: "Graph", overlay: Iterable[Parsed]) -> dict[tuple["Term", "Term"], None]:
    """Replace and add; returns what was said. Two files that say different things both stay: the shapes object."""
    from rdflib import Literal, URIRef

    label = URIRef(names.expand("skos:prefLabel"))
    said: dict[tuple[Term, Term], None] = {}
    texts = [parsed.graph for parsed in overlay]
    for text in texts:
        for subject, predicate in text.subject_predicates(unique=True):
            if (subject, predicate) not in said and str(predicate) not in ADDED:
                if predicate == label:
                    # An English label of the replaced Chinese one would be out of date: it goes as well.
                    labels = (one for other in texts for one in other.objects(subject, label))
                    spoken = {names.primary(one.language) for one in labels if isinstance(one, Literal)}
                    gone = {"zh", "en"} if "zh" in spoken else spoken
                    for old in list(graph.objects(subject, label)):
                        if isinstance(old, Literal) and names.primary(old.language) in gone:
                            graph.remove((subject, label, old))
                else:
                    graph.remove((subject, predicate, None))
            said[subject, predicate] = None
    for text in texts:
        for triple in text:
            graph.add(triple)
    return said


def _complete(graph: "Graph", overlay: Sequence[Parsed], said: Iterable[tuple["Term", "Term"]]) -> None:
    """Add what a site need not say: certainties, sources, the basis, the level, and an order after its siblings."""
    from rdflib import RDF, Literal, URIRef

    stated, standard, source = _word("zw:stated"), URIRef(names.BASE_IRI + names.STANDARD), _word("dcterms:source")
    spoken = frozenset(said)
    for (kind, about), certainty in GOVERNED.items():
        for subject, predicate in spoken:
            if predicate != _word(about) or (subject, RDF.type, _word(kind)) not in graph:
                continue
            if (subject, _word(certainty)) not in spoken:
                graph.set((subject, _word(certainty), stated))
            if (subject, source) not in spoken:
                graph.add((subject, source, standard))
    cues, cue_certainty = {_word(cue) for cue in CUES}, _word("zw:cueCertainty")
    for subject, predicate in spoken:
        if predicate in cues and (subject, cue_certainty, None) not in graph:
            graph.add((subject, cue_certainty, _word("zw:inferred")))
    for parsed in overlay:
        for subject, declared in parsed.graph.subject_objects(RDF.type):
            defaults: dict[Term, Term] = {_word("zw:certainty"): stated}
            if str(declared) in _SOURCED:
                defaults[source] = standard
            if declared == _word("zw:Requirement"):
                defaults |= {
                    _word("zw:basis"): Literal("site"),
                    _word("zw:order"): Literal(_last_requirement(graph, subject) + 1),
                }
            if declared == _word("zw:Clause"):
                chapter = (subject, _word("dcterms:isPartOf"), standard) in graph
                defaults |= {
                    _word("zw:level"): Literal("chapter" if chapter else "clause"),
                    _word("zw:order"): Literal(_last_clause(graph, subject) + 1),
                }
            for said_of, value in defaults.items():
                if (subject, said_of, None) not in graph:
                    graph.add((subject, said_of, value))


def _word(curie: str) -> "URIRef":
    from rdflib import URIRef

    return URIRef(names.expand(curie))


def _last_requirement(graph: "Graph", subject: "Term") -> int:
    """The highest order among the requirements of the same clause (0 when alone)."""
    clause = _word("zw:clause")
    siblings = (sibling for parent in graph.objects(subject, clause) for sibling in graph.subjects(clause, parent))
    return _highest(graph, siblings)


def _last_clause(graph: "Graph", subject: "Term") -> int:
    """The highest order within the parent, all levels down, so that the new clause follows them."""
    part_of = _word("dcterms:isPartOf")
    parents = graph.objects(subject, part_of)
    below = (
        clause for parent in parents for clause in graph.transitive_subjects(part_of, parent) if clause is not None
    )
    return _highest(graph, below)


def _highest(graph: "Graph", subjects: Iterable["Term"]) -> int:
    values = (str(value) for subject in subjects for value in graph.objects(subject, _word("zw:order")))
    return max((int(value) for value in values if value.isdecimal()), default=0)

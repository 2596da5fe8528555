"""Checks a merged ontology: words that exist, ids that exist, no circles, and the SHACL shapes."""

import difflib
import unicodedata
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ontology import names
from ontology.content import graph_of
from ontology.mapping import COLUMNS, class_iri
from ontology.model import Ontology
from ontology.overlay import CUES, Merged
from ontology.problems import Problem
from ontology.sources import SHAPES, parse

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node as Term

_HIERARCHIES = ("dcterms:isPartOf", "skos:broader")


def problems_of(merged: Merged) -> list[Problem]:
    """All faults of the graph, sorted by file. Misspelt words and ids first: shapes run only when there are none."""
    found = [
        *_unknown_words(merged),
        *_unknown_things(merged),
        *_circles(merged),
        *_backward_events(merged),
        *_cues_said_twice(merged),
    ]
    return sorted(
        set(found or _shape_violations(merged)), key=lambda one: (one.file, one.node or "", one.rule, one.message)
    )


def problems_of_result(merged: Merged, ontology: Ontology) -> list[Problem]:
    """Faults that show only in the result: two clauses with one number, relations of things that are no longer there."""
    from rdflib import URIRef

    problems = []
    seen: dict[str, str] = {}
    for clause in ontology.clauses:
        if clause.number in seen:
            advice = "请用 zw:numbering 选定 id:H1 或 id:H2，或为有关条款逐条写明 zw:number。"
            message = f"编号 {clause.number} 与条款 {seen[clause.number]} 重复。{advice}"
            problems.append(_problem(merged, URIRef(names.BASE_IRI + clause.id), "number-unique", message))
        if clause.number:
            seen.setdefault(clause.number, clause.id)
    nodes, relations = graph_of(ontology)
    ids = {node.id for node in nodes}
    for relation in relations:
        for end, other in ((relation.source, relation.target), (relation.target, relation.source)):
            if end not in ids:
                advice = "它已被替换、随选定的章号解读去除，或不是图中的条目。请改指现有的条目。"
                message = f"关系 {relation.kind} 涉及 {end}：{advice}"
                problems.append(
                    _problem(merged, URIRef(names.BASE_IRI + (other if other in ids else end)), "lost-end", message)
                )
    return problems


def _files(merged: Merged, subject: "Term", rule: str) -> str:
    """The overlay's files that speak of a subject, else the shipped ones that do: those of cues for a rule on cues."""
    known = merged.files.get(str(subject), ())
    site = [name for name in known if name in merged.site.files]
    about = [name for name in known if name.startswith("cues-") == ("cue" in rule)]
    return "、".join(site or about or known)


def _problem(merged: Merged, subject: "Term", rule: str, message: str) -> Problem:
    from rdflib import BNode

    node = "（无编号的节点）" if isinstance(subject, BNode) else names.shorten(str(subject))
    return Problem(_files(merged, subject, rule), None, node, rule, message)


def _similar(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=3, cutoff=0.6)
    return f"是否想写 {' 或 '.join(near)}？" if near else ""


def _unknown_words(merged: Merged) -> Iterator[Problem]:
    """Predicates and objects in our namespaces that the vocabulary does not have."""
    from rdflib import RDF, URIRef

    ours = (names.VOCABULARY, names.KINDS)
    words = {str(subject) for subject in merged.graph.subjects(unique=True) if str(subject).startswith(ours)}
    for subject, predicate, object in merged.graph:
        for used in (predicate, object):
            if isinstance(used, URIRef) and str(used).startswith(ours) and str(used) not in words:
                short = names.shorten(str(used))
                what = "类" if predicate == RDF.type and used == object else "词"
                hint = _similar(short, map(names.shorten, words))
                message = (
                    f"词表中没有{what} {short}。{hint}可用的词见 ontology/turtle/vocabulary.ttl 与 docs/overlay.md。"
                )
                yield _problem(merged, subject, "unknown-word", message)


def _unknown_things(merged: Merged) -> Iterator[Problem]:
    """Ids that are spoken of and declared nowhere."""
    from rdflib import RDF, URIRef

    classes = {URIRef(names.expand(class_iri(kind))) for kind in COLUMNS}
    declared = set(merged.graph.subjects(RDF.type, None, unique=True))
    ids = [names.shorten(str(subject)) for subject in declared if str(subject).startswith(names.BASE_IRI)]
    for subject in merged.graph.subjects(unique=True):
        if subject not in declared:
            node = names.shorten(str(subject))
            advice = f"{_similar(node, ids)}若是新增，请用“a zw:Clause”等写明类别；若是修改原有条目，请核对编号。"
            yield _problem(merged, subject, "unknown-id", f"没有编号为 {node} 的条目。{advice}")
        elif str(subject).startswith(names.BASE_IRI) and classes.isdisjoint(merged.graph.objects(subject, RDF.type)):
            known = "、".join(sorted(class_iri(kind) for kind in COLUMNS))
            yield _problem(merged, subject, "unknown-class", f"类别不在可用之列，条目不会生效。请改用 {known} 之一。")
    for subject, predicate, object in merged.graph:
        if isinstance(object, URIRef) and str(object).startswith(names.BASE_IRI) and object not in declared:
            node = names.shorten(str(object))
            message = f"{names.shorten(str(predicate))} 指向不存在的编号 {node}。{_similar(node, ids)}请改为已有编号，或先声明它。"
            yield _problem(merged, subject, "unknown-id", message)


def _circles(merged: Merged) -> Iterator[Problem]:
    """Things that are part of, or narrower than, themselves."""
    from rdflib import URIRef

    for curie in _HIERARCHIES:
        predicate = URIRef(names.expand(curie))
        for subject in merged.graph.subjects(predicate, None, unique=True):
            above = merged.graph.transitive_objects(subject, predicate)
            next(above)  # the thing itself
            if any((thing, predicate, subject) in merged.graph for thing in (subject, *above)):
                yield _problem(merged, subject, "no-circle", f"沿 {curie} 向上会回到自身。请改正上级，使其不成环。")


def _backward_events(merged: Merged) -> Iterator[Problem]:
    """Events that end before they begin (rdflib cannot compare months, so no shape can say it)."""
    from rdflib import URIRef

    begins, ends = URIRef(names.expand("zw:begins")), URIRef(names.expand("zw:ends"))
    for subject, begin in merged.graph.subject_objects(begins):
        if any(str(end) < str(begin) for end in merged.graph.objects(subject, ends)):
            yield _problem(merged, subject, "event-in-time", "开始时间晚于结束时间。请改正 zw:begins 或 zw:ends。")


def _cues_said_twice(merged: Merged) -> Iterator[Problem]:
    """One target's cues that are one after NFKC and in lower case, be they of one kind or of two."""
    from rdflib import URIRef

    seen: dict[tuple[Term, str], tuple[str, str]] = {}
    for kind in CUES:
        for subject, cue in merged.graph.subject_objects(URIRef(names.expand(kind))):
            key = (subject, unicodedata.normalize("NFKC", str(cue)).lower())
            if key in seen:
                earlier, spelt = seen[key]
                message = (
                    f"“{cue}”（{kind}）与“{spelt}”（{earlier}）是同一说法。一个条目的一种说法只写一次，请留下一处。"
                )
                yield _problem(merged, subject, "cue-once", message)
            seen.setdefault(key, (kind, str(cue)))


def shapes_graph() -> "Graph":
    """All shipped SHACL shapes."""
    from rdflib import Graph

    graph = Graph()
    for path in sorted(SHAPES.glob("*.ttl")):
        for triple in parse(path).graph:
            graph.add(triple)
    return graph


def _shape_violations(merged: Merged) -> Iterator[Problem]:
    from pyshacl import validate
    from rdflib import RDF, Graph, Literal, URIRef

    # pyshacl wants a store that knows contexts; ours keeps the order of the files instead.
    data = Graph()
    for triple in merged.graph:
        data.add(triple)
    conforms, report, _ = validate(data, shacl_graph=shapes_graph(), inference="none", inplace=True)
    if conforms or not isinstance(report, Graph):
        return

    def one(result: "Term", curie: str) -> "Term | None":
        return report.value(result, URIRef(names.expand(curie)))

    for result in report.subjects(RDF.type, URIRef(names.expand("sh:ValidationResult"))):
        focus, path, value = (one(result, curie) for curie in ("sh:focusNode", "sh:resultPath", "sh:value"))
        if focus is None:
            continue
        rule = names.local(str(one(result, "sh:sourceShape")))
        message = str(one(result, "sh:resultMessage"))
        about = f"（{names.shorten(str(path))}）" if isinstance(path, URIRef) else ""
        now = (
            f"当前值：{value if isinstance(value, Literal) else names.shorten(str(value))}。"
            if value not in {None, focus}
            else ""
        )
        yield _problem(merged, focus, rule, f"{about}{message}{now}")

"""The one change set that stores a document whole: its content, with reviewers' decisions applied."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from engines.store import ChangeSet, IndexedText, Reader, Record
from ingest.content import DocumentContent, Judged, PracticeContent, Terms
from ingest.decisions import Decision, Decisions, satisfies, status_facets
from ontology.graph import Relation, Value

_ANALYSIS = "analysis"


@dataclass(frozen=True, slots=True)
class Analysis:
    """What a document was last derived with, and how many practices that gave."""

    version: str = ""
    practices: int = 0


def change_set(content: DocumentContent, decisions: Decisions) -> ChangeSet:
    """Replace whatever the document's id owns by `content`; `decisions` are all there are."""
    relations = list(content.relations)
    texts = []
    access = content.document.properties["access"]
    assert isinstance(access, tuple)
    for practice in content.practices:
        judged = list(judgements(practice, decisions.get(practice.node.id, {}), content.terms))
        relations += judged
        facets = {**practice.facets, **facets_of(judged)}
        texts.append(IndexedText(practice.node.id, "practice", practice.tokens, facets, frozenset(access)))
    return ChangeSet(
        owner=content.id,
        removes=(content.id,),
        nodes=(
            content.document,
            *content.organizations,
            *content.nodes,
            *(practice.node for practice in content.practices),
        ),
        relations=tuple(relations),
        texts=tuple(texts),
        vectors={content.embedder: {one.node.id: one.vector for one in content.practices if one.vector is not None}},
        records=(Record(_ANALYSIS, content.id, {"version": content.version, "practices": len(content.practices)}),),
    )


def removal(documents: Iterable[str]) -> ChangeSet:
    """Remove all that the ids of documents own. Decisions stay, and hold again if the document comes back."""
    ids = tuple(documents)
    return ChangeSet(removes=ids, records=tuple(Record(_ANALYSIS, id, None) for id in ids))


def read_analysis(reader: Reader, document: str) -> Analysis:
    record = next(iter(reader.records(_ANALYSIS, key=document)), None)
    return Analysis(**record.value) if record and record.value else Analysis()


def judgements(practice: PracticeContent, made: Mapping[str, Decision], terms: Terms) -> Iterator[Relation]:
    """SATISFIES for what is proposed or decided, and EVIDENCES for the clauses proposed or accepted.

    A decision made about another text of the practice, or another wording of the requirement, is suspect: it is
    flagged on the relation and counts as no decision.
    """
    clauses, requirements = practice.clauses, practice.requirements
    known = {id: decision for id, decision in made.items() if id in terms.clause_of}
    suspect = {id for id, one in known.items() if not one.holds(practice.text, terms.statement_of[id])}
    confirmed = {terms.clause_of[id] for id, one in known.items() if one.status == "accepted" and id not in suspect}
    shown = sorted({terms.clause_of[id] for id, one in known.items() if one.status == "accepted"})
    all_clauses, all_requirements = clauses, requirements
    if not requirements.keys() >= known.keys() or not clauses.keys() >= set(shown):
        all_clauses, all_requirements = terms.align(practice.text)
    for id in dict.fromkeys((*(id for id, one in requirements.items() if one.proposed), *known)):
        explained = practice.explanations.get(id) or terms.explain(practice, id)
        judged = requirements.get(id) or _unproposed(all_requirements.get(id))
        yield satisfies(practice.node.id, id, judged, explained, known.get(id), terms.model, suspect=id in suspect)
    for id in dict.fromkeys((*(id for id, one in clauses.items() if one.proposed), *shown)):
        judged = clauses.get(id) or _unproposed(all_clauses.get(id))
        yield _evidences(practice.node.id, id, judged, id in confirmed, terms.model)


def _unproposed(judged: Judged | None) -> Judged | None:
    """The figure alone: what is proposed is what was when the document was derived."""
    return replace(judged, proposed=False) if judged else None


def _evidences(practice: str, clause: str, judged: Judged | None, accepted: bool, model: str) -> Relation:
    """The relation EVIDENCES; a clause counts as accepted when one of its requirements is."""
    properties: dict[str, Value] = {
        "confidence": judged.confidence if judged else None,
        "status": "accepted" if accepted else "proposed",
        "method": judged.method if judged and judged.proposed else "manual",
        "model": model,
        "certainty": "inferred",
    }
    return Relation(practice, "EVIDENCES", clause, properties=properties)


def facets_of(judged: Iterable[Relation]) -> dict[str, tuple[str, ...]]:
    """The facets that a practice's judgements give."""
    known = list(judged)
    statuses = {one.target: str(one.properties["status"]) for one in known if one.type == "SATISFIES"}
    return status_facets(statuses, {one.target for one in known if one.type == "EVIDENCES"})

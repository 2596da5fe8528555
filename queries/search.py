"""Search: from a question in any words to practices, ranked, with evidence, reasons, and an honest "nothing found"."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Final

from analysis.tokens import index_tokens
from engines.embedder import Embedder
from engines.store import Hit, IndexedText, Reader, Scope
from ontology.model import Ontology
from queries.answers import Highlight, RequirementLink, SearchAnswer, SearchResult, Status
from queries.catalogue import catalogue
from queries.errors import UnknownId
from queries.gaps import gaps_asked_for
from queries.organizations import organization
from queries.paging import Key, page
from queries.practices import Card, cards
from queries.ranking import (
    QuerySignals,
    Relevance,
    Signals,
    boosted,
    fused,
    relevance,
    vector_weight,
    words_known,
    words_share,
)
from queries.reasons import highlights, reasons
from queries.understanding import QueryReader, Understanding
from queries.visibility import Access, shares

PRACTICES: Final = frozenset({"practice"})
_RETRIEVED: Final = 100  # candidates from the words and from the vector
_NAMED: Final = 50  # candidates that evidence what the query names
_RANKED: Final = 100  # candidates whose relevance is worked out
_WORDS_ENOUGH: Final = 4  # as many of the query's words in one practice are no chance
_SHOWN_STATUSES: Final[tuple[Status, ...]] = ("accepted", "proposed")


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A question and its filters: ids (an organisation also by name), or values as stored. `limit` ≥ 1."""

    q: str
    limit: int = 10
    cursor: str | None = None
    clause: str | None = None
    requirement: str | None = None
    industry: str | None = None
    ownership: str | None = None
    organization: str | None = None
    collection: str | None = None
    status: Status | None = None
    phase: str | None = None
    role: str | None = None
    mechanism: str | None = None
    has_outcome: bool | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A practice that may answer: what speaks for it, how many of the query's words it holds, and the value that orders it."""

    id: str
    order: float
    signals: Signals
    met: int


Scored = tuple[Candidate, float]


def _place(candidate: Candidate) -> Key:
    return -candidate.order, candidate.id


def query_signals(understood: Understanding, candidates: Sequence[Candidate]) -> QuerySignals:
    """What speaks for the query's being answerable by the candidates."""
    named = understood.requirements or understood.clauses or understood.mentions or understood.citations
    return QuerySignals(
        known=words_known(understood.tokens),
        vector=max((candidate.signals.vector for candidate in candidates), default=0.0),
        words=max((candidate.signals.words for candidate in candidates), default=0.0),
        met=min(_WORDS_ENOUGH, max((candidate.met for candidate in candidates), default=0)) / _WORDS_ENOUGH,
        named=1.0 if named else 0.0,
    )


class Searcher:
    """Searches with one ontology and one embedder. Safe to share between threads."""

    def __init__(self, ontology: Ontology, embedder: Embedder) -> None:
        self._ontology = ontology
        self._embedder = embedder

    @cached_property
    def _queries(self) -> QueryReader:
        return QueryReader(self._ontology)

    @cached_property
    def _relevance(self) -> Relevance:
        return relevance(self._embedder.fingerprint)

    def search(self, reader: Reader, request: SearchRequest, *, access: Access) -> SearchAnswer:
        """The practices that answer `request.q`, best first.

        `abstained` when neither a practice nor a gap answers it. Raises `UnknownId` for a filter that names
        nothing, `BadCursor`, and `OtherEmbedder` when the store's vectors come from another embedder.
        """
        scope = self._scope(reader, request, access)
        understood = self.understand(request.q)
        if not understood.tokens:
            return SearchAnswer(results=(), abstained=True)
        ranked = self._relevant(understood, self.candidates(reader, understood, scope))
        question = json.dumps({**asdict(request), "limit": 0, "cursor": None}, sort_keys=True)
        taken, following = page(ranked, lambda scored: _place(scored[0]), question, request.cursor, request.limit)
        found = cards(reader, [candidate.id for candidate, _ in taken], access)
        wanted: tuple[Status, ...] = (*_SHOWN_STATUSES, request.status) if request.status else _SHOWN_STATUSES
        results = tuple(
            self._result(candidate, score, found[candidate.id], understood, wanted)
            for candidate, score in taken
            if candidate.id in found
        )
        gaps = gaps_asked_for(self._ontology, understood)
        return SearchAnswer(
            results=results,
            gaps=gaps,
            abstained=not results and not gaps and request.cursor is None,
            understood=understood.shown(self._ontology),
            next=following,
        )

    def _scope(self, reader: Reader, request: SearchRequest, access: Access) -> Scope:
        facets: dict[str, frozenset[str]] = {}
        things = self._ontology.things
        for what in ("clause", "requirement", "role", "mechanism"):
            id = getattr(request, what)
            if id is not None:
                if id not in things or type(things[id]).__name__.lower() != what:
                    raise UnknownId(what, id)
                facets[what] = frozenset({id})
        if request.clause is not None:
            # A chapter stands for the clauses in it.
            facets["clause"] |= {clause.id for clause in self._ontology.clauses if clause.parent == request.clause}
        if request.phase is not None:
            inside = frozenset(clause.id for clause in self._ontology.clauses if clause.phase == request.phase)
            if not inside:
                raise UnknownId("phase", request.phase)
            facets["clause"] = facets.get("clause", inside) & inside
        if request.organization is not None:
            facets["organization"] = frozenset({organization(reader, request.organization, access=access).id})
        if request.collection is not None:
            rows = reader.read(catalogue.query("collection_access", collection=request.collection))
            if not any(shares(row["access"], access) for row in rows):
                raise UnknownId("collection", request.collection)
            facets["collection"] = frozenset({request.collection})
        facets |= {
            name: frozenset({value})
            for name in ("industry", "ownership")
            if (value := getattr(request, name)) is not None
        }
        if request.has_outcome:
            facets["has_outcome"] = frozenset({"yes"})
        if request.status is not None:
            if request.requirement is not None:
                facets["requirement_status"] = frozenset({f"{request.requirement}:{request.status}"})
            else:
                facets["status"] = frozenset({request.status})
        return Scope(PRACTICES, facets, access)

    def understand(self, query: str) -> Understanding:
        """What the query names."""
        return self._queries.understand(query)

    def candidates(self, reader: Reader, understood: Understanding, scope: Scope) -> list[Candidate]:
        """What might answer, in order, relevant or not."""
        words, vectors = self.retrieved(reader, understood, scope)
        fusion = fused(words, vectors, vector_weight(self._embedder.fingerprint))
        nearest = sorted(fusion, key=lambda id: (-fusion[id], id))[:_RANKED]
        if not nearest:
            return []
        graph = self._graph(reader, nearest, understood)
        cosines = {hit.id: hit.score for hit in vectors}
        texts = {text.id: text for text in reader.texts(ids=nearest)}
        candidates = []
        for id in nearest:
            text = texts[id]
            signals = Signals(
                vector=cosines.get(id, min(cosines.values(), default=0.0)),
                words=words_share(understood.tokens, text.tokens),
                labels=_labels_named(understood, text),
                graph=graph.get(id, 0.0),
            )
            order = boosted(
                fusion[id],
                signals.graph,
                accepted="accepted" in text.facets.get("status", ()),
                outcome="yes" in text.facets.get("has_outcome", ()),
            )
            candidates.append(Candidate(id, order, signals, len(set(understood.tokens) & set(text.tokens))))
        return sorted(candidates, key=_place)

    def _relevant(self, understood: Understanding, candidates: Sequence[Candidate]) -> list[Scored]:
        """The candidates that answer, with the probability that they do; none when nothing does."""
        named = max((candidate.signals.graph for candidate in candidates), default=0.0)
        # Where a practice evidences what the query names, the query has an answer, however it is worded.
        answerable = max(self._relevance.answerable(query_signals(understood, candidates)), named)
        if answerable < self._relevance.least_query:
            return []
        scored = [(candidate, answerable * self._relevance.relevant(candidate.signals)) for candidate in candidates]
        return [(candidate, score) for candidate, score in scored if score >= self._relevance.least]

    def retrieved(self, reader: Reader, understood: Understanding, scope: Scope) -> tuple[list[Hit], list[Hit]]:
        """Candidates by words and by vector, joined by those that evidence what the query names."""
        vector = self._embedder.embed_queries([understood.searched])[0]
        fingerprint = self._embedder.fingerprint
        words = reader.match_words(understood.tokens, scope, _RETRIEVED)
        vectors = reader.match_vector(vector, fingerprint, scope, _RETRIEVED)
        for facet, named in (("requirement", understood.requirements), ("clause", understood.clauses)):
            if named and facet not in scope.facets:
                inside = Scope(scope.kinds, {**scope.facets, facet: frozenset(named)}, scope.access)
                words = _joined(words, reader.match_words(understood.tokens, inside, _NAMED))
                vectors = _joined(vectors, reader.match_vector(vector, fingerprint, inside, _NAMED))
        return words, vectors

    def _graph(self, reader: Reader, ids: Sequence[str], understood: Understanding) -> dict[str, float]:
        """How surely each evidences what the query names: a person's word counts as certain."""
        strengths = {**understood.clauses, **understood.requirements}
        if not strengths:
            return {}
        found: dict[str, float] = {}
        for row in reader.read(catalogue.query("evidence_confidence", ids=list(ids))):
            if row["id"] not in strengths or row["status"] in ("rejected", "not-applicable"):
                continue
            confidence = 1.0 if row["status"] == "accepted" else row["confidence"] or 0.0
            found[row["practice"]] = max(found.get(row["practice"], 0.0), strengths[row["id"]] * confidence)
        return found

    def _result(
        self, candidate: Candidate, score: float, card: Card, understood: Understanding, wanted: Sequence[Status]
    ) -> SearchResult:
        requirements = tuple(link for link in card.requirements if link.status in wanted)
        marked = highlights(understood.tokens, card.practice.text)
        return SearchResult(
            practice=card.practice,
            score=round(score, 4),
            score_parts={
                name: round(part, 4) for name, part in (*asdict(candidate.signals).items(), ("order", candidate.order))
            },
            clauses=tuple(link for link in card.clauses if link.status in wanted),
            requirements=_named_first(requirements, understood.requirements),
            evidence=card.evidence,
            outcomes=card.outcomes,
            highlights=tuple(Highlight(start=start, end=end) for start, end in marked),
            why=reasons(card, requirements, understood, marked, candidate.signals),
        )


def _joined(hits: list[Hit], more: Sequence[Hit]) -> list[Hit]:
    known = {hit.id for hit in hits}
    return hits + [hit for hit in more if hit.id not in known]


def _labels_named(understood: Understanding, text: IndexedText) -> float:
    """Share of the concepts named in the query that the text is annotated with, or spells."""
    labels = {mention.node: mention.label for mention in understood.mentions}
    if not labels:
        return 0.0
    annotated = {value for values in text.facets.values() for value in values}
    spelt = set(text.tokens)
    held = [node for node, label in labels.items() if node in annotated or spelt.issuperset(index_tokens(label))]
    return len(held) / len(labels)


def _named_first(links: Sequence[RequirementLink], named: Mapping[str, float]) -> tuple[RequirementLink, ...]:
    return tuple(sorted(links, key=lambda link: -named.get(link.id, 0.0)))

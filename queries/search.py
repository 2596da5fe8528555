"""Search: from a question in any words to practices, ranked, with evidence, reasons, and an honest "nothing found"."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from typing import Final

from analysis.traditional import simplified
from engines.embedder import Embedder
from engines.store import Reader, Scope
from ontology.model import Ontology
from queries.answers import Highlight, RequirementLink, SearchAnswer, SearchResult, Sibling, Status
from queries.candidates import Candidate, candidates, query_signals
from queries.catalogue import catalogue
from queries.errors import UnknownId
from queries.facts import facts_asked_for
from queries.gaps import gaps_asked_for
from queries.organizations import organization
from queries.paging import Key, page
from queries.practices import Card, best_evidence, cards
from queries.ranking import Relevance, Signals, relevance
from queries.reasons import highlights, reasons
from queries.understanding import QueryReader, Understanding
from queries.visibility import Access, shares, visible

# Share of a query's tokens and of what it asks for from which one practice that holds them has said it; and the share
# of its tokens that is enough where the practice holds every word of it: 乘客投诉 need not stand there in one piece.
_AS_GOOD_AS_SPELT, _IN_PIECES = 0.8, 0.45
_WHOLE: Final = 0.99
_LIKELY: Final = 0.5
_SIGNALS: Final = tuple(field.name for field in fields(Signals))
PRACTICES: Final = frozenset({"practice"})
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
class Scored:
    """A candidate and the probability that it answers the query; this alone orders."""

    candidate: Candidate
    score: float


@dataclass(frozen=True, slots=True)
class Group:
    """The practices of one case that answer: the likeliest, and the others."""

    first: Scored
    others: tuple[Scored, ...]


def _said(signals: Signals) -> float:
    """How surely the practice says what the query says, 0 unless it is about sure."""
    spelt = max(signals.literal, min(signals.words, signals.units))
    in_pieces = signals.units >= _WHOLE and signals.words >= _IN_PIECES
    return spelt if spelt >= _AS_GOOD_AS_SPELT else _AS_GOOD_AS_SPELT * in_pieces


def _place(group: Group) -> Key:
    return -group.first.score, group.first.candidate.id


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

        `abstained` when neither a practice, nor a fact, nor a gap answers it. Raises `UnknownId` for a filter that names
        nothing, `BadCursor`, and `OtherEmbedder` when the store's vectors come from another embedder.
        """
        scope = self._scope(reader, request, access)
        understood = self.understand(request.q)
        if not understood.worded:
            return SearchAnswer(results=(), abstained=True)
        facts = facts_asked_for(self._ontology, understood)
        gaps = gaps_asked_for(self._ontology, understood)
        # What the standard itself answers (效能的定义) is hardly asked of practices.
        least = _LIKELY if facts or gaps else 0.0
        ranked = _grouped(self.relevant(understood, candidates(reader, self._embedder, understood, scope), least))
        if not ranked:
            _check_values(reader, request, access)
        question = json.dumps({**asdict(request), "limit": 0, "cursor": None}, sort_keys=True)
        taken, following = page(ranked, _place, question, request.cursor, request.limit)
        found = cards(reader, [group.first.candidate.id for group in taken], access)
        titles = _titles(reader, taken, access)
        wanted: tuple[Status, ...] = (*_SHOWN_STATUSES, request.status) if request.status else _SHOWN_STATUSES
        results = tuple(
            self._result(group, found[group.first.candidate.id], titles, understood, wanted)
            for group in taken
            if group.first.candidate.id in found
        )
        return SearchAnswer(
            results=results,
            facts=facts,
            gaps=gaps,
            abstained=not results and not facts and not gaps and request.cursor is None,
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
            name: frozenset({_stored(value)})
            for name in ("industry", "ownership")
            if (value := getattr(request, name)) is not None
        }
        if request.has_outcome is not None:
            facets["has_outcome"] = frozenset({"yes" if request.has_outcome else "no"})
        if request.status is not None:
            if request.requirement is not None:
                facets["requirement_status"] = frozenset({f"{request.requirement}:{request.status}"})
            else:
                facets["status"] = frozenset({request.status})
        return Scope(PRACTICES, facets, access)

    def understand(self, query: str) -> Understanding:
        """What the query names."""
        return self._queries.understand(query)

    def relevant(self, understood: Understanding, found: Sequence[Candidate], least: float = 0.0) -> list[Scored]:
        """The candidates that answer, likeliest first; none when nothing does, or less surely than `least`."""
        model = self._relevance
        # Where a practice evidences what the query names, or says what it says, the query has an answer, whatever
        # else it looks like.
        named = max((each.signals.graph for each in found), default=0.0)
        said = max((_said(each.signals) for each in found), default=0.0)
        answerable = max(model.answerable(query_signals(understood, found)), named, said)
        if answerable < max(least, model.least_query):
            return []
        scored = [Scored(each, round(answerable * model.relevant(each.signals), 4)) for each in found]
        kept = [each for each in scored if each.score >= model.least]
        return sorted(kept, key=lambda each: (-each.score, each.candidate.id))

    def _result(
        self,
        group: Group,
        card: Card,
        titles: Mapping[str, str],
        understood: Understanding,
        wanted: Sequence[Status],
    ) -> SearchResult:
        candidate, score = group.first.candidate, group.first.score
        requirements = tuple(link for link in card.requirements if link.status in wanted)
        asked = {link.id for link in requirements if link.clause in understood.clauses} | understood.requirements.keys()
        marked = highlights(understood.tokens, card.practice.text)
        return SearchResult(
            practice=card.practice,
            score=score,
            score_parts={name: round(getattr(candidate.signals, name), 4) for name in _SIGNALS},
            clauses=tuple(link for link in card.clauses if link.status in wanted),
            requirements=_named_first(requirements, understood.requirements),
            evidence=best_evidence(card, asked, marked),
            outcomes=card.outcomes,
            highlights=tuple(Highlight(start=start, end=end) for start, end in marked),
            why=reasons(card, requirements, understood, marked, candidate.signals),
            siblings=tuple(
                Sibling(id=other.candidate.id, title=titles[other.candidate.id], score=other.score)
                for other in group.others
                if other.candidate.id in titles
            ),
        )


def _stored(value: str) -> str:
    """An industry or ownership as ingest stores it."""
    return simplified(value.strip())


def _check_values(reader: Reader, request: SearchRequest, access: Access) -> None:
    """Raises `UnknownId` for an industry or ownership that no visible practice states."""
    for what in ("industry", "ownership"):
        asked = getattr(request, what)
        if asked is not None:
            rows = reader.read(catalogue.query("practice_values", property=what))
            known = list(dict.fromkeys(row["value"] for row in rows if shares(row["access"], access)))
            if _stored(asked) not in known:
                raise UnknownId(what, asked, known)


def _grouped(ranked: Sequence[Scored]) -> list[Group]:
    """Practices of one case under the likeliest of them; cases by that one."""
    cases: dict[str, list[Scored]] = {}
    for each in ranked:
        cases.setdefault(each.candidate.case, []).append(each)
    return [Group(first, tuple(others)) for first, *others in cases.values()]


def _titles(reader: Reader, groups: Sequence[Group], access: Access) -> dict[str, str]:
    """Titles of the others in the groups, those that the reader may see."""
    ids = [other.candidate.id for group in groups for other in group.others]
    nodes = visible(reader, list(reader.nodes(ids=ids)), access) if ids else []
    return {node.id: str(node.properties.get("title") or "") for node in nodes}


def _named_first(links: Sequence[RequirementLink], named: Mapping[str, float]) -> tuple[RequirementLink, ...]:
    return tuple(sorted(links, key=lambda link: -named.get(link.id, 0.0)))

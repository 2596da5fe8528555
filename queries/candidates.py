"""Candidates: practices that may answer a query, found by words, by vector and by what they are evidence for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from engines.embedder import Embedder
from engines.store import Hit, IndexedText, Reader, Scope, Vector
from queries.ranking import QuerySignals, Signals, against_best, agreement, between, overlap
from queries.understanding import Understanding
from queries.words import units_held, units_known, weighed, words_known, words_share

_BY_WORDS, _BY_VECTOR, _NAMED = 40, 40, 20
_BRIDGED: Final = 20  # by vector, among those that evidence what the query sounds like
_BRIDGE_FROM: Final = 0.3  # probability from which a query sounds like a requirement
_BRIDGES: Final = 3
_ENOUGH: Final = 3  # as many things asked for in one practice are no chance
_HALF_A_TENTH: Final = 0.05
_PROPOSED: Final = 0.85  # what a proposal is worth that the store holds no probability for
_DECIDED: Final = {"accepted": 1.0, "rejected": 0.0, "not-applicable": 0.0}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A practice that may answer: what speaks for it, how many of the things asked for it holds, its case.

    `case` is the same for practices of one case: a written case, or a row of a case list.
    """

    id: str
    signals: Signals
    met: float
    case: str


def candidates(reader: Reader, embedder: Embedder, understood: Understanding, scope: Scope) -> list[Candidate]:
    """What might answer, relevant or not, by id."""
    vector = embedder.embed_queries([understood.searched])[0]
    words, vectors = _retrieved(reader, embedder.fingerprint, vector, understood, scope)
    ids = sorted({hit.id for hit in (*words, *vectors)})
    if not ids:
        return []
    scores, cosines = against_best(words), {hit.id: hit.score for hit in vectors}
    # Not among the nearest: no nearer than the farthest of them.
    farthest = min(cosines.values(), default=0.0)
    cosines = {id: cosines.get(id, farthest) for id in ids}
    nearness, weights = between(cosines), weighed(understood.tokens)
    named = {**understood.clauses, **understood.requirements}
    found = []
    for text in reader.texts(ids=ids):
        held, confidences = set(text.tokens), _evidenced(text)
        share, met = units_held(understood.units, held)
        signals = Signals(
            vector=cosines[text.id],
            nearness=nearness[text.id],
            words=words_share(weights, held),
            units=share,
            literal=float(held.issuperset(understood.typed)),
            bm25=scores.get(text.id, 0.0),
            bridge=overlap(understood.sounds_like, confidences),
            clause=agreement(understood.sounds_about, confidences),
            graph=agreement(named, confidences),
            accepted=float("accepted" in text.facets.get("status", ())),
            outcome=float("yes" in text.facets.get("has_outcome", ())),
        )
        found.append(Candidate(text.id, signals, met, text.facets.get("case", (text.id,))[0]))
    return found


def query_signals(understood: Understanding, found: Sequence[Candidate]) -> QuerySignals:
    """What speaks for the query's being answerable by the candidates."""
    named = understood.requirements or understood.clauses or understood.mentions or understood.citations
    return QuerySignals(
        known=words_known(weighed(understood.tokens)),
        spoken=units_known(understood.units),
        vector=max((each.signals.vector for each in found), default=0.0),
        words=max((each.signals.words for each in found), default=0.0),
        units=max((each.signals.units for each in found), default=0.0),
        met=min(1.0, max((each.met for each in found), default=0.0) / _ENOUGH),
        named=1.0 if named else 0.0,
        topic=understood.topic,
        requirement=max(understood.sounds_like.values(), default=0.0),
    )


def _retrieved(
    reader: Reader, fingerprint: str, vector: Vector, understood: Understanding, scope: Scope
) -> tuple[list[Hit], list[Hit]]:
    """By words and by vector; joined by those that evidence what the query names, or what it sounds like."""
    words = reader.match_words(understood.tokens, scope, _BY_WORDS)
    vectors = reader.match_vector(vector, fingerprint, scope, _BY_VECTOR)
    for facet, named in (("requirement", understood.requirements), ("clause", understood.clauses)):
        if named and facet not in scope.facets:
            inside = Scope(scope.kinds, {**scope.facets, facet: frozenset(named)}, scope.access)
            words = _joined(words, reader.match_words(understood.tokens, inside, _NAMED))
            vectors = _joined(vectors, reader.match_vector(vector, fingerprint, inside, _NAMED))
    likely = [id for id, chance in understood.sounds_like.items() if chance >= _BRIDGE_FROM][:_BRIDGES]
    if likely and "requirement" not in scope.facets:
        inside = Scope(scope.kinds, {**scope.facets, "requirement": frozenset(likely)}, scope.access)
        vectors = _joined(vectors, reader.match_vector(vector, fingerprint, inside, _BRIDGED))
    return words, vectors


def _joined(hits: list[Hit], more: Sequence[Hit]) -> list[Hit]:
    known = {hit.id for hit in hits}
    return hits + [hit for hit in more if hit.id not in known]


def _evidenced(text: IndexedText) -> dict[str, float]:
    """What the practice evidences, and how surely: a person's word counts as certain, else the alignment's probability.

    Facets hold all of it, so that no graph query stands between the words and the order.
    """
    found = dict.fromkeys((*text.facets.get("clause", ()), *text.facets.get("requirement", ())), _PROPOSED)
    for grade in text.facets.get("graded", ()):
        id, _, tenth = grade.rpartition(":")
        found[id] = int(tenth) / 10 + _HALF_A_TENTH
    for pair in text.facets.get("requirement_status", ()):
        requirement, _, status = pair.rpartition(":")
        if status in _DECIDED:
            found[requirement] = _DECIDED[status]
    return found

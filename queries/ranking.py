"""How likely a query has an answer, and a practice is one: two logistic models over what speaks for it, fitted by `queries.fitting`."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from engines.store import Hit

_RELEVANCE: Final = "relevance.json"
# Not fitted: the judged practices are neither confirmed nor refuted by anybody, and stand in no question of results.
_ACCEPTED, _OUTCOME = 0.3, 0.1
_MOST_ADDED: Final = 40.0


@dataclass(frozen=True, slots=True)
class Signals:
    """What speaks for one candidate; everything in 0…1, `vector` the raw cosine in -1…1.

    nearness: the cosine against the best and the worst candidate's
    words:    share of the query's weight of tokens that the practice holds
    units:    share of what the query asks for that the practice holds, in any wording
    literal:  1 when it holds every token of the query as it was typed
    bm25:     its BM25 against the best candidate's
    bridge:   share of what the query's text sounds like, by requirement, that the practice is evidence for
    clause:   the same by clause, as far as the query is surely about it
    graph:    confidence that it evidences a requirement or clause named in the query
    accepted, outcome: whether evidence of it was confirmed, whether it states a measured result
    """

    vector: float = 0.0
    nearness: float = 0.0
    words: float = 0.0
    units: float = 0.0
    literal: float = 0.0
    bm25: float = 0.0
    bridge: float = 0.0
    clause: float = 0.0
    graph: float = 0.0
    accepted: float = 0.0
    outcome: float = 0.0


@dataclass(frozen=True, slots=True)
class QuerySignals:
    """What speaks for a query's being answerable here, whichever practice answers it.

    known:    share of the query's weight of tokens that the language of such practices has at all
    spoken:   share of what it asks for that this language has words for
    vector, words, units: the best of the candidates'
    met:      the most things asked for that one practice holds, to 3, over 3: one alone is often chance
    named:    1 when the query names a requirement, clause, concept or document
    topic:    probability that its text is about any clause at all; requirement: about the likeliest requirement
    """

    known: float = 0.0
    spoken: float = 0.0
    vector: float = 0.0
    words: float = 0.0
    units: float = 0.0
    met: float = 0.0
    named: float = 0.0
    topic: float = 0.0
    requirement: float = 0.0


@dataclass(frozen=True, slots=True)
class Relevance:
    """`least_query`: probability of an answer below which nothing is one; `least`: that of a practice to be shown.

    `query` and `practice` map signals to weights; both hold an `intercept`.
    """

    query: Mapping[str, float]
    practice: Mapping[str, float]
    least_query: float
    least: float

    def answerable(self, signals: QuerySignals) -> float:
        """Probability that practices answer the query at all."""
        return _probability(_weighted(self.query, signals))

    def relevant(self, signals: Signals) -> float:
        """Probability that the practice answers a query that is answerable."""
        known = _ACCEPTED * signals.accepted + _OUTCOME * signals.outcome
        return _probability(_weighted(self.practice, signals) + known)


def _weighted(weights: Mapping[str, float], signals: object) -> float:
    return sum(weight * (1.0 if name == "intercept" else getattr(signals, name)) for name, weight in weights.items())


def _probability(value: float) -> float:
    return 1 / (1 + math.exp(-max(-_MOST_ADDED, min(_MOST_ADDED, value))))


@cache
def relevance(embedder: str) -> Relevance:
    """The model for an embedder's vectors, or the one fitted first for embedders that nobody has fitted."""
    fitted: dict[str, dict[str, Any]] = json.loads((files("queries") / _RELEVANCE).read_text(encoding="utf-8"))
    return Relevance(**fitted.get(family(embedder), next(iter(fitted.values()))))


def family(embedder: str) -> str:
    """The kind of an embedder by its fingerprint: what stands before the first `-` or `:`."""
    return embedder.replace(":", "-").split("-", 1)[0]


def against_best(hits: Sequence[Hit]) -> dict[str, float]:
    """Scores as shares of the best one."""
    best = max((hit.score for hit in hits), default=0.0)
    return {hit.id: max(0.0, hit.score / best) if best > 0 else 0.0 for hit in hits}


def between(values: Mapping[str, float]) -> dict[str, float]:
    """Values scaled to 0…1 between the least and the greatest; equal ones are all 1."""
    if not values:
        return {}
    low, high = min(values.values()), max(values.values())
    return {id: (value - low) / (high - low) if high > low else 1.0 for id, value in values.items()}


def agreement(asked: Mapping[str, float], shown: Mapping[str, float]) -> float:
    """The surest thing that both sides are about: the greatest product of their confidences."""
    return max((strength * shown.get(id, 0.0) for id, strength in asked.items()), default=0.0)


def overlap(asked: Mapping[str, float], shown: Mapping[str, float]) -> float:
    """How much of all that is asked, by strength, the other side is about."""
    whole = sum(asked.values())
    return sum(strength * shown.get(id, 0.0) for id, strength in asked.items()) / whole if whole else 0.0


def strongest(found: Iterable[tuple[str, float]], most: int) -> dict[str, float]:
    """The first `most` of pairs that are ranked best first."""
    return dict(pair for _, pair in zip(range(most), found, strict=False))

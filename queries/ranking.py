"""How candidates are ordered (fusion and boosts) and how likely each is to be relevant (a fitted probability)."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from engines.store import Hit

# Weight of the vector against the words, by the embedder's name: a weak vector orders less. Reciprocal-rank
# fusion was measured and lost, because it trusts both halves alike.
VECTOR_WEIGHT: Final = {"fitted": 0.4}
_USUAL_WEIGHT: Final = 0.5

_ACCEPTED_BOOST, _OUTCOME_BOOST, _NAMED_BOOST = 0.06, 0.03, 0.5

_RELEVANCE: Final = "relevance.json"
_TOKEN_WEIGHTS: Final = "token_weights.json"


@dataclass(frozen=True, slots=True)
class Signals:
    """What speaks for one candidate; everything in 0…1, `vector` the raw cosine in -1…1.

    words:    share of the query's weight of words that the practice holds
    labels:   share of the concepts named in the query that the practice names
    graph:    confidence that it evidences a requirement or clause named in the query
    """

    vector: float
    words: float
    labels: float
    graph: float


def fused(words: Sequence[Hit], vectors: Sequence[Hit], vector_weight: float) -> dict[str, float]:
    """Min-max scaled BM25 and cosine, weighted; a candidate that one side did not return has none of it."""
    scaled_words, scaled_vectors = _scaled(words), _scaled(vectors)
    ids = scaled_words.keys() | scaled_vectors.keys()
    return {
        id: vector_weight * scaled_vectors.get(id, 0.0) + (1 - vector_weight) * scaled_words.get(id, 0.0)
        for id in sorted(ids)
    }


def _scaled(hits: Sequence[Hit]) -> dict[str, float]:
    if not hits:
        return {}
    scores = [hit.score for hit in hits]
    low, high = min(scores), max(scores)
    # A lone candidate, or equal ones, are all the best there is.
    return {hit.id: (hit.score - low) / (high - low) if high > low else 1.0 for hit in hits}


def boosted(fusion: float, graph: float, *, accepted: bool, outcome: bool) -> float:
    """The value that orders: confirmed evidence, measured results and a named requirement count on top."""
    return fusion + _NAMED_BOOST * graph + _ACCEPTED_BOOST * accepted + _OUTCOME_BOOST * outcome


def vector_weight(embedder: str) -> float:
    """The weight for an embedder's fingerprint, by the name before its first `-` or `:`."""
    return VECTOR_WEIGHT.get(family(embedder), _USUAL_WEIGHT)


def family(embedder: str) -> str:
    return embedder.replace(":", "-").split("-", 1)[0]


@dataclass(frozen=True, slots=True)
class QuerySignals:
    """What speaks for a query's being answerable here, whichever practice answers it.

    known:  share of the query's weight of words that the language of such practices has at all
    vector: the best cosine; words: the best share of words
    met:    the most words that one practice holds, to 4, over 4: one word alone is often chance
    named:  1 when the query names a requirement, clause, concept or document
    """

    known: float
    vector: float
    words: float
    met: float
    named: float


@dataclass(frozen=True, slots=True)
class Relevance:
    """Two logistic models, fitted by `queries.fitting` on judged queries: is the query answerable, and by this practice?

    `least_query` is the probability of the first below which nothing is an answer, `least` that of both together
    below which one practice is none.
    """

    query: Mapping[str, float]
    practice: Mapping[str, float]
    least_query: float
    least: float

    def answerable(self, signals: QuerySignals) -> float:
        """Probability that practices answer the query at all."""
        return _logistic(self.query, signals)

    def relevant(self, signals: Signals) -> float:
        """Probability that the practice answers a query that is answerable."""
        return _logistic(self.practice, signals)


def _logistic(weights: Mapping[str, float], signals: object) -> float:
    value = sum(weight * (1.0 if name == "intercept" else getattr(signals, name)) for name, weight in weights.items())
    return 1 / (1 + math.exp(-max(-40.0, min(40.0, value))))


@cache
def relevance(embedder: str) -> Relevance:
    """The model for an embedder's vectors, or the one fitted first for embedders that nobody has fitted."""
    fitted: dict[str, dict[str, Any]] = json.loads((files("queries") / _RELEVANCE).read_text(encoding="utf-8"))
    return Relevance(**fitted.get(family(embedder), next(iter(fitted.values()))))


@cache
def _token_weights() -> tuple[Mapping[str, float], float]:
    weights: dict[str, float] = json.loads((files("queries") / _TOKEN_WEIGHTS).read_text(encoding="utf-8"))
    return weights, weights.pop("")


def words_share(query: Iterable[str], text: Iterable[str]) -> float:
    """How much of the query's weight of words a text holds: what share of the greatest possible BM25 it could reach.

    Rare words weigh more. The weights come from a fixed body of practices, so that the share, and thus what a
    client's threshold means, does not move with what a site has stored.
    """
    return _share(query, set(text))


def words_known(query: Iterable[str]) -> float:
    """How much of the query's weight of words that body of practices has in it."""
    return _share(query, _token_weights()[0].keys())


def _share(query: Iterable[str], held: Set[str]) -> float:
    weights, rarest = _token_weights()
    wanted = {token: weights.get(token, rarest) for token in query}
    whole = sum(wanted.values())
    return sum(weight for token, weight in wanted.items() if token in held) / whole if whole else 0.0

"""Fits the relevance model on the judged queries: `python -m queries.fitting` writes relevance.json and token_weights.json.

`judged/practices.jsonl` holds 260 practices, `judged/queries.jsonl` queries with the ids of the practices that
answer them (none for queries off the subject), `judged/alignment.json` what an alignment that has not seen the
practices proposes for them (`queries.blind`). Run it again when an embedder, the alignment or the judgements change.
"""

import json
import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from analysis.tokens import index_tokens
from engines.embedder import Embedder
from engines.store import Reader, Scope
from ontology.model import Ontology
from queries import blind, ranking
from queries.candidates import candidates, query_signals
from queries.gold import practices_stored
from queries.judgements import Judged, judged_practices, judged_queries
from queries.measures import calibration_error, ndcg
from queries.ranking import QuerySignals, Relevance, Signals
from queries.search import PRACTICES
from queries.understanding import QueryReader
from queries.wordlist import labelled_texts

_HERE: Final = Path(__file__).parent
_FOLDS: Final = 8
_LEAST: Final = 0.04  # what is less likely than that is not shown
_PENALTY: Final = 0.5
_SURE: Final = 0.85  # probability given to a practice of which only its place in the graph speaks, with full confidence
_FEWEST_TEXTS: Final = 4  # a token in fewer texts weighs as much as one in none
# Silence on a sensible question is the worse mistake, so it is made as rarely as this share of the senseless ones that
# get an answer allows.
_ANSWERED_AT_MOST: Final = 0.1
_FITTED: Final = ("vector", "nearness", "words", "units", "literal", "bm25", "bridge", "clause")

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Seen:
    """A judged query with what spoke for its being answerable, and its candidates with what spoke for them."""

    judged: Judged
    query: QuerySignals
    candidates: list[tuple[str, Signals]]


@contextmanager
def judged_store(ontology: Ontology, embedder: Embedder) -> Iterator[Reader]:
    """A reader over a store that holds the judged practices and nothing else."""
    practices, proposed = judged_practices(), blind.read()
    with practices_stored(tuple(practices), ontology, embedder, [proposed[row["id"]] for row in practices]) as reader:
        yield reader


def token_weights(texts: Sequence[str]) -> dict[str, float]:
    """Inverse document frequency of the tokens that are not rare; under the empty key that of the rare ones."""
    counts = Counter(token for text in texts for token in set(index_tokens(text)))

    def weight(count: int) -> float:
        return round(math.log(1 + len(texts) / count), 2)

    return {
        "": weight(_FEWEST_TEXTS),
        **{token: weight(count) for token, count in sorted(counts.items()) if count > _FEWEST_TEXTS},
    }


def logistic(features: Floats, answers: Floats, penalty: float = _PENALTY) -> Floats:
    """Coefficients of a ridge logistic regression by Newton's method; the first, of a column of ones, is free."""
    inputs = np.hstack([np.ones((len(features), 1)), features])
    ridge = np.diag([0.0, *[penalty] * features.shape[1]])
    weights = np.zeros(inputs.shape[1])
    for _ in range(50):
        chance = 1 / (1 + np.exp(-inputs @ weights))
        slope = inputs.T @ (chance - answers) + ridge @ weights
        curve = (inputs * (chance * (1 - chance))[:, None]).T @ inputs + ridge
        step = np.linalg.solve(curve, slope)
        weights -= step
        if float(np.abs(step).max()) < 1e-9:
            break
    return weights


def main() -> None:
    """Fit, write, and print what the fit is worth, for every embedder that ships with the product."""
    from engines.embedding.fitted import FittedEmbedder
    from engines.embedding.static import StaticEmbedder
    from ontology.load import load_ontology

    _write("token_weights.json", token_weights(labelled_texts()))
    ontology = load_ontology()
    queries = QueryReader(ontology)
    models: dict[str, Any] = {}
    for embedder in (StaticEmbedder.load(), FittedEmbedder.load()):
        print(f"== {embedder.fingerprint}")
        models[ranking.family(embedder.fingerprint)] = asdict(fit(seen_queries(ontology, queries, embedder)))
    _write("relevance.json", models)


def seen_queries(ontology: Ontology, queries: QueryReader, embedder: Embedder) -> list[Seen]:
    """Every judged query as the ranking sees it."""
    seen = []
    with judged_store(ontology, embedder) as reader:
        for judged in judged_queries():
            understood = queries.understand(judged.query)
            found = candidates(reader, embedder, understood, Scope(PRACTICES)) if understood.tokens else []
            seen.append(Seen(judged, query_signals(understood, found), [(each.id, each.signals) for each in found]))
    return seen


def fit(seen: Sequence[Seen]) -> Relevance:
    """Fit on all, and print figures of models fitted without the query that they judge.

    What is answerable enough is found on those models' probabilities: on its own queries a model is too sure.
    """
    mixed = [seen[place] for place in np.random.default_rng(0).permutation(len(seen))]
    folds = [mixed[at::_FOLDS] for at in range(_FOLDS)]
    unseen = [fitted([each for other in folds if other is not fold for each in other]) for fold in folds]
    of = {each.judged.query: unseen[place] for place, fold in enumerate(folds) for each in fold}
    least = _threshold([(of[each.judged.query].answerable(each.query), bool(each.judged.relevant)) for each in seen])
    of = {query: replace(model, least_query=least) for query, model in of.items()}
    model = replace(fitted(seen), least_query=least)
    _report("fitted on all", seen, lambda _: model)
    _report("held back", seen, lambda each: of[each.judged.query])
    return model


def fitted(seen: Sequence[Seen]) -> Relevance:
    """The model that these queries and their candidates amount to; it takes every query for answerable enough."""
    query = _coefficients([asdict(each.query) for each in seen], [bool(each.judged.relevant) for each in seen])
    shown = [
        ({name: getattr(signals, name) for name in _FITTED}, id in each.judged.relevant)
        for each in seen
        if each.judged.relevant
        for id, signals in each.candidates
    ]
    practice = _coefficients([signals for signals, _ in shown], [yes for _, yes in shown])
    # No judged query names by number or label what the practices evidence; that is put on a scale by `_SURE`.
    practice["graph"] = round(math.log(_SURE / (1 - _SURE)) - practice["intercept"], 3)
    return Relevance(query, practice, least_query=0.0, least=_LEAST)


def _coefficients(rows: Sequence[dict[str, float]], answers: Sequence[bool]) -> dict[str, float]:
    """Weights by name; what would speak against an answer when there is more of it is left out."""
    names = list(rows[0])
    while True:
        weights = logistic(
            np.array([[row[name] for name in names] for row in rows]), np.array(answers, dtype=np.float64)
        )
        least = int(weights[1:].argmin())
        if weights[1 + least] >= 0:
            return dict(zip(("intercept", *names), (round(float(weight), 3) for weight in weights), strict=True))
        del names[least]


def mistakes(seen: Sequence[Seen], model_of: Callable[[Seen], Relevance]) -> tuple[list[Seen], list[Seen]]:
    """Queries that are answerable and get no answer, and those without an answer that get one."""
    silent, false = [], []
    for each in seen:
        model = model_of(each)
        answered = model.answerable(each.query) >= model.least_query
        if each.judged.relevant and not answered:
            silent.append(each)
        if not each.judged.relevant and answered:
            false.append(each)
    return silent, false


def order(seen: Seen, model: Relevance) -> list[tuple[str, float]]:
    """Candidates with their probabilities, likeliest first."""
    answerable = model.answerable(seen.query)
    scored = [(id, answerable * model.relevant(signals)) for id, signals in seen.candidates]
    return sorted(scored, key=lambda pair: (-pair[1], pair[0]))


def _threshold(chances: Sequence[tuple[float, bool]]) -> float:
    """The least probability that counts as an answer: the lowest that leaves no more of those without one answered."""
    senseless = np.array([chance for chance, yes in chances if not yes])
    return next(
        least
        for least in (round(0.01 * step, 2) for step in range(5, 101))
        if float(np.mean(senseless >= least)) <= _ANSWERED_AT_MOST
    )


def _report(what: str, seen: Sequence[Seen], model_of: Callable[[Seen], Relevance]) -> None:
    silent, false = mistakes(seen, model_of)
    answerable = [each for each in seen if each.judged.relevant]
    print(f"{what}: silent on {len(silent)} of {len(answerable)}: {[each.judged.query for each in silent]}")
    print(f"{what}: answers {len(false)} of {len(seen) - len(answerable)}: {[each.judged.query for each in false]}")
    gains: dict[str, list[float]] = {}
    pairs = []
    for each in answerable:
        ranked = order(each, model_of(each))
        grades = dict.fromkeys(each.judged.relevant, 1)
        for kind in ("all", each.judged.kind):
            gains.setdefault(kind, []).append(ndcg([id for id, _ in ranked], grades))
        pairs.append([(score, id in each.judged.relevant) for id, score in ranked if score >= _LEAST][:10])
    print(f"{what}: nDCG@10 " + "  ".join(f"{kind} {float(np.mean(values)):.3f}" for kind, values in gains.items()))
    print(f"{what}: calibration error {calibration_error(pairs).value:.3f}")


def _write(name: str, content: dict[str, Any]) -> None:
    lines = ",\n".join(f"{json.dumps(key, ensure_ascii=False)}: {json.dumps(value)}" for key, value in content.items())
    (_HERE / name).write_text("{\n" + lines + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()

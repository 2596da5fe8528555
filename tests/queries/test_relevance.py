"""The fitted relevance model on the judged queries: what is shipped is what the fit is worth."""

from collections.abc import Iterator

import numpy as np
import pytest

from engines.embedder import Embedder
from engines.store import Reader, Scope
from ontology.model import Ontology
from queries.fitting import judged_practices, judged_queries, judged_store, logistic, ndcg, token_weights
from queries.ranking import relevance
from queries.search import PRACTICES, Searcher, SearchRequest, query_signals


@pytest.fixture(scope="module")
def judged(embedder: Embedder) -> Iterator[Reader]:
    with judged_store(embedder) as reader:
        yield reader


def test_the_judgements_are_about_practices_that_are_there() -> None:
    queries, practices = judged_queries(), {row["id"] for row in judged_practices()}
    assert sum(bool(each.relevant) for each in queries) >= 60
    assert sum(not each.relevant for each in queries) >= 20
    assert all(each.relevant <= practices for each in queries)
    assert len({each.query for each in queries}) == len(queries)


def test_abstention_on_the_judged_queries(judged: Reader, searcher: Searcher, embedder: Embedder) -> None:
    model = relevance(embedder.fingerprint)
    silent, false = [], []
    for each in judged_queries():
        understood = searcher.understand(each.query)
        candidates = searcher.candidates(judged, understood, Scope(PRACTICES)) if understood.tokens else []
        answered = model.answerable(query_signals(understood, candidates)) >= model.least_query
        if each.relevant and not answered:
            silent.append(each.query)
        if not each.relevant and answered:
            false.append(each.query)
    assert len(silent) <= 10, silent
    assert len(false) <= 1, false


def test_quality_of_the_order(judged: Reader, ontology: Ontology, embedder: Embedder) -> None:
    searcher = Searcher(ontology, embedder)
    values = []
    for each in judged_queries():
        if each.relevant:
            candidates = searcher.candidates(judged, searcher.understand(each.query), Scope(PRACTICES))
            values.append(ndcg([candidate.id for candidate in candidates], each.relevant))
    assert float(np.mean(values)) >= 0.53


def test_the_score_means_what_it_says(judged: Reader, searcher: Searcher) -> None:
    """Of the practices shown with a score of about p, about the share p answers the query."""
    pairs = [
        (result.score, result.practice.id in each.relevant)
        for each in judged_queries()
        for result in searcher.search(judged, SearchRequest(each.query, limit=40), access=None).results
    ]
    scores, answers = np.array([score for score, _ in pairs]), np.array([answer for _, answer in pairs])
    bins = np.digitize(scores, [0.2, 0.4, 0.6, 0.8])
    error = sum(
        abs(scores[bins == place].mean() - answers[bins == place].mean()) * (bins == place).mean()
        for place in range(5)
        if (bins == place).any()
    )
    assert error < 0.12


def test_the_regression_finds_a_known_slope() -> None:
    random = np.random.default_rng(0)
    features = random.normal(size=(4000, 2))
    answers = (random.random(4000) < 1 / (1 + np.exp(-(0.5 + 2 * features[:, 0] - features[:, 1])))).astype(np.float64)
    assert logistic(features, answers) == pytest.approx([0.5, 2.0, -1.0], abs=0.15)


def test_ndcg_is_one_for_the_best_order_and_less_for_others() -> None:
    assert ndcg(["a", "b", "c"], frozenset("ab")) == 1
    assert 0 < ndcg(["c", "a", "b"], frozenset("ab")) < 1
    assert ndcg(["c"], frozenset("ab")) == 0


def test_common_tokens_weigh_less() -> None:
    weights = token_weights(["质量 qc", "质量 a", "质量 b", "质量 c", "质量 d", "质量 e"] + ["qc"] * 4)
    assert weights["质量"] < weights[""]
    assert "a" not in weights

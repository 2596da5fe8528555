"""The fitted relevance model on the judged queries: what is shipped is what the fit is worth."""

import numpy as np
import pytest

from engines.embedder import Embedder
from engines.embedding.fitted import FittedEmbedder
from ontology.model import Ontology
from queries import blind
from queries.fitting import Seen, logistic, mistakes, order, seen_queries, token_weights
from queries.judgements import judged_practices, judged_queries
from queries.measures import calibration_error, mean, ndcg, recall, reciprocal_rank
from queries.ranking import relevance
from queries.understanding import QueryReader


@pytest.fixture(scope="module", params=["static", "fitted"])
def seen(request: pytest.FixtureRequest, ontology: Ontology, embedder: Embedder) -> list[Seen]:
    chosen: Embedder = embedder if request.param == "static" else FittedEmbedder.load()
    assert chosen.fingerprint.startswith(request.param)
    return seen_queries(ontology, QueryReader(ontology), chosen)


def test_the_judgements_are_about_practices_that_are_there() -> None:
    queries, practices = judged_queries(), {row["id"] for row in judged_practices()}
    assert sum(bool(each.relevant) for each in queries) >= 200
    assert sum(not each.relevant for each in queries) >= 100
    assert all(each.relevant <= practices for each in queries)
    assert len({each.query for each in queries}) == len(queries)
    assert blind.read().keys() == practices


def test_what_is_shipped_answers_the_judged_queries(seen: list[Seen], request: pytest.FixtureRequest) -> None:
    model = relevance(request.node.callspec.params["seen"])
    silent, false = mistakes(seen, lambda _: model)
    assert len(silent) <= 10, [each.judged.query for each in silent]
    assert len([each for each in false if each.judged.kind == "off"]) <= 3, [each.judged.query for each in false]
    assert len(false) <= 32, [each.judged.query for each in false]
    gains, pairs = [], []
    for each in seen:
        if each.judged.relevant:
            ranked = order(each, model)
            gains.append(ndcg([id for id, _ in ranked], dict.fromkeys(each.judged.relevant, 1)))
            pairs.append([(score, id in each.judged.relevant) for id, score in ranked if score >= model.least][:10])
    assert float(np.mean(gains)) >= 0.65
    assert calibration_error(pairs).value < 0.08


def test_the_regression_finds_a_known_slope() -> None:
    random = np.random.default_rng(0)
    features = random.normal(size=(4000, 2))
    answers = (random.random(4000) < 1 / (1 + np.exp(-(0.5 + 2 * features[:, 0] - features[:, 1])))).astype(np.float64)
    assert logistic(features, answers) == pytest.approx([0.5, 2.0, -1.0], abs=0.15)


def test_measures_are_best_for_the_best_order_and_less_for_others() -> None:
    grades = {"a": 2, "b": 1}
    assert ndcg(["a", "b", "c"], grades) == 1
    assert ndcg(["b", "a"], grades) == pytest.approx((1 + 2 / np.log2(3)) / (2 + 1 / np.log2(3)))
    assert ndcg(["c"], grades) == 0
    assert reciprocal_rank(["c", "b"], grades) == 0.5
    assert reciprocal_rank([], grades) == 0
    assert recall(["a", "c"], grades) == 0.5
    assert recall(["c"] * 10 + ["a"], grades) == 0


def test_intervals_hold_the_mean_and_narrow_with_more_queries() -> None:
    few, many = mean([0.0, 1.0] * 10), mean([0.0, 1.0] * 200)
    assert few.low < few.value == many.value == 0.5 < few.high
    assert many.high - many.low < few.high - few.low
    assert mean([]).queries == 0


def test_calibration_error_is_the_distance_of_probability_and_share() -> None:
    assert calibration_error([[(0.75, True), (0.75, True), (0.75, True), (0.75, False)]]).value == pytest.approx(0)
    assert calibration_error([[(0.95, False)], [(0.95, False)]]).value == pytest.approx(0.95)
    assert calibration_error([[]]).value == 0


def test_common_tokens_weigh_less() -> None:
    weights = token_weights(["质量 qc", "质量 a", "质量 b", "质量 c", "质量 d", "质量 e"] + ["qc"] * 4)
    assert weights["质量"] < weights[""]
    assert "a" not in weights

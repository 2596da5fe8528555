"""Evaluation compares like with like, and the shipped model reaches its floors on texts that it never saw."""

import json
from typing import Any, Final

import numpy as np
import pytest

from analysis.alignment.base import BaseScores
from analysis.alignment.evaluate import METHODS, SHORT, STEPS, Evaluation, evaluate_dev, evaluate_test, report
from analysis.alignment.evidence import Evidence
from analysis.alignment.shipped import load_shipped
from analysis.alignment.texts import LabelledText, read_test_texts
from analysis.alignment.variants import N_GRAMS, VARIANTS, WITHOUT_CUES, reduced
from ontology.model import Ontology
from tests.alignment.conftest import SMALL, Trained

# A little below what the shipped model reaches on the test texts; docs/alignment.md has the figures.
LEAST: Final = {
    "clauses": {"first_right": 0.88, "primary_first": 0.76, "right_in_top_3": 0.98, "micro_f1": 0.7, "macro_f1": 0.69},
    "requirements": {"first_right": 0.83, "primary_first": 0.59, "right_in_top_3": 0.98, "micro_f1": 0.59},
}
MOST: Final = {
    "clauses": {
        "off_topic_false_alarms": 0.03,
        "wrongly_silent": 0.14,
        "calibration_error": 0.02,
        "calibration_error_first": 0.1,
    },
    "requirements": {
        "off_topic_false_alarms": 0.03,
        "wrongly_silent": 0.19,
        "calibration_error": 0.01,
        "calibration_error_first": 0.09,
    },
}
LEAST_LONG: Final = 0.87


@pytest.fixture(scope="module")
def tested(ontology: Ontology) -> dict[str, Any]:
    return report(evaluate_test(read_test_texts(), ontology, load_shipped()), ontology)


@pytest.fixture(scope="module")
def crossed(texts: list[LabelledText], ontology: Ontology) -> tuple[Evaluation, list[str]]:
    lines: list[str] = []
    return evaluate_dev(texts[::4], ontology, SMALL, lines.append), lines


@pytest.mark.parametrize("level", LEAST)
def test_shipped_model_is_as_good_on_unseen_texts_as_it_was(tested: dict[str, Any], level: str) -> None:
    found = {name: figure["value"] for name, figure in tested[level]["trained"]["all"].items()}
    assert {name: found[name] for name, least in LEAST[level].items() if found[name] < least} == {}
    assert {name: found[name] for name, most in MOST[level].items() if found[name] > most} == {}


def test_shipped_model_reads_long_texts_too(tested: dict[str, Any]) -> None:
    assert tested["parts"]["long"]["texts"] >= 70
    assert tested["clauses"]["trained"]["long"]["first_right"]["value"] >= LEAST_LONG


def test_shipped_model_is_far_better_than_wording_alone(tested: dict[str, Any]) -> None:
    for level in ("clauses", "requirements"):
        trained, wording = (tested[level][method]["all"] for method in ("trained", "zero-shot"))
        assert trained["first_right"]["low"] > wording["first_right"]["high"]
        assert wording["micro_f1"] is None


def test_parts_are_the_texts_divided(tested: dict[str, Any]) -> None:
    parts = tested["parts"]
    for names in (("short", "middle", "long"), ("reported", "composed")):
        for count in ("texts", "off_topic"):
            assert sum(parts[name][count] for name in names) == parts["all"][count]


def test_cross_validation_measures_every_method_on_the_same_texts(
    crossed: tuple[Evaluation, list[str]], texts: list[LabelledText], ontology: Ontology
) -> None:
    evaluation, lines = crossed
    assert len(lines) == STEPS
    assert sorted(text.text for text in evaluation.texts) == sorted(text.text for text in texts[::4] if text.held)
    assert tuple(evaluation.answers) == METHODS
    clauses, requirements = evaluation.answers["trained"]
    for method in METHODS:
        for mine, other in zip((clauses, requirements), evaluation.answers[method], strict=True):
            np.testing.assert_array_equal(mine.truth, other.truth)
            np.testing.assert_array_equal(mine.primary, other.primary)
            assert method == "trained" or not np.array_equal(mine.scores, other.scores)
    # The principal label is one of the right ones, and the first in its line.
    for text, column in zip(evaluation.texts, clauses.primary.tolist(), strict=True):
        assert (evaluation.layout.clauses[column] if column >= 0 else None) == next(iter(text.clauses), None)
    short = [text for text in evaluation.texts if len(text.text) <= SHORT]
    figures = report(evaluation, ontology, draws=50)
    assert figures["parts"]["short"]["texts"] == len(short)
    assert [row["id"] for row in figures["per_clause"]] == list(evaluation.layout.clauses)
    assert [row["id"] for row in figures["per_requirement"]] == list(evaluation.layout.requirements)
    assert sum(row["texts"] for row in figures["per_clause"]) == int(clauses.truth.sum())
    assert json.loads(json.dumps(figures)) == figures
    best = figures["clauses"]["trained"]["all"]
    assert best["primary_first"]["value"] < best["first_right"]["value"] < best["right_in_top_3"]["value"]
    assert best["first_right"]["low"] > figures["clauses"]["zero-shot"]["all"]["first_right"]["high"]


def test_a_reduced_model_is_the_whole_one_with_less(trained: Trained, ontology: Ontology) -> None:
    evaluation = evaluate_test(trained.unseen[:200], ontology, trained.shipped)
    assert tuple(evaluation.answers) == METHODS
    clauses, _ = evaluation.answers["trained"]
    for variant in VARIANTS:
        less, _ = evaluation.answers[variant]
        assert not np.allclose(clauses.scores, less.scores)
        # Refitted calibrators: its proposals are about as many, and not none.
        assert 0.5 * clauses.proposed.sum() < less.proposed.sum() < 2 * clauses.proposed.sum()


def test_evidence_is_reduced_by_what_is_named_and_nothing_else() -> None:
    full = Evidence(
        BaseScores((np.full((2, 3), 1.0), np.full((2, 3), 2.0), np.full((2, 3), 3.0))),
        np.full((2, 1), 4.0),
        np.full((2, 2), 5.0),
        np.full((2, 8), 6.0),
    )
    without = reduced(full, WITHOUT_CUES)
    assert without.scores == full.scores
    assert (without.words == full.words).all()
    assert not without.cues.any()
    assert without.topic.tolist() == [[0.0] * 4 + [6.0] * 4] * 2
    grams = reduced(full, N_GRAMS)
    assert (grams.scores.parts[0] == 1.0).all()
    rest = (*grams.scores.parts[1:], grams.words, grams.cues, grams.topic)
    assert not any(part.any() for part in rest)
    assert (full.topic == 6.0).all()
    with pytest.raises(ValueError, match="without-cues"):
        reduced(full, "nothing")

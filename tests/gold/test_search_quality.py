"""The quality gate: search and alignment on the gold set stay above floors a little below what was measured."""

from pathlib import Path
from typing import Final

import pytest

from analysis.alignment.model import Aligner
from engines.embedding.static import StaticEmbedder
from ontology.load import load_ontology
from ontology.model import Ontology
from queries.evaluation import Row, evaluate_alignment, evaluate_search
from queries.gold import GoldMissing, GoldSet, read_gold

# Group → least nDCG@10 of the ranking. Measured figures: docs/search.md.
NDCG: Final = {
    "all": 0.7,
    "keyword": 0.76,
    "question": 0.67,
    "colloquial": 0.52,
    "typo": 0.67,
    "english": 0.75,
    "requirement": 0.78,
}
LEAST_MRR: Final = 0.9
MOST_SILENT: Final = 0.04
MOST_ANSWERED: Final = 0.26
MOST_MISCALIBRATED: Final = 0.14
LEAST_FIRST_CLAUSE: Final = 0.75

Rows = dict[tuple[str, str], Row]


@pytest.fixture(scope="module")
def ontology() -> Ontology:
    return load_ontology()


@pytest.fixture(scope="module")
def aligner(ontology: Ontology) -> Aligner:
    return Aligner.load(ontology)


@pytest.fixture(scope="module")
def gold() -> GoldSet:
    return read_gold(Path(__file__).parent)


@pytest.fixture(scope="module")
def rows(gold: GoldSet, ontology: Ontology, aligner: Aligner) -> Rows:
    found = evaluate_search(gold, ontology, StaticEmbedder.load(), aligner)
    return {(row.ranker, row.group): row for row in found}


@pytest.mark.parametrize("group", NDCG)
def test_the_order_is_as_good_as_it_was(rows: Rows, group: str) -> None:
    assert rows["search", group].ndcg.value >= NDCG[group]


def test_the_ranking_beats_words_alone_and_vectors_alone(rows: Rows) -> None:
    both = rows["search", "all"].ndcg
    assert both.low > rows["words", "all"].ndcg.high
    assert both.value > rows["dense", "all"].ndcg.value + 0.02


def test_the_first_answer_is_right_as_often(rows: Rows) -> None:
    assert rows["search", "all"].mrr.value >= LEAST_MRR


def test_sensible_questions_are_answered_and_senseless_ones_are_not(rows: Rows) -> None:
    assert rows["search", "all"].silent.value <= MOST_SILENT
    assert rows["search", "no-answer"].answered.value <= MOST_ANSWERED


def test_scores_mean_what_they_say(rows: Rows) -> None:
    error = rows["search", "all"].ece
    assert error is not None
    assert error.value <= MOST_MISCALIBRATED


def test_the_alignment_is_as_good_as_it_was(gold: GoldSet, ontology: Ontology, aligner: Aligner) -> None:
    figures = evaluate_alignment(gold, ontology, aligner)
    assert figures["clauses"]["first_right"].value >= LEAST_FIRST_CLAUSE
    for level in figures.values():
        for figure in level.values():
            assert 0 <= figure.low <= figure.value <= figure.high <= 1


def test_a_folder_without_the_set_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(GoldMissing, match=r"practices\.jsonl"):
        read_gold(tmp_path)

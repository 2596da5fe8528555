"""Match: a text against clauses and requirement points, with the shipped aligner."""

import pytest

from analysis.alignment.model import Aligner
from ontology.model import Ontology
from queries.errors import BadQuestion
from queries.match import match
from tests.queries.content import SUPPLIERS, ZONES


@pytest.fixture(scope="module")
def aligner(ontology: Ontology) -> Aligner:
    return Aligner.load(ontology)


def test_clauses_and_requirements_come_ranked_and_explained(aligner: Aligner, ontology: Ontology) -> None:
    answer = match(aligner, ontology, ZONES.text, limit=14)
    assert answer.clauses[0].id == "execution"
    assert {each.id for each in answer.clauses} == {clause.id for clause in ontology.matchable_clauses}
    confidences = [each.confidence for each in answer.clauses]
    assert confidences == sorted(confidences, reverse=True)
    assert answer.requirements[0].id == "execution-6"
    assert answer.requirements[0].statement == "开展质量党建责任区"
    assert answer.model == aligner.model
    for meeting in answer.requirements[0].explanation:
        assert ZONES.text[meeting.start : meeting.end] == meeting.words
    assert answer.requirements[0].explanation
    assert all(not each.explanation for each in answer.requirements[3:])


def test_the_limit_bounds_both_lists(aligner: Aligner, ontology: Ontology) -> None:
    answer = match(aligner, ontology, SUPPLIERS.text, limit=1)
    assert (len(answer.clauses), len(answer.requirements)) == (1, 1)
    assert answer.clauses[0].id == "communication"
    assert len(match(aligner, ontology, SUPPLIERS.text, limit=64).clauses) == len(ontology.matchable_clauses)


@pytest.mark.parametrize("text", ["今天天气很好，适合出门散步。", "汽车保险条款规定理赔流程。"])
def test_a_text_about_something_else_is_abstained_from(aligner: Aligner, ontology: Ontology, text: str) -> None:
    answer = match(aligner, ontology, text)
    assert answer.abstained
    assert not any(each.proposed for each in answer.clauses)


@pytest.mark.parametrize("limit", [0, 65, -1])
def test_a_limit_out_of_range_is_refused(aligner: Aligner, ontology: Ontology, limit: int) -> None:
    with pytest.raises(BadQuestion, match="limit"):
        match(aligner, ontology, ZONES.text, limit)


@pytest.mark.parametrize("text", ["", " \n", "。。。"])
def test_a_text_without_a_word_is_refused(aligner: Aligner, ontology: Ontology, text: str) -> None:
    with pytest.raises(BadQuestion, match="没有文字"):
        match(aligner, ontology, text)

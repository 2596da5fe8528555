"""Questions and practices in traditional characters are read as those in simplified ones."""

from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.alignment.model import Aligner
from analysis.traditional import simplified
from engines.store import Reader
from ontology.model import Ontology
from queries.search import Searcher, SearchRequest
from tests.queries.content import CIRCLES, SUPPLIERS, SURVEY, ZONES, Sample

_FORMS = {pair[1]: pair[0] for pair in (files("analysis") / "traditional.txt").read_text(encoding="utf-8").split()}


def traditional(text: str) -> str:
    """The text with one of the traditional forms of every character that has any."""
    return "".join(_FORMS.get(character, character) for character in text)


@pytest.mark.parametrize(
    "query",
    ["质量党建责任区", "怎么让供应商重视质量", "5.3 诊断报告怎么写", "《中国共产党章程》", "党员先锋岗怎么挂牌摘牌"],
)
def test_question_in_either_script_gets_the_same_answer(searcher: Searcher, reader: Reader, query: str) -> None:
    written, asked = (searcher.search(reader, SearchRequest(form), access=None) for form in (traditional(query), query))
    assert traditional(query) != query
    assert [(each.practice.id, each.score, each.why, each.highlights) for each in written.results] == [
        (each.practice.id, each.score, each.why, each.highlights) for each in asked.results
    ]
    assert (written.facts, written.gaps, written.understood) == (asked.facts, asked.gaps, asked.understood)


@pytest.mark.parametrize("sample", [CIRCLES, SUPPLIERS, SURVEY, ZONES])
def test_practice_in_either_script_is_judged_alike_and_quoted_as_written(ontology: Ontology, sample: Sample) -> None:
    aligner = Aligner.load(ontology)
    text = traditional(sample.text)
    assert text != sample.text
    judged = aligner.align(sample.text)
    assert aligner.align(text) == judged
    for met in (each.id for each in judged.requirements if each.proposed):
        assert aligner.best_span(text, met) == aligner.best_span(sample.text, met)
        theirs, ours = aligner.explain(text, met), aligner.explain(sample.text, met)
        assert [(each.start, each.end, each.meets) for each in theirs] == [
            (each.start, each.end, each.meets) for each in ours
        ]
        assert all(text[each.start : each.end] == each.words for each in theirs)


@given(st.text())
def test_offsets_stay_and_simplified_text_is_left_alone(text: str) -> None:
    simple = simplified(text)
    assert len(simple) == len(text)
    assert simplified(simple) == simple
    assert simplified(traditional(simple)) == simple


def test_characters_of_both_scripts_are_left_alone() -> None:
    assert simplified("著作、乾坤、后勤、中国") == "著作、乾坤、后勤、中国"

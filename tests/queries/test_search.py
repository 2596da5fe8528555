"""Search: what is found, in which order, why, and when nothing is."""

import subprocess
import sys
from dataclasses import fields, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.tokens import index_tokens
from engines.embedder import Embedder
from engines.store import Hit, Reader, Scope
from ontology.model import Ontology
from queries.candidates import candidates
from queries.errors import BadCursor, UnknownId
from queries.ranking import Signals, against_best, agreement, between, overlap, relevance
from queries.reasons import highlights
from queries.search import PRACTICES, Searcher, SearchRequest
from queries.words import weighed, words_known, words_share
from tests.queries.content import (
    CHARITY,
    CIRCLES,
    GROUP,
    OTHER,
    POSTS,
    SECRET,
    SUPPLIERS,
    SURVEY,
    TRAINING,
    ZONES,
    Sample,
    id_of,
    organization_id,
)

ALL = None
STAFF = frozenset({"default"})


def found(
    searcher: Searcher, reader: Reader, request: SearchRequest | str, access: frozenset[str] | None = ALL
) -> list[str]:
    asked = SearchRequest(request) if isinstance(request, str) else request
    return [result.practice.id for result in searcher.search(reader, asked, access=access).results]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("质量党建责任区", (ZONES, SECRET)),
        ("哪些做法可佐证『开展质量党建责任区』？", (ZONES, SECRET)),
        ("responsibility zones", (ZONES, SECRET)),
        ("质量党建责仁区", (ZONES, SECRET)),
        ("QC小组", (CIRCLES,)),
        ("怎么让供应商重视质量", (SUPPLIERS,)),
        ("诊断报告怎么写", (SURVEY,)),
        ("干砸过的人当老师", (TRAINING,)),
        ("党员先锋岗怎么挂牌摘牌", (POSTS,)),
        ("向灾区捐赠棉被", (CHARITY,)),
        ("5.3", (SURVEY,)),
    ],
)
def test_the_practice_that_answers_comes_first(
    searcher: Searcher, reader: Reader, query: str, first: tuple[Sample, ...]
) -> None:
    assert found(searcher, reader, query)[0] in {id_of(each) for each in first}


@pytest.mark.parametrize(
    "query",
    ["今天天气", "食堂菜谱", "xqzjw kfpt", "比特币价格", "how to cook rice", "", "   ", "？？？", "。。。！", "🙂"],
)
def test_nothing_relevant_is_said_to_be_nothing(searcher: Searcher, reader: Reader, query: str) -> None:
    answer = searcher.search(reader, SearchRequest(query), access=ALL)
    assert answer.abstained
    assert answer.results == ()
    assert answer.next is None


def test_a_question_about_a_gap_is_answered_by_the_gap(searcher: Searcher, reader: Reader) -> None:
    answer = searcher.search(reader, SearchRequest("效能的定义"), access=ALL)
    assert [gap.id for gap in answer.gaps] == ["gap-definition-t-efficacy"]
    assert not answer.abstained


def test_a_result_says_why_and_where(searcher: Searcher, reader: Reader) -> None:
    answer = searcher.search(reader, SearchRequest("开展质量党建责任区"), access=STAFF)
    result = answer.results[0]
    assert result.practice.id == id_of(ZONES)
    assert result.requirements[0].id == "execution-6"
    assert result.evidence[0].quote
    assert result.outcomes[0].quote == "设备缺陷下降35%"
    assert result.practice.organization is not None
    marked = [result.practice.text[each.start : each.end] for each in result.highlights]
    assert "质量党建责任区" in marked
    assert "已采信：可佐证问题所指的要求要点“开展质量党建责任区”，把握程度 0.93" in result.why
    assert any("质量党建责任区" in line and "词语" in line for line in result.why)
    assert set(result.score_parts) == {field.name for field in fields(Signals)}
    assert result.score_parts["graph"] == 1.0
    assert answer.understood["requirements"] == [{"id": "execution-6", "title": "开展质量党建责任区"}]


def test_only_words_of_the_question_are_called_that(searcher: Searcher, reader: Reader) -> None:
    said, head = 0, "文中有问题里的词语："
    for query in ("质量党建责任去", "老师傅怎么带徒弟", "责任区开展得怎么样"):
        for result in searcher.search(reader, SearchRequest(query), access=ALL).results:
            for line in (line for line in result.why if line.startswith(head)):
                assert [word for word in line.removeprefix(head).split("、") if word not in query] == []
                said += 1
    assert said > 3


def test_whose_a_practice_is_is_told_when_it_was_asked_for(searcher: Searcher, reader: Reader) -> None:
    for query, name in (("民营企业供应商质量承诺", "民营企业"), ("机械 供应商质量承诺", "机械")):
        first = searcher.search(reader, SearchRequest(query), access=ALL).results[0]
        assert first.practice.id == id_of(SUPPLIERS)
        assert f"单位、行业或性质与问题相符：{name}" in first.why
    without = searcher.search(reader, SearchRequest("供应商质量承诺"), access=ALL).results[0]
    assert not any("相符" in line for line in without.why)


@pytest.mark.parametrize("query", ["35", "-35", "' 35=35 --", "4"])
def test_a_digit_or_two_is_no_question(searcher: Searcher, reader: Reader, query: str) -> None:
    assert "35" in index_tokens(ZONES.text)
    assert searcher.search(reader, SearchRequest(query), access=ALL).abstained


def test_an_id_as_answers_print_it_names_its_requirement(searcher: Searcher, reader: Reader) -> None:
    answer = searcher.search(reader, SearchRequest("execution-6"), access=STAFF)
    assert answer.understood["requirements"] == [{"id": "execution-6", "title": "开展质量党建责任区"}]
    assert answer.results[0].practice.id == id_of(ZONES)


def test_a_word_that_a_practice_holds_is_found_though_it_looks_like_a_slip(searcher: Searcher, reader: Reader) -> None:
    answer = searcher.search(reader, SearchRequest("工义卖手工饼干"), access=ALL)
    assert answer.understood["suggestions"] == [{"typed": "工义", "meant": "工艺"}]
    assert answer.results[0].practice.id == id_of(CHARITY)


def test_words_that_one_practice_holds_apart_are_answered_by_it(searcher: Searcher, reader: Reader) -> None:
    assert "灾区棉被" not in CHARITY.text
    assert found(searcher, reader, "灾区棉被")[0] == id_of(CHARITY)


def test_scores_are_probabilities_and_hold_the_floor(searcher: Searcher, reader: Reader, embedder: Embedder) -> None:
    least = relevance(embedder.fingerprint).least
    for query in ("质量", "责任区", "党员", "供应商质量承诺"):
        for result in searcher.search(reader, SearchRequest(query), access=ALL).results:
            assert least <= result.score <= 1


def test_what_a_reader_may_not_see_is_not_found(searcher: Searcher, reader: Reader) -> None:
    assert id_of(SECRET) in found(searcher, reader, "责任区")
    assert id_of(SECRET) not in found(searcher, reader, "责任区", STAFF)
    assert found(searcher, reader, "责任区", frozenset()) == []
    assert found(searcher, reader, "责任区", frozenset({"inner"})) == [id_of(SECRET)]


@pytest.mark.parametrize(
    ("filters", "allowed"),
    [
        ({"clause": "execution"}, {ZONES, POSTS, SECRET}),
        ({"clause": "implementation"}, {ZONES, POSTS, SECRET, SURVEY, SUPPLIERS, TRAINING}),
        ({"requirement": "execution-6"}, {ZONES, SECRET}),
        ({"requirement": "execution-6", "status": "accepted"}, {ZONES}),
        ({"status": "accepted"}, {ZONES, SURVEY, SUPPLIERS}),
        ({"organization": GROUP}, {ZONES, POSTS, SURVEY}),
        ({"organization": organization_id(OTHER)}, {CIRCLES, SUPPLIERS, TRAINING}),
        ({"industry": "机械"}, {CIRCLES, SUPPLIERS, TRAINING}),
        ({"ownership": "民营企业"}, {CIRCLES, SUPPLIERS, TRAINING}),
        ({"collection": "inner"}, {SECRET}),
        ({"mechanism": "m-quality-responsibility-zone"}, {ZONES, SECRET}),
        ({"role": "r-suppliers"}, {SUPPLIERS}),
        ({"has_outcome": True}, {ZONES}),
        ({"has_outcome": False, "requirement": "execution-6"}, {SECRET}),
        ({"phase": "act"}, {CIRCLES}),
        ({"phase": "do", "clause": "execution"}, {ZONES, POSTS, SECRET}),
    ],
)
def test_filters_allow_only_what_fits(
    searcher: Searcher, reader: Reader, filters: dict[str, str], allowed: set[Sample]
) -> None:
    query = "、".join(each.title for each in allowed) or "质量党建责任区"
    ids = found(searcher, reader, SearchRequest(query, **filters))  # type: ignore[arg-type]
    assert set(ids) <= {id_of(each) for each in allowed}
    assert bool(ids) == bool(allowed)


@pytest.mark.parametrize(
    "filters",
    [
        {"clause": "no-such"},
        {"clause": "execution-6"},
        {"requirement": "execution"},
        {"organization": "没有这家公司"},
        {"collection": "no-such"},
        {"mechanism": "r-suppliers"},
        {"role": "no-such"},
        {"phase": "later"},
        {"industry": "航天"},
        {"ownership": "合伙"},
    ],
)
def test_a_filter_that_names_nothing_is_an_error(searcher: Searcher, reader: Reader, filters: dict[str, str]) -> None:
    with pytest.raises(UnknownId, match=next(iter(filters.values()))):
        searcher.search(reader, SearchRequest("质量", **filters), access=ALL)  # type: ignore[arg-type]


def test_what_the_standard_answers_is_not_padded_with_practices(searcher: Searcher, reader: Reader) -> None:
    answer = searcher.search(reader, SearchRequest("效能的定义"), access=ALL)
    assert answer.gaps
    assert not answer.results


def test_who_asks_for_surer_answers_gets_no_others(searcher: Searcher, reader: Reader, embedder: Embedder) -> None:
    understood = searcher.understand("怎么让供应商重视质量")
    found = candidates(reader, embedder, understood, Scope(PRACTICES))
    assert searcher.relevant(understood, found)
    assert searcher.relevant(understood, found, least=1.01) == []


def test_an_unknown_industry_is_told_with_the_known_ones(searcher: Searcher, reader: Reader) -> None:
    with pytest.raises(UnknownId, match=r"没有这个行业：航天；现有：.*机械"):
        searcher.search(reader, SearchRequest("质量党建责任区", industry="航天"), access=ALL)
    with pytest.raises(UnknownId, match=r"没有这个行业：航天$"):
        searcher.search(reader, SearchRequest("质量党建责任区", industry="航天"), access=frozenset())


@pytest.mark.parametrize("filters", [{"industry": "機械"}, {"industry": " 机械 "}, {"ownership": "民營企業"}])
def test_values_are_known_in_either_script(searcher: Searcher, reader: Reader, filters: dict[str, str]) -> None:
    assert found(searcher, reader, SearchRequest("质量", **filters))  # type: ignore[arg-type]


def test_a_long_list_of_known_values_is_said_to_be_cut() -> None:
    told = str(UnknownId("industry", "航天", [f"行业{number}" for number in range(30)]))
    assert "行业11等 30 个" in told
    assert "行业12" not in told


def test_a_known_industry_without_an_answer_is_no_error(searcher: Searcher, reader: Reader) -> None:
    assert searcher.search(reader, SearchRequest("咖啡机怎么修", industry="机械"), access=ALL).abstained


def test_a_filter_on_what_may_not_be_seen_is_the_same_error(searcher: Searcher, reader: Reader) -> None:
    for filters in ({"collection": "inner"}, {"organization": "西岗研究院"}):
        with pytest.raises(UnknownId):
            searcher.search(reader, SearchRequest("质量", **filters), access=STAFF)  # type: ignore[arg-type]


def test_pages_put_together_are_the_whole_answer(searcher: Searcher, reader: Reader) -> None:
    query = "质量党建责任区、党员先锋岗、诊断报告、供应商质量承诺"
    whole = found(searcher, reader, SearchRequest(query, limit=50))
    assert len(whole) > 3
    pages: list[str] = []
    cursor = None
    while True:
        answer = searcher.search(reader, SearchRequest(query, limit=2, cursor=cursor), access=ALL)
        pages += [result.practice.id for result in answer.results]
        cursor = answer.next
        if cursor is None:
            break
    assert pages == whole
    first = searcher.search(reader, SearchRequest(query, limit=2), access=ALL)
    with pytest.raises(BadCursor):
        searcher.search(reader, SearchRequest("供应商", cursor=first.next), access=ALL)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=60))
def test_any_query_is_answered_or_abstained_from(searcher: Searcher, reader: Reader, query: str) -> None:
    answer = searcher.search(reader, SearchRequest(query), access=ALL)
    assert answer.abstained == (not answer.results and not answer.facts and not answer.gaps)
    for result in answer.results:
        for mark in result.highlights:
            assert 0 <= mark.start < mark.end <= len(result.practice.text)


def test_scores_are_compared_within_a_query() -> None:
    assert against_best([Hit("a", 12.0), Hit("b", 3.0)]) == {"a": 1.0, "b": 0.25}
    assert against_best([]) == {}
    assert between({"a": 0.9, "b": 0.4, "c": 0.65}) == pytest.approx({"a": 1.0, "b": 0.0, "c": 0.5})
    assert between({"a": 0.3}) == {"a": 1.0}
    assert overlap({"x": 0.6, "y": 0.2}, {"x": 1.0}) == pytest.approx(0.75)
    assert overlap({}, {"x": 1.0}) == 0
    assert agreement({"x": 0.6, "y": 0.2}, {"x": 0.5, "y": 1.0}) == pytest.approx(0.3)


def test_the_probability_rises_with_every_sign_of_relevance(embedder: Embedder) -> None:
    model = relevance(embedder.fingerprint)
    low = Signals(vector=0.1, words=0.1)
    for sign in ("nearness", "words", "units", "bm25", "bridge", "clause", "graph", "accepted", "outcome"):
        assert model.relevant(replace(low, **{sign: 0.8})) > model.relevant(low), sign
    assert model.relevant(replace(low, accepted=1.0)) > model.relevant(replace(low, outcome=1.0))
    assert model.relevant(Signals(graph=1.0)) == pytest.approx(0.85, abs=0.01)


def test_results_stand_in_the_order_of_their_scores(searcher: Searcher, reader: Reader) -> None:
    for query in ("质量", "责任区", "怎么让供应商重视质量", "党员带头攻关", "supplier meeting"):
        results = searcher.search(reader, SearchRequest(query, limit=50), access=ALL).results
        assert results, query
        scores = [result.score for result in results]
        assert scores == sorted(scores, reverse=True)
        for result in results:
            below = [sibling.score for sibling in result.siblings]
            assert below == sorted(below, reverse=True)
            assert all(score <= result.score for score in below)


def test_practices_of_one_case_are_listed_under_the_likeliest(searcher: Searcher, reader: Reader) -> None:
    results = searcher.search(reader, SearchRequest("党员责任区和先锋岗", limit=50), access=ALL).results
    shown = [result.practice.id for result in results]
    beside = [sibling.id for result in results for sibling in result.siblings]
    assert len({*shown, *beside}) == len(shown) + len(beside)
    under = {result.practice.id: result for result in results}
    assert {id_of(ZONES), id_of(POSTS)} <= {*shown, *beside}
    for result in under.values():
        for sibling in result.siblings:
            assert sibling.title


def test_siblings_hold_what_the_reader_may_see(searcher: Searcher, reader: Reader) -> None:
    for result in searcher.search(reader, SearchRequest("责任区", limit=50), access=STAFF).results:
        assert id_of(SECRET) not in {sibling.id for sibling in result.siblings}


@pytest.mark.parametrize("query", ["supplier meeting", "公应商承诺", "怎么让供货的把质量当回事"])
def test_other_languages_slips_and_spoken_words_find_the_same(searcher: Searcher, reader: Reader, query: str) -> None:
    assert found(searcher, reader, query)[0] == id_of(SUPPLIERS)


def test_a_text_pasted_as_a_query_is_answered(searcher: Searcher, reader: Reader) -> None:
    answer = searcher.search(reader, SearchRequest((SUPPLIERS.text + ZONES.text) * 4), access=ALL)
    assert {id_of(SUPPLIERS), id_of(ZONES)} & {result.practice.id for result in answer.results}


def test_an_embedder_that_nobody_has_fitted_borrows_a_model(embedder: Embedder) -> None:
    assert relevance("elsewhere-1234") == relevance(embedder.fingerprint)


def test_a_rare_word_held_counts_more_than_a_common_one() -> None:
    query = weighed(("质量", "饸饹"))
    assert words_share(query, {"饸饹"}) > 0.5 > words_share(query, {"质量"}) > 0
    assert words_share(query, query.keys()) == 1
    assert words_share({}, {"质量"}) == 0
    assert words_known(query) < 1
    assert words_known(weighed(("质量",))) == 1


def test_highlights_join_what_touches_and_keep_latin_words_whole() -> None:
    text = "QC小组与FQCS小组都讲质量党建"
    assert [text[start:end] for start, end in highlights(("qc", "小组", "质量", "量党"), text)] == [
        "QC小组",
        "小组",
        "质量党",
    ]
    assert highlights(("的",), "好的") == ((1, 2),)
    assert highlights(("的", "质量"), "好的质量") == ((2, 4),)
    assert highlights(("第", "5", "章"), "第5次获奖") == ()
    assert highlights(("任区",), "支部鼓励群众报名担任区块副手") == ()


def test_search_loads_no_language_or_rdf_library() -> None:
    code = (
        "import sys, queries.search, queries.understanding, queries.gaps, queries.reasons;"
        "print([name for name in ('spacy', 'rdflib', 'pyshacl', 'sklearn', 'fastapi', 'pypinyin', 'jieba') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True)
    assert done.stdout.strip() == "[]"


def test_the_ontology_of_the_searcher_decides_what_is_a_gap(
    reader: Reader, ontology: Ontology, embedder: Embedder
) -> None:
    filled = ontology.model_copy(update={"gaps": ()})
    assert Searcher(filled, embedder).search(reader, SearchRequest("效能的定义"), access=ALL).gaps == ()

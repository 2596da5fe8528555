"""What a query names, and which gap it asks about."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.tokens import index_tokens, query_tokens
from ontology.load import load_ontology
from ontology.model import Ontology
from queries.gaps import gaps_asked_for
from queries.understanding import QueryReader
from tests.queries.content import CASES


@pytest.fixture(scope="module")
def queries(ontology: Ontology) -> QueryReader:
    return QueryReader(ontology)


@pytest.mark.parametrize(
    ("query", "clauses"),
    [
        ("5.9", {"execution"}),
        ("第5.9条的做法", {"execution"}),
        ("条款6.2", {"organization-planning", "evaluation-implementation"}),
        ("执行落地", {"execution"}),
        ("第五章", {"implementation", "basic-requirements"}),
        ("chapter 6", {"evaluation-improvement", "implementation"}),
        ("6.4 持续改进", {"continual-improvement"}),
        ("质量提升5.9%", set()),
        ("降低5.9个百分点", set()),
        ("GB/T 32230 5.2", set()),
        ("废品率从1.15.9降", set()),
    ],
)
def test_clauses_are_named_by_title_or_by_number_in_every_open_numbering(
    queries: QueryReader, query: str, clauses: set[str]
) -> None:
    assert set(queries.understand(query).clauses) == clauses


def test_a_number_is_said_to_be_inferred_while_the_numbering_is_open(queries: QueryReader, ontology: Ontology) -> None:
    said = queries.understand("第5章和条款6.2，5.9").shown(ontology)["numbering"]
    assert {each["number"]: {clause["id"] for clause in each["clauses"]} for each in said} == {
        "5": {"implementation", "basic-requirements"},
        "6.2": {"organization-planning", "evaluation-implementation"},
        "5.9": {"execution"},
    }
    assert "numbering" not in queries.understand("6.2 组织策划").shown(ontology)


def test_a_number_that_the_site_has_decided_on_is_not_said_to_be_inferred(tmp_path: Path) -> None:
    overlay = Path(__file__).parent.parent.parent / "ontology" / "overlay-example.ttl"
    (tmp_path / "site.ttl").write_text(overlay.read_text(encoding="utf-8"), encoding="utf-8")
    decided = QueryReader(load_ontology(tmp_path)).understand("5.9")
    assert decided.clauses
    assert decided.numbering == {}


@pytest.mark.parametrize(
    ("wide", "closed"), [("质 量 党 建 责 任 区", "质量党建责任区"), ("供　应　商 怎么管", "供应商 怎么管")]
)
def test_a_line_set_wide_is_read_closed_up(queries: QueryReader, wide: str, closed: str) -> None:
    said, meant = queries.understand(wide), queries.understand(closed)
    assert (said.tokens, said.requirements, said.searched) == (meant.tokens, meant.requirements, meant.searched)


def test_words_apart_stay_apart(queries: QueryReader) -> None:
    assert queries.understand("先锋岗 挂牌").query == "先锋岗 挂牌"


def test_pdca_names_the_cycle(queries: QueryReader, ontology: Ontology) -> None:
    assert queries.understand("怎么用PDCA改进").shown(ontology)["concepts"] == [{"id": "t-pdca", "title": "PDCA循环"}]


@pytest.mark.parametrize(
    ("query", "requirement"),
    [
        ("哪些做法可佐证『开展质量党建责任区』？", "execution-6"),
        ("质量党建责任区", "execution-6"),
        ("怎么建立教育培训的质量评价体系", "education-training-4"),
        ("responsibility zones", "execution-6"),
        ("model posts", "execution-7"),
        ("communicate to suppliers", "communication-2"),
    ],
)
def test_requirements_are_named_by_statement_near_statement_object_or_in_english(
    queries: QueryReader, query: str, requirement: str
) -> None:
    assert next(iter(queries.understand(query).requirements)) == requirement


def test_a_misspelt_label_adds_the_right_one_to_what_is_searched(queries: QueryReader) -> None:
    understood = queries.understand("质量党建责仁区")
    assert "质量党建责任区" in understood.added
    assert "责任" in understood.tokens


def test_a_label_that_stands_there_is_not_another_one_misspelt(queries: QueryReader) -> None:
    understood = queries.understand("质量文化")
    assert understood.added == ()
    assert [mention.node for mention in understood.mentions] == ["t-quality-culture"]


def test_documents_are_recognised_in_any_spelling(queries: QueryReader) -> None:
    for query in ("GB/T 32230", "GB／T32230-2015", "《企业质量文化建设指南》"):
        assert {citation.document for citation in queries.understand(query).citations} == {"gbt-32230"}


@given(st.text(max_size=80))
def test_any_text_is_understood_without_a_crash(queries: QueryReader, query: str) -> None:
    understood = queries.understand(query)
    assert all(0 < strength <= 1 for strength in understood.requirements.values())


@pytest.mark.parametrize(
    ("query", "gaps"),
    [
        ("效能的定义", {"gap-definition-t-efficacy"}),
        ("什么是效能", {"gap-definition-t-efficacy"}),
        ("definition of efficacy", {"gap-definition-t-efficacy"}),
        ("企业质量文化的定义", {"gap-definition-t-enterprise-quality-culture"}),
        ("规范性引用文件有哪些", {"gap-reference-list"}),
        ("本标准引用了哪些文件", {"gap-reference-list"}),
        ("标准编号是多少", {"gap-standard-number"}),
        ("这个标准什么时候发布", {"gap-standard-dates"}),
        ("基本要求有哪几项", {"gap-basic-requirements-items"}),
        ("第4章是什么", {"gap-chapter-4", "gap-basic-requirements-items"}),
        ("参编单位有哪些", {"gap-participating-units"}),
        ("质量文化怎么宣传", set()),
        ("GB/T 32230什么时候发布", set()),
        ("设备的标准编号怎么管理", set()),
        ("标杆企业有哪些做法", set()),
        ("今天天气", set()),
    ],
)
def test_a_question_about_a_gap_returns_it_and_others_do_not(
    ontology: Ontology, queries: QueryReader, query: str, gaps: set[str]
) -> None:
    assert {gap.id for gap in gaps_asked_for(ontology, queries.understand(query))} == gaps


def test_all_definitions_at_once(ontology: Ontology, queries: QueryReader) -> None:
    found = gaps_asked_for(ontology, queries.understand("五个术语的定义是什么"))
    assert len(found) == 5
    assert {gap.what for gap in found} == {"definition"}


def test_a_gap_that_a_site_has_filled_is_no_gap(ontology: Ontology, queries: QueryReader) -> None:
    filled = ontology.model_copy(update={"gaps": tuple(gap for gap in ontology.gaps if gap.subject != "t-efficacy")})
    assert gaps_asked_for(filled, queries.understand("效能的定义")) == ()


@pytest.mark.parametrize(
    ("typed", "wrong", "meant"),
    [
        ("公应商会议", "公应商", "供应商"),
        ("合里化建议", "合里化", "合理化"),
        ("管理凭审", "凭审", "评审"),
        ("警试教育", "警试", "警示"),
        ("训培效果", "训培", "培训"),
        ("群众路现深入一线", "群众路现", "群众路线"),
    ],
)
def test_slips_are_suggested_and_both_are_looked_for(queries: QueryReader, typed: str, wrong: str, meant: str) -> None:
    understood = queries.understand(typed)
    assert [(each.typed, each.meant) for each in understood.suggestions] == [(wrong, meant)]
    assert understood.query == typed
    assert set(index_tokens(meant)) <= set(understood.tokens)
    assert set(query_tokens(typed)) <= set(understood.tokens)


@pytest.mark.parametrize(
    "query",
    [
        "质量党建责任区",
        "怎么让老师傅愿意提改进意见",
        "员工提合理化建议",
        "李建果师傅的做法",
        "《关于加强党的政制建设的意见》",
        "以党建铸魂，以文化聚力",
        "today",
        "GB/T 32230",
    ],
)
def test_right_words_names_documents_and_formulas_are_not_corrected(queries: QueryReader, query: str) -> None:
    assert queries.understand(query).suggestions == ()


def test_english_of_the_field_is_looked_for_in_chinese(queries: QueryReader) -> None:
    understood = queries.understand("supplier quality meetings with the Party branch")
    assert {"供应商", "质量会议", "党支部"} <= set(understood.added)
    assert set(index_tokens("供应商")) <= set(understood.tokens)
    assert "supplier" not in understood.searched


def test_spoken_words_are_looked_for_in_written_ones_as_well(queries: QueryReader, ontology: Ontology) -> None:
    understood = queries.understand("怎么让老师傅愿意提意见")
    assert "员工" in understood.reworded["老师傅"]
    assert {"师傅", "员工"} <= set(understood.tokens)
    assert {"said": "老师傅", "as": list(understood.reworded["老师傅"])} in understood.shown(ontology)["reworded"]


def test_a_query_sounds_like_requirements_that_it_does_not_name(queries: QueryReader) -> None:
    understood = queries.understand("员工提合理化建议")
    assert understood.requirements == {}
    assert next(iter(understood.sounds_like)) == "continual-improvement-2"
    assert understood.topic > 0.9


def test_a_text_pasted_is_read_to_its_end_and_said_to_be_shortened(queries: QueryReader, ontology: Ontology) -> None:
    text = "".join(practice.text for case in CASES for practice in case.practices) + "最后办六西格玛黑带培训。"
    understood = queries.understand(text)
    assert understood.shown(ontology)["shortened"] == len(understood.tokens) < len(set(query_tokens(text)))
    assert {"西格", "格玛"} <= set(understood.tokens)
    assert next(iter(understood.sounds_like.values())) > 0


@pytest.mark.parametrize("query", ["", "  ", "？？！", "。。。", "🙂🙂"])
def test_without_a_word_nothing_is_looked_for(queries: QueryReader, query: str) -> None:
    understood = queries.understand(query)
    assert understood.tokens == ()
    assert understood.sounds_like == {}
